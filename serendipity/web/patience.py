"""Ends connections whose request does not arrive: slow and half-open ones hold a place that others need."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

IDLE_SECONDS, WHOLE_SECONDS = 20.0, 300.0


class PatientProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it; closes when nothing of a request came for `idle`, or not all of it within `whole`."""

    idle, whole = IDLE_SECONDS, WHOLE_SECONDS
    _next: asyncio.TimerHandle | None = None
    _last: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request."""
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Go on expecting the rest of it."""
        self._expect()
        super().data_received(data)

    def on_message_complete(self) -> None:
        """Expect nothing while the request is answered; an idle connection is uvicorn's own to close."""
        self._expect_nothing()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing any more."""
        self._expect_nothing()
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

    def _give_up(self) -> None:
        self._expect_nothing()
        transport: Any = self.transport
        if not transport.is_closing():
            transport.abort()
