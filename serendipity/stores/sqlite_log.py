"""The write-ahead log of a SQLite file: what was overwritten in the file stays in it until it is emptied."""

import sqlite3
from contextlib import closing

SETTLE_SECONDS = 0.2  # others wait as long for it


def truncate_log(path: str) -> bool:
    """Write the log of a SQLite file into the file and empty it; False where somebody reads or writes just now."""
    with closing(sqlite3.connect(path, timeout=SETTLE_SECONDS, isolation_level=None)) as connection:
        try:
            [(busy, _, _)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.OperationalError:
            return False
    return not busy
