"""One function per kind of row: how the database's columns become the model's objects."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Row

from serendipity.domain.model import Introduction, Member, Message, Party, Place, Reason, Record, RecordKind, Verdict
from serendipity.stores.ledger_sql.columns import from_us
from serendipity.stores.ledger_sql.schema import members

MEMBER_COLUMNS = [column for column in members.columns if not column.name.endswith("_key")]
_MEMBER = [column.name for column in MEMBER_COLUMNS]
_KINDS = {str(kind): kind for kind in RecordKind}


def record_of(row: Sequence[Any]) -> Record:
    """Read a record from the columns of `records`, in their order without the digest."""
    position, kind, source, id, at, received_at, member, data, about = row
    return Record(
        position=position,
        kind=_KINDS[kind],
        source=source,
        id=id,
        at=from_us(at),
        received_at=from_us(received_at),
        member=member,
        data=None if data is None else orjson.loads(data),
        about=about,
    )


def member_of(row: Sequence[Any]) -> Member:
    """Read a member without their purposes, from the columns of `members` in their order without the keys."""
    return Member(**dict(zip(_MEMBER, row, strict=True)))


def place_of(row: Sequence[Any]) -> Place:
    """Read a place; JSON has no numbers as keys and no tuples, opening hours have both."""
    id, name, zone, hours = row
    return Place(
        id=id, name=name, zone=zone, hours={int(day): (opens, closes) for day, (opens, closes) in hours.items()}
    )


def verdict_of(row: Row[Any]) -> Verdict:
    """Read a verdict; one without an introduction has an empty id of it, as it is part of the key."""
    return Verdict(**{**row._mapping, "introduction": row.introduction or None})


def reason_of(value: dict[str, Any]) -> Reason:
    """Read one reason of an introduction."""
    return Reason(
        kind=value["kind"],
        weight=value["weight"],
        topics=tuple(value["topics"]),
        events=tuple(value["events"]),
        members=tuple(value["members"]),
        data=value["data"],
    )


def party_of(row: Row[Any]) -> Party:
    """Read one party of an introduction."""
    columns = dict(row._mapping)
    del columns["introduction"], columns["ordinal"]
    return Party(**columns)


def introduction_of(row: Row[Any], parties: Sequence[Party]) -> Introduction:
    """Read an introduction with its parties, in their order."""
    columns = dict(row._mapping)
    columns["reasons"] = tuple(reason_of(reason) for reason in columns["reasons"])
    return Introduction(parties=tuple(parties), **columns)


def message_of(row: Row[Any]) -> Message:
    """Read a message without its lease."""
    return Message(**row._mapping)
