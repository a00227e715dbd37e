"""Names of members become no phrases, and what was taken for one before leaves with them; words stay words."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from serendipity.bootstrap import build_services
from serendipity.config import Settings
from serendipity.domain.model import RecordKind
from serendipity.intake import members
from serendipity.intake.inputs import CheckInInput, MemberChanges, MemberInput
from serendipity.topics.vocabulary import VOCABULARY_KINDS, Vocabulary
from serendipity.upkeep.erasure import finish_erasures, leave_no_traces
from serendipity.usecases.check_in.check_in import check_in
from serendipity.usecases.members import personal_data
from serendipity.usecases.services import Services
from serendipity.usecases.topics import curation
from serendipity.usecases.topics import proposals as phrases
from serendipity.usecases.topics.curation import Decision, decide
from serendipity.usecases.upkeep.graph import catch_up, publish
from tests.fakes import FakeClock


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """An installation in which Bram is a member."""
    found = build_services(Settings.model_validate({"data_dir": tmp_path / "data"}), clock=FakeClock())
    found.graph.migrate()
    join(found, "bram", "Bram de Wit")
    yield found
    found.graph.close()
    found.ledger.close()


def join(services: Services, id: str, name: str) -> None:
    """Let somebody join."""
    item = MemberInput(id=id, name=name)
    with services.ledger.write() as uow:
        members.join(uow, item, source="tests", now=services.clock.now(), scrub=services.scrub)


def rename(services: Services, id: str, name: str) -> None:
    """Let somebody take another name."""
    with services.ledger.write() as uow:
        members.change(uow, id, MemberChanges(name=name), now=services.clock.now(), scrub=services.scrub)


def say(services: Services, text: str) -> None:
    """Let Bram say something, read as it comes."""
    check_in(services, CheckInInput(member="bram", text=text), source="tests")


def erase(services: Services, id: str) -> None:
    """Erase somebody, and do what the worker does within a minute."""
    personal_data.erase(services, id, by="tests")
    catch_up(services)
    finish_erasures(services.ledger, services.graph)
    publish(services)
    services.snapshots.tidy()
    assert leave_no_traces(services)


def said(services: Services, among: Collection[str]) -> set[str]:
    """Which of these phrases the ledger counts as said by somebody."""
    with services.ledger.read() as uow:
        found = uow.records.members_mentioning([f"phrase:{phrase}" for phrase in among])
    return {ref.removeprefix("phrase:") for ref in found}


def times_readable(services: Services, text: str) -> int:
    """How often a text stands in any file of the data folder."""
    files = [path for path in services.settings.data_dir.rglob("*") if path.is_file()]
    return sum(path.read_bytes().lower().count(text.lower().encode()) for path in files)


def test_a_member_s_name_is_not_kept_as_a_phrase(services: Services) -> None:
    """Nor is what it consists of; what else the text says is understood as ever."""
    join(services, "zwaantje", "Zwaantje Oudekerk")
    say(services, "Zwaantje Oudekerk showed me her Kafka pipelines")
    catch_up(services)
    assert said(services, {"zwaantje oudekerk", "zwaantje", "oudekerk"}) == set()
    assert said(services, {"kafka pipeline"}) == {"kafka pipeline"}


def test_an_earlier_name_is_in_no_phrase_either(services: Services) -> None:
    """Who was called so is not known any more when they are erased: it stands in Bram's text alone."""
    join(services, "zwaantje", "Zwaantje Oudekerk")
    say(services, "Zwaantje Oudekerk showed me her Kafka pipelines")
    rename(services, "zwaantje", "Zwaantje Nieuwkoop")
    erase(services, "zwaantje")
    assert times_readable(services, "Zwaantje Oudekerk") == 1
    assert times_readable(services, "Oudekerk") == 1


def test_words_that_say_something_else_stay(services: Services) -> None:
    """Rose Dash is a name; roses and dashes are none, and what nobody else says goes."""
    say(services, "Growing a rose garden. Rose Dash and me. A new dash. Some quibbelaar. All in Python")
    join(services, "rose", "Rose Dash")
    join(services, "other", "Python Quibbelaar")
    assert said(services, {"rose dash", "dash", "quibbelaar"}) == {"rose dash", "dash", "quibbelaar"}
    erase(services, "rose")
    erase(services, "other")
    assert said(services, {"rose dash", "quibbelaar"}) == set()
    assert said(services, {"dash", "rose garden"}) == {"dash", "rose garden"}
    assert services.reader.refresh().find("Python") is not None


def test_a_topic_that_a_manager_made_stays(services: Services) -> None:
    """Somebody's name is also what a community works on."""
    join(services, "ada", "Hannah Quibbelaar")
    id = curation.add(services, "Hannah Quibbelaar", by="manager:m")
    decide(services, Decision(kind=RecordKind.PHRASE_BLOCKED, data={"phrase": "hannah quibbelaar"}), by="manager:m")
    erase(services, "ada")
    vocabulary = services.reader.refresh()
    assert vocabulary.topic(id) is not None
    assert vocabulary.is_blocked("hannah quibbelaar")


def test_what_managers_decided_about_a_name_leaves_with_it(services: Services) -> None:
    """They blocked it, or kept it apart from another; who decided is still known, and other decisions hold."""
    join(services, "zwaantje", "Zwaantje Nieuwkoop")
    blocked = {"phrase": "Zwaantje Nieuwkoop"}
    apart = {"phrase": "swan lake", "other": "zwaantje nieuwkoop"}
    decide(services, Decision(kind=RecordKind.PHRASE_BLOCKED, data=blocked), by="manager:m")
    decide(services, Decision(kind=RecordKind.PHRASE_KEPT_APART, data=apart), by="manager:m")
    decide(services, Decision(kind=RecordKind.PHRASE_BLOCKED, data={"phrase": "small talk"}), by="manager:m")
    erase(services, "zwaantje")

    assert times_readable(services, "Zwaantje Nieuwkoop") == 0
    with services.ledger.read() as uow:
        vocabulary = Vocabulary(uow.records.after(0, limit=10_000, kinds=VOCABULARY_KINDS))
        latest = curation.latest_decisions(services, uow, limit=9)
        assert phrases.proposals(services, uow) == []
    assert vocabulary.blocked() == ["small talk"]
    assert [(each.data["phrase"], each.who) for each in latest] == [("small talk", "manager:m")]


def test_a_phrase_with_a_surname_is_proposed_to_nobody(services: Services) -> None:
    """A surname that is a word as well is left alone."""
    join(services, "sara", "Sara Idrissi")
    join(services, "ann", "Ann Baker")
    say(services, "The Idrissi method, and a baker percentage calculator")

    with services.ledger.read() as uow:
        proposed = {each.phrase for each in phrases.proposals(services, uow)}

    assert not any("idrissi" in phrase for phrase in proposed)
    assert any("baker" in phrase for phrase in proposed)
