"""The later steps of an erasure: once the graph has let go of a member, their payloads leave the ledger as well.

The first step (usecases/members/personal_data.py) blanks the profile, texts and mails, and appends the record of the
erasure. What the graph has folded must stay until the graph has taken it back; then nothing needs it any more. The last
step takes what was overwritten out of the databases' own files.
"""

import sys
from collections.abc import Iterable
from datetime import datetime

from serendipity.domain.model import MemberStatus, NewRecord, Record, RecordKind
from serendipity.flow import ERASURE
from serendipity.ports import GraphStore, Ledger, UnitOfWork
from serendipity.usecases.members.traces import (
    Traces,
    duplicates,
    find_named_phrases,
    forget_decisions,
    forget_phrases,
    traces_of,
)
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import publish

TRACES = "traces"
_PAGE = 2000
# These carry opaque ids only, and say to every later fold who is gone and who was whom.
_KEPT = frozenset({RecordKind.MEMBER_ERASED, RecordKind.MEMBER_MERGED})


def finish_erasures(ledger: Ledger, graph: GraphStore) -> int:
    """Blank what is left of the members whose erasure the graph has folded; returns how many records were blanked.

    Also what a reader or a run still wrote about them meanwhile. Safe to repeat, and to be killed at any point. Raises
    GraphUnavailable.
    """
    head = graph.head()
    upto = min(head.offset, head.standing)
    done = 0
    while True:
        with ledger.read() as uow:
            offset = uow.consumers.position(ERASURE.name)
            page = _page(uow, offset, upto) if offset < upto else []
            erased = _erased_in(uow, page, upto)
        if offset >= upto:
            return done
        with ledger.write() as uow:
            blanked = _blank(uow, page, erased)
            if blanked:
                _look_again(uow)
            done += blanked
            end = page[-1].position if page else upto
            uow.consumers.set_position(ERASURE.name, end)


def erase_folded(services: Services) -> int:
    """Do as `finish_erasures` does, of the services' ledger and graph."""
    return finish_erasures(services.ledger, services.graph)


def publish_and_clear(services: Services) -> None:
    """Publish the graph to the matcher, remove earlier snapshots, and clear the files of what was erased."""
    publish(services)
    services.snapshots.tidy()
    leave_no_traces(services)


def leave_no_traces(services: Services) -> bool:
    """Take those whose payloads have left out of late mails and the databases' files; False: it must be tried again.

    Does nothing where that was done since. Raises LedgerUnavailable, GraphUnavailable.
    """
    with services.ledger.read() as uow:
        done, upto = uow.consumers.position(TRACES), uow.consumers.position(ERASURE.name)
        found = uow.records.after(done, limit=_PAGE, kinds={RecordKind.MEMBER_ERASED})
        erased = [record for record in found if record.position <= upto]
        late = [message for record in erased if record.member for message in uow.outbox.concerning(record.member)]
    if not erased:
        return True
    services.forget_mails(Traces(messages=tuple(late)))  # those that were being handed over meanwhile
    if not (services.ledger.settle() and services.graph.settle()):
        return False
    with services.ledger.write() as uow:
        uow.consumers.set_position(TRACES, erased[-1].position)
    return True


def erase_again(ledger: Ledger, member: str, at: datetime) -> None:
    """Take the first step of an erasure in a restored ledger: of a member, and of those merged into them."""
    with ledger.read() as uow:
        names = traces_of(uow, member).names
    named = find_named_phrases(ledger, names)
    forget_phrases(ledger, named)
    with ledger.write() as uow:
        for id in (member, *duplicates(uow, member)):
            uow.records.append(
                [NewRecord(kind=RecordKind.MEMBER_ERASED, source="members", id=f"erase:{id}", at=at, member=id)]
            )
            _leave(uow, id)
        forget_decisions(uow, named)


def erase_whole(ledger: Ledger, member: str, at: datetime) -> None:
    """Take both steps of an erasure where no graph has folded anything yet: in a ledger that was just restored.

    Of one that had taken the first step by then, the second.
    """
    with ledger.read() as uow:
        begun = uow.members.get(member).status is MemberStatus.ERASED
    if not begun:
        erase_again(ledger, member, at)
    with ledger.write() as uow:
        for id in (member, *duplicates(uow, member)):
            about = uow.records.touching({f"member:{id}"}, upto=uow.records.head())
            uow.records.blank([each.position for each in about if each.kind not in _KEPT and each.data is not None])


def _page(uow: UnitOfWork, offset: int, upto: int) -> list[Record]:
    """Return the next records to look at; without any erasure there is nothing to look at."""
    if not uow.records.after(0, limit=1, kinds={RecordKind.MEMBER_ERASED}):
        return []
    return [record for record in uow.records.after(offset, limit=ERASURE.batch) if record.position <= upto]


def _erased_in(uow: UnitOfWork, page: Iterable[Record], upto: int) -> set[str]:
    """Return those members of a page whose erasure the graph has folded; from the others it still takes things back."""
    named = uow.members.many({id for record in page for id in _names(record)})
    erased = [id for id, member in named.items() if member.status is MemberStatus.ERASED]
    return {id for id in erased if _erased_at(uow, id) <= upto}


def _erased_at(uow: UnitOfWork, member: str) -> int:
    """Return the position of a member's erasure."""
    found = uow.records.recent(member=member, kinds={RecordKind.MEMBER_ERASED}, limit=1)
    return found[0].position if found else sys.maxsize


def _blank(uow: UnitOfWork, page: Iterable[Record], erased: set[str]) -> int:
    left: dict[int, Record] = {}
    for record in page:
        if record.kind is RecordKind.MEMBER_ERASED and record.member:
            _leave(uow, record.member)
            refs = {f"member:{record.member}"}
            left.update((each.position, each) for each in uow.records.touching(refs, upto=uow.records.head()))
        elif _names(record) & erased:
            left[record.position] = record
    positions = [position for position, each in left.items() if each.kind not in _KEPT and each.data is not None]
    uow.records.blank(positions)
    return len(positions)


def _look_again(uow: UnitOfWork) -> None:
    """Let the last step be taken once more: something of somebody who was erased has left only now."""
    (latest,) = uow.records.recent(kinds={RecordKind.MEMBER_ERASED}, limit=1)
    uow.consumers.set_position(TRACES, min(uow.consumers.position(TRACES), latest.position - 1))


def _leave(uow: UnitOfWork, member: str) -> None:
    """Take away what was queued, proposed or noted about a member between the two steps."""
    uow.signals.erase(member)
    uow.introductions.erase(member)
    uow.outbox.erase(member)
    uow.members.erase(member)


def _names(record: Record) -> set[str]:
    """Return the members whom a record is about."""
    other = (record.data or {}).get("other")
    return {id for id in (record.member, other) if isinstance(id, str)}
