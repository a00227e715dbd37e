"""Pages of the settings of matching: the surprise of matches, and rules on who must not be introduced to whom."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import Response

from serendipity.domain.errors import InvalidInput, UnknownMember
from serendipity.domain.model import MustNot, Surprise
from serendipity.domain.must_not import organisation_of
from serendipity.intake.inputs import MustNotInput
from serendipity.matching.scoring.scoring import GREATEST_EXPONENT
from serendipity.usecases.introductions import must_not
from serendipity.usecases.members.match_preferences import SURPRISE, in_force, read_dials, set_surprise
from serendipity.web.audit import by_manager
from serendipity.web.forms import Form, errors_of, whole_number
from serendipity.web.pages import ManagerForm, ManagerPage, PageRequest

router = APIRouter(prefix="/manage/settings", include_in_schema=False)
EXAMPLES = (0.9, 0.5, 0.2)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownRule:
    """A rule with names for ids."""

    rule: MustNot
    one: list[str]
    other: list[str]


@router.get("/matching")
def show(page: ManagerPage) -> Response:
    """Show the community's surprise, its effect, and how many members chose a surprise of their own."""
    return _show_surprise(page)


@router.post("/matching")
def set_dial(page: ManagerPage, form: ManagerForm) -> Response:
    """Set the community's surprise, or go back to the installation's setting."""
    try:
        chosen = None if form.text("do") == "reset" else _parse_number(form.text("surprise"))
        set_surprise(page.services.ledger, page.services.matching, chosen, by=by_manager(page), now=page.now)
    except InvalidInput as error:
        return _show_surprise(page, status=422, errors={"surprise": page.say(str(error))}, values=form.values)
    return page.go("/manage/settings/matching", done="saved")


@router.get("/must-not")
def show_rules(page: ManagerPage) -> Response:
    """List who must not be introduced to whom, and offer to add a rule."""
    return _show_rules(page)


@router.post("/must-not")
def state_rule(page: ManagerPage, form: ManagerForm) -> Response:
    """State a rule; it ends the introductions on their way that it forbids."""
    try:
        item = MustNotInput.model_validate(
            {"one": _parse_lines(form, "one"), "other": _parse_lines(form, "other"), "why": form.text("why")}
        )
        done = must_not.state_rule(page.services, item, by=by_manager(page))
    except ValidationError as error:
        return _show_rules(page, status=422, errors=errors_of(error, page.say), values=form.values)
    except (InvalidInput, UnknownMember) as error:
        field = str(error.details.get("field", ""))
        return _show_rules(page, status=422, errors={field: page.say(str(error))}, values=form.values)
    return page.go(f"/manage/settings/must-not?ended={done.ended}", done="saved")


@router.post("/must-not/{id}/drop")
def drop_rule(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Take a rule back."""
    must_not.drop_rule(page.services.ledger, id, by=by_manager(page), now=page.now)
    return page.go("/manage/settings/must-not", done="saved")


def _show_surprise(page: PageRequest, *, status: int = 200, **more: Any) -> Response:
    with page.services.ledger.read() as uow:
        dial = in_force(page.services, uow).surprise
        wishes = [wish for wish, _ in uow.members.wishes().values() if wish]
        history = uow.operations.audit_entries(subject="surprise", limit=10)
        turned = uow.operations.setting(SURPRISE) is not None
    shown: dict[str, Any] = {
        "dial": dial,
        "turned": turned,
        "usual": page.services.matching.surprise,
        "examples": [(each, each ** (GREATEST_EXPONENT * dial)) for each in EXAMPLES],
        "own": [(wish, wishes.count(wish), read_dials(wish, dial)) for wish in Surprise],
        "history": history,
        "values": {},
    }
    return page.show("manage/matching.html", status=status, **(shown | more))


def _show_rules(page: PageRequest, *, status: int = 200, **more: Any) -> Response:
    with page.services.ledger.read() as uow:
        rules = uow.members.must_nots()
        people = uow.members.many({name for rule in rules for name in (*rule.one, *rule.other)})

    def said(side: tuple[str, ...]) -> list[str]:
        names = [organisation_of(name) or (people[name].name if name in people else name) for name in side]
        return sorted(names, key=str.casefold)

    shown = [ShownRule(rule=rule, one=said(rule.one), other=said(rule.other)) for rule in rules]
    context: dict[str, Any] = {"rules": shown, "ended": whole_number(page.query("ended")) or 0, "values": {}}
    return page.show("manage/must_not.html", status=status, **(context | more))


def _parse_lines(form: Form, name: str) -> list[str]:
    """Return the names of a field, one a line; a comma may be part of a name."""
    return [line.strip() for line in form.text(name).splitlines() if line.strip()]


def _parse_number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise InvalidInput("The dial goes from 0 to 1.", field="surprise") from error
