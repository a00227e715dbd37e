"""Requests of a member about their data: export and erasure."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from serendipity.domain.decay import Weight
from serendipity.domain.errors import Conflict
from serendipity.domain.graph import EdgeKind, NodeKind
from serendipity.domain.model import (
    RECORDS_SOURCE,
    AuditEntry,
    Introduction,
    MemberStatus,
    NewRecord,
    Record,
    RecordKind,
    Signal,
)
from serendipity.domain.own_topics import read_weights
from serendipity.introductions.disclosure import sent_messages, state_for_member, was_asked
from serendipity.introductions.settings import IntroductionSettings
from serendipity.ports import UnitOfWork
from serendipity.usecases.members.data_views import read_data_views, viewer_names
from serendipity.usecases.members.traces import (
    Traces,
    duplicates,
    find_named_phrases,
    forget_decisions,
    forget_phrases,
    traces_of,
)
from serendipity.usecases.runs.eligibility import TOLD_AS
from serendipity.usecases.services import Services

HISTORY = 100_000
TEXT_KINDS = frozenset({RecordKind.CHECK_IN, RecordKind.PROFILE_CHANGED})


@dataclass(frozen=True, kw_only=True)
class Interest:
    """A topic that the graph connects a member with, and how strongly now; `kind` is the edge's."""

    topic: str
    label: str
    kind: EdgeKind
    weight: float
    mentions: int


def interests(services: Services, member: str) -> list[Interest]:
    """Return what a member is interested in, seeks and offers now, strongest first. Raises GraphUnavailable."""
    kinds = (EdgeKind.INTERESTED_IN, EdgeKind.SEEKS, EdgeKind.OFFERS, EdgeKind.PINNED)
    now, vocabulary = services.clock.now(), services.reader.refresh()
    edges = services.graph.around(NodeKind.MEMBER, member, kinds)
    found = [
        Interest(
            topic=key.target,
            label=topic.label,
            kind=key.kind,
            weight=weight,
            mentions=edge.count if isinstance(edge := edges.get(key), Weight) else 0,
        )
        for key, weight in read_weights(edges, now, services.half_lives).items()
        if (topic := vocabulary.topic(key.target)) is not None
    ]
    return sorted(found, key=lambda each: -each.weight)


def export(services: Services, member: str) -> dict[str, Any]:
    """Return everything that is kept of a member, as JSON-ready data. Raises UnknownMember."""
    now = services.clock.now()
    with services.ledger.read() as uow:
        profile = uow.members.get(member)
        ids = (member, *duplicates(uow, member))
        records = [one for id in ids for one in uow.records.recent(member=id, limit=HISTORY)]
        signals = [
            one for id in ids for one in uow.signals.recent(member=id, without_source=RECORDS_SOURCE, limit=HISTORY)
        ]
        introductions = {id: find_asked_introductions(uow, id) for id in ids}
        messages = [one for id in ids for one in uow.outbox.search(member=id, limit=HISTORY)]
        verdicts = [
            one
            for id in ids
            for one in uow.operations.verdicts(member=id, limit=HISTORY)
            if may_be_told(one.introduction, introductions[id])
        ]
        views, names = read_data_views(uow, ids), viewer_names(uow)
    return {
        "member": _profile(asdict(profile)),
        "records": [_record(record) for record in sorted(records, key=lambda record: record.position)],
        "signals": [_signal(signal) for signal in sorted(signals, key=lambda signal: signal.position)],
        "introductions": [
            _introduction(one, id, services.introductions, now) for id, found in introductions.items() for one in found
        ],
        "messages": [
            {"kind": one.kind, "subject": one.subject, "text": one.text, "state": one.state.value}
            for one in sent_messages(messages)
        ],
        "decisions": [
            {"run": one.run, "outcome": TOLD_AS.get(one.outcome, one.outcome), "detail": one.detail} for one in verdicts
        ],
        "seen_by": [{"who": names.get(one.who, one.who), "what": one.what, "at": one.at.isoformat()} for one in views],
    }


def find_asked_introductions(uow: UnitOfWork, member: str) -> list[Introduction]:
    """Return the introductions that a member was asked about, newest first."""
    return [one for one in uow.introductions.search(member=member, limit=HISTORY) if was_asked(one, member)]


def may_be_told(introduction: str | None, asked: Collection[Introduction]) -> bool:
    """Return whether a member may know a run's decision: never of an introduction that they were not asked about."""
    return introduction is None or introduction in {one.id for one in asked}


def _signal(signal: Signal) -> dict[str, Any]:
    return {
        "name": signal.name,
        "category": signal.category,
        "subject": signal.subject,
        "at": signal.at.isoformat(),
        "data": signal.data,
    }


def _introduction(one: Introduction, member: str, settings: IntroductionSettings, now: datetime) -> dict[str, Any]:
    answer = next(party.answer for party in one.parties if party.member == member)
    return {
        "id": one.id,
        "state": state_for_member(one, member, settings=settings, now=now),
        "proposed_at": one.proposed_at.isoformat(),
        "parties": len(one.parties),
        "answer": answer.value,
    }


def erase(services: Services, member: str, *, by: str) -> None:
    """Forget a member: profile, texts, mails and open introductions at once; the rest once the graph has let go.

    Raises UnknownMember; a member who was erased before stays so.
    """
    now = services.clock.now()
    # Before, while it is known whom they name, and outside of the transaction: a crash in between may be repeated.
    traces = _traces(services, member)
    services.forget_mails(traces)
    named = find_named_phrases(services.ledger, traces.names)
    forget_phrases(services.ledger, named)
    with services.ledger.write() as uow:
        profile = uow.members.get(member)
        if profile.status is MemberStatus.ERASED:
            return
        if profile.status is MemberStatus.MERGED:
            raise Conflict(f"This member was merged into {profile.merged_into!r}; erase that one.")
        for one in (member, *duplicates(uow, member)):
            _erase_one(services, uow, one, by=by)
            # Before the commit, not after it: a crash in between must not let a restore bring them back.
            services.note_erasure(one, now)
        forget_decisions(uow, named)
    forget_phrases(services.ledger, named)  # those that were read meanwhile
    services.forget_mails(traces)  # those that went out meanwhile


def _traces(services: Services, member: str) -> Traces:
    """Return what leads to a member, of their duplicates too."""
    with services.ledger.read() as uow:
        if uow.members.get(member).status is MemberStatus.MERGED:
            return Traces()
        return traces_of(uow, member)


def _erase_one(services: Services, uow: UnitOfWork, member: str, *, by: str) -> None:
    now = services.clock.now()
    services.opt_in().end_all_with(uow, member, why="erased", now=now)
    texts = uow.records.recent(member=member, kinds=TEXT_KINDS, limit=HISTORY)
    uow.records.blank([record.position for record in texts])
    uow.records.append(
        [NewRecord(kind=RecordKind.MEMBER_ERASED, source="members", id=f"erase:{member}", at=now, member=member)]
    )
    uow.signals.erase(member)
    uow.introductions.erase(member)
    uow.outbox.erase(member)
    uow.members.erase(member)
    uow.operations.audit(AuditEntry(at=now, who=by, what="member.erased", subject=f"member:{member}"))


def _profile(data: dict[str, Any]) -> dict[str, Any]:
    return {key: _plain(value) for key, value in data.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, (frozenset, set)):
        return sorted(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _record(record: Record) -> dict[str, Any]:
    return {
        "kind": record.kind.value,
        "at": record.at.isoformat(),
        "received_at": record.received_at.isoformat(),
        "data": record.data,
    }
