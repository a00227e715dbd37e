"""/v1/events and /v1/places: gatherings, and where members meet."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from serendipity.intake.inputs import EventInput, PlaceInput
from serendipity.usecases.events import program_actions as actions
from serendipity.web.api import answers
from serendipity.web.api.batch import DOCUMENTED, Body, answer_batch
from serendipity.web.api.json_route import JsonRoute
from serendipity.web.api.keys import Client, require_scope

events_router = APIRouter(route_class=JsonRoute, prefix="/v1/events", tags=["events"])
places_router = APIRouter(route_class=JsonRoute, prefix="/v1/places", tags=["places"])
EventReader = Annotated[Client, Depends(require_scope("events:read"))]
EventWriter = Annotated[Client, Depends(require_scope("events:write"))]
PlaceReader = Annotated[Client, Depends(require_scope("places:read"))]
PlaceWriter = Annotated[Client, Depends(require_scope("places:write"))]
Limit = Annotated[int, Query(ge=1, le=1000)]


@events_router.post("", status_code=201)
def add_event(client: EventWriter, item: EventInput, response: Response) -> dict[str, Any]:
    """Add an event, or change it; its topics are read from its title and description."""
    [answer] = _publish(client, [item])
    response.status_code = answer.pop("status")
    return answer


@events_router.post("/batch", openapi_extra=DOCUMENTED)
def add_events(client: EventWriter, body: Body) -> Response:
    """Add or change many events, one a line."""
    return answer_batch(body, EventInput, lambda items: _publish(client, items))


@events_router.get("")
def list_events(client: EventReader, after: datetime | None = None, limit: Limit = 100) -> dict[str, Any]:
    """List events by their start, from a time on."""
    since = after.replace(tzinfo=after.tzinfo or UTC) if after else None
    with client.services.ledger.read() as uow:
        return {"events": [answers.event(each) for each in uow.places.events(after=since, limit=limit)]}


@events_router.get("/{id}")
def one_event(client: EventReader, id: str) -> dict[str, Any]:
    """Return an event."""
    with client.services.ledger.read() as uow:
        return answers.event(uow.places.event(id))


@events_router.delete("/{id}")
def cancel_event(client: EventWriter, id: str) -> dict[str, Any]:
    """Cancel an event; it stays known, and raises no interest any more."""
    services = client.services
    return answers.event(actions.cancel_event(services.ledger, id, now=services.clock.now()))


@places_router.post("", status_code=201)
def put_place(client: PlaceWriter, item: PlaceInput, response: Response) -> dict[str, Any]:
    """Add a place, or replace its name, zone and hours."""
    [answer] = _open_all(client, [item])
    response.status_code = answer.pop("status")
    return answer


@places_router.post("/batch", openapi_extra=DOCUMENTED)
def put_places(client: PlaceWriter, body: Body) -> Response:
    """Add or replace many places, one a line."""
    return answer_batch(body, PlaceInput, lambda items: _open_all(client, items))


@places_router.get("")
def list_places(client: PlaceReader) -> dict[str, Any]:
    """List all places."""
    with client.services.ledger.read() as uow:
        return {"places": [answers.place(each) for each in uow.places.places()]}


@places_router.get("/{id}")
def one_place(client: PlaceReader, id: str) -> dict[str, Any]:
    """Return a place."""
    with client.services.ledger.read() as uow:
        return answers.place(uow.places.place(id))


def _publish(client: Client, items: Sequence[EventInput]) -> list[dict[str, Any]]:
    services = client.services
    answer_of_append = actions.publish_events(services.ledger, items, scrub=services.scrub, now=services.clock.now())
    return [
        {**answers.answer_of_append(each), "id": item.id} for each, item in zip(answer_of_append, items, strict=True)
    ]


def _open_all(client: Client, items: Sequence[PlaceInput]) -> list[dict[str, Any]]:
    opened = actions.open_places(client.services.ledger, items)
    return [{"status": 201 if is_new else 200, **answers.place(place)} for place, is_new in opened]
