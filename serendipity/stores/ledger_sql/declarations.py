"""Declaration of tables: one metadata, keys that compare by bytes, indexes on some of the rows."""

from sqlalchemy import Column, ForeignKey, Index, MetaData, text

from serendipity.stores.ledger_sql.columns import KEY

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


def key(name: str, *args: ForeignKey, primary_key: bool = False, nullable: bool = False) -> Column[str]:
    """Declare a column of ids or words."""
    return Column(name, KEY, *args, primary_key=primary_key, nullable=nullable)


def partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """Index the rows of a condition only, on both databases."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))
