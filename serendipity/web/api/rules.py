"""/v1/rules: who must not be introduced to whom, and how surprising introductions are."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from serendipity.domain.model import MustNot
from serendipity.intake.inputs import MustNotInput
from serendipity.usecases.introductions.must_not import drop_rule, state_rule
from serendipity.usecases.members.match_preferences import in_force, set_surprise
from serendipity.web.api.json_route import JsonRoute
from serendipity.web.api.keys import Client, require_scope

router = APIRouter(route_class=JsonRoute, prefix="/v1/rules", tags=["rules"])
Reader = Annotated[Client, Depends(require_scope("rules:read"))]
Writer = Annotated[Client, Depends(require_scope("rules:write"))]
RULE = {
    "id": "rule-0f4c21ab77de",
    "one": ["m-1"],
    "other": ["organisation:Rival"],
    "why": "asked for it",
    "by": "key:key-1",
    "at": "2026-01-05T10:00:00+00:00",
}


class Dial(BaseModel):
    """Weight of surprise, from 0 (relevance alone) to 1; null goes back to the installation's setting."""

    surprise: Annotated[float, Field(ge=0, le=1)] | None = Field(examples=[0.3])


@router.get("/must-not", responses={200: {"content": {"application/json": {"example": {"rules": [RULE]}}}}})
def rules(client: Reader) -> dict[str, Any]:
    """List who must not be introduced to whom, newest first."""
    with client.services.ledger.read() as uow:
        return {"rules": [_rule(each) for each in uow.members.must_nots()]}


@router.post("/must-not", status_code=201, responses={201: {"content": {"application/json": {"example": RULE}}}})
def add(client: Writer, item: MustNotInput, response: Response) -> dict[str, Any]:
    """State that those of one side are never introduced to those of the other; what is on its way between them ends."""
    done = state_rule(client.services, item, by=f"key:{client.key.id}")
    response.status_code = 201 if done.fresh else 200
    return {**_rule(done.rule), "ended": done.ended}


@router.delete("/must-not/{id}", status_code=204)
def remove(client: Writer, id: str) -> None:
    """Take a rule back."""
    drop_rule(client.services.ledger, id, by=f"key:{client.key.id}", now=client.services.clock.now())


@router.get("/surprise", responses={200: {"content": {"application/json": {"example": {"surprise": 0.3}}}}})
def dial(client: Reader) -> dict[str, float]:
    """Return the community's dial of surprise."""
    with client.services.ledger.read() as uow:
        return {"surprise": in_force(client.services, uow).surprise}


@router.put("/surprise", responses={200: {"content": {"application/json": {"example": {"surprise": 0.3}}}}})
def turn_dial(client: Writer, chosen: Dial) -> dict[str, float]:
    """Turn the community's dial; it counts from the next run on."""
    services, by = client.services, f"key:{client.key.id}"
    now = services.clock.now()
    return {"surprise": set_surprise(services.ledger, services.matching, chosen.surprise, by=by, now=now)}


def _rule(rule: MustNot) -> dict[str, Any]:
    return {
        "id": rule.id,
        "one": list(rule.one),
        "other": list(rule.other),
        "why": rule.why,
        "by": rule.by,
        "at": rule.at.isoformat(),
    }
