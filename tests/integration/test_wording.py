"""What counts of how members put things: all words said openly before a moment, in texts with nothing sensitive."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from serendipity.commands.graph_upkeep import catch_up, snapshot_as_of
from serendipity.commands.histories import wording_before
from serendipity.commands.reading import seed_vocabulary
from serendipity.domain.model import Visibility
from serendipity.matching.edges import of_pairs
from tests.fakes import FakeClock
from tests.integration.small_house import installation, say

OF_ADA = "Weaving baskets"


@pytest.mark.parametrize(
    ("text", "fields", "likeness"),
    [
        ("Weaving baskets", {}, 1.0),
        ("Weaving on and on again", {"seeks": "baskets"}, 1.0),
        ("Weaving baskets", {"visibility": Visibility.PRIVATE}, 0.0),
        ("Weaving baskets against depression", {}, 0.0),
    ],
)
def test_private_and_sensitive_texts_do_not_count(
    tmp_path: Path, text: str, fields: dict[str, Any], likeness: float
) -> None:
    """Bob puts it as Ada does; what he said after the moment is not known yet."""
    clock = FakeClock()
    with installation(tmp_path, clock) as services:
        seed_vocabulary(services.ledger, services.reader, now=clock.now())
        say(services, "ada", OF_ADA)
        say(services, "bob", text, **fields)
        for n in range(20):
            say(services, "cas", f"Number{n} of many")
            say(services, "dee", f"Other{n} things")
        say(services, "dee", f"{OF_ADA} tightly")
        moment = clock.now() + timedelta(minutes=1)
        clock.forward(minutes=2)
        say(services, "bob", "Zeppelins")
        catch_up(services)
        snapshot = snapshot_as_of(services, moment)

        words = wording_before(services.ledger, snapshot, moment, services.reader.refresh())
        rows = snapshot.rows(["ada", "bob"])

        assert words.of_pairs(rows[:1], rows[1:])[0] == pytest.approx(likeness, abs=0.01)
        assert bool(of_pairs(words.phrases, rows[:1], rows[1:])[0] > 0) == bool(likeness)
