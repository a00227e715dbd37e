"""Brings a database to this version's schema, forward only."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from serendipity.domain.errors import LedgerUnavailable
from serendipity.stores.ledger_sql.databases import Database

SCRIPTS = Path(__file__).parent / "migrations"
DIGEST_KEY = "digest_key"


def migrate(database: Database) -> None:
    """Run what is missing in one transaction, locked against another process that does the same."""
    with database.writer.begin() as connection:
        if database.migration_lock is not None:
            connection.execute(database.migration_lock)
        _refuse_unknown(connection)
        command.upgrade(configuration(connection), "head")


def check(database: Database) -> str:
    """Return the database and its revision in one line. Raises LedgerUnavailable when it is not this version's."""
    with database.reader.begin() as connection:
        _refuse_unknown(connection)
        found, wanted = revision(connection), _scripts().get_current_head()
        if found != wanted:
            raise LedgerUnavailable(f"The ledger has schema {found or 'none'}, not {wanted}; start the service once.")
        server = ".".join(map(str, connection.dialect.server_version_info or ()))
        where = database.url.render_as_string(hide_password=True)
        return f"{connection.dialect.name} {server} at {where}, schema {found}"


def configuration(connection: Connection) -> Config:
    """Return Alembic's configuration for an open connection (there is no ini file)."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config


def revision(connection: Connection) -> str | None:
    """Return the schema revision of a database, None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(SCRIPTS))


def _refuse_unknown(connection: Connection) -> None:
    found = revision(connection)
    if found is not None and found not in {script.revision for script in _scripts().walk_revisions()}:
        raise LedgerUnavailable(f"The ledger was written by a newer release (schema {found}); install that release.")
