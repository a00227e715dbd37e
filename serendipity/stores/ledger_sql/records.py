"""The append-only history: appending once, reading in order, erasing in place."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import bindparam, func, select

from serendipity.domain.errors import NotFound
from serendipity.domain.model import Appended, NewRecord, Record, RecordKind
from serendipity.ports.history import Following
from serendipity.stores.ledger_sql import append_plan
from serendipity.stores.ledger_sql.append_plan import READINGS, Draft, Known
from serendipity.stores.ledger_sql.columns import among, from_us, to_us
from serendipity.stores.ledger_sql.compiled_statements import CompiledStatements
from serendipity.stores.ledger_sql.rows import record_of
from serendipity.stores.ledger_sql.schema import record_refs, records
from serendipity.stores.ledger_sql.transaction import Transaction

_COLUMNS = [column for column in records.columns if column.name != "digest"]

_LIMIT = bindparam("limit", type_=sa.Integer)
_NO_END = 2**63 - 1
_EARLIER = records.c.position < bindparam("before", type_=sa.BigInteger)
_HEAD = CompiledStatements(statement=select(func.coalesce(func.max(records.c.position), 0)))
_GET = select(*_COLUMNS).where(records.c.position == bindparam("position"))
_FIND = select(*_COLUMNS).where(records.c.source == bindparam("source"), records.c.id == bindparam("id"))
_AFTER = CompiledStatements(
    statement=select(*_COLUMNS)
    .where(records.c.position > bindparam("position"))
    .order_by(records.c.position)
    .limit(_LIMIT)
)
_KNOWN = CompiledStatements(
    statement=select(*_COLUMNS, records.c.digest).where(
        records.c.source == bindparam("source"), among(records.c.id, "ids")
    )
)
_ABOUT = CompiledStatements(
    statement=select(*_COLUMNS)
    # Worded as the partial index is, and without a kind, by which SQLite would read every understanding there is.
    .where(records.c.about.is_not(None), among(records.c.about, "positions"))
    .order_by(records.c.position)
)
_MENTIONING = (
    select(record_refs.c.ref, func.count(record_refs.c.member.distinct()))
    .where(among(record_refs.c.ref, "refs"))
    .group_by(record_refs.c.ref)
)
_NAMING = select(record_refs.c.position).where(
    among(record_refs.c.ref, "refs"), record_refs.c.position <= bindparam("upto", type_=sa.BigInteger)
)
_TOUCHING = select(*_COLUMNS).where(records.c.position.in_(_NAMING)).order_by(records.c.position)
_BLANK = sa.update(records).where(among(records.c.position, "positions")).values(data=None)
# Worded as the partial index is, so that it serves.
_FORGET_PHRASES = sa.delete(record_refs).where(
    among(record_refs.c.position, "positions"), sa.text("substr(ref, 1, 7) = 'phrase:'")
)


_PHRASES = select(record_refs.c.ref).distinct().where(record_refs.c.ref >= "phrase:", record_refs.c.ref < "phrase;")
_UNDERSTANDINGS = (RecordKind.UNDERSTOOD, RecordKind.REREAD, RecordKind.EVENT_UNDERSTOOD)
_REWRITE = sa.update(records).where(records.c.position == bindparam("at_position")).values(data=bindparam("data"))
_FORGET_NAMED = sa.delete(record_refs).where(
    among(record_refs.c.ref, "refs"), among(record_refs.c.position, "positions")
)


class SqlRecords:
    """The append-only history."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    # --- writing ---

    def append(self, new: Sequence[NewRecord], *, then: Following | None = None) -> list[Appended]:
        """Append in order and answer in order, then what follows the new ones; a known id answers as the first time.

        Raises DifferentBody when a known id comes with another body; then nothing of the call is appended.
        """
        if not new:
            return []
        self._lock_positions()
        drafted = [append_plan.draft(record, self._transaction.digest_key) for record in new]
        received_us = to_us(self._transaction.now())
        plan = append_plan.Plan(
            known=self._known(drafted),
            understood=self._first_understandings(drafted),
            head=self.head(),
            received_at=from_us(received_us),
            received_us=received_us,
        )
        answers = [plan.take(each) for each in drafted]
        for number, answer in enumerate(answers):
            for following in then(number, answer.record) if then is not None and answer.fresh else ():
                plan.take(append_plan.draft(following, self._transaction.digest_key))
        self._insert(plan)
        return answers

    def _lock_positions(self) -> None:
        """Take the turn to assign positions, kept until commit; other writes never wait for it."""
        if self._transaction.database.position_lock is not None:
            self._transaction.run(self._transaction.database.position_lock)

    def _known(self, drafted: Iterable[Draft]) -> dict[tuple[str, str], Known]:
        ids: defaultdict[str, list[str]] = defaultdict(list)
        for each in drafted:
            ids[each.new.source].append(each.new.id)
        found: dict[tuple[str, str], Known] = {}
        for source, of_source in ids.items():
            for *columns, digest in self._transaction.ask(_KNOWN, {"source": source, "ids": of_source}):
                record = record_of(columns)
                found[source, record.id] = Known(record=record, digest=digest)
        return found

    def _first_understandings(self, drafted: Iterable[Draft]) -> dict[int, Record]:
        subjects = [each.subject for each in drafted if each.subject is not None]
        first: dict[int, Record] = {}
        for record in self._understandings(subjects):
            first.setdefault(record.about or 0, record)
        return first

    def _insert(self, plan: append_plan.Plan) -> None:
        self._transaction.fill(records, plan.rows)
        self._transaction.fill(record_refs, plan.refs)

    def blank(self, positions: Collection[int]) -> None:
        """Null the payloads in place and forget their phrases; position, ids and keyed hash stay."""
        for statement in (_BLANK, _FORGET_PHRASES):
            self._transaction.run(statement, {"positions": positions})

    def forget_phrases(self, refs: Collection[str], *, limit: int) -> int:
        """Take phrases, where they are no topics, out of the first understandings with one; returns of how many."""
        holding = _TOUCHING.where(*_kinds_in(_UNDERSTANDINGS)).limit(_LIMIT)
        values = {"refs": refs, "upto": self.head(), "limit": limit}
        found = [record_of(row) for row in self._transaction.run(holding, values)]
        rows = [
            {"at_position": record.position, "data": orjson.dumps(_without(record.data, refs)).decode()}
            for record in found
            if record.data is not None
        ]
        self._transaction.run_many(_REWRITE, rows)
        self._transaction.run(_FORGET_NAMED, {"refs": refs, "positions": [record.position for record in found]})
        return len(found)

    # --- reading ---

    def phrases(self, is_named: Callable[[str], bool]) -> set[str]:
        """Return the refs ("phrase:…") of the phrases that are somebody's name; looks at all there are."""
        return {ref for ref in self._transaction.run(_PHRASES).scalars() if is_named(ref.removeprefix("phrase:"))}

    def head(self) -> int:
        """Return the last position, 0 for an empty ledger."""
        [(position,)] = self._transaction.ask(_HEAD)
        return int(position)

    def get(self, position: int) -> Record:
        """Return the record at a position."""
        row = self._transaction.run(_GET, {"position": position}).first()
        if row is None:
            raise NotFound(f"There is no record at position {position}.", position=position)
        return record_of(row)

    def find(self, source: str, id: str) -> Record | None:
        """Return the record of an outside id, or None."""
        row = self._transaction.run(_FIND, {"source": source, "id": id}).first()
        return None if row is None else record_of(row)

    def after(self, position: int, *, limit: int, kinds: Collection[RecordKind] | None = None) -> list[Record]:
        """Return records with a greater position, in order; never misses a late committer."""
        if kinds is None:
            return self._read(_AFTER, {"position": position, "limit": limit})
        if not kinds:
            return []
        return self._read(_after_of_kinds(frozenset(kinds)), {"position": position, "limit": limit})

    def recent(
        self,
        *,
        member: str | None = None,
        kinds: Collection[RecordKind] | None = None,
        limit: int = 50,
        before: int | None = None,
    ) -> list[Record]:
        """Return the latest records by position, newest first, optionally of one member and before a position."""
        if kinds is not None and not kinds:
            return []
        values = {
            "member": member,
            "ref": f"member:{member}",
            "before": _NO_END if before is None else before,
            "limit": limit,
        }
        among = None if kinds is None else frozenset(kinds)
        return self._read(_recent(among) if member is None else _recent_of_member(among), values)

    def touching(
        self, refs: Collection[str], *, upto: int, kinds: Collection[RecordKind] | None = None
    ) -> list[Record]:
        """Return the distinct records that name any of the refs, with position ≤ `upto`, in order."""
        statement = _TOUCHING.where(*_kinds_in(kinds))
        return [record_of(row) for row in self._transaction.run(statement, {"refs": refs, "upto": upto})]

    def about(self, positions: Collection[int]) -> dict[int, Record]:
        """Return the understanding of each position that has one: the latest reading."""
        return {record.about: record for record in self._understandings(positions) if record.about is not None}

    def members_mentioning(self, refs: Collection[str]) -> dict[str, int]:
        """Count the distinct members behind each ref (the records' `member`); refs without one are left out."""
        return {ref: count for ref, count in self._transaction.run(_MENTIONING, {"refs": refs}) if count}

    def count(self, *, kinds: Collection[RecordKind] | None = None) -> int:
        """Count records."""
        statement = select(func.count()).select_from(records).where(*(_kinds_in(kinds) if kinds is not None else ()))
        return int(self._transaction.run(statement).scalar_one())

    def count_after(self, position: int, *, kinds: Collection[RecordKind] | None, most: int = 100_000) -> int:
        """Count the records with a greater position, up to `most`."""
        statement = select(records.c.position).where(records.c.position > position)
        if kinds is not None:
            statement = statement.where(*_kinds_in(kinds))
        counted = select(func.count()).select_from(statement.limit(most).subquery())
        return int(self._transaction.run(counted).scalar_one())

    def _understandings(self, positions: Collection[int]) -> list[Record]:
        """Return all understandings about these positions, oldest first."""
        found = self._read(_ABOUT, {"positions": positions}) if positions else []
        return [record for record in found if record.kind in READINGS]

    def _read(self, query: CompiledStatements, values: dict[str, Any]) -> list[Record]:
        return [record_of(row) for row in self._transaction.ask(query, values)]


