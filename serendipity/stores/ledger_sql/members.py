"""Members as they stand now: profiles, consents, codes, blocks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from serendipity.domain.addresses import address_key
from serendipity.domain.errors import Conflict, NotFound, UnknownMember
from serendipity.domain.model import Member, MemberStatus, MustNot, Purpose, Surprise
from serendipity.stores.ledger_sql import schema
from serendipity.stores.ledger_sql.columns import Instant, among
from serendipity.stores.ledger_sql.compiled_statements import CompiledStatements
from serendipity.stores.ledger_sql.rows import MEMBER_COLUMNS as _COLUMNS
from serendipity.stores.ledger_sql.rows import member_of
from serendipity.stores.ledger_sql.schema import blocks, codes, consents, member_names, members, must_not, presence
from serendipity.stores.ledger_sql.search_keys import LAST_LETTER, fold, tails
from serendipity.stores.ledger_sql.stream_tables import dead_letters
from serendipity.stores.ledger_sql.transaction import Transaction, row_of

_GONE = (MemberStatus.MERGED, MemberStatus.ERASED)
_LIVE = members.c.status.not_in(_GONE)

_GET = select(*_COLUMNS).where(members.c.id == bindparam("id"))
_MANY = CompiledStatements(statement=select(*_COLUMNS).where(among(members.c.id, "ids")))
_PURPOSES = CompiledStatements(
    statement=select(consents.c.member, consents.c.purpose).where(consents.c.given, among(consents.c.member, "members"))
)
_BY_EMAIL = select(*_COLUMNS).where(members.c.email_key == bindparam("email"), _LIVE)
_BY_CODE = (
    select(*_COLUMNS).join(codes, codes.c.member == members.c.id).where(codes.c.code_hash == bindparam("code"), _LIVE)
)
_NAMED = select(member_names.c.member).where(
    member_names.c.tail >= bindparam("letters"), member_names.c.tail < bindparam("end")
)
# Looked up for each name found: a join tempts SQLite to begin with all who agreed.
_FINDABLE = (
    select(consents.c.given)
    .where(consents.c.member == members.c.id, consents.c.purpose == Purpose.NAME_LOOKUP, consents.c.given)
    .exists()
)
_BY_PREFIX = (
    select(*_COLUMNS)
    .where(members.c.id.in_(_NAMED), members.c.status.in_((MemberStatus.ACTIVE, MemberStatus.GUEST)), _FINDABLE)
    .order_by(members.c.search_key, members.c.id)
    .limit(bindparam("limit", type_=sa.Integer))
)
_WITH = CompiledStatements(
    statement=select(members.c.name)
    .join(member_names, member_names.c.member == members.c.id)
    .where(
        member_names.c.tail >= bindparam("first"),
        member_names.c.tail < bindparam("end"),
        member_names.c.tail.contains(bindparam("second")),
    )
)
# A pause with an end is over by then; one without, only once the member comes back.
_THERE = or_(
    (members.c.status == MemberStatus.ACTIVE) & members.c.paused_until.is_(None),
    or_(members.c.status == MemberStatus.ACTIVE, members.c.status == MemberStatus.PAUSED)
    & (members.c.paused_until <= bindparam("now")),
)
_AGREED = (
    select(consents.c.member)
    .join(members, members.c.id == consents.c.member)
    .where(consents.c.given, _THERE, consents.c.purpose == bindparam("purpose"))
)
_AGREED_AMONG = _AGREED.where(among(consents.c.member, "members"))
# Those at a place, and one more, who agreed to as many of the purposes as there are: looked up for each of them, for a
# join tempts SQLite to begin with all who agreed.
_HERE = select(presence.c.member).where(
    presence.c.place == bindparam("place"), presence.c.since <= bindparam("now"), presence.c.until > bindparam("now")
)
_PURPOSES_OF_ONE = (
    select(func.count())
    .where(consents.c.member == members.c.id, among(consents.c.purpose, "purposes"), consents.c.given)
    .scalar_subquery()
)
_WILLING_AT = CompiledStatements(
    statement=select(members.c.id).where(
        members.c.id.in_(_HERE.union_all(select(bindparam("also", type_=sa.Text)))),
        _THERE,
        bindparam("many", type_=sa.Integer) == _PURPOSES_OF_ONE,
    )
)
_PAUSED = (
    select(consents.c.member)
    .join(members, members.c.id == consents.c.member)
    .where(
        consents.c.given,
        consents.c.purpose.in_((Purpose.MATCHING, Purpose.INTRODUCTIONS)),
        or_(
            (members.c.status == MemberStatus.PAUSED) & members.c.paused_until.is_(None),
            members.c.status.in_((MemberStatus.PAUSED, MemberStatus.ACTIVE))
            & (members.c.paused_until > bindparam("now", type_=Instant)),
        ),
    )
    .group_by(consents.c.member)
    .having(func.count() == 2)
)
_FOLLOWED = CompiledStatements(
    statement=select(members.c.id, members.c.status, members.c.merged_into).where(among(members.c.id, "ids"))
)
_BLOCKS = select(blocks.c.member, blocks.c.other)
_BLOCKS_OF = CompiledStatements(
    statement=_BLOCKS.where(or_(among(blocks.c.member, "members"), among(blocks.c.other, "members")))
)
_MUST_NOTS = CompiledStatements(statement=select(must_not).order_by(must_not.c.at.desc(), must_not.c.id))
_WISHES = select(members.c.id, members.c.surprise, members.c.per_month).where(
    or_(members.c.surprise.is_not(None), members.c.per_month.is_not(None))
)
_ADDRESSED = select(members.c.id, members.c.email_key).where(among(members.c.email_key, "emails"), _LIVE)
_IDS = select(members.c.id).where(among(members.c.id, "ids"))
_FORGET_NAMES = delete(member_names).where(among(member_names.c.member, "members"))
_RULE = [column.name for column in must_not.columns]
_SECOND_ADDRESS = "Another member has this e-mail address; merge the two, or use another address."


MOST_NAMES = 200  # of those that start so; more than a tablet shows, to order them by what was typed


class SqlMembers:
    """Current profiles and consents."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    # --- writing ---

    def put(self, member: Member) -> None:
        """Insert or replace a member's row (not their purposes).

        Raises Conflict when another member, neither merged nor erased, has the same e-mail address.
        """
        self.put_many([member])

    def put_many(self, given: Sequence[Member]) -> None:
        """Insert or replace the rows of different members, as `put` does, at one go."""
        rows = [_row(member) for member in given]
        self._refuse_second_addresses(rows)
        self._transaction.put_many(members, rows)
        self._transaction.run(_FORGET_NAMES, {"members": [member.id for member in given]})
        self._transaction.run_many(
            insert(member_names),
            [
                {"tail": tail, "member": member.id}
                for member in given
                if member.status not in _GONE
                for tail in tails(member.name)
            ],
        )

    def _refuse_second_addresses(self, rows: Sequence[dict[str, Any]]) -> None:
        owners: dict[str, str] = {}
        for row in rows:
            key = row["email_key"]
            if key is not None and row["status"] not in _GONE and owners.setdefault(key, row["id"]) != row["id"]:
                raise Conflict(_SECOND_ADDRESS)
        found = self._transaction.run(_ADDRESSED, {"emails": owners}) if owners else ()
        if any(owners[key] != id for id, key in found):
            raise Conflict(_SECOND_ADDRESS)

    def set_code(self, member: str, code_hash: str) -> None:
        """Store the hash of a personal kiosk code. Raises Conflict when another member has it."""
        self._must_exist(member)
        taken = select(codes.c.member).where(codes.c.code_hash == code_hash, codes.c.member != member)
        if self._transaction.run(taken).first() is not None:
            raise Conflict("This code belongs to another member; draw another one.")
        self._transaction.put(codes, {"member": member, "code_hash": code_hash})

    def hand_over_code(self, member: str, to: str) -> None:
        """Let the personal kiosk code of one member be another's, unless that one has a code."""
        has_one = select(codes.c.member).where(codes.c.member == to)
        if self._transaction.run(has_one).first() is None:
            self._transaction.run(update(codes).where(codes.c.member == member).values(member=to))

    def set_consent(self, member: str, purpose: Purpose, *, given: bool, wording: str, at: datetime) -> None:
        """Store the current consent; every version stays in the records."""
        self._must_exist(member)
        row = {"member": member, "purpose": purpose, "given": given, "wording": wording, "at": at}
        self._transaction.put(consents, row)

    def give_consents(self, given: Sequence[tuple[str, Purpose, datetime]], *, wording: str) -> None:
        """Store that members agreed (member, purpose, when), at one go."""
        ids = {member for member, _, _ in given}
        unknown = ids - set(self._transaction.run(_IDS, {"ids": ids}).scalars())
        if unknown:
            raise UnknownMember(id=min(unknown))
        rows = [
            {"member": member, "purpose": purpose, "given": True, "wording": wording, "at": at}
            for member, purpose, at in given
        ]
        self._transaction.put_many(consents, rows)

    def block(self, member: str, other: str, *, why: str, at: datetime) -> None:
        """Never match these two; the first block of a pair stays as it is."""
        smaller, greater = sorted((member, other))
        row = {"member": smaller, "other": greater, "by": member, "why": why, "at": at}
        self._transaction.add(blocks, row)

    def put_must_not(self, rule: MustNot) -> None:
        """Insert or replace a rule of the managers."""
        self._transaction.put(must_not, row_of(rule))

    def drop_must_not(self, id: str) -> None:
        """Delete a rule. Raises NotFound."""
        if self._transaction.run(delete(must_not).where(must_not.c.id == id)).rowcount == 0:
            raise NotFound(f"There is no rule {id!r}.", id=id)

    def erase(self, member: str) -> None:
        """Blank the profile and drop consents, codes, blocks, presence, sessions and links of a member.

        What the audit, parked work and the verdicts of runs say about them is blanked too.
        """
        self.get(member)
        blank = Member(id=member, name="", status=MemberStatus.ERASED, shares=frozenset())
        self.put(blank)
        for statement in _erasure(member):
            self._transaction.run(statement)
        for rule in self.must_nots():
            if member in (*rule.one, *rule.other):
                self._forget_in(rule, member)

    def _forget_in(self, rule: MustNot, member: str) -> None:
        """Take a member out of a rule, with its note, which may speak of them; a rule with a side left empty goes."""
        one, other = (tuple(each for each in side if each != member) for side in (rule.one, rule.other))
        if not one or (rule.other and not other):
            self.drop_must_not(rule.id)
        else:
            self.put_must_not(replace(rule, one=one, other=other, why=""))

    def _must_exist(self, member: str) -> None:
        if self._transaction.run(_GET, {"id": member}).first() is None:
            raise UnknownMember(id=member)

    # --- reading ---

    def get(self, id: str) -> Member:
        """Return a member with their purposes, also a merged or erased one. Raises UnknownMember."""
        found = self._read(_GET, {"id": id})
        if not found:
            raise UnknownMember(id=id)
        return found[0]

    def find_by_email(self, email: str) -> Member | None:
        """Return the member with this address (case-insensitive), unless merged or erased."""
        return next(iter(self._read(_BY_EMAIL, {"email": address_key(email)})), None)

    def find_by_code(self, code_hash: str) -> Member | None:
        """Return the member with this personal kiosk code (SHA-256), unless merged or erased."""
        return next(iter(self._read(_BY_CODE, {"code": code_hash})), None)

    def find_by_prefix(self, letters: str, *, limit: int = 8) -> list[Member]:
        """Return active members and guests whose first or last name starts so, and who agreed to NAME_LOOKUP.

        Case and accents do not matter; any word of the name counts as the start of a last name. Those whose first name
        starts so come first, the others by the word that does.
        """
        folded = fold(letters)
        if not folded:
            return []
        found = self._read(_BY_PREFIX, {"letters": folded, "end": folded + LAST_LETTER, "limit": MOST_NAMES})
        return sorted(found, key=lambda member: _match_of(member.name, folded))[:limit]

    def names_with(self, pairs: Collection[tuple[str, str]]) -> set[str]:
        """Return the names of members in which a word starts as the first of a pair, and the second comes after it."""
        asked = [{"first": fold(one), "end": fold(one) + LAST_LETTER, "second": fold(other)} for one, other in pairs]
        return {name for values in asked for (name,) in self._transaction.ask(_WITH, values)}

    def many(self, ids: Collection[str]) -> dict[str, Member]:
        """Return those that exist."""
        return {member.id: member for member in self._with_purposes(list(self.profiles(ids).values()))}

    def profiles(self, ids: Collection[str]) -> dict[str, Member]:
        """Return those that exist, without their purposes."""
        return {row[0]: member_of(row) for row in self._transaction.ask(_MANY, {"ids": ids})}

    def followed(self, ids: Collection[str]) -> dict[str, str]:
        """Return whom each id stands for now, following merges; unknown and erased ones are left out."""
        rows: dict[str, tuple[MemberStatus, str | None]] = {}
        asked = set(ids)
        while asked:
            found = {id: (status, into) for id, status, into in self._transaction.ask(_FOLLOWED, {"ids": asked})}
            rows |= found
            asked = {into for status, into in found.values() if status is MemberStatus.MERGED and into} - rows.keys()
        return {id: end for id in ids if (end := _followed(rows, id)) is not None}

    def page(self, *, after: str = "", limit: int = 100, search: str = "") -> list[Member]:
        """Return members (not merged or erased ones) ordered by id, after an id.

        `search` is a part of name, organisation or e-mail; case and accents do not matter.
        """
        statement = select(*_COLUMNS).where(members.c.id > after, _LIVE).order_by(members.c.id).limit(limit)
        if fold(search):
            statement = statement.where(members.c.search_key.contains(fold(search), autoescape=True))
        return self._read(statement)

    def with_purpose(self, purpose: Purpose, *, among: Collection[str] | None = None) -> set[str]:
        """Return ids of members (active, not paused for now) who agreed, of all or of those named."""
        values: dict[str, Any] = {"purpose": purpose, "now": self._transaction.now()}
        if among is None:
            return set(self._transaction.run(_AGREED, values).scalars().all())
        return set(self._transaction.run(_AGREED_AMONG, {**values, "members": among}).scalars().all())

    def paused(self) -> set[str]:
        """Return ids of those who agreed to MATCHING and INTRODUCTIONS, and are paused for now."""
        return set(self._transaction.run(_PAUSED, {"now": self._transaction.now()}).scalars())

    def willing_at(self, place: str, purposes: Collection[Purpose], *, now: datetime, also: str) -> set[str]:
        """Return those here now, and `also` wherever they are, who agreed to all purposes (active, not paused)."""
        values = {"place": place, "purposes": purposes, "now": now, "also": also, "many": len(set(purposes))}
        return {member for (member,) in self._transaction.ask(_WILLING_AT, values)}

    def blocks(self, *, of: Collection[str] | None = None) -> set[tuple[str, str]]:
        """Return the blocked pairs, of all or that name any of these members; the smaller id first."""
        if of is None:
            return {(member, other) for member, other in self._transaction.run(_BLOCKS)}
        return {(member, other) for member, other in self._transaction.ask(_BLOCKS_OF, {"members": of})}

    def wishes(self) -> dict[str, tuple[Surprise | None, int | None]]:
        """Return what members chose for themselves, of those who did: how surprising, and how many a month."""
        return {row.id: (row.surprise, row.per_month) for row in self._transaction.run(_WISHES)}

    def must_nots(self) -> list[MustNot]:
        """Return the managers' rules, newest first."""
        return [MustNot(**dict(zip(_RULE, row, strict=True))) for row in self._transaction.ask(_MUST_NOTS)]

    def joined_members_since(self, since: datetime) -> dict[str, datetime]:
        """Return when those joined who did so at or after a time."""
        of = select(members.c.id, members.c.joined_at).where(members.c.joined_at >= since)
        return {row.id: row.joined_at for row in self._transaction.run(of)}

    def count(self) -> int:
        """Count members and guests (not merged or erased ones)."""
        return int(self._transaction.run(select(func.count()).select_from(members).where(_LIVE)).scalar_one())

    def _read(self, statement: sa.Select[Any], values: dict[str, Any] | None = None) -> list[Member]:
        return self._with_purposes([member_of(row) for row in self._transaction.run(statement, values)])

    def _with_purposes(self, found: Sequence[Member]) -> list[Member]:
        purposes = self._purposes([member.id for member in found])
        return [replace(member, purposes=frozenset(purposes.get(member.id, ()))) for member in found]

    def _purposes(self, ids: Collection[str]) -> dict[str, set[Purpose]]:
        agreed: dict[str, set[Purpose]] = {}
        for member, purpose in self._transaction.ask(_PURPOSES, {"members": ids}):
            agreed.setdefault(member, set()).add(purpose)
        return agreed


