"""Health: alive at all (/healthz), and how far everything is (/health)."""

from typing import Any

from fastapi import APIRouter, Request, Response

from serendipity.commands.services import Services
from serendipity.domain.errors import GraphUnavailable, LedgerUnavailable
from serendipity.domain.model import MessageState
from serendipity.web.problems import problem

router = APIRouter(tags=["health"])
MANY = 10_000


@router.get("/healthz")
def alive(request: Request) -> dict[str, str]:
    """Say that the process answers and reaches its ledger."""
    services: Services = request.app.state.services
    return {"status": "ok", "ledger": services.ledger.check()}


@router.get("/health", response_model=None)
def health(request: Request) -> dict[str, Any] | Response:
    """Say how far the graph is behind, how many messages wait, and how much work is parked."""
    try:
        return figures(request.app.state.services)
    except LedgerUnavailable as error:
        return problem(503, str(error))


def figures(services: Services) -> dict[str, Any]:
    """Return the state of every part; a graph that is down is told, not raised."""
    with services.ledger.read() as uow:
        head = uow.records.head()
        waiting = len(uow.outbox.search(states={MessageState.QUEUED}, limit=MANY))
        parked_mail = len(uow.outbox.search(states={MessageState.PARKED}, limit=MANY))
        parked_work = len(uow.operations.parked(limit=MANY))
        members = uow.members.count()
    snapshot = services.snapshots.latest()
    graph = _graph(services, head)
    attention = graph["state"] != "ok" or parked_mail > 0 or parked_work > 0
    return {
        "status": "attention" if attention else "ok",
        "ledger": {"position": head, "members": members},
        "graph": graph,
        "snapshot": {"ready": snapshot is not None},
        "messages": {"queued": waiting, "parked": parked_mail},
        "work": {"parked": parked_work},
    }


def _graph(services: Services, head: int) -> dict[str, Any]:
    try:
        offset = services.graph.head().offset
    except GraphUnavailable as error:
        return {"state": "down", "detail": str(error), "behind_by": None}
    return {"state": "ok", "position": offset, "behind_by": max(head - offset, 0)}
