"""Health: alive at all (/healthz), and how far everything is (/health), to operators only."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from serendipity.domain.errors import GraphDamaged, GraphUnavailable, LedgerUnavailable
from serendipity.domain.model import MessageState
from serendipity.flow import GRAPH
from serendipity.usecases.services import Services
from serendipity.web.api.keys import is_operator
from serendipity.web.pages import Page
from serendipity.web.problems import problem

router = APIRouter(tags=["health"])


@router.get("/healthz")
def alive(request: Request) -> dict[str, str]:
    """Say that the process answers and reaches its ledger."""
    services: Services = request.app.state.services
    services.ledger.check()
    return {"status": "ok"}


@router.get("/health", response_model=None)
def health(page: Page, operator: Annotated[bool, Depends(is_operator)]) -> dict[str, Any] | Response:
    """Say ok, attention, or down (503); to managers and keys with the scope health:read also how far everything is."""
    try:
        found = figures(page.services)
    except LedgerUnavailable:
        return problem(503, "The ledger does not answer; nothing can be taken in until it does.")
    return found if operator or page.manager is not None else {"status": found["status"]}


def figures(services: Services) -> dict[str, Any]:
    """Return the state of every part; a graph that is down is told, not raised."""
    with services.ledger.read() as uow:
        head = uow.records.head()
        messages = uow.outbox.counts()
        waiting, parked_mail = messages[MessageState.QUEUED], messages[MessageState.PARKED]
        parked_work = sum(uow.dead_letters.counts().values())
        members = uow.members.count()
        known = uow.consumers.position(GRAPH.name)
    snapshot = services.snapshots.latest()
    graph = _graph(services, head, known)
    attention = graph["state"] != "ok" or parked_mail > 0 or parked_work > 0
    return {
        "status": "attention" if attention else "ok",
        "ledger": {"position": head, "members": members},
        "graph": graph,
        "snapshot": {"ready": snapshot is not None},
        "messages": {"queued": waiting, "parked": parked_mail},
        "work": {"parked": parked_work},
    }


def _graph(services: Services, head: int, known: int) -> dict[str, Any]:
    """Return how far the graph is; while it does not answer, how far it was when last heard of."""
    try:
        offset = services.graph.head().offset
    except GraphUnavailable as error:
        state = "damaged" if isinstance(error, GraphDamaged) else "down"
        advice = type(error).__doc__
        return {"state": state, "detail": advice, "position": known, "behind_by": max(head - known, 0)}
    return {"state": "ok", "position": offset, "behind_by": max(head - offset, 0)}
