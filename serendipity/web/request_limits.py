"""Limits: how often something may be tried, and how large a request may be."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

from starlette.convertors import PathConvertor, StringConvertor
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serendipity.domain.errors import DISK_FULL, LedgerUnavailable, TooMany
from serendipity.usecases.access.tokens import digest

WAIT_SECONDS = 10.0
SLASH = "\ue02f"  # of the private use area: no id has it
UNCOUNTED = "Tries cannot be counted at the moment, so that none is let in; run `serendipity doctor`."


class Tries:
    """Counts tries per key in a sliding window, for all processes of a machine; TooMany once there were too many.

    They lie in a file of their own, as hashes, and are gone once their window is over.
    """

    def __init__(self, path: Path, kind: str, *, most: int, minutes: float) -> None:
        """Allow `most` tries of a kind within `minutes`."""
        self._path = path
        self._kind = kind
        self._most = most
        self._window = timedelta(minutes=minutes)

    def check(self, key: str, now: datetime) -> None:
        """Count one try. Raises TooMany when the window is full."""
        with self._changing() as tries:
            tries.execute("DELETE FROM tries WHERE until <= ?", (now.timestamp(),))
            [(count,)] = tries.execute("SELECT count(*) FROM tries WHERE key = ?", (self._hash(key),))
            if count >= self._most:
                raise TooMany
            tries.execute("INSERT INTO tries VALUES (?, ?)", (self._hash(key), (now + self._window).timestamp()))

    def take_back(self, key: str) -> None:
        """Do not count the last try of a key: it was right, which says nothing about those before it."""
        with self._changing() as tries:
            last = "SELECT max(rowid) FROM tries WHERE key = ?"
            tries.execute(f"DELETE FROM tries WHERE rowid = ({last})", (self._hash(key),))

    def succeeded(self, key: str) -> None:
        """Forget the tries of a key: the right answer came."""
        with self._changing() as tries:
            tries.execute("DELETE FROM tries WHERE key = ?", (self._hash(key),))

    def _hash(self, key: str) -> str:
        return digest(f"{self._kind}:{key}")

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction that other processes wait for; a crash of the machine may cost the last tries."""
        try:
            with closing(sqlite3.connect(self._path, timeout=WAIT_SECONDS, isolation_level=None)) as tries:
                tries.execute("PRAGMA synchronous=OFF")
                tries.execute("BEGIN IMMEDIATE")
                tries.execute("CREATE TABLE IF NOT EXISTS tries (key TEXT NOT NULL, until REAL NOT NULL)")
                tries.execute("CREATE INDEX IF NOT EXISTS by_key ON tries (key)")
                yield tries
                tries.execute("COMMIT")
        except sqlite3.Error as error:
            raise LedgerUnavailable(DISK_FULL if "full" in str(error) else UNCOUNTED) from error


class HeadAsGet:
    """ASGI middleware: HEAD is answered as GET, without the body; those who check links in mails ask so."""

    def __init__(self, app: ASGIApp) -> None:
        """Take the application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass HEAD on as GET."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, without_body)


class KeepSlashes:
    """ASGI middleware: %2F in a path is part of an id, and separates nothing."""

    def __init__(self, app: ASGIApp) -> None:
        """Take the application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put a sign of its own in place of such a slash; `KeptSlashes` turns it back once the route is found."""
        raw = scope.get("raw_path") or b""
        if scope["type"] == "http" and b"%2" in raw:
            parts = re.split(b"%2f", raw.partition(b"?")[0], flags=re.IGNORECASE)
            scope = {**scope, "path": SLASH.join(unquote(part) for part in parts)}
        await self._app(scope, receive, send)


class KeptSlashes(StringConvertor):
    """Converter of a part of a path into an argument."""

    def convert(self, value: str) -> str:
        """Return it with its slashes."""
        return value.replace(SLASH, "/")


class KeptSlashesOfPaths(PathConvertor):
    """Converter of the rest of a path into an argument."""

    def convert(self, value: str) -> str:
        """Return it with its slashes."""
        return value.replace(SLASH, "/")


class PlainAddress:
    """ASGI middleware: an address that holds a null byte is refused; no id has one, and databases fail at it."""

    def __init__(self, app: ASGIApp, *, refuse: Callable[[str], Response]) -> None:
        """Take the answer that such a path gets."""
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 400 to such an address, else pass on."""
        if scope["type"] == "http" and ("\x00" in scope["path"] or b"%00" in scope.get("query_string", b"")):
            await self._refuse(scope["path"])(scope, receive, send)
            return
        await self._app(scope, receive, send)


class BodyLimit:
    """ASGI middleware: reading more of a body than its path may send ends in an answer 413."""

    def __init__(self, app: ASGIApp, *, limit_of: Callable[[str], int]) -> None:
        """Take the limit (bytes) per path."""
        self._app = app
        self._limit_of = limit_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a `receive` that counts."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await self._app(
            scope, _counting(receive, limit=self._limit_of(scope["path"]), announced=_announced(scope)), send
        )


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _counting(receive: Receive, *, limit: int, announced: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        if announced > limit:
            raise HTTPException(413, f"The body is larger than {limit} bytes; send it in parts.")
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise HTTPException(413, f"The body is larger than {limit} bytes; send it in parts.")
        return message

    return counted
