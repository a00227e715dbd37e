"""The services of a process: chosen once in bootstrap, passed to use cases."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import BoundedSemaphore
from typing import Protocol

from serendipity.domain.graph import HalfLives
from serendipity.domain.mail import Mail
from serendipity.domain.model import Topic
from serendipity.domain.projection_state import Standing
from serendipity.introductions.settings import IntroductionSettings
from serendipity.introductions.workflow import OptIn
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.snapshot import Snapshot
from serendipity.outreach.settings import OutreachSettings
from serendipity.ports import Channel, Clock, Composer, GraphStore, Ledger
from serendipity.projection import CurrentStanding, Projector
from serendipity.topics.scrub import scrub_for_ledger
from serendipity.topics.understandings import understanding_from
from serendipity.topics.vocabulary import Vocabulary
from serendipity.usecases.check_in.group_commit import GroupCommit
from serendipity.usecases.members.traces import Traces
from serendipity.usecases.topics.reading import Reader


class SnapshotShelf(Protocol):
    """Store of snapshots of the graph: the worker publishes them, everybody reads the latest."""

    def latest(self) -> Snapshot | None:
        """Return the newest snapshot, None while there is none."""
        ...

    def publish(self, snapshot: Snapshot) -> None:
        """Make a snapshot the newest, at once and whole."""
        ...

    def published_at(self) -> datetime | None:
        """Return when the newest snapshot was published, None while there is none."""
        ...

    def tidy(self) -> None:
        """Remove earlier snapshots."""
        ...


class MailShelf(Protocol):
    """Mails that were handed over into a folder, to be read on a page."""

    def all(self) -> Sequence[Mail]:
        """Return the mails, the latest first."""
        ...

    def one(self, id: str) -> Mail:
        """Return one mail. Raises NotFound."""
        ...


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """Settings of the installation that pages and commands read."""

    community: str = "Our community"
    base_url: str = "http://127.0.0.1:8080"
    languages: tuple[str, ...] = ("en", "nl")
    default_locale: str = "en"
    zone: str = "UTC"
    embed_origins: tuple[str, ...] = ()
    session_lasts: timedelta = timedelta(hours=12)
    secure_cookies: bool = False
    data_dir: Path = Path("data")
    per_month: int = 4
    freeze: timedelta = timedelta(days=180)
    active: timedelta = timedelta(days=180)
    outcome: timedelta = timedelta(days=180)


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything a command may use."""

    ledger: Ledger
    graph: GraphStore
    reader: Reader
    clock: Clock
    channels: Mapping[str, Channel]
    composer: Composer
    snapshots: SnapshotShelf
    settings: ServiceSettings
    half_lives: HalfLives = field(default_factory=HalfLives)
    matching: MatchSettings = field(default_factory=MatchSettings)
    introductions: IntroductionSettings = field(default_factory=IntroductionSettings)
    outreach: OutreachSettings = field(default_factory=OutreachSettings)
    new_graph: Callable[[HalfLives], GraphStore]
    mails: MailShelf | None = None
    forget_mails: Callable[[Traces], object] = lambda traces: None
    note_erasure: Callable[[str, datetime], None]
    name: str = "serendipity"
    projection_batch: int = 2000
    # Held while an answer is worked out: many threads at it in one interpreter only wait for each other.
    answering: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(2))

    def scrub(self, text: str) -> str:
        """Return a text as it may be stored: without contact data and control characters."""
        return scrub_for_ledger(text)

    def projector(self, *, batch: int | None = None) -> Projector:
        """Return a projector of the ledger into the graph."""
        return Projector(self.ledger, self.graph, self.half_lives, new_standing, batch=batch or self.projection_batch)

    @cached_property
    def group_commit(self) -> GroupCommit:
        """The group commit that threads writing single check-ins share."""
        return GroupCommit(self.ledger)

    @cached_property
    def migrated_graph(self) -> GraphStore:
        """The graph, migrated when it first answers. Raises GraphUnavailable until then."""
        self.graph.migrate()
        return self.graph

    @cached_property
    def keeper(self) -> Projector:
        """The projector of this process: it keeps what it knows of the standing from one turn to the next."""
        return self.projector()

    @cached_property
    def standing(self) -> CurrentStanding:
        """The current projection state, for questions to the records themselves."""
        return CurrentStanding(new_standing)

    def opt_in(self) -> OptIn:
        """Return the double opt-in."""
        return OptIn(composer=self.composer, topics=self.topics, settings=self.introductions)

    def topics(self) -> dict[str, Topic]:
        """Return the topics as they stand now, by id."""
        return {topic.id: topic for topic in self.reader.refresh().topics()}


def new_standing() -> Standing:
    """Return a standing at position 0, with an empty vocabulary."""
    return Standing(Vocabulary(), lambda data: understanding_from(data).mentions)
