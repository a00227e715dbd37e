"""/v1/members: people who take part, their consent, and their matches."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from serendipity.domain.model import Member, Purpose
from serendipity.intake import members
from serendipity.intake.inputs import MemberChanges, MemberInput
from serendipity.ports import UnitOfWork
from serendipity.usecases.members.consents import update_consents
from serendipity.usecases.members.personal_data import erase
from serendipity.usecases.members.private_texts import private_profiles
from serendipity.usecases.members.program_actions import change_parts, join_members, set_paused
from serendipity.web.api import answers
from serendipity.web.api.batch import DOCUMENTED, Body, answer_batch
from serendipity.web.api.json_route import JsonRoute
from serendipity.web.api.keys import Client, require_scope
from serendipity.web.api.matches import matches_of, with_explanations

router = APIRouter(route_class=JsonRoute, prefix="/v1/members", tags=["members"])
Reader = Annotated[Client, Depends(require_scope("members:read"))]
Writer = Annotated[Client, Depends(require_scope("members:write"))]
Matcher = Annotated[Client, Depends(require_scope("matches:read"))]
Limit = Annotated[int, Query(ge=1, le=1000)]


class ConsentChange(BaseModel):
    """Whether a member agrees to a purpose, and to which wording."""

    given: bool
    wording: str = members.WORDING


@router.post("", status_code=201)
def add(client: Writer, item: MemberInput, response: Response) -> dict[str, Any]:
    """Add a member or guest, with their profile and the purposes they agreed to."""
    [answer] = _join(client, [item])
    response.status_code = answer.pop("status")
    return answer


@router.post("/batch", openapi_extra=DOCUMENTED)
def add_many(client: Writer, body: Body) -> Response:
    """Add many members, one a line."""
    return answer_batch(body, MemberInput, lambda items: _join(client, items))


@router.get("")
def page(client: Reader, after: str = "", search: str = "", limit: Limit = 100) -> dict[str, Any]:
    """List members by id; `next` goes into `after` for the following ones."""
    with client.services.ledger.read() as uow:
        found = uow.members.page(after=after, limit=limit, search=search)
        shown = _show_all(client, uow, found)
    client.note_read(each.id for each in found)
    return {"members": shown, "next": found[-1].id if len(found) == limit else None}


@router.get("/{id}")
def one(client: Reader, id: str) -> dict[str, Any]:
    """Return a member."""
    with client.services.ledger.read() as uow:
        [shown] = _show_all(client, uow, [uow.members.get(id)])
    client.note_read([id])
    return shown


@router.patch("/{id}")
def change(client: Writer, id: str, changes: MemberChanges) -> dict[str, Any]:
    """Change parts of a profile; what is left out stays."""
    services = client.services
    changed = change_parts(services.ledger, id, changes, scrub=services.scrub, now=services.clock.now())
    return _answer(client, changed)


@router.put("/{id}/consents/{purpose}")
def consent(client: Writer, id: str, purpose: Purpose, change: ConsentChange) -> dict[str, Any]:
    """Give or withdraw a member's consent for one purpose."""
    services, now = client.services, client.services.clock.now()
    wanted, by = {purpose: change.given}, f"key:{client.key.id}"
    member = update_consents(services.ledger, services.opt_in(), id, wanted, by=by, now=now, wording=change.wording)
    return _answer(client, member)


@router.put("/{id}/status")
def status(client: Writer, id: str, status: Literal["active", "paused"]) -> dict[str, Any]:
    """Pause a member, or end their pause."""
    return _answer(client, set_paused(client.services.ledger, id, paused=status == "paused"))


@router.delete("/{id}", status_code=204)
def remove(client: Writer, id: str) -> None:
    """Erase a member everywhere."""
    erase(client.services, id, by=f"key:{client.key.id}")


@router.get("/{id}/matches")
def matches(client: Matcher, id: str, limit: Annotated[int, Query(ge=1, le=10)] = 10) -> dict[str, Any]:
    """Return whom a member should meet now, with the reasons; nobody is introduced by asking."""
    found = matches_of(client.services, id, limit=limit)
    client.note_read({id, *(member for match in found for member in match.members)})
    return {"member": id, "matches": with_explanations(client.services, found)}


def _join(client: Client, items: Sequence[MemberInput]) -> list[dict[str, Any]]:
    joined, now = join_members(client.services, items, source=client.source), client.services.clock.now()
    named = [_answer_joining(each, now=now, own=each.id in joined.private) for each in joined.members]
    return [{"status": 200 if each["id"] in joined.known else 201, **each} for each in named]


def _answer(client: Client, member: Member) -> dict[str, Any]:
    with client.services.ledger.read() as uow:
        [shown] = _show_all(client, uow, [member])
    client.note_read([member.id])
    return shown


def _answer_joining(member: Member, *, now: datetime, own: bool) -> dict[str, Any]:
    """Return a member in answer to their joining: a program reads what it sent, and of others what is open."""
    answer = answers.member(member, now=now, own=own)
    answer["standing"] = answer.pop("status")
    return answer


def _show_all(client: Client, uow: UnitOfWork, found: Sequence[Member]) -> list[dict[str, Any]]:
    own = private_profiles(client.services, uow, found)
    now = client.services.clock.now()
    return [answers.member(each, now=now, own=each.id in own) for each in found]
