"""Headers that every answer carries: what a page may load, who may frame it, where forms may come from."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serendipity.usecases.services import Services
from serendipity.web.problems import problem

ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-src 'self'; manifest-src 'self'; frame-ancestors {ancestors}"
)
Encoded = list[tuple[bytes, bytes]]
SAFE = {"GET", "HEAD", "OPTIONS"}
# Programs send their keys; mailbox providers post an unsubscribing, and its link is the secret (RFC 8058).
FROM_ANYWHERE = ("/v1/", "/unsubscribe/")


class SecureHeaders:
    """ASGI middleware: adds the headers, and refuses forms that another site's page sent."""

    def __init__(self, app: ASGIApp, *, services: Services) -> None:
        """Take the settings that say who may embed the check-in form."""
        self._app = app
        self._embedders = " ".join(services.settings.embed_origins) or "'none'"
        self._secure = services.settings.base_url.startswith("https:")
        self._usual = _encode(self._headers(""))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403 to a foreign form, else pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _foreign(scope):
            answer = problem(
                403, "This form came from another site's page; open it on our own pages and send it again."
            )
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, self._adding(scope, send))

    def _adding(self, scope: Scope, send: Send) -> Send:
        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                added, headers = self._of(scope["path"]), message.setdefault("headers", [])
                present = {name for name, _ in headers}
                message["headers"] = [*headers, *(each for each in added if each[0] not in present)]
            await send(message)

        return adding

    def _of(self, path: str) -> Encoded:
        """Return the headers for a path; those of most are made once."""
        return self._usual if path.startswith("/v1/") else _encode(self._headers(path))

    def _headers(self, path: str) -> dict[str, str]:
        framed = path.startswith("/embed/")
        ancestors = self._embedders if framed else "'self'" if path.startswith("/manage/mail/") else "'none'"
        headers = {**ALWAYS, "content-security-policy": POLICY.format(ancestors=ancestors)}
        if not framed and ancestors == "'none'":
            headers["x-frame-options"] = "DENY"
        if self._secure:
            headers["strict-transport-security"] = "max-age=31536000"
        if not path.startswith("/static/"):
            headers["cache-control"] = "no-store"
        return headers


def _encode(headers: dict[str, str]) -> Encoded:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def _foreign(scope: Scope) -> bool:
    if scope["method"] in SAFE or scope["path"].startswith(FROM_ANYWHERE):
        return False
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
