"""What counts of how members put things: all words said openly before a moment, in texts with nothing sensitive."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from serendipity.domain.model import NewRecord, RecordKind, Visibility
from serendipity.intake import events, members
from serendipity.intake.inputs import TieInput
from serendipity.matching.snapshot.edges import of_pairs
from serendipity.usecases.learning.history_queries import ties_before, word_profiles_before
from serendipity.usecases.services import Services
from serendipity.usecases.topics.reading import seed_vocabulary
from serendipity.usecases.upkeep.graph import catch_up, snapshot_as_of
from tests.fakes import FakeClock
from tests.integration.small_house import installation, say
from tests.integration.test_rare_turns import add_topics

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

        words = word_profiles_before(services.ledger, snapshot, moment)
        rows = snapshot.rows(["ada", "bob"])

        assert words.of_pairs(rows[:1], rows[1:])[0] == pytest.approx(likeness, abs=0.01)
        assert bool(of_pairs(words.phrases, rows[:1], rows[1:])[0] > 0) == bool(likeness)


@pytest.mark.parametrize("kind", [RecordKind.TOPIC_STRUCK, RecordKind.TOPIC_HIDDEN])
def test_a_text_with_what_its_member_struck_out_or_hides_does_not_count(tmp_path: Path, kind: RecordKind) -> None:
    """Bob says what Ada says, about carpentry, which he takes back."""
    clock = FakeClock()
    with installation(tmp_path, clock) as services:
        add_topics(services, "carpentry")
        for member in ("ada", "bob"):
            say(services, member, "carpentry of hulls")
        say(services, "dee", "carpentry of hulls in winter")
        for n in range(20):
            say(services, "cas", f"Number{n} of many")
        clock.forward(minutes=2)
        catch_up(services)
        before = _likeness(services, clock)
        with services.ledger.write() as uow:
            data = {"topic": "carpentry"}
            uow.records.append([NewRecord(kind=kind, source="test", id="1", at=clock.now(), member="bob", data=data)])
        catch_up(services)

        assert before == pytest.approx(1.0, abs=0.01)
        assert _likeness(services, clock) == 0.0


def test_merged_members_are_tied_as_one(tmp_path: Path) -> None:
    """Who was tied to a duplicate is tied to the one who stays, since then; the two are not tied to each other."""
    clock = FakeClock()
    with installation(tmp_path, clock) as services:
        now = clock.now()
        with services.ledger.write() as uow:
            days = {("bob", "cas"): 9, ("ada", "cas"): 2, ("ada", "bob"): 1}
            ties = [TieInput(member=a, other=b, at=now - timedelta(days=each)) for (a, b), each in days.items()]
            events.tie(uow, ties, source="test", now=now)
            members.merge(uow, "bob", "ada", now=now)
        [(pair, tied)] = ties_before(services.ledger, now).items()

    assert pair == ("ada", "cas")
    assert now - tied.first == timedelta(days=9)


def _likeness(services: Services, clock: FakeClock) -> float:
    snapshot = snapshot_as_of(services, clock.now())
    rows = snapshot.rows(["ada", "bob"])
    return float(word_profiles_before(services.ledger, snapshot, clock.now()).of_pairs(rows[:1], rows[1:])[0])
