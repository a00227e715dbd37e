"""Applies graph_schema/: numbered, forward-only Cypher migrations, each noted with its checksum."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from serendipity.domain.errors import MisconfiguredSetting
from serendipity.stores.graph_neo4j.server import QUERIES, Server


@dataclass(frozen=True, kw_only=True)
class Migration:
    """One file of graph_schema/."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file, whatever its line ends."""
        return hashlib.sha256("\n".join(self.text.splitlines()).encode()).hexdigest()

    @property
    def statements(self) -> list[str]:
        """The statements: each ends with a semicolon at a line's end."""
        lines = [line for line in self.text.splitlines() if not line.startswith("//")]
        parts = "\n".join(lines).split(";\n")
        return [part.strip().removesuffix(";") for part in parts if part.strip()]


def schema_folder() -> Traversable:
    """Return graph_schema/, as a checkout or an installed wheel has it."""
    return files("serendipity") / "graph_schema"


def load_migrations(folder: Traversable) -> list[Migration]:
    """Return the migrations in order; a gap or a number used twice is a MisconfiguredSetting."""
    found = [file for file in folder.iterdir() if file.name.endswith(".cypher")]
    migrations = [_migration(file) for file in sorted(found, key=lambda file: file.name)]
    if [migration.number for migration in migrations] != list(range(1, len(migrations) + 1)):
        raise MisconfiguredSetting(f"graph_schema is not numbered from 1 without gaps: {[m.name for m in migrations]}.")
    return migrations


def _migration(file: Traversable) -> Migration:
    return Migration(number=int(file.name.split("_")[0]), name=file.name, text=file.read_text(encoding="utf-8"))


def applied_migrations(server: Server) -> dict[int, str]:
    """Return the checksums of what was applied, by number."""
    return dict(record.values() for record in server.run_alone(QUERIES["migrations"]))


def apply_migrations(server: Server, migrations: list[Migration]) -> None:
    """Apply what is missing, in order; all statements can be repeated, so being cut off in one does no harm.

    Raises MisconfiguredSetting when an applied migration was changed since, or is not known here.
    """
    applied = applied_migrations(server)
    _refuse_changed(applied, migrations)
    for migration in migrations:
        if migration.number not in applied:
            _apply(server, migration)
    server.run_alone(QUERIES["await_indexes"])


def _refuse_changed(applied: Mapping[int, str], migrations: list[Migration]) -> None:
    known = {migration.number: migration for migration in migrations}
    for number, checksum in sorted(applied.items()):
        if number not in known:
            raise MisconfiguredSetting(f"Graph migration {number} is of a later version; install that one.")
        if known[number].checksum != checksum:
            raise MisconfiguredSetting(f"{known[number].name} was changed after it was applied; undo the change.")


def _apply(server: Server, migration: Migration) -> None:
    for statement in migration.statements:
        server.run_alone(statement)
    note = {"number": migration.number, "name": migration.name, "checksum": migration.checksum}
    server.run_alone(QUERIES["note_migration"], **note)
