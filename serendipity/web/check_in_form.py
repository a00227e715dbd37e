"""Parts that the pages taking check-ins share: reading the form, repeating, and showing the answer."""

import uuid
from dataclasses import dataclass
from typing import Any

from serendipity.domain.errors import NotFound
from serendipity.domain.model import Appended, Member, Visibility
from serendipity.intake.inputs import CheckInInput
from serendipity.usecases.check_in.check_in import CheckInAnswer, answer, check_in, same_as_last
from serendipity.usecases.members.private_texts import mentions_private
from serendipity.web.forms import Form
from serendipity.web.labels import _
from serendipity.web.pages import PageRequest
from serendipity.web.vocabulary import vocabulary

VISIBILITIES = (
    (Visibility.MEMBERS, _("Members may read it")),
    (Visibility.MATCHING, _("Use it to find people, show it to nobody")),
    (Visibility.PRIVATE, _("For me only")),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class LastTime:
    """The check-in that one tap repeats; the quote is empty where others could read it."""

    quote: str


def visibilities(page: PageRequest) -> list[tuple[str, str]]:
    """Return the choices of who may know a check-in."""
    return [(value.value, page.say(label)) for value, label in VISIBILITIES]


def new_id() -> str:
    """Return the id that makes pressing a button twice one check-in."""
    return str(uuid.uuid4())


def last_time(page: PageRequest, member: Member, *, proven: bool, at_kiosk: bool = False) -> LastTime | None:
    """Return what can be repeated; only somebody who proved who they are may repeat or see what others may not."""
    last = same_as_last(page.services, member.id)
    if last is None or not (proven or last.visibility is Visibility.MEMBERS):
        return None
    shown = proven and not (at_kiosk and _is_private(page, member))
    return LastTime(quote=last.text if shown else "")


def _is_private(page: PageRequest, member: Member) -> bool:
    with page.services.ledger.read() as uow:
        return mentions_private(page.services, uow, member.id)


def parse_check_in(form: Form, member: str, place: str | None) -> CheckInInput:
    """Return the check-in that a form describes. Raises ValidationError."""
    fields: dict[str, Any] = {name: form.text(name) for name in ("text", "seeks", "offers")}
    visibility = form.text("visibility") or Visibility.MEMBERS.value
    id = form.text("id") or new_id()
    return CheckInInput.model_validate({"id": id, "member": member, "place": place, "visibility": visibility, **fields})


def repeat_check_in(page: PageRequest, form: Form, member: str, place: str | None) -> CheckInInput | None:
    """Return the last check-in as a new one, here and now."""
    last = same_as_last(page.services, member)
    if last is None:
        return None
    return last.model_copy(update={"id": form.text("id") or new_id(), "place": place, "at": None})


def send(page: PageRequest, item: CheckInInput, source: str) -> CheckInAnswer:
    """Hand a check-in in; the same id again answers as the first time."""
    return check_in(page.services, item, source=source, locale=page.locale)


def answer_again(page: PageRequest, member: str, position: int) -> CheckInAnswer:
    """Return the answer to a member's earlier check-in as it stands now. Raises NotFound for another's."""
    with page.services.ledger.read() as uow:
        record = uow.records.get(position)
    if record.member != member:
        raise NotFound
    return answer(page.services, Appended(record=record, fresh=False), now=page.now, locale=page.locale)


def struck_labels(page: PageRequest, form: Form) -> dict[str, str]:
    """Return the topics struck out so far, this one included, with their labels; no sensitive ones."""
    known = vocabulary(page.services)
    ids = dict.fromkeys([*form.all("struck"), form.text("topic")])
    topics = {id: known.topic(id) for id in ids if not known.is_sensitive(id)}
    return {id: topic.label for id, topic in topics.items() if topic is not None}
