"""Statements that the driver runs as they are: compiled once, without what SQLAlchemy does around each execution.

A look at one row costs a tenth so. It is for what every check-in asks and writes; elsewhere SQLAlchemy's own ways do.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import Connection, Dialect, Insert, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Change: TypeAlias = Callable[[Any], Any] | None
Row: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Compiled:
    """A statement in one database's words; what comes in and goes out is changed as its types say."""

    text: str
    positional: bool
    constants: Mapping[str, Any]
    given: Sequence[tuple[str, Change]]
    changes: Sequence[Change] | None

    def bound(self, values: Mapping[str, Any]) -> Any:
        """Return values as the driver takes them. Raises KeyError for one that is not given."""
        constants = self.constants
        bound = [
            constants[name] if name in constants else change(values[name]) if change else values[name]
            for name, change in self.given
        ]
        return bound if self.positional else dict(zip((name for name, _ in self.given), bound, strict=True))

    def read(self, rows: list[Row]) -> list[Row]:
        """Return rows of the driver's as rows of the model's values."""
        if self.changes is None:
            return rows
        changes = self.changes
        return [
            tuple([change(value) if change else value for value, change in zip(row, changes, strict=True)])
            for row in rows
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class CompiledStatements:
    """A statement whose parameters are named values and constants, none of them a list that grows as it runs."""

    statement: Select[Any] | Insert
    compiled: dict[str, Compiled] = field(default_factory=dict)

    def on(self, dialect: Dialect) -> Compiled:
        """Return it compiled for a database."""
        found = self.compiled.get(dialect.name)
        if found is None:
            found = self.compiled[dialect.name] = _compile(self.statement, dialect)
        return found

    def asked(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        """Return all rows of a select."""
        compiled = self.on(connection.dialect)
        with cursor_of(connection) as cursor:
            cursor.execute(compiled.text, compiled.bound(values))
            return compiled.read(cursor.fetchall())

    def told(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows, each with all its columns."""
        compiled = self.on(connection.dialect)
        with cursor_of(connection) as cursor:
            cursor.executemany(compiled.text, [compiled.bound(row) for row in rows])


@contextmanager
def cursor_of(connection: Connection) -> Iterator[Any]:
    """Open a cursor of the driver's, in the transaction of a connection; its errors come as SQLAlchemy's."""
    dialect = connection.dialect
    failure = dialect.loaded_dbapi.Error
    with closing(connection.connection.cursor()) as cursor:
        try:
            yield cursor
        except failure as error:
            raise DBAPIError.instance(None, None, error, failure, dialect=dialect) from error


def _compile(statement: Select[Any] | Insert, dialect: Dialect) -> Compiled:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    assert not compiled.post_compile_params, f"one parameter is a list: {compiled}"
    names = compiled.positiontup or [] if compiled.positional else list(compiled.params)
    binds = {name: compiled.binds[name] for name in names}
    to_driver = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in binds.items()}
    constants = {name: bind.value for name, bind in binds.items() if not bind.required}
    columns = statement.selected_columns if isinstance(statement, Select) else ()
    changes = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    return Compiled(
        text=str(compiled),
        positional=compiled.positional,
        constants={name: change(value) if (change := to_driver[name]) else value for name, value in constants.items()},
        given=[(name, to_driver[name]) for name in names],
        changes=changes if any(changes) else None,
    )
