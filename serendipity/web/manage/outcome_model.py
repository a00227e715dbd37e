"""The page of the outcome model: its versions to try, use and roll back, their effect, and product metrics."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from serendipity.domain.errors import InvalidInput
from serendipity.matching.learning.coefficients import describe_coefficients
from serendipity.usecases.introductions.product_metrics import compute_product_metrics
from serendipity.usecases.learning.model_versions import describe_test
from serendipity.usecases.learning.outcome_model import VERSIONS, learn_from_outcomes, score_changes_of_last_round
from serendipity.web.audit import by_manager
from serendipity.web.forms import whole_number
from serendipity.web.labels import _
from serendipity.web.manage.score_breakdown import PAIR, PRODUCT, SOURCES
from serendipity.web.pages import ManagerForm, ManagerPage, PageRequest

router = APIRouter(prefix="/manage/learning", include_in_schema=False)
SHOWN = 20


TRAITS = {
    "reciprocal": PRODUCT["reciprocal"],
    "unexpectedness": PAIR["unexpectedness"],
    "familiarity": PAIR["familiarity"],
    "overlap": PAIR["overlap"],
    "evidence": PAIR["evidence"],
    "interests": SOURCES["interests"],
    "wants": SOURCES["wants"],
    "paths": SOURCES["paths"],
    "events": SOURCES["events"],
    "asked": _("asked: how often this member was asked lately"),
    "answers": _("answers: how gladly this member said yes so far"),
    "tastes": _("tastes: how like those that this member took to"),
    "topics": _("topics: how well introductions over what they share went"),
}


@router.get("")
def show(page: ManagerPage) -> Response:
    """Show the versions, the weights and predictions of the one in force, and the latest product metrics."""
    return _show(page)


@router.post("")
def change(page: ManagerPage, form: ManagerForm) -> Response:
    """Try what would be learned, learn it, or bring an earlier version back."""
    match form.text("do"):
        case "back":
            version = whole_number(form.text("version"))
            if version is None:
                raise InvalidInput("Choose a version to bring back.")
            VERSIONS.roll_back(page.services, version, by=by_manager(page))
            return page.go("/manage/learning", done="brought_back")
        case "learn":
            report = learn_from_outcomes(page.services, by=by_manager(page))
            return page.go("/manage/learning", done="learned" if report.used else "nothing_learned")
        case _:
            return _show(page, tried=learn_from_outcomes(page.services, dry_run=True).taught)


def _show(page: PageRequest, **more: Any) -> Response:
    moved = score_changes_of_last_round(page.services)[:SHOWN]
    with page.services.ledger.read() as uow:
        known = VERSIONS.all(uow)
        people = uow.members.many({id for each in moved for id in each.members})
    used = known[0] if known else None
    context: dict[str, Any] = {
        "versions": known[:SHOWN],
        "used": used,
        "effect": describe_test(used, known),
        "leanings": describe_coefficients(used.learned) if used and used.learned else [],
        "traits": TRAITS,
        "moved": moved,
        "people": people,
        "numbers": compute_product_metrics(page.services, page.now),
        "tried": None,
    }
    return page.show("manage/learning.html", **(context | more))
