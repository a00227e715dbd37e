"""Messages on their way: queued once, leased, retried, parked."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from serendipity.domain.errors import LeaseLost, NotFound
from serendipity.domain.model import Attempt, AttemptOutcome, Message, MessageState
from serendipity.stores.ledger_sql.columns import EPOCH
from serendipity.stores.ledger_sql.rows import message_of
from serendipity.stores.ledger_sql.schema import introduction_parties, introduction_paths, message_members, messages
from serendipity.stores.ledger_sql.stream_tables import message_attempts
from serendipity.stores.ledger_sql.transaction import Transaction, row_of

_OWN = ("due_at", "lease_holder", "leased_until")
_COLUMNS = [column for column in messages.columns if column.name not in _OWN]
_QUEUED = messages.c.state == MessageState.QUEUED
_NO_LEASE = {"lease_holder": None, "leased_until": None}

_GET = select(*_COLUMNS).where(messages.c.id == bindparam("id"))
# Rows that another holder claims at this moment are passed over (SQLite has one writer at a time anyway).
_CLAIM = (
    select(*_COLUMNS)
    .where(
        _QUEUED,
        messages.c.due_at <= bindparam("now"),
        messages.c.leased_until.is_(None) | (messages.c.leased_until <= bindparam("now")),
    )
    .order_by(messages.c.due_at, messages.c.queued_at, messages.c.id)
    .limit(bindparam("limit", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
_LEASE = (
    update(messages)
    .where(messages.c.id == bindparam("message"))
    .values(attempts=messages.c.attempts + 1, lease_holder=bindparam("holder"), leased_until=bindparam("until"))
)


class SqlOutbox:
    """Messages on their way."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    # --- writing ---

    def add(self, message: Message) -> bool:
        """Queue; False when the id is known already (nothing changes)."""
        row = {**row_of(message), "due_at": _due(message.next_at, message.not_before), **_NO_LEASE}
        if not self._transaction.add(messages, row):
            return False
        named = {member for member in message.reply_to if member != message.member}
        rows = [{"message": message.id, "member": member} for member in sorted(named)]
        self._transaction.run_many(insert(message_members), rows)
        return True

    def claim(self, now: datetime, *, holder: str, lease_seconds: float, limit: int) -> list[Message]:
        """Lease due messages, oldest first, and count the attempt: queued, next_at ≤ now, no lease that still runs.

        A message is not due before its `not_before` either.
        """
        due = [message_of(row) for row in self._transaction.run(_CLAIM, {"now": now, "limit": limit})]
        until = now + timedelta(seconds=lease_seconds)
        rows = [{"message": message.id, "holder": holder, "until": until} for message in due]
        self._transaction.run_many(_LEASE, rows)
        begun = [Attempt(message=message.id, number=message.attempts + 1, at=now) for message in due]
        self._transaction.run_many(insert(message_attempts), [row_of(attempt) for attempt in begun])
        return [replace(message, attempts=message.attempts + 1) for message in due]

    def mark(
        self,
        id: str,
        state: MessageState,
        *,
        holder: str | None = None,
        at: datetime,
        error: str | None = None,
        next_at: datetime | None = None,
        outcome: AttemptOutcome | None = None,
    ) -> None:
        """Set the state of one message and end its lease. Raises LeaseLost when `holder` no longer has it.

        With an outcome, the attempt under way has ended so, for the reason in `error`.
        """
        message = self.get(id)
        values: dict[str, Any] = {"state": state, "error": error, "next_at": next_at, **_NO_LEASE}
        values["due_at"] = _due(next_at, message.not_before)
        if state is MessageState.SENT:
            values["sent_at"] = at
        statement = update(messages).where(messages.c.id == id)
        if holder is not None:
            statement = statement.where(messages.c.lease_holder == holder)
        if self._transaction.run(statement.values(values)).rowcount == 0:
            raise LeaseLost(id=id, holder=holder)
        if outcome is not None:
            under_way = (message_attempts.c.message == id) & (message_attempts.c.number == message.attempts)
            ended = {"outcome": outcome, "detail": error or ""}
            self._transaction.run(update(message_attempts).where(under_way).values(ended))

    def attempts(self, id: str) -> list[Attempt]:
        """Return the attempts of a message, in order."""
        mine = select(message_attempts).where(message_attempts.c.message == id).order_by(message_attempts.c.number)
        return [Attempt(**row._mapping) for row in self._transaction.run(mine)]

    def retry(self, id: str, at: datetime) -> None:
        """Queue a parked message again; nothing happens to one in another state. Raises NotFound."""
        message = self.get(id)
        parked = (messages.c.id == id) & (messages.c.state == MessageState.PARKED)
        values = {"state": MessageState.QUEUED, "next_at": at, "due_at": _due(at, message.not_before), **_NO_LEASE}
        self._transaction.run(update(messages).where(parked).values(values))

    def cancel(self, *, introduction: str | None = None, member: str | None = None, at: datetime, why: str) -> int:
        """Cancel queued messages of an introduction or a member (of both together when both are given)."""
        chosen = [messages.c.introduction == introduction] if introduction is not None else []
        chosen += [messages.c.member == member] if member is not None else []
        if not chosen:
            return 0
        values = {"state": MessageState.CANCELLED, "error": why, "next_at": at, **_NO_LEASE}
        return self._transaction.run(update(messages).where(_QUEUED, *chosen).values(values)).rowcount

    def erase(self, member: str) -> None:
        """Cancel what is queued and blank subject and bodies of all messages to or about the member.

        About a member is what names them for replies, and what belongs to an introduction that names them. Where
        the server's answers are kept, they hold addresses: they go too.
        """
        concerned = _concerning(member)
        cancelled = {"state": MessageState.CANCELLED, **_NO_LEASE}
        self._transaction.run(update(messages).where(_QUEUED, concerned).values(cancelled))
        blank: dict[str, Any] = {"subject": "", "text": "", "html": "", "headers": {}, "error": None}
        self._transaction.run(update(messages).where(concerned).values(blank))
        theirs = message_attempts.c.message.in_(select(messages.c.id).where(concerned))
        self._transaction.run(update(message_attempts).where(theirs).values(detail=""))
        self._transaction.run(delete(message_members).where(message_members.c.member == member))

    # --- reading ---

    def get(self, id: str) -> Message:
        """Return one."""
        row = self._transaction.run(_GET, {"id": id}).first()
        if row is None:
            raise NotFound(f"There is no message {id!r}.", id=id)
        return message_of(row)

    def search(
        self, *, states: Collection[MessageState] | None = None, member: str | None = None, limit: int = 100
    ) -> list[Message]:
        """Return messages, newest first."""
        newest = (messages.c.queued_at.desc(), messages.c.id.desc())
        statement = select(*_COLUMNS).order_by(*newest).limit(limit)
        if states is not None:
            statement = statement.where(messages.c.state.in_(sorted(set(states))))
        if member is not None:
            statement = statement.where(messages.c.member == member)
        return [message_of(row) for row in self._transaction.run(statement)]

    def counts(self) -> dict[MessageState, int]:
        """Return how many messages there are in each state."""
        statement = select(messages.c.state, func.count()).group_by(messages.c.state)
        found = {state: int(count) for state, count in self._transaction.run(statement)}
        return {state: found.get(state, 0) for state in MessageState}

    def concerning(self, member: str) -> list[str]:
        """Return the ids of all messages to a member, about them, or of an introduction that names them."""
        return list(self._transaction.run(select(messages.c.id).where(_concerning(member))).scalars())

    def sent_since(self, member: str, since: datetime, *, kinds: Collection[str] | None = None) -> int:
        """Count what was sent to a member since a time."""
        statement = select(func.count()).where(
            messages.c.member == member, messages.c.state == MessageState.SENT, messages.c.sent_at >= since
        )
        if kinds is not None:
            statement = statement.where(messages.c.kind.in_(sorted(set(kinds))))
        return int(self._transaction.run(statement).scalar_one())


def _due(next_at: datetime | None, not_before: datetime | None) -> datetime:
    return max(next_at or EPOCH, not_before or EPOCH)


def _concerning(member: str) -> sa.ColumnElement[bool]:
    introductions = [
        select(table.c.introduction).where(table.c.member == member)
        for table in (introduction_parties, introduction_paths)
    ]
    return or_(
        messages.c.member == member,
        messages.c.id.in_(select(message_members.c.message).where(message_members.c.member == member)),
        *(messages.c.introduction.in_(of) for of in introductions),
    )
