"""Serialisation of records and members in answers."""

from datetime import datetime
from typing import Any

import orjson
from starlette.responses import Response

from serendipity.domain.model import Appended, Event, Member, Place, Record, Visibility


def answer_of_append(answer: Appended) -> dict[str, Any]:
    """Return the answer to a write: 201 when it is new, 200 when it was known."""
    record = answer.record
    return {
        "status": 201 if answer.fresh else 200,
        "id": record.id,
        "position": record.position,
        "at": record.at.isoformat(),
        "fresh": answer.fresh,
    }


def sent(answer: dict[str, Any]) -> Response:
    """Return an answer under its `status`, ready to be sent: FastAPI would look through it in another thread first."""
    status = answer.pop("status")
    return Response(orjson.dumps(answer), status_code=status, media_type="application/json")


def record(found: Record, *, own: bool = False) -> dict[str, Any]:
    """Return a record; what was said for nobody but oneself, and what is its member's `own`, is left out."""
    data = dict(found.data) if found.data is not None else None
    if data is not None and (own or data.get("visibility") == Visibility.PRIVATE.value):
        data = {name: value for name, value in data.items() if name not in ("text", "seeks", "offers")}
    return {
        "id": found.id,
        "source": found.source,
        "position": found.position,
        "at": found.at.isoformat(),
        "received_at": found.received_at.isoformat(),
        "member": found.member,
        "data": data,
    }


def member(found: Member, *, now: datetime, own: bool = False) -> dict[str, Any]:
    """Return a member's profile and consents; the profile's texts are left out where they are their member's `own`."""
    texts = {
        "about": found.about,
        "skills": list(found.skills),
        "seeks": list(found.seeks),
        "offers": list(found.offers),
    }
    return {
        "id": found.id,
        "name": found.name,
        "email": found.email,
        "organisation": found.organisation,
        **({} if own else texts),
        "locale": found.locale,
        "status": "paused" if found.is_paused(now) else found.status.value,
        "merged_into": found.merged_into,
        "joined_at": found.joined_at.isoformat() if found.joined_at else None,
        "purposes": sorted(purpose.value for purpose in found.purposes),
    }


def event(found: Event) -> dict[str, Any]:
    """Return an event."""
    return {
        "id": found.id,
        "title": found.title,
        "starts_at": found.starts_at.isoformat(),
        "ends_at": found.ends_at.isoformat() if found.ends_at else None,
        "description": found.description,
        "place": found.place,
        "cancelled": found.cancelled,
    }


def place(found: Place) -> dict[str, Any]:
    """Return a place."""
    return {
        "id": found.id,
        "name": found.name,
        "zone": found.zone,
        "hours": {str(day): pair for day, pair in found.hours.items()},
    }
