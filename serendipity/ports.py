"""What the core needs from the outside world: protocols, each with one contract suite for all implementations.

Implementations are chosen in bootstrap.py only. Unless a docstring says otherwise, a method that gets an id
that does not exist raises `NotFound` (or the narrower error named), and every datetime is UTC and aware.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from serendipity.domain.decay import Weight
from serendipity.domain.graph import Changes, EdgeKey, EdgeKind, Fact, HalfLives, Head, Node, NodeKind, Remap
from serendipity.domain.model import (
    Answer,
    ApiKey,
    Appended,
    AuditEntry,
    Event,
    Introduction,
    IntroductionState,
    Kiosk,
    Link,
    Manager,
    Member,
    Message,
    MessageState,
    NewRecord,
    Parked,
    Place,
    Presence,
    Purpose,
    Record,
    RecordKind,
    Run,
    Session,
    Stance,
    Understanding,
    Verdict,
)


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the current time, UTC and aware."""
        ...


class TopicExtractor(Protocol):
    """Makes an understanding of a text; safe to call from several threads (it takes turns)."""

    @property
    def version(self) -> str:
        """Name the pipeline and the vocabulary it stands on."""
        ...

    def understand(self, text: str, *, stance: Stance = Stance.INTEREST) -> Understanding:
        """Read one text; `stance` is that of what names no other."""
        ...


# --- the ledger -------------------------------------------------------------------------------------------------


class Records(Protocol):
    """The append-only history."""

    def append(self, new: Sequence[NewRecord]) -> list[Appended]:
        """Append in order and answer in order; a known (source, id) answers as the first time.

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

    def count(self, *, kinds: Collection[RecordKind] | None = None) -> int:
        """Count records."""
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

    def find_by_prefix(self, letters: str, *, limit: int = 8) -> list[Member]:
        """Return active members and guests whose first or last name starts so, and who agreed to NAME_LOOKUP."""
        ...

    def many(self, ids: Collection[str]) -> dict[str, Member]:
        """Return those that exist."""
        ...

    def page(self, *, after: str = "", limit: int = 100, search: str = "") -> list[Member]:
        """Return members ordered by id, after an id; `search` is a part of name, organisation or e-mail."""
        ...

    def with_purpose(self, purpose: Purpose) -> set[str]:
        """Return ids of members (active, not paused for now) who agreed."""
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

    def blocks(self) -> set[tuple[str, str]]:
        """Return all blocked pairs, the smaller id first."""
        ...

    def count(self) -> int:
        """Count members and guests (not merged or erased ones)."""
        ...

    def erase(self, member: str) -> None:
        """Blank the profile and drop consents, codes, blocks, presence, sessions and links of a member."""
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

    def set_presence(self, presence: Presence) -> None:
        """Say that a member is here until a time (replaces an earlier presence)."""
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

    def events(self, *, after: datetime | None = None, limit: int = 100) -> list[Event]:
        """Return events by start."""
        ...

    def known_events(self, ids: Collection[str]) -> set[str]:
        """Return those ids that exist."""
        ...


class Introductions(Protocol):
    """The workflow of introductions."""

    def add(self, introduction: Introduction) -> None:
        """Insert; the same id twice is a Conflict."""
        ...

    def get(self, id: str) -> Introduction:
        """Return one."""
        ...

    def save(self, introduction: Introduction) -> None:
        """Replace if `introduction.version` is the stored one (it is counted up), else Conflict."""
        ...

    def search(
        self, *, states: Collection[IntroductionState] | None = None, member: str | None = None, limit: int = 100
    ) -> list[Introduction]:
        """Return introductions, best score first for PROPOSED only, else newest change first."""
        ...

    def due(self, now: datetime, *, limit: int = 100) -> list[Introduction]:
        """Return open ones (PROPOSED, APPROVED, ASKED) whose deadline has passed."""
        ...

    def to_follow_up(self, introduced_before: datetime, *, limit: int = 100) -> list[Introduction]:
        """Return INTRODUCED ones from before a time that were not followed up."""
        ...

    def pairs_since(self, since: datetime) -> dict[tuple[str, str], datetime]:
        """Return each pair (smaller id first) with an introduction changed since, and when."""
        ...

    def counts_since(self, since: datetime) -> dict[str, int]:
        """Count, per member, introductions proposed since (declined by a manager or expired unreviewed left out)."""
        ...

    def answered(self, member: str, answer: Answer, since: datetime) -> int:
        """Count a member's answers of a kind since a time."""
        ...

    def erase(self, member: str) -> None:
        """Cancel the open ones, and blank texts and reasons of all that name the member."""
        ...


