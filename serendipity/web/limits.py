"""Limits: how often something may be tried, and how large a request may be."""

import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serendipity.domain.errors import TooMany


class Tries:
    """Counts tries per key in a sliding window, in this process; TooMany once there were too many."""

    def __init__(self, *, most: int, minutes: float) -> None:
        """Allow `most` tries within `minutes`."""
        self._most = most
        self._window = timedelta(minutes=minutes)
        self._tries: dict[str, deque[datetime]] = {}
        self._lock = threading.Lock()

    def check(self, key: str, now: datetime) -> None:
        """Count one try. Raises TooMany when the window is full."""
        with self._lock:
            self._forget(now)
            tries = self._tries.setdefault(key, deque())
            if len(tries) >= self._most:
                raise TooMany
            tries.append(now)

    def succeeded(self, key: str) -> None:
        """Forget the tries of a key: the right answer came."""
        with self._lock:
            self._tries.pop(key, None)

    def _forget(self, now: datetime) -> None:
        for key in list(self._tries):
            tries = self._tries[key]
            while tries and tries[0] <= now - self._window:
                tries.popleft()
            if not tries:
                del self._tries[key]


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
