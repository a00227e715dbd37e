"""Connections that hold a place: whoever sends or reads nothing gives it up, and never before whoever does."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from serendipity.web.connection_timeouts import PatientProtocol, patient_protocol

Receive = Callable[[], Awaitable[dict[str, Any]]]
GET = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
NEVER = 3600.0


class Visit:
    """A server in this process, and connections to it."""

    def __init__(self, app: Any, protocol: type[PatientProtocol]) -> None:
        self._door = socket.socket()
        self._door.bind(("127.0.0.1", 0))
        self._door.listen()
        self._server = uvicorn.Server(uvicorn.Config(app, http=protocol, lifespan="off", log_config=None))
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> "Visit":
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._door]))
        return self

    async def __aexit__(self, *_: object) -> None:
        for writer in self._writers:
            writer.close()
        self._server.should_exit = True
        await self._serving

    async def send(self, sent: bytes) -> asyncio.StreamReader:
        """Open a connection, send this on it, and return where the answer comes."""
        reader, writer = await asyncio.open_connection(*self._door.getsockname())
        self._writers.append(writer)
        writer.write(sent)
        return reader


def played(play: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run it in a thread of its own: a browser of other tests has a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(play())).result()


async def all_of(reader: asyncio.StreamReader) -> bytes:
    """Return what comes until the connection ends."""
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


async def answer(scope: Any, receive: Receive, send: Any) -> None:
    """Read the body and say what it was."""
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            await PlainTextResponse(b"done " + body)(scope, receive, send)
            return


@pytest.mark.parametrize("sent", [b"", b"GET /", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"])
def test_a_request_that_does_not_arrive_is_closed(sent: bytes) -> None:
    """Nothing at all, half a head, half a body."""

    async def play() -> bytes:
        async with Visit(answer, patient_protocol(idle=0.02, whole=NEVER, most=10)) as visit:
            return await all_of(await visit.send(sent))

    assert played(play) == b""


def test_a_request_that_comes_in_crumbs_is_closed_when_its_time_is_over() -> None:
    """Each crumb keeps it from being idle, and nothing more."""

    async def play() -> bytes:
        async with Visit(answer, patient_protocol(idle=NEVER, whole=0.02, most=10)) as visit:
            return await all_of(await visit.send(b"GET / HTTP/1.1\r\nHost:"))

    assert played(play) == b""


def test_a_whole_request_is_answered_however_long_that_takes() -> None:
    """Patience ends where the request does."""

    async def slow(scope: Any, receive: Receive, send: Any) -> None:
        await asyncio.sleep(1.5)
        await answer(scope, receive, send)

    async def play() -> bytes:
        async with Visit(slow, patient_protocol(idle=1.0, whole=1.0, most=10)) as visit:
            return await all_of(await visit.send(GET))

    assert b"done" in played(play)


def test_an_answer_that_nobody_reads_is_given_up() -> None:
    """The application hears that whoever asked is gone."""
    gone = asyncio.Event()

    async def endless(scope: Any, receive: Receive, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not gone.is_set():
            await send({"type": "http.response.body", "body": bytes(1_000_000), "more_body": True})
            if scope["extensions"]["transport"].is_closing():
                gone.set()

    async def play() -> None:
        class Watched(patient_protocol(idle=NEVER, whole=1.0, most=10)):  # type: ignore[misc]
            def on_headers_complete(self) -> None:
                self.scope["extensions"] = {"transport": self.transport}
                super().on_headers_complete()

        async with Visit(endless, Watched) as visit:
            await visit.send(GET)
            await gone.wait()

    played(play)


def test_who_waits_longest_without_asking_makes_room_for_who_comes() -> None:
    """Where all places are taken by connections that send nothing, or half; those that are answered keep theirs."""
    begun, finish = asyncio.Event(), asyncio.Event()

    async def held(scope: Any, receive: Receive, send: Any) -> None:
        if scope["path"] == "/held":
            begun.set()
            await finish.wait()
        await answer(scope, receive, send)

    async def play() -> tuple[bytes, bytes, bytes]:
        async with Visit(held, patient_protocol(idle=NEVER, whole=NEVER, most=3)) as visit:
            busy = await visit.send(GET.replace(b"/ ", b"/held "))
            await begun.wait()
            silent = await visit.send(b"")
            await visit.send(b"GET / HT")
            answered = await all_of(await visit.send(GET))
            dropped = await all_of(silent)
            finish.set()
            return answered, dropped, await all_of(busy)

    answered, dropped, busy = played(play)
    assert (b"done" in answered, dropped, b"done" in busy) == (True, b"", True)


def test_where_all_are_being_answered_who_comes_is_turned_away() -> None:
    """There is no place to take."""
    begun, finish = asyncio.Event(), asyncio.Event()

    async def held(scope: Any, receive: Receive, send: Any) -> None:
        begun.set()
        await finish.wait()
        await answer(scope, receive, send)

    async def play() -> tuple[bytes, bytes]:
        async with Visit(held, patient_protocol(idle=NEVER, whole=NEVER, most=1)) as visit:
            busy = await visit.send(GET)
            await begun.wait()
            turned_away = await all_of(await visit.send(GET))
            finish.set()
            return turned_away, await all_of(busy)

    turned_away, busy = played(play)
    assert (turned_away, b"done" in busy) == (b"", True)
