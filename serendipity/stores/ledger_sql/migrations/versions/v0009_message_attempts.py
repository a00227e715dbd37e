"""Attempts to deliver a message are rows with an outcome; earlier releases kept them as a line of text beside it."""

import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
LINE = re.compile(r"attempt (\d+), failed (\d+): (.*)", re.DOTALL)
INSERT = sa.text(
    "INSERT INTO message_attempts (message, number, at, outcome, detail)"
    " VALUES (:message, :number, :at, :outcome, :detail)"
)


def upgrade() -> None:
    op.create_table(
        "message_attempts",
        sa.Column("message", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", KEY, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message"], ["messages.id"], name=op.f("fk_message_attempts_message")),
        sa.PrimaryKeyConstraint("message", "number", name=op.f("pk_message_attempts")),
    )
    connection = op.get_bind()
    found = connection.execute(
        sa.text(
            "SELECT id, attempts, error, coalesce(next_at, queued_at, 0) AS at FROM messages"
            " WHERE attempts > 0 AND state IN ('queued', 'parked')"
        )
    ).all()
    rows = [row for message in found for row in _attempts(message)]
    if rows:
        connection.execute(INSERT, rows)


def _attempts(message: Any) -> Iterator[dict[str, Any]]:
    """Yield what the line says: the last so many failed, those before were put off, one more has no outcome."""
    line = LINE.fullmatch(message.error or "")
    known, failed, detail = (int(line[1]), int(line[2]), line[3]) if line else (0, 0, "")
    for number in range(1, message.attempts + 1):
        outcome = "begun" if number > known else "failed" if number > known - failed else "postponed"
        said = detail if number == known else ""
        yield {"message": message.id, "number": number, "at": message.at, "outcome": outcome, "detail": said}


def downgrade() -> None:
    raise RuntimeError("The ledger's schema only goes forward; restore a backup made by the earlier release.")
