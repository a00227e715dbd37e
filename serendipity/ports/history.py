"""The ledger's history and the members it is about."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

from serendipity.domain.model import (
    Appended,
    Event,
    Member,
    MustNot,
    NewRecord,
    Place,
    Presence,
    Purpose,
    Record,
    RecordKind,
    Surprise,
)

# What follows a record that was just appended, by its number in the call and the record.
Following = Callable[[int, Record], Sequence[NewRecord]]


class Records(Protocol):
    """The append-only history."""

    def append(self, new: Sequence[NewRecord], *, then: Following | None = None) -> list[Appended]:
        """Append in order and answer in order; a known (source, id) answers as the first time.

        `then` says what follows each that is new: it is appended behind them all, unasked whether it is known, for
        it must have an id of its own that comes from the new position.
        Raises DifferentBody when a known id comes with another kind, at, member, data or fingerprint (details:
        source, id, difference as {field: {"first": …, "now": …}}); then nothing of the call is appended.
        """
        ...

    def after(self, position: int, *, limit: int, kinds: Collection[RecordKind] | None = None) -> list[Record]:
        """Return records with a greater position, in order; never misses a late committer."""
        ...

    def head(self) -> int:
        """Return the last position, 0 for an empty ledger."""
        ...

    def find(self, source: str, id: str) -> Record | None:
        """Return the record of an outside id, or None."""
        ...

    def get(self, position: int) -> Record:
        """Return the record at a position."""
        ...

    def touching(
        self, refs: Collection[str], *, upto: int, kinds: Collection[RecordKind] | None = None
    ) -> list[Record]:
        """Return the distinct records that name any of the refs, with position ≤ `upto`, in order."""
        ...

    def about(self, positions: Collection[int]) -> dict[int, Record]:
        """Return the understanding of each position that has one."""
        ...

    def members_mentioning(self, refs: Collection[str]) -> dict[str, int]:
        """Count the distinct members behind each ref (the records' `member`)."""
        ...

    def recent(
        self,
        *,
        member: str | None = None,
        kinds: Collection[RecordKind] | None = None,
        limit: int = 50,
        before: int | None = None,
    ) -> list[Record]:
        """Return the latest records by position, newest first, optionally of one member and before a position."""
        ...

    def count_after(self, position: int, *, kinds: Collection[RecordKind] | None, most: int = 100_000) -> int:
        """Count the records with a greater position, up to `most`."""
        ...

    def count(self, *, kinds: Collection[RecordKind] | None = None) -> int:
        """Count records."""
        ...

    def phrases(self, is_named: Callable[[str], bool]) -> set[str]:
        """Return the refs ("phrase:…") of the phrases that are somebody's name; looks at all there are."""
        ...

    def forget_phrases(self, refs: Collection[str], *, limit: int) -> int:
        """Take phrases, where they are no topics, out of the first understandings with one; returns of how many."""
        ...

    def blank(self, positions: Collection[int]) -> None:
        """Null the payloads in place (erasure); position, ids and keyed hash stay."""
        ...


class Members(Protocol):
    """Current profiles and consents."""

    def put(self, member: Member) -> None:
        """Insert or replace a member's row (not their purposes)."""
        ...

    def put_many(self, given: Sequence[Member]) -> None:
        """Insert or replace the rows of different members, as `put` does, at one go."""
        ...

    def get(self, id: str) -> Member:
        """Return a member with their purposes, also a merged one (status MERGED). Raises UnknownMember."""
        ...

    def find_by_email(self, email: str) -> Member | None:
        """Return the member with this address (case-insensitive)."""
        ...

    def find_by_code(self, code_hash: str) -> Member | None:
        """Return the member with this personal kiosk code (SHA-256)."""
        ...

    def set_code(self, member: str, code_hash: str) -> None:
        """Store the hash of a personal kiosk code."""
        ...

    def hand_over_code(self, member: str, to: str) -> None:
        """Let the personal kiosk code of one member be another's, unless that one has a code."""
        ...

    def find_by_prefix(self, letters: str, *, limit: int = 8) -> list[Member]:
        """Return active members and guests whose first or last name starts so, and who agreed to NAME_LOOKUP."""
        ...

    def names_with(self, pairs: Collection[tuple[str, str]]) -> set[str]:
        """Return the names of members in which a word starts as the first of a pair, and the second comes after it."""
        ...

    def many(self, ids: Collection[str]) -> dict[str, Member]:
        """Return those that exist."""
        ...

    def profiles(self, ids: Collection[str]) -> dict[str, Member]:
        """Return those that exist, without their purposes."""
        ...

    def followed(self, ids: Collection[str]) -> dict[str, str]:
        """Return whom each id stands for now, following merges; unknown and erased ones are left out."""
        ...

    def page(self, *, after: str = "", limit: int = 100, search: str = "") -> list[Member]:
        """Return members ordered by id, after an id; `search` is a part of name, organisation or e-mail."""
        ...

    def with_purpose(self, purpose: Purpose, *, among: Collection[str] | None = None) -> set[str]:
        """Return ids of members (active, not paused for now) who agreed, of all or of those named."""
        ...

    def paused(self) -> set[str]:
        """Return ids of those who agreed to MATCHING and INTRODUCTIONS, and are paused for now."""
        ...

    def willing_at(self, place: str, purposes: Collection[Purpose], *, now: datetime, also: str) -> set[str]:
        """Return those here now, and `also` wherever they are, who agreed to all purposes (active, not paused)."""
        ...

    def set_consent(self, member: str, purpose: Purpose, *, given: bool, wording: str, at: datetime) -> None:
        """Store the current consent; every version stays in the records."""
        ...

    def give_consents(self, given: Sequence[tuple[str, Purpose, datetime]], *, wording: str) -> None:
        """Store that members agreed (member, purpose, when), at one go."""
        ...

    def block(self, member: str, other: str, *, why: str, at: datetime) -> None:
        """Never match these two (must-not rule, or "never this person")."""
        ...

    def blocks(self, *, of: Collection[str] | None = None) -> set[tuple[str, str]]:
        """Return the blocked pairs, of all or that name any of these members; the smaller id first."""
        ...

    def wishes(self) -> dict[str, tuple[Surprise | None, int | None]]:
        """Return what members chose for themselves, of those who did: how surprising, and how many a month."""
        ...

    def put_must_not(self, rule: MustNot) -> None:
        """Insert or replace a rule of the managers."""
        ...

    def must_nots(self) -> list[MustNot]:
        """Return the managers' rules, newest first."""
        ...

    def drop_must_not(self, id: str) -> None:
        """Delete a rule. Raises NotFound."""
        ...

    def joined_members_since(self, since: datetime) -> dict[str, datetime]:
        """Return when those joined who did so at or after a time."""
        ...

    def count(self) -> int:
        """Count members and guests (not merged or erased ones)."""
        ...

    def erase(self, member: str) -> None:
        """Blank the profile and drop consents, codes, blocks, presence, sessions and links of a member.

        They leave the managers' rules; a rule with an empty side goes.
        """
        ...


class Places(Protocol):
    """Places, presence, events."""

    def put_place(self, place: Place) -> None:
        """Insert or replace."""
        ...

    def place(self, id: str) -> Place:
        """Return a place. Raises UnknownPlace."""
        ...

    def places(self) -> list[Place]:
        """Return all places, by id."""
        ...

    def set_presence(self, here: Sequence[Presence]) -> None:
        """Say that members are here until a time (each replaces an earlier presence; a later one stays)."""
        ...

    def present(self, place: str | None, *, now: datetime) -> list[Presence]:
        """Return who is here now (everywhere when `place` is None)."""
        ...

    def put_event(self, event: Event) -> None:
        """Insert or replace."""
        ...

    def event(self, id: str) -> Event:
        """Return an event. Raises UnknownEvent."""
        ...

    def events(self, *, after: datetime | None = None, latest: bool = False, limit: int = 100) -> list[Event]:
        """Return events by start, those that start at `after` or later: the first, or the `latest` by start."""
        ...

    def known_events(self, ids: Collection[str]) -> set[str]:
        """Return those ids that exist."""
        ...