class Outbox(Protocol):
    """Messages on their way."""

    def add(self, message: Message) -> bool:
        """Queue; False when the id is known already (nothing changes)."""
        ...

    def claim(self, now: datetime, *, holder: str, lease_seconds: float, limit: int) -> list[Message]:
        """Lease due messages, oldest first, and count the attempt: queued, next_at ≤ now, no lease that still runs."""
        ...

    def mark(
        self,
        id: str,
        state: MessageState,
        *,
        holder: str | None = None,
        at: datetime,
        error: str | None = None,
        next_at: datetime | None = None,
    ) -> None:
        """Set the state of one message and end its lease. Raises LeaseLost when `holder` no longer has it."""
        ...

    def get(self, id: str) -> Message:
        """Return one."""
        ...

    def search(
        self, *, states: Collection[MessageState] | None = None, member: str | None = None, limit: int = 100
    ) -> list[Message]:
        """Return messages, newest first."""
        ...

    def sent_since(self, member: str, since: datetime, *, kinds: Collection[str] | None = None) -> int:
        """Count what was sent to a member since a time."""
        ...

    def cancel(self, *, introduction: str | None = None, member: str | None = None, at: datetime, why: str) -> int:
        """Cancel queued messages of an introduction or a member."""
        ...

    def retry(self, id: str, at: datetime) -> None:
        """Queue a parked message again."""
        ...

    def erase(self, member: str) -> None:
        """Cancel what is queued and blank subject and bodies of all messages to or about the member."""
        ...


class Access(Protocol):
    """Managers, sessions, keys, kiosks, links."""

    def put_manager(self, manager: Manager) -> None:
        """Insert or replace."""
        ...

    def manager(self, id: str) -> Manager:
        """Return one."""
        ...

    def manager_by_email(self, email: str) -> Manager | None:
        """Return one (case-insensitive)."""
        ...

    def managers(self) -> list[Manager]:
        """Return all."""
        ...

    def add_session(self, session: Session) -> None:
        """Insert."""
        ...

    def session(self, token_hash: str, *, now: datetime) -> Session | None:
        """Return an unexpired session."""
        ...

    def end_session(self, token_hash: str) -> None:
        """Delete."""
        ...

    def add_key(self, key: ApiKey) -> None:
        """Insert."""
        ...

    def key(self, id: str) -> ApiKey | None:
        """Return one, also a revoked one."""
        ...

    def keys(self) -> list[ApiKey]:
        """Return all."""
        ...

    def revoke_key(self, id: str, at: datetime) -> None:
        """Revoke."""
        ...

    def put_kiosk(self, kiosk: Kiosk) -> None:
        """Insert or replace."""
        ...

    def kiosk_by_token(self, token_hash: str) -> Kiosk | None:
        """Return a kiosk that is not revoked."""
        ...

    def kiosks(self) -> list[Kiosk]:
        """Return all."""
        ...

    def add_link(self, link: Link) -> None:
        """Insert."""
        ...

    def link(self, token_hash: str) -> Link | None:
        """Return a link, used or not."""
        ...

    def use_link(self, token_hash: str, at: datetime) -> bool:
        """Mark as used; False when it was used before."""
        ...


class Operations(Protocol):
    """Runs, audit, consumers' offsets, leases, parked work, settings that managers change."""

    def put_run(self, run: Run) -> None:
        """Insert or replace."""
        ...

    def runs(self, *, limit: int = 50) -> list[Run]:
        """Return runs, newest first."""
        ...

    def add_verdicts(self, verdicts: Iterable[Verdict]) -> None:
        """Store what a run decided per member."""
        ...

    def verdicts(self, *, run: str | None = None, member: str | None = None, limit: int = 100) -> list[Verdict]:
        """Return verdicts, newest run first."""
        ...

    def audit(self, entry: AuditEntry) -> None:
        """Append."""
        ...

    def audited(self, *, subject: str | None = None, limit: int = 100) -> list[AuditEntry]:
        """Return entries, newest first."""
        ...

    def offset(self, consumer: str) -> int:
        """Return how far a consumer has read; 0 at first."""
        ...

    def set_offset(self, consumer: str, position: int) -> None:
        """Store how far a consumer has read, in the transaction of its effects."""
        ...

    def lease(self, name: str, *, holder: str, seconds: float) -> int | None:
        """Take or renew a lease on the database's clock; None when another has it.

        Returns the fencing number, greater at each change of holder.
        """
        ...

    def release(self, name: str, *, holder: str) -> None:
        """Give a lease back."""
        ...

    def park(self, parked: Parked) -> None:
        """Insert or replace parked work."""
        ...

    def parked(self, *, limit: int = 100) -> list[Parked]:
        """Return parked work, newest first."""
        ...

    def unpark(self, id: str) -> None:
        """Delete parked work (it was retried or dismissed)."""
        ...

    def setting(self, name: str) -> Any | None:
        """Return a community setting (JSON) that managers changed, or None."""
        ...

    def set_setting(self, name: str, value: Any) -> None:
        """Store a community setting."""
        ...


