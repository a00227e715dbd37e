"""A small installation: a place, four members who agreed to everything, and a reader that knows words only."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from serendipity.bootstrap import build_services
from serendipity.config import Settings
from serendipity.domain.model import Mention, Purpose, Stance, Understanding
from serendipity.intake import members
from serendipity.intake.check_ins import record_check_ins
from serendipity.intake.events import open_place
from serendipity.intake.inputs import CheckInInput, MemberInput, PlaceInput
from serendipity.topics.phrases import normalise
from serendipity.topics.vocabulary import Vocabulary
from serendipity.usecases.services import Services
from serendipity.usecases.topics.reading import Reader
from tests.fakes import FakeClock


@dataclass
class Words:
    """Takes every word of a text for a phrase, and cannot read a text that says so."""

    vocabulary: Vocabulary
    version: str = "words"
    cannot: str = "unreadable"

    def understand(self, text: str, *, stance: Stance = Stance.INTEREST) -> Understanding:
        """Return each word with the topic that it names."""
        if self.cannot in text:
            raise ValueError(text)
        found = [(normalise(word), self.vocabulary.find(normalise(word))) for word in text.split()]
        mentions = tuple(Mention(phrase=phrase, topic=topic, stance=stance) for phrase, topic in found)
        return Understanding(mentions=mentions, extractor=self.version)

    def refresh(self, vocabulary: Vocabulary) -> None:
        """Look in the vocabulary as it is now."""
        self.vocabulary = vocabulary


@contextmanager
def installation(folder: Path, clock: FakeClock) -> Iterator[Services]:
    """Yield a fresh installation in a folder."""
    built = build_services(Settings(data_dir=folder, match_held_back=0, match_by_lot=0), clock=clock, prepare=False)
    built.ledger.migrate()
    built.graph.migrate()
    with built.ledger.write() as uow:
        open_place(uow, PlaceInput(id="main", name="The house"))
        for name in ("ada", "bob", "cas", "dee"):
            joining = MemberInput(id=name, name=name, email=f"{name}@example.org", purposes=frozenset(Purpose))
            members.join(uow, joining, source="test", now=clock.now(), scrub=built.scrub)
    yield replace(built, reader=Reader(built.ledger, Words))
    built.graph.close()
    built.ledger.close()


def say(services: Services, member: str, text: str, at: datetime | None = None, **fields: object) -> int:
    """Let a member check in at the place; returns the position."""
    item = CheckInInput.model_validate({"member": member, "text": text, "place": "main", "at": at, **fields})
    with services.ledger.write() as uow:
        now = services.clock.now()
        return record_check_ins(uow, [item], source="test", now=now, scrub=services.scrub)[0].record.position
