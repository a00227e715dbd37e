"""API keys: HTTP Basic with key id and key, or Bearer with both joined by a dot; random, hashed, scoped."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request
from fastapi.security import HTTPBasic, HTTPBearer

from serendipity.commands.services import Services
from serendipity.domain.errors import NotAllowed, NotAuthenticated
from serendipity.domain.model import ApiKey
from serendipity.web.tokens import digest, same

# Named for the OpenAPI description only; the header is read below, so that every fault is told the same way.
basic = HTTPBasic(auto_error=False, description="User: the key's id. Password: the key.")
bearer = HTTPBearer(auto_error=False, description="KEY-ID.KEY")


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """A program that came with a key; `source` is where its records say they come from."""

    services: Services
    key: ApiKey

    @property
    def source(self) -> str:
        """Return the source under which ids of this key are unique."""
        return f"api:{self.key.id}"


def allowed(scope: str) -> Callable[[Request], Client]:
    """Return a dependency that lets in keys with a scope. It raises NotAuthenticated or NotAllowed."""

    def client(request: Request) -> Client:
        services: Services = request.app.state.services
        id, secret = _credentials(request.headers.get("authorization", ""))
        with services.ledger.read() as uow:
            key = uow.access.key(id)
        if key is None or key.revoked_at is not None or not same(key.key_hash, digest(secret)):
            raise NotAuthenticated
        if scope not in key.scopes:
            raise NotAllowed(f"This key does not have the scope {scope!r}; make one that has it.", scope=scope)
        return Client(services=services, key=key)

    return client


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, value = header.partition(" ")
    match scheme.lower():
        case "basic":
            id, _, secret = _decoded(value.strip()).partition(":")
        case "bearer":
            id, _, secret = value.strip().partition(".")
        case _:
            raise NotAuthenticated
    return id, secret


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise NotAuthenticated from error
