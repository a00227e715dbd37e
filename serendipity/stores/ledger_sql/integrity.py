"""Whether every page, index and row of a ledger can be read, as the database itself tells."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from serendipity.stores.ledger_sql.databases import Database
from serendipity.stores.ledger_sql.schema import metadata

MOST = 5


def damage(database: Database) -> list[str]:
    """Return what is damaged, a few lines of it; nothing where all is whole."""
    try:
        with database.reader.begin() as connection:
            look = _sqlite if connection.dialect.name == "sqlite" else _by_reading
            return list(look(connection))[:MOST]
    except OperationalError:
        raise  # it does not answer, which is something else
    except DBAPIError as error:
        return [str(error.orig)]


def _sqlite(connection: Connection) -> Iterator[str]:
    for (line,) in connection.execute(sa.text(f"PRAGMA integrity_check({MOST})")):
        if line != "ok":
            yield str(line)
    for row in connection.execute(sa.text("PRAGMA foreign_key_check")).fetchmany(MOST):
        yield f"a row of {row[0]} names one of {row[2]} that is not there"


def _by_reading(connection: Connection) -> Iterator[str]:
    """Read every row: a page that is damaged raises."""
    for table in metadata.sorted_tables:
        connection.execute(sa.text(f"SELECT count(CAST(row_read AS text)) FROM {table.name} AS row_read"))
    yield from ()
