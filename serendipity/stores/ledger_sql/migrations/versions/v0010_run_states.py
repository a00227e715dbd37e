"""The state of a run, and the kind of each part of it: what was asked for, what it started from, or a batch."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("runs") as table:
        table.add_column(sa.Column("state", KEY, nullable=False, server_default="running"))
    op.execute(
        "UPDATE runs SET state = CASE"
        " WHEN finished_at IS NOT NULL THEN 'finished' WHEN error = 'stopped' THEN 'stopped'"
        " WHEN error IS NOT NULL THEN 'failed' WHEN position = 0 THEN 'accepted' ELSE 'running' END"
    )
    op.execute("UPDATE runs SET error = NULL WHERE error = 'stopped'")
    op.create_table(
        "run_parts",
        sa.Column("run", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("run", "kind", "number", name=op.f("pk_run_parts")),
    )
    op.execute(
        "INSERT INTO run_parts (run, kind, number, data, done_at)"
        " SELECT run, CASE part WHEN -1 THEN 'request' WHEN 0 THEN 'start' ELSE 'batch' END,"
        " CASE WHEN part > 0 THEN part ELSE 0 END, data, done_at FROM round_parts"
    )
    op.drop_table("round_parts")


def downgrade() -> None:
    raise RuntimeError("The ledger's schema only goes forward; restore a backup made by the earlier release.")
