"""Settings hold what managers set; keys and marks are the ledger's own state, reports have a table."""

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
STATES = {"web.pass_key": "pass_key", "demo.played": "demo"}
DRIFT = "topic_drift"


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("name", KEY, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_reports")),
    )
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT name, value FROM settings")).all()
    kept: dict[str, str] = {row.name: row.value for row in rows}
    for name, state in STATES.items():
        if name in kept:
            values = {"name": state, "value": orjson.loads(kept[name])}
            connection.execute(sa.text("INSERT INTO ledger_state (name, value) VALUES (:name, :value)"), values)
    if DRIFT in kept:
        values = {"name": DRIFT, "data": kept[DRIFT]}
        connection.execute(sa.text("INSERT INTO reports (name, data) VALUES (:name, :data)"), values)
    moved = sa.text("DELETE FROM settings WHERE name IN :names").bindparams(sa.bindparam("names", expanding=True))
    connection.execute(moved, {"names": [*STATES, DRIFT]})


def downgrade() -> None:
    raise RuntimeError("The ledger's schema only goes forward; restore a backup made by the earlier release.")
