"""Routes whose JSON bodies are read by the one parser that batches have too."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from serendipity.domain.errors import InvalidInput, NotJson
from serendipity.intake.json_texts import parse_json


class BodyRefused(HTTPException):
    """A body that is no JSON, or cannot be kept as it is; `details` are those of the error."""

    def __init__(self, status: int, error: InvalidInput) -> None:
        """Answer with this status and what the error says."""
        super().__init__(status, str(error))
        self.details = dict(error.details)


class JsonRequest(Request):
    """A request whose body is parsed as every other JSON from outside."""

    async def json(self) -> Any:
        """Return the body. Raises BodyRefused: 400 for what is no JSON, 422 for what cannot be kept as it is."""
        try:
            return parse_json(await self.body())
        except InvalidInput as error:
            raise BodyRefused(400 if isinstance(error, NotJson) else 422, error) from error


class JsonRoute(APIRoute):
    """A route that reads its body so."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler."""
        handle = super().get_route_handler()

        async def handle_json(request: Request) -> Response:
            return await handle(JsonRequest(request.scope, request.receive))

        return handle_json
