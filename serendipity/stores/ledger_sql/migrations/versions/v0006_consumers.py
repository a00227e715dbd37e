"""Checkpoints of consumers with attempts and pauses, dead letters, and the last runs of ticks."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "consumers",
        sa.Column("consumer", KEY, nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.BigInteger(), nullable=True),
        sa.Column("moved_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("consumer", "partition", name=op.f("pk_consumers")),
    )
    op.create_table(
        "ticks",
        sa.Column("tick", KEY, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tick", name=op.f("pk_ticks")),
    )
    op.create_table(
        "dead_letters",
        sa.Column("id", KEY, nullable=False),
        sa.Column("consumer", KEY, nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
    )
    op.create_index("ix_dead_letters_subject", "dead_letters", ["subject"])
    op.execute(
        "INSERT INTO consumers (consumer, partition, position, attempts) SELECT consumer, 0, position, 0 FROM offsets"
    )
    # What was read so far was looked through for new topics as well.
    op.execute(
        "INSERT INTO consumers (consumer, partition, position, attempts)"
        " SELECT 'promotion', 0, position, 0 FROM offsets WHERE consumer = 'reading'"
    )
    op.execute(
        "INSERT INTO dead_letters (id, consumer, subject, error, attempts, at)"
        " SELECT id, consumer, subject, error, attempts, parked_at FROM parked"
    )
    op.drop_table("offsets")
    op.drop_table("parked")


def downgrade() -> None:
    raise RuntimeError("The ledger's schema only goes forward; restore a backup made by the earlier release.")
