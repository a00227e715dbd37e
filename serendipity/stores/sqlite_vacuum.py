"""Removal of overwritten data from a SQLite file: from its write-ahead log and the unused parts of its pages."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path

SETTLE_SECONDS = 0.2  # others wait as long for it
# A file is written anew in one step, which writers wait for: about 0.6 s for each 100 MB, and as much memory.
LARGEST_REWRITTEN = 256 << 20


def settle_file(path: str, turn: Callable[[], AbstractContextManager[None]] = nullcontext) -> bool:
    """Empty the log, write the file anew, and empty the log again; False where somebody is in the way just now.

    `secure_delete` overwrites a row where it stands, but not the copies that rows leave behind when they move to
    another page; only a new file has none. Larger files stay as they are. `turn` is held while the file is written.
    """
    if not truncate_log(path):
        return False
    if Path(path).stat().st_size > LARGEST_REWRITTEN:
        return True
    with turn():
        return _rewrite(path) and truncate_log(path)


def truncate_log(path: str) -> bool:
    """Write the log of a SQLite file into the file and empty it; False where somebody reads or writes just now."""
    with closing(sqlite3.connect(path, timeout=SETTLE_SECONDS, isolation_level=None)) as connection:
        try:
            [(busy, _, _)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.OperationalError:
            return False
    return not busy


def _rewrite(path: str) -> bool:
    with closing(sqlite3.connect(path, timeout=SETTLE_SECONDS, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA temp_store = MEMORY")  # a temporary file would be a copy on disk
            connection.execute("VACUUM")
        except sqlite3.OperationalError:
            return False
    return True
