"""Resources that are records: check-ins, attendance, registrations and ties, single and as batches."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Query, Response
from pydantic import BaseModel

from serendipity.domain.errors import NotFound
from serendipity.domain.model import Appended, RecordKind
from serendipity.intake.inputs import AttendanceInput, CheckInInput, RegistrationInput, TieInput
from serendipity.usecases.check_in.check_in import CheckInAnswer, acknowledge, check_in
from serendipity.usecases.events.program_actions import record_attendance, record_ties
from serendipity.usecases.members.private_texts import private_positions
from serendipity.web.api import answers
from serendipity.web.api.batch import DOCUMENTED, Body, answer_batch
from serendipity.web.api.json_route import JsonRoute
from serendipity.web.api.keys import Client, require_scope

Item = TypeVar("Item", bound=BaseModel)
Append = Callable[[Client, Sequence[Any]], list[Appended]]
Answer = dict[str, Any]
Position = Annotated[int, Query(ge=0, le=2**63 - 1)]
Limit = Annotated[int, Query(ge=1, le=1000)]
CheckInWriter = Annotated[Client, Depends(require_scope("check-ins:write"))]


def _attend(client: Client, items: Sequence[AttendanceInput | RegistrationInput]) -> list[Appended]:
    services = client.services
    return record_attendance(services.ledger, items, source=client.source, now=services.clock.now())


def _tie(client: Client, items: Sequence[TieInput]) -> list[Appended]:
    services = client.services
    return record_ties(services.ledger, items, source=client.source, now=services.clock.now())


def _acknowledge(client: Client, items: Sequence[CheckInInput]) -> list[Appended]:
    return acknowledge(client.services, items, source=client.source)


def _resource(name: str, model: type[Item], append: Append, kind: RecordKind, *, single: bool = True) -> APIRouter:
    """Return the routes of one resource: POST, POST /batch, GET and GET by id."""
    router = APIRouter(route_class=JsonRoute, prefix=f"/v1/{name}", tags=[name])
    writer = Annotated[Client, Depends(require_scope(f"{name}:write"))]

    def add(client: writer, item: model) -> Response:  # type: ignore[valid-type]
        return answers.sent(answers.answer_of_append(append(client, [item])[0]))

    def add_many(client: writer, body: Body) -> Response:
        return answer_batch(
            body, model, lambda items: [answers.answer_of_append(each) for each in append(client, items)]
        )

    title = name.replace("-", " ")
    if single:
        summary = f"Add one of the {title}"
        router.add_api_route("", add, methods=["POST"], status_code=201, response_model=Answer, summary=summary)
    router.add_api_route("/batch", add_many, methods=["POST"], openapi_extra=DOCUMENTED, summary=f"Add many {title}")
    if name != "ties":
        _add_reading(router, name, kind)
    return router


def _add_reading(router: APIRouter, name: str, kind: RecordKind) -> None:
    reader = Annotated[Client, Depends(require_scope(f"{name}:read"))]

    def page(
        client: reader,
        member: str | None = None,
        before: Position | None = None,
        limit: Limit = 100,
    ) -> dict[str, Any]:
        with client.services.ledger.read() as uow:
            found = uow.records.recent(member=member, kinds={kind}, limit=limit, before=before)
            own = private_positions(client.services, uow, found) if kind is RecordKind.CHECK_IN else set()
        client.note_read({each.member for each in found if each.member})
        following = found[-1].position if len(found) == limit else None
        return {name: [answers.record(each, own=each.position in own) for each in found], "next": following}

    def one(client: reader, id: str, source: str = "") -> dict[str, Any]:
        with client.services.ledger.read() as uow:
            found = uow.records.find(source or client.source, id)
        if found is None or found.kind is not kind:
            raise NotFound
        with client.services.ledger.read() as uow:
            own = kind is RecordKind.CHECK_IN and bool(private_positions(client.services, uow, [found]))
        client.note_read([found.member] if found.member else [])
        return answers.record(found, own=own)

    title = name.replace("-", " ")
    router.add_api_route("", page, methods=["GET"], summary=f"List {title}, newest first; `next` goes into `before`")
    router.add_api_route("/{id:path}", one, methods=["GET"], summary=f"Return one of the {title} by its id and source")


check_ins = _resource("check-ins", CheckInInput, _acknowledge, RecordKind.CHECK_IN, single=False)


def add_check_in(client: CheckInWriter, item: CheckInInput, answer: bool = True) -> Response:
    """Record a check-in durably; the answer carries the topics understood and who is worth meeting here now.

    With `answer=false` it is only acknowledged, and read a moment later.
    """
    if not answer:
        return answers.sent(answers.answer_of_append(_acknowledge(client, [item])[0]))
    return answers.sent(_show_check_in(client, check_in(client.services, item, source=client.source).for_others()))


def _show_check_in(client: Client, answered: CheckInAnswer) -> dict[str, Any]:
    return {
        "status": 201 if answered.fresh else 200,
        "id": answered.id,
        "position": answered.position,
        "fresh": answered.fresh,
        "understood": answered.understood,
        "topics": [asdict(each) for each in answered.topics],
        "people": [asdict(each) for each in answered.people],
        "choices": [{"topic": each.id, "label": each.label} for each in answered.choices],
        "more": f"{client.services.settings.base_url}/me",
    }


def put_first(app: FastAPI) -> None:
    """Add the route that is asked most to the application itself: an included router is searched twice."""
    documented: dict[str, Any] = {"tags": ["check-ins"], "summary": "Add a check-in", "response_model": Answer}
    app.add_api_route("/v1/check-ins", add_check_in, methods=["POST"], status_code=201, **documented)


routers = [
    check_ins,
    _resource("attendance", AttendanceInput, _attend, RecordKind.ATTENDED),
    _resource("registrations", RegistrationInput, _attend, RecordKind.REGISTERED),
    _resource("ties", TieInput, _tie, RecordKind.TIE),
]
