"""What members seek, offer and leave behind becomes edges of the graph, each from the words that say so."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from serendipity.domain.decay import Weight
from serendipity.domain.graph import EdgeKey, EdgeKind, NodeKind
from serendipity.domain.model import RecordKind
from serendipity.intake.check_ins import record_check_ins
from serendipity.intake.inputs import CheckInInput
from serendipity.topics.understandings import understanding_from
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import read_and_project
from tests.fakes import FakeClock
from tests.integration.projection.community import join, services_in

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def told(folder: Path, *texts: str, seeks: str = "", offers: str = "") -> Services:
    """Let one member say these things, an hour apart, and project them; the fields go with the first."""
    services = services_in(folder, FakeClock(NOW + timedelta(days=1)))
    join(services, ("a",))
    inputs = [
        CheckInInput(
            id=f"c-{i}",
            member="a",
            text=text,
            at=NOW + timedelta(hours=i),
            seeks=seeks if i == 0 else "",
            offers=offers if i == 0 else "",
        )
        for i, text in enumerate(texts)
    ]
    with services.ledger.write() as uow:
        record_check_ins(uow, inputs, source="test", now=services.clock.now(), scrub=services.scrub)
    read_and_project(services)
    return services


def edges(services: Services, kind: EdgeKind) -> dict[str, float]:
    """Return the weights of the member's edges to topics."""
    found = services.graph.around(NodeKind.MEMBER, "a", {kind})
    return {key.target: weight.weight for key, weight in found.items() if isinstance(weight, Weight)}


def test_what_a_sentence_seeks_and_offers_becomes_an_edge_of_that_kind(tmp_path: Path) -> None:
    """In English, in Dutch and in a mix of both."""
    services = told(
        tmp_path,
        "Looking for a React developer. Kan helpen met subsidieaanvragen",
        "I offer hulp met boekhouding, op zoek naar a photographer",
    )

    assert edges(services, EdgeKind.SEEKS).keys() == {"react", "photography"}
    assert edges(services, EdgeKind.OFFERS).keys() == {"subsidy", "accounting"}


def test_the_fields_of_the_form_seek_and_offer_without_any_cue(tmp_path: Path) -> None:
    """A word is enough there."""
    services = told(tmp_path, "working on a webshop", seeks="fotograaf", offers="yoga")

    assert edges(services, EdgeKind.SEEKS).keys() == {"photography"}
    assert edges(services, EdgeKind.OFFERS).keys() == {"yoga"}


def test_what_a_member_no_longer_does_counts_against_the_interest_they_had(tmp_path: Path) -> None:
    """And against nothing else."""
    before = edges(told(tmp_path / "before", "crypto and podcasts"), EdgeKind.INTERESTED_IN)
    after = edges(told(tmp_path / "after", "crypto and podcasts", "no longer doing crypto"), EdgeKind.INTERESTED_IN)

    assert after["cryptocurrency"] < before["cryptocurrency"] / 2
    assert after["podcast"] > before["podcast"] * 0.9


def test_the_words_that_say_so_are_kept_with_the_understanding(tmp_path: Path) -> None:
    """Each mention says where in the text it stands, so that its sentence can be shown."""
    text = "Busy week! Looking for a React developer."
    services = told(tmp_path, text)

    with services.ledger.read() as uow:
        check_in = uow.records.after(0, limit=9, kinds={RecordKind.CHECK_IN})[0]
        made = uow.records.about([check_in.position])[check_in.position]
    assert made.data
    mention = next(m for m in understanding_from(made.data).mentions if m.topic == "react")
    assert text[mention.start : mention.end] == "React"
    assert EdgeKey(EdgeKind.SEEKS, "a", "react") in services.graph.around(NodeKind.MEMBER, "a", {EdgeKind.SEEKS})