class UnitOfWork(Protocol):
    """One transaction on the ledger, with its small repositories."""

    @property
    def records(self) -> Records: ...  # noqa: D102
    @property
    def members(self) -> Members: ...  # noqa: D102
    @property
    def places(self) -> Places: ...  # noqa: D102
    @property
    def introductions(self) -> Introductions: ...  # noqa: D102
    @property
    def outbox(self) -> Outbox: ...  # noqa: D102
    @property
    def access(self) -> Access: ...  # noqa: D102
    @property
    def operations(self) -> Operations: ...  # noqa: D102


class Ledger(Protocol):
    """The durable truth: opens units of work."""

    def write(self) -> AbstractContextManager[UnitOfWork]:
        """Open a write transaction; commits durably at the end of the block, rolls back on an error.

        Positions are assigned under one lock held until commit, so that a reader never misses a late committer.
        """
        ...

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Open a read-only transaction: one consistent view, never blocked by a writer."""
        ...

    def migrate(self) -> None:
        """Bring the schema to this version (Alembic)."""
        ...

    def check(self) -> str:
        """Return the database and its schema revision in one line. Raises LedgerUnavailable."""
        ...

    def close(self) -> None:
        """Release connections."""
        ...


# --- the graph --------------------------------------------------------------------------------------------------


class GraphTransaction(Protocol):
    """One write transaction; whoever opened it holds the write lock of the community node until it ends."""

    def head(self) -> Head:
        """Return the head, read after the lock was taken."""
        ...

    def weights(self, keys: Collection[EdgeKey]) -> dict[EdgeKey, Weight]:
        """Return the weights that exist among these keys (weighted kinds)."""
        ...

    def put_nodes(self, nodes: Iterable[Node]) -> None:
        """Insert or replace nodes."""
        ...

    def put_weights(self, weights: Mapping[EdgeKey, Weight]) -> None:
        """Write whole weights; both ends exist already. One with count 0 is dropped (a tombstone stays)."""
        ...

    def put_facts(self, facts: Mapping[EdgeKey, Fact | None]) -> None:
        """Write whole facts; None drops the edge (a tombstone stays)."""
        ...

    def drop_node(self, kind: NodeKind, id: str) -> None:
        """Delete a node with all its edges (a tombstone stays); nothing happens when it is not there."""
        ...

    def remap(self, remap: Remap) -> None:
        """Note that a node became another (edges are moved by the fold)."""
        ...

    def advance(self, head: Head) -> None:
        """Set the head; everything that this transaction touched carries `head.offset` as its position."""
        ...


class GraphStore(Protocol):
    """A projection of the records: keeps facts; rules (decay, score, caps) live above.

    Contract: what a transaction wrote is seen whole or not at all; two writers take turns; reads see committed
    data only. A store that does not answer raises GraphUnavailable.
    """

    def write(self) -> AbstractContextManager[GraphTransaction]:
        """Open a write transaction, waiting for the lock of the community node; commits at the end of the block."""
        ...

    def head(self) -> Head:
        """Return the head."""
        ...

    def changes_since(self, position: int) -> Changes:
        """Return everything touched after a position (0: the whole graph)."""
        ...

    def around(self, kind: NodeKind, id: str, kinds: Collection[EdgeKind]) -> dict[EdgeKey, Weight | Fact]:
        """Return the edges of these kinds at a node, in either direction."""
        ...

    def nodes(self, kind: NodeKind, ids: Collection[str]) -> dict[str, Node]:
        """Return the nodes that exist among these ids."""
        ...

    def counts(self) -> dict[str, int]:
        """Count nodes and edges by kind."""
        ...

    def clear(self, half_lives: HalfLives) -> None:
        """Delete everything and start at offset 0 with these half-lives."""
        ...

    def migrate(self) -> None:
        """Bring the schema to this version."""
        ...

    def check(self) -> str:
        """Return the store and its version in one line. Raises GraphUnavailable."""
        ...

    def close(self) -> None:
        """Release connections."""
        ...


# --- the outside ------------------------------------------------------------------------------------------------


class Composer(Protocol):
    """Words messages: one template per kind, in the language of who reads it."""

    def gettext(self, locale: str) -> Callable[[str], str]:
        """Return what translates a text of the catalogue into a language."""
        ...

    def compose(self, kind: str, member: Member, context: Mapping[str, Any], *, id: str) -> Message:
        """Return the rendered message of a kind to a member, not yet queued.

        `context` is plain (strings, numbers, lists, dicts). Raises TemplateBroken.
        """
        ...


class Channel(Protocol):
    """Carries messages out."""

    def send(self, message: Message, to: Member, reply_to: Sequence[Member]) -> None:
        """Deliver one message.

        Raises DeliveryFailed (try again later) or DeliveryRefused (never again).
        """
        ...
