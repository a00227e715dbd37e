"""Which texts are their member's alone: those that mention something sensitive or hidden, and those not read yet."""

from collections.abc import Collection, Sequence

from serendipity.commands.own_topics import own_topics_of
from serendipity.commands.services import Services
from serendipity.domain.model import Record, RecordKind
from serendipity.ports import UnitOfWork
from serendipity.topics.understandings import understanding_from


def private_positions(services: Services, uow: UnitOfWork, records: Sequence[Record]) -> set[int]:
    """Return the positions of those records whose texts nobody but their member may read.

    A topic that became sensitive later counts for earlier texts too.
    """
    readings = uow.records.about([record.position for record in records])
    hidden = {id: own_topics_of(uow, id).hidden for id in {record.member for record in records if record.member}}
    return {
        record.position
        for record in records
        if _is_private(services, readings.get(record.position), hidden.get(record.member or "", ()))
    }


def mentions_private(services: Services, uow: UnitOfWork, member: str) -> bool:
    """Tell whether a member's latest check-in is theirs alone to read."""
    latest = uow.records.recent(member=member, kinds={RecordKind.CHECK_IN}, limit=1)
    return bool(private_positions(services, uow, latest))


def _is_private(services: Services, reading: Record | None, hidden: Collection[str]) -> bool:
    if reading is None or reading.data is None:
        return True
    known = services.reader.vocabulary
    topics = {known.resolve(mention) for mention in understanding_from(reading.data).mentions}
    return any(id is not None and (known.is_sensitive(id) or id in hidden) for id in topics)
