"""E-mail addresses in their normal form: one person an address, and every mail can be built."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from serendipity.domain.addresses import address_key, normal_address
from serendipity.domain.errors import InvalidInput

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PEOPLE = {"members": "status NOT IN ('merged', 'erased')", "managers": "1 = 1"}


def upgrade() -> None:
    for table, live in PEOPLE.items():
        rows = op.get_bind().execute(
            sa.text(f"SELECT id, email, email_key FROM {table} WHERE email IS NOT NULL AND {live}")
        )
        found = [row._asdict() for row in rows]
        taken = {row["email_key"]: row["id"] for row in found}
        for row in found:
            _bring_to_normal_form(table, row, taken)


def _bring_to_normal_form(table: str, row: Mapping[str, Any], taken: dict[str, str]) -> None:
    """Rewrite one address; where another person has its normal form, or it has none, it stays, and doctor names it."""
    try:
        email = normal_address(row["email"])
    except InvalidInput:
        return
    key = address_key(email)
    if (email, key) == (row["email"], row["email_key"]) or taken.setdefault(key, row["id"]) != row["id"]:
        return
    statement = sa.text(f"UPDATE {table} SET email = :email, email_key = :key WHERE id = :id")
    op.get_bind().execute(statement, {"email": email, "key": key, "id": row["id"]})


def downgrade() -> None:
    raise RuntimeError("The ledger's schema only goes forward; restore a backup made by the earlier release.")
