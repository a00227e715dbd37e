"""Decisions of an append before it writes: repeats, differences, first understandings, positions. No I/O."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from serendipity.domain.errors import DifferentBody, InvalidInput
from serendipity.domain.model import Appended, NewRecord, Record, RecordKind
from serendipity.stores.ledger_sql.columns import from_us, plain, to_us

REREAD = "reread:"
FIRST_READINGS = frozenset({RecordKind.UNDERSTOOD, RecordKind.EVENT_UNDERSTOOD})
READINGS = FIRST_READINGS | {RecordKind.REREAD}
REMOVED = "(contact data removed)"
ERASED = "(erased)"
ABSENT = "(absent)"

# An enumeration hashes its members in Python, which a thousand records feel; texts are hashed in C.
_FIRST = frozenset(map(str, FIRST_READINGS))


class Draft(NamedTuple):
    """A new record with its canonical JSON and its keyed digest; `subject` is what a first understanding is about."""

    new: NewRecord
    kind: str
    at: int
    data: bytes
    digest: str
    subject: int | None


class Known(NamedTuple):
    """A record that the ledger has, with the digest of its body."""

    record: Record
    digest: str


def draft(new: NewRecord, key: bytes) -> Draft:
    """Write a record's data canonically and take the digest of its body. Raises InvalidInput for what is not JSON."""
    at, kind = to_us(new.at), str(new.kind)
    try:
        data = orjson.dumps(new.data, plain, orjson.OPT_SORT_KEYS)
        head = orjson.dumps((kind, at if new.timed else None, new.sent_as or new.member, new.fingerprint))
    except orjson.JSONEncodeError as error:
        raise InvalidInput(f"The record {new.id!r} of {new.source!r} cannot be kept as JSON: {error}.") from error
    understood = kind in _FIRST and not new.source.startswith(REREAD)
    return Draft(
        new=new,
        kind=kind,
        at=at,
        data=data,
        digest=hmac.digest(key, head + data, "sha256").hex(),
        subject=new.about if understood else None,
    )


@dataclass(kw_only=True, slots=True)
class Plan:
    """Rows that one call of append is going to write, built up record by record."""

    known: dict[tuple[str, str], Known]
    understood: dict[int, Record]
    head: int
    received_at: datetime
    received_us: int
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    refs: list[tuple[Any, ...]] = field(default_factory=list)

    def take(self, each: Draft) -> Appended:
        """Answer one draft: as the first time, with the understanding that won, or with a new position."""
        known = self.known.get((each.new.source, each.new.id))
        if known is not None:
            return _repeat(known, each)
        if each.subject is not None and each.subject in self.understood:
            return Appended(record=self.understood[each.subject], fresh=False)
        return Appended(record=self._place(each), fresh=True)

    def _place(self, each: Draft) -> Record:
        new = each.new
        self.head += 1
        record = Record(
            position=self.head,
            kind=new.kind,
            source=new.source,
            id=new.id,
            at=from_us(each.at),
            received_at=self.received_at,
            member=new.member,
            data=orjson.loads(each.data),
            about=new.about,
        )
        self.known[new.source, new.id] = Known(record, each.digest)
        if new.about is not None and each.kind in _FIRST:
            self.understood.setdefault(new.about, record)
        self._write(each, record)
        return record

    def _write(self, each: Draft, record: Record) -> None:
        """Note the rows, in the order of the tables' columns."""
        position, member, new = record.position, record.member, each.new
        kind, data, received = each.kind, each.data.decode(), self.received_us
        self.rows.append((position, kind, new.source, new.id, each.at, received, member, data, new.about, each.digest))
        refs = new.refs if member is None else (*new.refs, f"member:{member}")
        self.refs.extend([(ref, position, member) for ref in dict.fromkeys(refs)])


def _repeat(known: Known, each: Draft) -> Appended:
    if not hmac.compare_digest(known.digest, each.digest):
        raise DifferentBody(source=each.new.source, id=each.new.id, difference=difference(known.record, each))
    return Appended(record=known.record, fresh=False)


def difference(first: Record, now: Draft) -> dict[str, dict[str, Any]]:
    """Return what differs, field by field: {field: {"first": …, "now": …}}.

    Data are compared key by key; where nothing that is kept differs, what was removed from the text must.
    """
    new = now.new
    pairs: dict[str, tuple[Any, Any]] = {
        "kind": (first.kind.value, new.kind.value),
        "member": (first.member, new.member),
    }
    if new.timed:
        pairs["at"] = (first.at.isoformat(), from_us(now.at).isoformat())
    if first.data is None:
        pairs["data"] = (ERASED, "(another body)" if all(a == b for a, b in pairs.values()) else ERASED)
    else:
        pairs |= _data_pairs(first.data, orjson.loads(now.data))
    found = {name: {"first": a, "now": b} for name, (a, b) in pairs.items() if _canonical(a) != _canonical(b)}
    return found or {"text": {"first": REMOVED, "now": REMOVED}}


def _data_pairs(first: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = sorted(first.keys() | now.keys())
    return {_label(name): (first.get(name, ABSENT), now.get(name, ABSENT)) for name in names}


def _label(name: str) -> str:
    """Keep a key of the data apart from the record's own fields."""
    return f"data.{name}" if name in ("kind", "at", "member") else name


def _canonical(value: Any) -> bytes:
    """Tell 1 from 1.0 as the digest does."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
