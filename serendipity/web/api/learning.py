"""/v1/learning: what was learned from outcomes, how it was tried, and what came of introductions lately."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from serendipity.matching.learning.coefficients import describe_coefficients
from serendipity.matching.learning.propensity import Propensity
from serendipity.usecases.introductions.product_metrics import compute_product_metrics
from serendipity.usecases.learning.model_versions import Version
from serendipity.usecases.learning.outcome_model import VERSIONS
from serendipity.usecases.learning.re_ranker import VERSIONS as JUDGEMENTS
from serendipity.usecases.learning.re_ranker import LearnedTieModel
from serendipity.web.api.json_route import JsonRoute
from serendipity.web.api.keys import Client, require_scope

router = APIRouter(route_class=JsonRoute, prefix="/v1/learning", tags=["runs"])
Reader = Annotated[Client, Depends(require_scope("runs:read"))]


@router.get("")
def show(client: Reader) -> dict[str, Any]:
    """Return all versions, the one in force first, and the numbers of introductions (rates with 95 % intervals).

    `versions` are learned from outcomes, `judgements` from first ties.
    """
    with client.services.ledger.read() as uow:
        known, judged = VERSIONS.all(uow), JUDGEMENTS.all(uow)
    numbers = compute_product_metrics(client.services, client.services.clock.now())
    return {
        "versions": [_version(each) for each in known],
        "judgements": [_judgement(each) for each in judged],
        "numbers": asdict(numbers),
    }


def _version(version: Version[Propensity]) -> dict[str, Any]:
    """Return a version; one without `leanings` leaves scores as they are, one that `restores` another is held."""
    learned = version.learned
    return {
        **_of_any(version),
        "outcomes": learned.outcomes if learned else 0,
        "leanings": [asdict(each) for each in describe_coefficients(learned)] if learned else None,
    }


def _judgement(version: Version[LearnedTieModel]) -> dict[str, Any]:
    """Return a version; one without `weights` leaves ranking to fusion, one that `restores` another is held."""
    tie_model = version.learned.tie_model if version.learned else None
    return {
        **_of_any(version),
        "first_ties": tie_model.pairs if tie_model else 0,
        "weights": dict(tie_model.strongest()) if tie_model else None,
    }


def _of_any(version: Version[Any]) -> dict[str, Any]:
    return {
        "number": version.number,
        "at": version.at.isoformat(),
        "restores": version.restores,
        "tried": version.tried,
    }
