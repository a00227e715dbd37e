"""/v1/learning: what was learned from outcomes, how it was tried, and what came of introductions lately."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from serendipity.commands.outcome_learning import Version, versions
from serendipity.commands.own_numbers import own_numbers
from serendipity.matching.leanings import leanings
from serendipity.web.api.keys import Client, allowed

router = APIRouter(prefix="/v1/learning", tags=["runs"])
Reader = Annotated[Client, Depends(allowed("runs:read"))]


@router.get("")
def show(client: Reader) -> dict[str, Any]:
    """Return all versions, the one in force first, and the numbers of introductions (rates with 95 % intervals)."""
    with client.services.ledger.read() as uow:
        known = versions(uow)
    numbers = own_numbers(client.services, client.services.clock.now())
    return {"versions": [_version(each) for each in known], "numbers": asdict(numbers)}


def _version(version: Version) -> dict[str, Any]:
    """Return a version; one without `leanings` leaves scores as they are, one that `restores` another is held."""
    learned = version.propensity
    return {
        "number": version.number,
        "at": version.at.isoformat(),
        "outcomes": learned.outcomes if learned else 0,
        "restores": version.restores,
        "tried": version.tried,
        "leanings": [asdict(each) for each in leanings(learned)] if learned else None,
    }
