"""Errors for programs: application/problem+json (RFC 9457)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

from serendipity.domain import errors

# The one place where an error becomes a status; a kind that is not named here takes that of the kind above it.
STATUSES: dict[type[Exception], int] = {
    errors.InvalidInput: 422,
    errors.NotFound: 404,
    errors.DifferentBody: 409,
    errors.Conflict: 409,
    errors.NotAllowed: 403,
    errors.NotAuthenticated: 401,
    errors.LinkUnusable: 410,
    errors.TooMany: 429,
    errors.ConsentMissing: 403,
    errors.GraphUnavailable: 503,
    errors.LedgerUnavailable: 503,
    errors.NoSnapshot: 503,
    errors.TemplateBroken: 422,
}


RETRY_SECONDS = "30"


def problem(status: int, detail: str, *, kind: str = "about:blank", **extra: Any) -> Response:
    """Return a problem; `detail` says what to do, `extra` holds machine-readable members."""
    asked = {"WWW-Authenticate": 'Basic realm="serendipity", charset="UTF-8"'} if status == 401 else {}
    later = {"Retry-After": RETRY_SECONDS} if status == 503 else {}
    return Response(
        orjson.dumps(body(status, detail, kind=kind, **extra), default=str),
        status_code=status,
        media_type="application/problem+json",
        headers=asked | later,
    )


def body(status: int, detail: str, *, kind: str = "about:blank", **extra: Any) -> dict[str, Any]:
    """Return the members of a problem as a plain mapping."""
    title = HTTPStatus(status).phrase
    return {"type": kind, "title": title, "status": status, "detail": detail, **extra}


# What validation says by itself, where it does not say what to do.
_WORDINGS = {
    "missing": "is missing; send it",
    "extra_forbidden": "is no field here; GET /v1/openapi.json names those there are",
    "datetime_parsing": "is not a time; write it as 2026-01-05T09:00:00+01:00 or 2026-01-05",
    "datetime_from_date_parsing": "is not a time; write it as 2026-01-05T09:00:00+01:00 or 2026-01-05",
}
_WHOLE = "send one JSON object, as application/json"


def summarise_errors(wrong: Sequence[Mapping[str, str]]) -> str:
    """Return the errors of fields as one line."""
    return "; ".join(f"{each['field']}: {each['message']}" if each["field"] else each["message"] for each in wrong)


def field_errors(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return which field is wrong and why, without what was sent: it may hold personal data, or not be text at all."""
    return [{"field": _path(each["loc"]), "message": _message(each)} for each in errors]


def _message(error: Mapping[str, Any]) -> str:
    if not _path(error["loc"]) and error["type"] != "value_error":
        return _WHOLE
    return _WORDINGS.get(error["type"], str(error["msg"]).removeprefix("Value error, "))


def _path(loc: Sequence[Any]) -> str:
    parts = [str(part) for part in loc]
    return ".".join(parts[1:] if parts and parts[0] in ("body", "query", "path") else parts)


def status_of(error: Exception) -> int:
    """Return the status that an error is answered with; 500 for one that nobody foresaw."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)
