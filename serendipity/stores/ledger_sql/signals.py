"""The stream of signals: appended once, read in order, erased in place, expired."""

import hmac
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import delete, func, select, update

from serendipity.domain.errors import DifferentBody
from serendipity.domain.model import AppendedSignal, NewRecord, NewSignal, Record, RecordKind, Signal
from serendipity.stores.ledger_sql import append_plan
from serendipity.stores.ledger_sql.append_plan import Draft
from serendipity.stores.ledger_sql.stream_tables import expired_signals, signals
from serendipity.stores.ledger_sql.transaction import Transaction

_COLUMNS = [column for column in signals.columns if column.name not in ("name_key", "digest")]
_AT_ONCE = 500


class SqlSignals:
    """The stream of signals."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    # --- writing ---

    def append(self, new: Sequence[NewSignal]) -> list[AppendedSignal]:
        """Append in order and answer in order; a known id answers as the first time. Raises DifferentBody."""
        if not new:
            return []
        if self._transaction.database.signals_lock is not None:
            self._transaction.run(self._transaction.database.signals_lock)
        drafts = [append_plan.draft(_as_record(each), self._transaction.digest_key) for each in new]
        known, expired = self._known(new), self._expired(new)
        position, received_at, answers, rows = self.head(), self._transaction.now(), [], []
        for each, draft in zip(new, drafts, strict=True):
            key = (each.source, each.id)
            first = known.get(key)
            if first is None and key not in expired:
                position += 1
                signal = _signal(each, draft, position, received_at)
                known[key] = (signal, draft.digest)
                rows.append(_row(signal, draft))
                answers.append(AppendedSignal(signal=signal, fresh=True))
            else:
                answers.append(_repeat(each, draft, first, expired.get(key), received_at))
        self._transaction.run_many(sa.insert(signals), rows)
        return answers

    def erase(self, member: str) -> int:
        """Null data and subject of a member's signals; name, time and opaque ids stay. Returns how many."""
        theirs = update(signals).where(signals.c.member == member, signals.c.data.is_not(None))
        return self._transaction.run(theirs.values(data=None, subject=None)).rowcount

    def expire(self, before: datetime) -> int:
        """Delete signals that happened before a time, but the last one; their ids stay known. Returns how many."""
        old = (signals.c.at < before) & (signals.c.position < self.head())
        found = self._transaction.run(
            select(signals.c.position, signals.c.source, signals.c.id, signals.c.digest).where(old)
        ).all()
        own = [row for row in found if not row.source.startswith("records")]
        rows = [{"key": self._key(row.source, row.id), "digest": row.digest} for row in own]
        self._transaction.run_many(sa.insert(expired_signals), rows)
        self._transaction.run(delete(signals).where(old))
        return len(found)

    # --- reading ---

    def after(self, position: int, *, limit: int, names: Collection[str] | None = None) -> list[Signal]:
        """Return signals with a greater position, in order, of these names; never misses a late committer."""
        statement = select(*_COLUMNS).where(signals.c.position > position).order_by(signals.c.position).limit(limit)
        if names is not None:
            statement = statement.where(signals.c.name_key.in_(sorted(name.casefold() for name in names)))
        return self._read(statement)

    def recent(
        self,
        *,
        member: str | None = None,
        name: str | None = None,
        subject: str | None = None,
        without_source: str | None = None,
        limit: int = 100,
        before: int | None = None,
    ) -> list[Signal]:
        """Return the latest signals by position, newest first; names compare without case."""
        conditions = [
            (member is not None, signals.c.member == member),
            (name is not None, signals.c.name_key == (name or "").casefold()),
            (subject is not None, signals.c.subject == subject),
            (without_source is not None, signals.c.source != without_source),
            (before is not None, signals.c.position < (before or 0)),
        ]
        chosen = [condition for wanted, condition in conditions if wanted]
        return self._read(select(*_COLUMNS).where(*chosen).order_by(signals.c.position.desc()).limit(limit))

    def find(self, source: str, id: str) -> Signal | None:
        """Return the signal of an outside id; None where there is none, or it expired."""
        found = self._read(select(*_COLUMNS).where(signals.c.source == source, signals.c.id == id))
        return found[0] if found else None

    def head(self) -> int:
        """Return the last position, 0 for an empty stream."""
        return int(self._transaction.run(select(func.coalesce(func.max(signals.c.position), 0))).scalar_one())

    def _read(self, statement: sa.Select[Any]) -> list[Signal]:
        return [_from_row(row._mapping) for row in self._transaction.run(statement)]

    def _known(self, new: Iterable[NewSignal]) -> dict[tuple[str, str], tuple[Signal, str]]:
        found: dict[tuple[str, str], tuple[Signal, str]] = {}
        for source, ids in _ids_by_source(new).items():
            for start in range(0, len(ids), _AT_ONCE):
                theirs = signals.c.id.in_(ids[start : start + _AT_ONCE])
                statement = select(*_COLUMNS, signals.c.digest).where(signals.c.source == source, theirs)
                for row in self._transaction.run(statement):
                    fields = dict(row._mapping)
                    digest = fields.pop("digest")
                    found[source, row.id] = (_from_row(fields), digest)
        return found

    def _expired(self, new: Iterable[NewSignal]) -> dict[tuple[str, str], str]:
        """Return the digests of those that came before and have expired."""
        keys = {self._key(each.source, each.id): (each.source, each.id) for each in new}
        names, found = list(keys), {}
        for start in range(0, len(names), _AT_ONCE):
            some = expired_signals.c.key.in_(names[start : start + _AT_ONCE])
            for key, digest in self._transaction.run(select(expired_signals).where(some)):
                found[keys[key]] = digest
        return found

    def _key(self, source: str, id: str) -> str:
        return hmac.digest(self._transaction.digest_key, f"{source}\x1f{id}".encode(), "sha256").hex()


