"""Who may do what, and what the service does."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Protocol

from serendipity.domain.model import (
    ApiKey,
    AuditEntry,
    Kiosk,
    Link,
    LinkPurpose,
    Manager,
    Run,
    RunPart,
    Session,
    Verdict,
)


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

    def end_sessions(self, subject: str, *, but: str | None = None) -> int:
        """Delete all sessions of a subject but the one with a token's hash; returns how many."""
        ...

    def forget_sessions(self, *, expired_before: datetime) -> int:
        """Delete sessions that expired before a time; returns how many."""
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

    def forget_links(self, *, expired_before: datetime) -> int:
        """Delete links that expired before a time; returns how many."""
        ...

    def drop_links(self, member: str, purpose: LinkPurpose) -> None:
        """Delete a member's links of a purpose."""
        ...

    def link(self, token_hash: str) -> Link | None:
        """Return a link, used or not."""
        ...

    def use_link(self, token_hash: str, at: datetime) -> bool:
        """Mark as used; False when it was used before."""
        ...


class Operations(Protocol):
    """Runs, audit, leases, and settings that managers change."""

    def put_run(self, run: Run) -> None:
        """Insert or replace."""
        ...

    def forget_runs(self, *, kind: str, before: datetime) -> int:
        """Delete the runs of a kind that began before a time, with their verdicts; returns how many runs."""
        ...

    def run(self, id: str) -> Run:
        """Return one run."""
        ...

    def runs(self, *, kinds: Collection[str] | None = None, limit: int = 50) -> list[Run]:
        """Return runs, newest first."""
        ...

    def add_verdicts(self, verdicts: Iterable[Verdict]) -> None:
        """Store what a run decided per member."""
        ...

    def verdicts(
        self,
        *,
        run: str | None = None,
        member: str | None = None,
        outcome: str | None = None,
        after: str = "",
        limit: int = 100,
    ) -> list[Verdict]:
        """Return verdicts, newest run first, then by member; `after` is the member to go on behind."""
        ...

    def put_part(self, run: str, kind: RunPart, data: Any, *, number: int = 0) -> None:
        """Insert or replace a part of a run (JSON), not done yet; batches are numbered from 1."""
        ...

    def part(self, run: str, kind: RunPart, *, number: int = 0) -> Any | None:
        """Return a part of a run, None when there is none."""
        ...

    def next_batch(self, run: str) -> tuple[int, Any] | None:
        """Return the first batch that is not done, with its number; None when all are."""
        ...

    def end_batch(self, run: str, number: int, at: datetime) -> None:
        """Note that a batch was delivered."""
        ...

    def audit(self, entry: AuditEntry) -> None:
        """Append."""
        ...

    def audit_entries(
        self,
        *,
        subject: str | None = None,
        what: Collection[str] = (),
        without: Collection[str] = (),
        limit: int = 100,
    ) -> list[AuditEntry]:
        """Return entries, newest first: of the kinds `what` where given, and of no kind in `without`."""
        ...

    def noted(self, who: str, what: str, *, subjects: Collection[str], since: datetime) -> set[str]:
        """Return those subjects to which the audit says that somebody did something, since a time."""
        ...

    def forget_decisions(self, positions: Collection[int], subjects: Collection[str]) -> None:
        """Blank what entries about these subjects say of the decisions at these positions; who and when stay."""
        ...

    def lease(self, name: str, *, holder: str, seconds: float) -> int | None:
        """Take or renew a lease on the database's clock; None when another has it.

        Returns the fencing number, greater at each change of holder.
        """
        ...

    def lease_holder(self, name: str) -> str | None:
        """Return who has a lease now, None when nobody has (or it ran out)."""
        ...

    def release(self, name: str, *, holder: str) -> None:
        """Give a lease back."""
        ...

    def setting(self, name: str) -> Any | None:
        """Return a community setting (JSON) that managers changed, or None."""
        ...

    def set_setting(self, name: str, value: Any) -> None:
        """Store a community setting."""
        ...

    def state(self, name: str) -> str | None:
        """Return a fact of the ledger itself, such as a key or a mark, or None."""
        ...

    def set_state(self, name: str, value: str) -> None:
        """Store a fact of the ledger itself."""
        ...

    def report(self, name: str) -> Any | None:
        """Return the latest report of a name (JSON), or None."""
        ...

    def put_report(self, name: str, data: Any) -> None:
        """Insert or replace a report."""
        ...
