"""My topics: what a member is taken to work on, why, and what they want done about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from serendipity.domain.errors import InvalidInput
from serendipity.domain.model import RecordKind
from serendipity.usecases.members.own_topics import decide, read_own_topics
from serendipity.web.interests import Cause, ShownInterest, causes_of, interests
from serendipity.web.pages import MemberForm, MemberPage, PageRequest
from serendipity.web.vocabulary import vocabulary

router = APIRouter(prefix="/me/topics", include_in_schema=False)
KINDS = {"pin": RecordKind.TOPIC_PINNED, "hide": RecordKind.TOPIC_HIDDEN, "strike": RecordKind.TOPIC_STRUCK}
CAUSES = 3
DONE = {"pin": "pinned", "hide": "hidden", "strike": "struck"}


@dataclass(frozen=True, kw_only=True, slots=True)
class MyTopic:
    """One topic of a member's: its kinds with their weight, the greatest share of the strongest, and why."""

    topic: str
    label: str
    kinds: tuple[tuple[str, float], ...]
    share: float
    pinned: bool
    why: tuple[Cause, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptBack:
    """A topic that counts for nothing: hidden by its member, sensitive, or struck out."""

    topic: str
    label: str
    why: tuple[Cause, ...] = ()


@router.get("")
def show(page: MemberPage) -> Response:
    """Show what counts, and what the member alone sees."""
    page.services.reader.refresh()
    with page.services.ledger.read() as uow:
        found = interests(page.services, uow, _me(page), page.now, causes=False)
        own = read_own_topics(uow, _me(page))
        causes = causes_of(page.services, uow, _me(page)) if found is not None else {}
        sensitive = [id for id in causes if vocabulary(page.services).is_sensitive(id) and id not in own.hidden]
    everywhere = [id for id, of in sorted(own.struck, key=str) if of is None]
    return page.show(
        "my_topics.html",
        topics=None if found is None else _group(found, own.hidden, causes),
        hidden=_kept_private(page, sorted(own.hidden), causes),
        sensitive=_kept_private(page, sensitive, causes),
        struck=_kept_private(page, everywhere, {}),
    )


@router.post("")
def change(page: MemberPage, form: MemberForm) -> Response:
    """Pin, hide or strike out a topic, or take that back."""
    what, back = form.text("do"), form.flag("back")
    if what not in KINDS:
        raise InvalidInput("Choose what to do.")
    decide(page.services, _me(page), KINDS[what], form.text("topic"), holds=not back)
    return page.go("/me/topics", done="undone" if back else DONE[what])


def _group(found: Iterable[ShownInterest], hidden: frozenset[str], causes: Mapping[str, list[Cause]]) -> list[MyTopic]:
    """Put the kinds of one topic together; what was hidden a moment ago is left out before the graph does it."""
    by_topic: dict[str, list[ShownInterest]] = {}
    for each in found:
        if each.topic not in hidden:
            by_topic.setdefault(each.topic, []).append(each)
    return [
        MyTopic(
            topic=topic,
            label=same[0].label,
            kinds=tuple((each.kind, each.weight) for each in same),
            share=max(each.share for each in same),
            pinned=any(each.pinned for each in same),
            why=tuple(causes.get(topic, ())[:CAUSES]),
        )
        for topic, same in by_topic.items()
    ]


def _kept_private(page: PageRequest, ids: Iterable[str], causes: Mapping[str, list[Cause]]) -> list[KeptBack]:
    known = vocabulary(page.services)
    topics = [topic for id in ids if (topic := known.topic(id)) is not None]
    return [KeptBack(topic=each.id, label=each.label, why=tuple(causes.get(each.id, ())[:CAUSES])) for each in topics]


def _me(page: PageRequest) -> str:
    assert page.member is not None
    return page.member.id