def _kinds_in(kinds: Collection[RecordKind] | None) -> list[sa.ColumnElement[bool]]:
    return [] if kinds is None else [sa.or_(sa.false(), *(records.c.kind == kind for kind in sorted(map(str, kinds))))]


# Statements are built once for each set of kinds: building one takes longer than running it.


@cache
def _after_of_kinds(kinds: frozenset[RecordKind]) -> CompiledStatements:
    later = records.c.position > bindparam("position")
    return _of_kinds(later, kinds, order=records.c.position.asc())


@cache
def _recent(kinds: frozenset[RecordKind] | None) -> CompiledStatements:
    newest = records.c.position.desc()
    if kinds is None:
        return CompiledStatements(statement=select(*_COLUMNS).where(_EARLIER).order_by(newest).limit(_LIMIT))
    return _of_kinds(_EARLIER, kinds, order=newest)


@cache
def _recent_of_member(kinds: frozenset[RecordKind] | None) -> CompiledStatements:
    own = (record_refs.c.ref == bindparam("ref")) & (record_refs.c.member == bindparam("member"))
    joined = records.join(record_refs, record_refs.c.position == records.c.position)
    found = select(*_COLUMNS).select_from(joined).where(own, _EARLIER, *_kinds_in(kinds))
    # By the position of the ref: so a database walks the member's own, newest first, and ends at the limit.
    return CompiledStatements(statement=found.order_by(record_refs.c.position.desc()).limit(_LIMIT))


def _of_kinds(
    where: sa.ColumnElement[bool], kinds: Collection[RecordKind], *, order: sa.UnaryExpression[Any]
) -> CompiledStatements:
    """Read each kind's first `limit` from the index and merge them: no sorting of a whole history."""
    arms = [
        select(
            select(records.c.position)
            .where(records.c.kind == str(kind), where)
            .order_by(order)
            .limit(_LIMIT)
            .subquery()
            .c.position
        )
        for kind in sorted(set(kinds))
    ]
    merged = sa.union_all(*arms).subquery()
    found = select(*_COLUMNS).where(records.c.position.in_(select(merged.c.position)))
    return CompiledStatements(statement=found.order_by(order).limit(_LIMIT))


def _without(data: Mapping[str, Any], named: Collection[str]) -> dict[str, Any]:
    """Return what an understanding holds without the phrases that name somebody and are no topic."""
    kept = [mention for mention in data.get("mentions", ()) if mention[1] or f"phrase:{mention[0]}" not in named]
    return {**data, "mentions": kept}
