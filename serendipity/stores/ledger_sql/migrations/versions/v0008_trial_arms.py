"""The arm of the trial that an introduction is in: what matching chose, or the control arm drawn by chance."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("introductions") as table:
        table.add_column(sa.Column("arm", KEY, nullable=False, server_default="treatment"))
    op.execute("UPDATE introductions SET arm = 'control' WHERE factors LIKE '%\"by_lot\":%'")


def downgrade() -> None:
    raise RuntimeError("The ledger's schema only goes forward; restore a backup made by the earlier release.")
