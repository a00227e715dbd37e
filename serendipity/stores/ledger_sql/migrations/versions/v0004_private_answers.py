"""What members answer is theirs alone; what each of them reads is kept from the approval on."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# An introduction that ended by a member's no ends as one that was not answered, and the audit says neither.
NO_IS_SILENCE = """
UPDATE introductions SET state = 'expired', reason = 'no answer'
WHERE state = 'declined' AND id IN (SELECT introduction FROM introduction_parties WHERE answer = 'declined')
"""
NOT_AUDITED = """
DELETE FROM audit WHERE what IN ('introduction.answered', 'introduction.answer_undone')
OR (what = 'introduction.declined' AND who = 'service')
"""


def upgrade() -> None:
    op.add_column("introductions", sa.Column("reader_texts", sa.Text(), nullable=False, server_default="{}"))
    op.execute(sa.text(NO_IS_SILENCE))
    op.execute(sa.text(NOT_AUDITED))


def downgrade() -> None:
    raise RuntimeError("The ledger's schema only goes forward; restore a backup made by the earlier release.")
