"""Ends connections that hold a place which others need: requests that do not arrive, and answers that nobody reads."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class PatientProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, with limits on what a connection may wait.

    It is closed when nothing of a request came for `idle` seconds, when not all of it came within `whole`, or when
    nothing of an answer could be sent for as long. Of more than `most` connections, the one that waits longest for a
    request makes room; where all are being answered, the new one is turned away.
    """

    idle, whole, most = 20.0, 300.0, 500
    _next: asyncio.TimerHandle | None = None
    _last: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _waits_since: float | None = None  # for a request, also one that came in part

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request, with a place of one's own."""
        super().connection_made(transport)
        self._waits_since = self.loop.time()
        self._expect()
        if len(self.connections) > self.most:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Go on expecting the rest of it."""
        self._expect()
        super().data_received(data)

    def on_message_complete(self) -> None:
        """Expect nothing while the request is answered; an idle connection is uvicorn's own to close."""
        self._expect_nothing()
        self._waits_since = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        if not self.pipeline:
            self._waits_since = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Expect that some of the answer is read."""
        super().pause_writing()
        self._unread = self.loop.call_later(self.whole, self._give_up)

    def resume_writing(self) -> None:
        """Go on sending."""
        self._forget_unread()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing any more."""
        self._expect_nothing()
        self._forget_unread()
        super().connection_lost(exc)

    def _expect(self) -> None:
        if self._next is not None:
            self._next.cancel()
        self._next = self.loop.call_later(self.idle, self._give_up)
        if self._last is None:
            self._last = self.loop.call_later(self.whole, self._give_up)

    def _expect_nothing(self) -> None:
        for each in (self._next, self._last):
            if each is not None:
                each.cancel()
        self._next = self._last = None

    def _forget_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
        self._unread = None

    def _make_room(self) -> None:
        others = [each for each in self.connections if isinstance(each, PatientProtocol) and each is not self]
        waiting = [(each._waits_since, each) for each in others if each._waits_since is not None]
        longest = min(waiting, key=lambda pair: pair[0], default=(0.0, self))[1]
        longest._give_up()

    def _give_up(self) -> None:
        self._expect_nothing()
        self._forget_unread()
        self._waits_since = None
        transport: Any = self.transport
        if not transport.is_closing():
            transport.abort()


def patient_protocol(*, idle: float, whole: float, most: int) -> type[PatientProtocol]:
    """Return the protocol with limits: `idle` and `whole` in seconds, `most` in connections of one process."""
    return type("PatientProtocol", (PatientProtocol,), {"idle": idle, "whole": whole, "most": most})
