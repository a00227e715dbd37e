"""Signals have a stream of their own; those that were records move there."""

from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PAGE = 1000


def upgrade() -> None:
    op.create_table(
        "signals",
        sa.Column("position", NUMBER, autoincrement=False, nullable=False),
        sa.Column("source", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("category", KEY, nullable=True),
        sa.Column("member", KEY, nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.Text(), nullable=True),
        sa.Column("digest", KEY, nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_signals")),
        sa.UniqueConstraint("source", "id", name=op.f("uq_signals_source_id")),
    )
    op.create_index("ix_signals_name_key_position", "signals", ["name_key", "position"])
    op.create_index("ix_signals_member_position", "signals", ["member", "position"])
    op.create_index("ix_signals_at", "signals", ["at"])
    op.create_table(
        "expired_signals",
        sa.Column("key", KEY, nullable=False),
        sa.Column("digest", KEY, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_expired_signals")),
    )
    _move()


def _move() -> None:
    """Move records in pages; the last record of all stays, blank, for its position must not be given again."""
    connection = op.get_bind()
    last = connection.execute(sa.text("SELECT max(position) FROM records")).scalar() or 0
    after, moved = 0, 0
    while rows := connection.execute(
        sa.text(
            "SELECT position, source, id, at, received_at, member, data, digest FROM records"
            " WHERE kind = 'signal.received' AND position > :after ORDER BY position LIMIT :page"
        ),
        {"after": after, "page": PAGE},
    ).all():
        new = [_signal(dict(row._mapping), moved + number) for number, row in enumerate(rows, 1)]
        connection.execute(_INSERT, new)
        after, moved = rows[-1].position, moved + len(rows)
    connection.execute(sa.text(f"DELETE FROM record_refs WHERE position IN ({_MOVED})"), {"last": last})
    connection.execute(sa.text(f"DELETE FROM records WHERE position IN ({_MOVED})"), {"last": last})
    connection.execute(sa.text("UPDATE records SET data = NULL WHERE kind = 'signal.received'"))


_MOVED = "SELECT position FROM records WHERE kind = 'signal.received' AND position < :last"
_INSERT = sa.text(
    "INSERT INTO signals"
    " (position, source, id, name, name_key, category, member, subject, at, received_at, data, digest)"
    " VALUES"
    " (:position, :source, :id, :name, :name_key, :category, :member, :subject, :at, :received_at, :data, :digest)"
)


def _signal(row: dict[str, Any], position: int) -> dict[str, Any]:
    """Return a record as a signal; one that was erased has lost its name too."""
    said = orjson.loads(row["data"]) if row["data"] is not None else {}
    name = str(said.get("name") or "erased")
    data = None if row["data"] is None else orjson.dumps(said.get("data") or {}, option=orjson.OPT_SORT_KEYS).decode()
    return {
        **row,
        "position": position,
        "name": name,
        "name_key": name.casefold(),
        "category": said.get("category"),
        "subject": said.get("subject"),
        "data": data,
    }


def downgrade() -> None:
    raise RuntimeError("The ledger's schema only goes forward; restore a backup made by the earlier release.")
