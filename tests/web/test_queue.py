"""The manager's queue when it is long."""

from fastapi.testclient import TestClient

from serendipity.domain.model import Match, Reason
from serendipity.introductions import queue
from serendipity.web.manage.queue import SHOWN
from tests.web.conftest import Community


def test_a_search_finds_what_is_not_among_the_first_shown(community: Community, manager: TestClient) -> None:
    """The page says that there are more, and the name of somebody in the last of them finds it."""
    nora, *others = [community.member(f"{name} Visser") for name in ("Nora", *(f"N{n}" for n in range(SHOWN + 1)))]
    with community.services.ledger.write() as uow:
        for number, other in enumerate(others):
            score = 1 - number / 100
            reasons = (Reason(kind="shared_topic", weight=1, topics=("big-data",)),)
            match = Match(member=nora.id, other=other.id, score=score, relevance=1, unexpectedness=1, reasons=reasons)
            policy = community.services.introductions
            queue.propose(uow, match, run="r-1", now=community.clock.now(), policy=policy)

    first, found = manager.get("/manage").text, manager.get("/manage", params={"search": others[-1].name}).text

    assert f"the first {SHOWN} are shown" in first
    assert others[-1].name not in first
    assert others[-1].name in found
    assert "1 shown" in found
