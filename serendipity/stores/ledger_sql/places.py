"""Places, who is there, and events."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select

from serendipity.domain.errors import UnknownEvent, UnknownPlace
from serendipity.domain.model import Event, Place, Presence
from serendipity.stores.ledger_sql.columns import among
from serendipity.stores.ledger_sql.compiled_statements import CompiledStatements
from serendipity.stores.ledger_sql.rows import place_of
from serendipity.stores.ledger_sql.schema import events, places, presence
from serendipity.stores.ledger_sql.transaction import Transaction, row_of

_PLACE = CompiledStatements(statement=select(places).where(places.c.id == bindparam("id")))
_EVENT = select(events).where(events.c.id == bindparam("id"))
_KNOWN = select(events.c.id).where(among(events.c.id, "ids"))
_PRESENT = (
    select(presence)
    .where(presence.c.since <= bindparam("now"), presence.c.until > bindparam("now"))
    .order_by(presence.c.since, presence.c.member)
)


class SqlPlaces:
    """Places, presence, events."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    def put_place(self, place: Place) -> None:
        """Insert or replace."""
        self._transaction.put(places, row_of(place))

    def place(self, id: str) -> Place:
        """Return a place. Raises UnknownPlace."""
        rows = self._transaction.ask(_PLACE, {"id": id})
        if not rows:
            raise UnknownPlace(f"There is no place {id!r}; add the place first (POST /v1/places).", id=id)
        return place_of(rows[0])

    def places(self) -> list[Place]:
        """Return all places, by id."""
        return [place_of(row) for row in self._transaction.run(select(places).order_by(places.c.id))]

    def set_presence(self, here: Sequence[Presence]) -> None:
        """Say that members are here until a time (each replaces an earlier presence; a later one stays)."""
        self._transaction.put_later(presence, presence.c.since, [row_of(each) for each in here])

    def present(self, place: str | None, *, now: datetime) -> list[Presence]:
        """Return who is here now (everywhere when `place` is None), who came first is first."""
        statement = _PRESENT if place is None else _PRESENT.where(presence.c.place == place)
        found = self._transaction.run(statement, {"now": now}).all()
        return [Presence(member=member, place=at, since=since, until=until) for member, at, since, until in found]

    def put_event(self, event: Event) -> None:
        """Insert or replace."""
        self._transaction.put(events, row_of(event))

    def event(self, id: str) -> Event:
        """Return an event. Raises UnknownEvent."""
        row = self._transaction.run(_EVENT, {"id": id}).first()
        if row is None:
            raise UnknownEvent(id=id)
        return Event(**row._mapping)

    def events(self, *, after: datetime | None = None, latest: bool = False, limit: int = 100) -> list[Event]:
        """Return events by start, those that start at `after` or later: the first, or the `latest` by start."""
        by_start = (events.c.starts_at, events.c.id)
        statement = select(events).order_by(*(each.desc() if latest else each for each in by_start)).limit(limit)
        if after is not None:
            statement = statement.where(events.c.starts_at >= after)
        found = [Event(**row._mapping) for row in self._transaction.run(statement)]
        return found[::-1] if latest else found

    def known_events(self, ids: Collection[str]) -> set[str]:
        """Return those ids that exist."""
        return set(self._transaction.run(_KNOWN, {"ids": ids}).scalars())
