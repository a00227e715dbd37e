"""Signals: anything that happened to a member or to something that concerns members; single, as batches, and listed."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from serendipity.domain.errors import NotFound
from serendipity.domain.model import RECORDS_SOURCE, AppendedSignal, Signal
from serendipity.intake.inputs import SignalInput
from serendipity.usecases.signals.receive import receive_signals
from serendipity.web.api import answers
from serendipity.web.api.batch import DOCUMENTED, Body, answer_batch
from serendipity.web.api.json_route import JsonRoute
from serendipity.web.api.keys import Client, require_scope

router = APIRouter(route_class=JsonRoute, prefix="/v1/signals", tags=["signals"])
Answer = dict[str, Any]
Writer = Annotated[Client, Depends(require_scope("signals:write"))]
Reader = Annotated[Client, Depends(require_scope("signals:read"))]


@router.post("", status_code=201, response_model=Answer, summary="Add one of the signals")
def add(client: Writer, item: SignalInput) -> Response:
    """Append a signal; a known id answers as the first time."""
    return answers.sent(_receive(client, [item])[0])


@router.post("/batch", openapi_extra=DOCUMENTED, summary="Add many signals")
def add_many(client: Writer, body: Body) -> Response:
    """Append signals, one JSON object a line; each line has an answer of its own."""
    return answer_batch(body, SignalInput, lambda items: _receive(client, items))


@router.get("", summary="List signals, newest first; `next` goes into `before`")
def page(
    client: Reader,
    member: str | None = None,
    name: str | None = None,
    before: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Answer:
    """Return signals that came from outside or were derived; those that records become are listed with the records."""
    with client.services.ledger.read() as uow:
        found = uow.signals.recent(member=member, name=name, without_source=RECORDS_SOURCE, limit=limit, before=before)
    client.note_read({each.member for each in found if each.member})
    return {
        "signals": [_show_signal(each) for each in found],
        "next": found[-1].position if len(found) == limit else None,
    }


@router.get("/{id:path}", summary="Return one of the signals by its id and source")
def one(client: Reader, id: str, source: str = "") -> Answer:
    """Return one signal; `source` is the key's own where none is given."""
    with client.services.ledger.read() as uow:
        found = uow.signals.find(source or client.source, id)
    if found is None or found.source == RECORDS_SOURCE:
        raise NotFound
    client.note_read([found.member] if found.member else [])
    return _show_signal(found)


def _receive(client: Client, items: Sequence[SignalInput]) -> list[Answer]:
    services = client.services
    appended = receive_signals(
        services.ledger, items, source=client.source, now=services.clock.now(), scrub=services.scrub
    )
    return [_answer(each) for each in appended]


def _answer(appended: AppendedSignal) -> Answer:
    signal = appended.signal
    return {
        "status": 201 if appended.fresh else 200,
        "id": signal.id,
        "position": signal.position,
        "at": signal.at.isoformat(),
        "fresh": appended.fresh,
    }


def _show_signal(signal: Signal) -> Answer:
    said = {"name": signal.name, "category": signal.category, "subject": signal.subject, "data": signal.data}
    return {
        "id": signal.id,
        "source": signal.source,
        "position": signal.position,
        "at": signal.at.isoformat(),
        "received_at": signal.received_at.isoformat(),
        "member": signal.member,
        "data": None if signal.data is None else said,
    }
