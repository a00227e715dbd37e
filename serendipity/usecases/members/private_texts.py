"""Which texts are their member's alone: those that mention something sensitive or hidden, and those not read yet."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from serendipity.domain.model import Member, Record, RecordKind
from serendipity.domain.sensitive_topics import is_covered
from serendipity.ports import UnitOfWork
from serendipity.topics.understandings import understanding_from
from serendipity.usecases.members.own_topics import read_own_topics
from serendipity.usecases.services import Services

SAID = frozenset({RecordKind.CHECK_IN, RecordKind.PROFILE_CHANGED})
LOOKED_AT = 200


def private_positions(services: Services, uow: UnitOfWork, records: Sequence[Record]) -> set[int]:
    """Return the positions of those records whose texts nobody but their member may read.

    A topic that became sensitive later counts for earlier texts too.
    """
    readings = uow.records.about([record.position for record in records])
    hidden = {id: read_own_topics(uow, id).hidden for id in {record.member for record in records if record.member}}
    return {
        record.position
        for record in records
        if _is_private(services, readings.get(record.position), hidden.get(record.member or "", ()))
    }


def mentions_private(services: Services, uow: UnitOfWork, member: str) -> bool:
    """Tell whether a member's latest check-in is theirs alone to read."""
    latest = uow.records.recent(member=member, kinds={RecordKind.CHECK_IN}, limit=1)
    return bool(private_positions(services, uow, latest))


def private_profiles(services: Services, uow: UnitOfWork, members: Iterable[Member]) -> set[str]:
    """Return the ids of those members whose profile's texts nobody but they may read."""
    written = {each.id for each in members if each.about or each.skills or each.seeks or each.offers}
    profiles = [
        record
        for id in sorted(written)
        for record in uow.records.recent(member=id, kinds={RecordKind.PROFILE_CHANGED}, limit=1)
    ]
    private = private_positions(services, uow, profiles)
    return written - {record.member for record in profiles if record.position not in private}


def tells_private(services: Services, uow: UnitOfWork, text: str, reader: str) -> bool:
    """Tell whether a message to a reader names a sensitive topic, or quotes what is now theirs alone who said it.

    Those who may be quoted are the reader and whoever they are introduced to.
    """
    topics = services.topics()
    names = (name for id, each in topics.items() if is_covered(topics, id) for name in (each.label, *each.aliases))
    said_in = text.casefold()
    if any(re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE) for name in names if name.casefold() in said_in):
        return True
    people = {party.member for each in uow.introductions.search(member=reader) for party in each.parties} | {reader}
    said = [each for id in people for each in uow.records.recent(member=id, kinds=SAID, limit=LOOKED_AT)]
    private = private_positions(services, uow, said)
    return any(quoted in text for each in said if each.position in private for quoted in _texts(each.data or {}))


def _texts(data: Mapping[str, Any]) -> Iterable[str]:
    return (text for field in ("text", "about") if (text := str(data.get(field) or "").strip()))


def _is_private(services: Services, reading: Record | None, hidden: Collection[str]) -> bool:
    if reading is None or reading.data is None:
        return True
    known = services.reader.vocabulary
    topics = {known.resolve(mention) for mention in understanding_from(reading.data).mentions}
    return any(id is not None and (known.is_sensitive(id) or id in hidden) for id in topics)
