"""What members wish of their introductions, and who must not be introduced to whom."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WISHES = sa.text("surprise IS NOT NULL OR per_month IS NOT NULL")


def upgrade() -> None:
    op.add_column("members", sa.Column("surprise", KEY, nullable=True))
    op.add_column("members", sa.Column("per_month", sa.Integer(), nullable=True))
    op.create_index("ix_members_wishes", "members", ["id"], sqlite_where=WISHES, postgresql_where=WISHES)
    op.create_table(
        "must_not",
        sa.Column("id", KEY, nullable=False),
        sa.Column("one", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_must_not")),
    )


def downgrade() -> None:
    raise RuntimeError("The ledger's schema only goes forward; restore a backup made by the earlier release.")