def _followed(rows: Mapping[str, tuple[MemberStatus, str | None]], id: str) -> str | None:
    """Follow merges from an id to who is there now; None where that is nobody."""
    seen = set[str]()
    while id in rows and id not in seen:
        status, into = rows[id]
        if status is not MemberStatus.MERGED:
            return None if status is MemberStatus.ERASED else id
        seen.add(id)
        id = into or id
    return None


def _row(member: Member) -> dict[str, Any]:
    row = row_of(member)
    del row["purposes"]
    row["email_key"] = address_key(member.email) if member.email else None
    row["search_key"] = "\n".join(fold(part or "") for part in (member.name, member.organisation, member.email))
    return row


def _erasure(member: str) -> list[sa.Executable]:
    """Everything but the profile that says something about a member, table by table."""
    itself = (member, f"member:{member}")
    audit, verdicts = schema.audit, schema.verdicts
    return [
        delete(consents).where(consents.c.member == member),
        delete(codes).where(codes.c.member == member),
        delete(blocks).where((blocks.c.member == member) | (blocks.c.other == member)),
        delete(schema.presence).where(schema.presence.c.member == member),
        delete(schema.sessions).where(schema.sessions.c.subject == f"member:{member}"),
        delete(schema.links).where(schema.links.c.member == member),
        update(audit).where(audit.c.subject.in_(itself) | audit.c.who.in_(itself)).values(data={}),
        update(dead_letters).where(dead_letters.c.subject.in_(itself)).values(error=""),
        update(verdicts).where(verdicts.c.member == member).values(detail=""),
    ]


def _match_of(name: str, letters: str) -> tuple[int, str, str]:
    """Return how a name matches what was typed: by which of its words, and the rest of the name from there on."""
    ends = tails(name)
    place = next((n for n, tail in enumerate(ends) if tail.startswith(letters)), len(ends))
    return min(place, 1), ends[place] if place < len(ends) else "", name
