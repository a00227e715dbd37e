"""One transaction, as the repositories see it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, CursorResult, Executable, Table

from serendipity.stores.ledger_sql.compiled_statements import CompiledStatements, Row, cursor_of
from serendipity.stores.ledger_sql.databases import Database

Rows = CursorResult[*tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Transaction:
    """An open connection with its database, the ledger's clock and the key of its digests."""

    connection: Connection
    database: Database
    now: Callable[[], datetime]
    digest_key: bytes

    def run(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Rows:
        """Execute one statement."""
        return self.connection.execute(statement, values or {})

    def ask(self, query: CompiledStatements, values: Mapping[str, Any] | None = None) -> list[Row]:
        """Return all rows of a select that was prepared."""
        return query.asked(self.connection, values or {})

    def run_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute one statement for many rows; nothing happens when there are none."""
        if rows:
            self.connection.execute(statement, rows)

    def fill(self, table: Table, rows: list[tuple[Any, ...]]) -> None:
        """Insert many rows given as tuples of the table's columns, whose types the driver knows."""
        if rows:
            with cursor_of(self.connection) as cursor:
                cursor.executemany(self.database.fill(table), rows)

    def put(self, table: Table, row: Mapping[str, Any]) -> None:
        """Insert a row, or replace the one with the same primary key."""
        self.database.put(table).told(self.connection, [row])

    def put_many(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert or replace rows."""
        self.database.put(table).told(self.connection, rows)

    def put_later(self, table: Table, since: Column[Any], rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows, or replace those that are not later by this column."""
        self.database.put_later(table, since).told(self.connection, rows)

    def add(self, table: Table, row: Mapping[str, Any]) -> bool:
        """Insert a row; False, and nothing changes, when its primary key is known."""
        return self.run(self.database.add(table), row).first() is not None


def row_of(value: Any) -> dict[str, Any]:
    """Return a dataclass's fields as a row, without copying what they hold."""
    return {field.name: getattr(value, field.name) for field in fields(value)}
