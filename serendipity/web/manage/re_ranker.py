"""The page of the re-ranker, which is learned from first ties: its versions, evaluation, weights and roll-back."""

from math import exp
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from serendipity.domain.errors import InvalidInput
from serendipity.usecases.learning.model_versions import describe_test
from serendipity.usecases.learning.re_ranker import VERSIONS
from serendipity.web.audit import by_manager
from serendipity.web.forms import whole_number
from serendipity.web.labels import _
from serendipity.web.manage.outcome_model import SHOWN
from serendipity.web.manage.score_breakdown import SOURCES
from serendipity.web.pages import ManagerForm, ManagerPage

router = APIRouter(prefix="/manage/learning/first-ties", include_in_schema=False)


TRAITS = {
    "closeness": _("closeness: short walks over acquaintances"),
    "fresh_closeness": _("closeness of late: the same, over ties that were seen lately"),
    "interests": SOURCES["interests"],
    "events": SOURCES["events"],
    "fresh_events": _("events of late that both were at"),
    "neighbours": SOURCES["neighbours"],
    "wording": SOURCES["wording"],
    "phrasing": _("phrasing: the same phrases were recognised in what both said"),
    "bridging": SOURCES["bridging"],
    "walks": _("walks: over ties, words and events together"),
    "strangers": _("strangers: no walk of three ties joins them"),
    "said": _("said: how much the two said"),
    "known": _("known: how many the two know"),
    "tied": _("tied: how strong the ties of the two are"),
    "attended": _("attended: how many events the two were at"),
    "silence": _("silence: how long the two were not heard of"),
    "said_apart": _("said, apart: one said far more than the other"),
    "known_apart": _("known, apart: one knows far more than the other"),
    "tied_apart": _("tied, apart: one's ties are far stronger"),
    "attended_apart": _("attended, apart: one was at far more events"),
    "silence_apart": _("silence, apart: one was not heard of for far longer"),
}


@router.get("")
def show(page: ManagerPage) -> Response:
    """Show the versions, and of the one in force its evaluation and the weights of its traits."""
    services = page.services
    with services.ledger.read() as uow:
        known = VERSIONS.all(uow)
    used = known[0] if known else None
    learned = used.learned if used else None
    strongest = learned.tie_model.strongest() if learned else []
    context: dict[str, Any] = {
        "versions": known[:SHOWN],
        "used": used,
        "effect": describe_test(used, known),
        "weights": [(trait, exp(weight)) for trait, weight in strongest],
        "traits": TRAITS,
        "other_half_lives": learned is not None and learned.half_lives != services.half_lives,
    }
    return page.show("manage/first_ties.html", **context)


@router.post("")
def change(page: ManagerPage, form: ManagerForm) -> Response:
    """Bring an earlier version back, or go back to the fusion of sources."""
    version = whole_number(form.text("version"))
    if version is None:
        raise InvalidInput("Choose a version to bring back.")
    VERSIONS.roll_back(page.services, version, by=by_manager(page))
    return page.go("/manage/learning/first-ties", done="brought_back")
