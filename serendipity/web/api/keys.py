"""API keys: HTTP Basic with key id and key, or Bearer with both joined by a dot; random, hashed, scoped."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from fastapi import Request
from fastapi.security import HTTPBasic, HTTPBearer
from starlette.concurrency import run_in_threadpool

from serendipity.domain.errors import NotAllowed, NotAuthenticated
from serendipity.domain.model import ApiKey
from serendipity.usecases.access.tokens import digest, same
from serendipity.usecases.audit import READ, record_views
from serendipity.usecases.services import Services

# A key that was looked up is not asked for again for so long; one that is revoked is refused by then.
REMEMBERED = timedelta(seconds=5)
MOST_NOTED = 100_000
Noted = set[tuple[str, str, date]]
# Named for the OpenAPI description only; the header is read below, so that every fault is told the same way.
basic = HTTPBasic(auto_error=False, description="User: the key's id. Password: the key.")
bearer = HTTPBearer(auto_error=False, description="KEY-ID.KEY")


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """A program that came with a key; `source` is where its records say they come from."""

    services: Services
    key: ApiKey
    noted: Noted = field(default_factory=set)  # whom each key read on which day: the audit has it already

    def note_read(self, members: Iterable[str]) -> None:
        """Note that this key's program read what is private to members; each sees it on their page, once a day."""
        now = self.services.clock.now()
        fresh = {member for member in members if (self.key.id, member, now.date()) not in self.noted}
        if not fresh:
            return
        record_views(self.services.ledger, READ, fresh, by=f"key:{self.key.id}", now=now)
        if len(self.noted) > MOST_NOTED:
            self.noted.clear()
        self.noted.update((self.key.id, member, now.date()) for member in fresh)

    @property
    def source(self) -> str:
        """Return the source under which ids of this key are unique."""
        return f"api:{self.key.id}"


class KeyRing:
    """The keys of one process that proved right a moment ago, so that a request is not two trips to the ledger."""

    def __init__(self, services: Services) -> None:
        """Look keys up in the ledger of these services."""
        self._services = services
        self._known: dict[str, tuple[datetime, ApiKey]] = {}
        self.noted: Noted = set()

    def remembered(self, id: str) -> ApiKey | None:
        """Return a key that was looked up within the last seconds, else None."""
        at, key = self._known.get(id, (None, None))
        return key if at is not None and abs(self._services.clock.now() - at) < REMEMBERED else None

    def forget(self, id: str) -> None:
        """Look a key up again before it is used once more."""
        self._known.pop(id, None)

    def looked_up(self, id: str) -> ApiKey:
        """Return a key as the ledger has it. Raises NotAuthenticated for one that is unknown or revoked."""
        with self._services.ledger.read() as uow:
            key = uow.access.key(id)
        if key is None or key.revoked_at is not None:
            self.forget(id)
            raise NotAuthenticated
        self._known[id] = (self._services.clock.now(), key)
        return key


def require_scope(scope: str) -> Callable[[Request], Awaitable[Client]]:
    """Return a dependency that lets in keys with a scope. It raises NotAuthenticated or NotAllowed.

    It runs in the server's own thread, and goes to another only for a key that must be looked up.
    """

    async def client(request: Request) -> Client:
        id, secret = _credentials(request.headers.get("authorization", ""))
        ring: KeyRing = request.app.state.keys
        key = ring.remembered(id)
        if key is None:
            key = await run_in_threadpool(ring.looked_up, id)
        if not same(key.key_hash, digest(secret)):
            raise NotAuthenticated
        if scope not in key.scopes:
            raise NotAllowed(f"This key does not have the scope {scope!r}; make one that has it.", scope=scope)
        return Client(services=request.app.state.services, key=key, noted=ring.noted)

    return client


async def is_operator(request: Request) -> bool:
    """Tell whether a request comes with a key that may read the health of everything. Raises NotAuthenticated."""
    if not request.headers.get("authorization"):
        return False
    await require_scope("health:read")(request)
    return True


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, value = header.partition(" ")
    match scheme.lower():
        case "basic":
            id, _, secret = _decode(value.strip()).partition(":")
        case "bearer":
            id, _, secret = value.strip().partition(".")
        case _:
            raise NotAuthenticated
    if "\x00" in id:
        raise NotAuthenticated
    return id, secret


def _decode(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise NotAuthenticated from error
