"""Runs, audit, leases, and settings that managers change."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, case, delete, insert, select, update

from serendipity.domain.errors import NotFound
from serendipity.domain.model import AuditEntry, Run, RunPart, Verdict
from serendipity.stores.ledger_sql.compiled_statements import CompiledStatements
from serendipity.stores.ledger_sql.databases import Database
from serendipity.stores.ledger_sql.rows import verdict_of
from serendipity.stores.ledger_sql.schema import audit, ledger_state, reports, run_parts, runs, settings, verdicts
from serendipity.stores.ledger_sql.stream_tables import leases
from serendipity.stores.ledger_sql.transaction import Transaction, row_of

_SETTING = CompiledStatements(statement=select(settings.c.value).where(settings.c.name == bindparam("name")))


class SqlOperations:
    """Runs, audit, leases, and settings that managers change."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    # --- runs ---

    def put_run(self, run: Run) -> None:
        """Insert or replace."""
        self._transaction.put(runs, row_of(run))

    def forget_runs(self, *, kind: str, before: datetime) -> int:
        """Delete the runs of a kind that began before a time, with their verdicts; returns how many runs."""
        old = select(runs.c.id).where(runs.c.kind == kind, runs.c.started_at < before)
        self._transaction.run(delete(verdicts).where(verdicts.c.run.in_(old)))
        self._transaction.run(delete(run_parts).where(run_parts.c.run.in_(old)))
        return self._transaction.run(delete(runs).where(runs.c.id.in_(old))).rowcount

    def run(self, id: str) -> Run:
        """Return one run. Raises NotFound."""
        row = self._transaction.run(select(runs).where(runs.c.id == id)).first()
        if row is None:
            raise NotFound(f"There is no run {id!r}.")
        return Run(**row._mapping)

    def runs(self, *, kinds: Collection[str] | None = None, limit: int = 50) -> list[Run]:
        """Return runs, newest first."""
        statement = select(runs).order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(limit)
        if kinds is not None:
            statement = statement.where(runs.c.kind.in_(sorted(kinds)))
        return [Run(**row._mapping) for row in self._transaction.run(statement)]

    def add_verdicts(self, decided: Iterable[Verdict]) -> None:
        """Store what a run decided per member; the same run, member and introduction again replaces it."""
        rows = [{**row_of(verdict), "introduction": verdict.introduction or ""} for verdict in decided]
        self._transaction.put_many(verdicts, rows)

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
        statement = select(verdicts).outerjoin(runs, runs.c.id == verdicts.c.run)
        if run is not None:
            statement = statement.where(verdicts.c.run == run)
        if member is not None:
            statement = statement.where(verdicts.c.member == member)
        if outcome is not None:
            statement = statement.where(verdicts.c.outcome == outcome)
        if after:
            statement = statement.where(verdicts.c.member > after)
        newest = sa.func.coalesce(runs.c.started_at, 0).desc()
        statement = statement.order_by(newest, verdicts.c.run, verdicts.c.member, verdicts.c.introduction).limit(limit)
        return [verdict_of(row) for row in self._transaction.run(statement)]

    def put_part(self, run: str, kind: RunPart, data: Any, *, number: int = 0) -> None:
        """Insert or replace a part of a run (JSON), not done yet."""
        self._transaction.put(run_parts, {"run": run, "kind": kind, "number": number, "data": data, "done_at": None})

    def part(self, run: str, kind: RunPart, *, number: int = 0) -> Any | None:
        """Return a part of a run, None when there is none."""
        which = (run_parts.c.run == run) & (run_parts.c.kind == kind) & (run_parts.c.number == number)
        return self._transaction.run(select(run_parts.c.data).where(which)).scalar()

    def next_batch(self, run: str) -> tuple[int, Any] | None:
        """Return the first batch that is not done, with its number; None when all are."""
        undone = (run_parts.c.run == run) & (run_parts.c.kind == RunPart.BATCH) & run_parts.c.done_at.is_(None)
        of = select(run_parts.c.number, run_parts.c.data).where(undone).order_by(run_parts.c.number).limit(1)
        row = self._transaction.run(of).first()
        return None if row is None else (row.number, row.data)

    def end_batch(self, run: str, number: int, at: datetime) -> None:
        """Note that a batch was delivered."""
        which = (run_parts.c.run == run) & (run_parts.c.kind == RunPart.BATCH) & (run_parts.c.number == number)
        self._transaction.run(update(run_parts).where(which).values(done_at=at))

    # --- audit ---

    def audit(self, entry: AuditEntry) -> None:
        """Append."""
        self._transaction.run(insert(audit), row_of(entry))

    def audit_entries(
        self,
        *,
        subject: str | None = None,
        what: Collection[str] = (),
        without: Collection[str] = (),
        limit: int = 100,
    ) -> list[AuditEntry]:
        """Return entries, newest first: of the kinds `what` where given, and of no kind in `without`."""
        columns = [column for column in audit.columns if column.name != "number"]
        statement = select(*columns).order_by(audit.c.at.desc(), audit.c.number.desc()).limit(limit)
        if subject is not None:
            statement = statement.where(audit.c.subject == subject)
        if what:
            statement = statement.where(audit.c.what.in_(sorted(what)))
        if without:
            statement = statement.where(audit.c.what.not_in(sorted(without)))
        return [AuditEntry(**row._mapping) for row in self._transaction.run(statement)]

    def noted(self, who: str, what: str, *, subjects: Collection[str], since: datetime) -> set[str]:
        """Return those subjects to which the audit says that somebody did something, since a time."""
        done = (audit.c.who == who) & (audit.c.what == what) & (audit.c.at >= since)
        statement = select(audit.c.subject).where(audit.c.subject.in_(sorted(subjects)) & done).distinct()
        return set(self._transaction.run(statement).scalars())

    def forget_decisions(self, positions: Collection[int], subjects: Collection[str]) -> None:
        """Blank what entries about these subjects say of the decisions at these positions; who and when stay."""
        entries = select(audit.c.number, audit.c.data).where(audit.c.subject.in_(sorted(subjects)))
        for number, data in self._transaction.run(entries).all():
            if data.get("position") in positions:
                kept = {"data": {"position": data["position"]}, "subject": "topics"}
                self._transaction.run(update(audit).where(audit.c.number == number).values(kept))

    # --- leases ---

    def lease(self, name: str, *, holder: str, seconds: float) -> int | None:
        """Take or renew a lease on the database's clock; None when another has it.

        Returns the fencing number, greater at each change of holder.
        """
        values = {"name": name, "holder": holder, "microseconds": round(seconds * 1_000_000)}
        fencing: int | None = self._transaction.run(_lease(self._transaction.database), values).scalar()
        return fencing

    def lease_holder(self, name: str) -> str | None:
        """Return who has a lease now, None when nobody has (or it ran out)."""
        still = (leases.c.name == name) & (leases.c.expires_at > self._transaction.database.now_us)
        return self._transaction.run(select(leases.c.holder).where(still)).scalar() or None

    def release(self, name: str, *, holder: str) -> None:
        """Give a lease back; nothing happens when another has it by now."""
        mine = (leases.c.name == name) & (leases.c.holder == holder)
        # The row stays, so that the fencing number goes on growing.
        self._transaction.run(update(leases).where(mine).values(holder="", expires_at=0))

    # --- settings ---

    def setting(self, name: str) -> Any | None:
        """Return a community setting (JSON) that managers changed, or None."""
        rows = self._transaction.ask(_SETTING, {"name": name})
        return rows[0][0] if rows else None

    def set_setting(self, name: str, value: Any) -> None:
        """Store a community setting."""
        self._transaction.put(settings, {"name": name, "value": value})

    # --- state and reports ---

    def state(self, name: str) -> str | None:
        """Return a fact of the ledger itself, such as a key or a mark, or None."""
        return self._transaction.run(select(ledger_state.c.value).where(ledger_state.c.name == name)).scalar()

    def set_state(self, name: str, value: str) -> None:
        """Store a fact of the ledger itself."""
        self._transaction.put(ledger_state, {"name": name, "value": value})

    def report(self, name: str) -> Any | None:
        """Return the latest report of a name (JSON), or None."""
        return self._transaction.run(select(reports.c.data).where(reports.c.name == name)).scalar()

    def put_report(self, name: str, data: Any) -> None:
        """Insert or replace a report."""
        self._transaction.put(reports, {"name": name, "data": data})


def _lease(database: Database) -> sa.Executable:
    """Insert the lease, or take it over where it is ours or has run out, in one statement."""
    until = database.now_us + bindparam("microseconds", type_=sa.BigInteger)
    first = database.insert(leases).values(
        name=bindparam("name"), holder=bindparam("holder"), fencing=1, expires_at=until
    )
    same = leases.c.holder == first.excluded.holder
    statement: sa.Executable = first.on_conflict_do_update(
        index_elements=[leases.c.name],
        set_={
            "holder": first.excluded.holder,
            "fencing": leases.c.fencing + case((same, 0), else_=1),
            "expires_at": first.excluded.expires_at,
        },
        where=same | (leases.c.expires_at <= database.now_us),
    ).returning(leases.c.fencing)
    return statement