def _as_record(new: NewSignal) -> NewRecord:
    """Return a signal as the record that it was in earlier releases, whose digest it keeps."""
    data = {"name": new.name, "category": new.category, "subject": new.subject, "data": new.data}
    return NewRecord(
        kind=RecordKind.SIGNAL,
        source=new.source,
        id=new.id,
        at=new.at,
        member=new.member,
        data=data,
        fingerprint=new.fingerprint,
        timed=new.timed,
        sent_as=new.sent_as,
    )


def _signal(new: NewSignal, draft: Draft, position: int, received_at: datetime) -> Signal:
    return Signal(
        position=position,
        source=new.source,
        id=new.id,
        name=new.name,
        category=new.category,
        member=new.member,
        subject=new.subject,
        at=new.at,
        received_at=received_at,
        data=orjson.loads(draft.data)["data"],
    )


def _row(signal: Signal, draft: Draft) -> dict[str, Any]:
    fields = {name: getattr(signal, name) for name in ("position", "source", "id", "name", "category", "member")}
    return {
        **fields,
        "name_key": signal.name.casefold(),
        "subject": signal.subject,
        "at": signal.at,
        "received_at": signal.received_at,
        "data": orjson.dumps(signal.data, option=orjson.OPT_SORT_KEYS).decode(),
        "digest": draft.digest,
    }


def _from_row(row: Any) -> Signal:
    return Signal(**{**row, "data": None if row["data"] is None else orjson.loads(row["data"])})


def _repeat(
    new: NewSignal, draft: Draft, first: tuple[Signal, str] | None, expired: str | None, now: datetime
) -> AppendedSignal:
    """Answer a repeat as the first time. Raises DifferentBody."""
    digest = first[1] if first else expired or ""
    if not hmac.compare_digest(digest, draft.digest):
        raise DifferentBody(source=new.source, id=new.id, difference=_difference(first, draft))
    return AppendedSignal(signal=first[0] if first else _signal(new, draft, 0, now), fresh=False)


def _difference(first: tuple[Signal, str] | None, draft: Draft) -> dict[str, dict[str, Any]]:
    if first is None:
        return {"data": {"first": "(expired)", "now": "(another body)"}}
    signal = first[0]
    data = None
    if signal.data is not None:
        data = {"name": signal.name, "category": signal.category, "subject": signal.subject, "data": signal.data}
    known = Record(
        position=signal.position,
        kind=RecordKind.SIGNAL,
        source=signal.source,
        id=signal.id,
        at=signal.at,
        received_at=signal.received_at,
        member=signal.member,
        data=data,
    )
    return append_plan.difference(known, draft)


def _ids_by_source(new: Iterable[NewSignal]) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for each in new:
        ids.setdefault(each.source, []).append(each.id)
    return ids
