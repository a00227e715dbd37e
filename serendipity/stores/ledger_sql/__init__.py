"""The ledger on SQL: SQLite in one file by default, PostgreSQL by URL, one schema for both."""

from serendipity.stores.ledger_sql.ledger import SqlLedger, open_ledger

__all__ = ["SqlLedger", "open_ledger"]
