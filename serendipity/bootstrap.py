"""The composition root: the only place that chooses implementations."""

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

from serendipity.channels.files import FileChannel, MailFolder
from serendipity.channels.mime import Sender
from serendipity.channels.smtp import Security, SmtpChannel, SmtpServer
from serendipity.config import Settings
from serendipity.domain.graph import HalfLives
from serendipity.introductions.settings import IntroductionSettings, Review
from serendipity.matching.settings import MatchSettings
from serendipity.outreach.render import MailComposer
from serendipity.outreach.settings import OutreachSettings
from serendipity.ports import Channel, Clock, GraphStore
from serendipity.stores.graph_embedded import open_embedded_graph
from serendipity.stores.graph_memory import MemoryGraph
from serendipity.stores.graph_neo4j import open_neo4j_graph
from serendipity.stores.ledger_sql import open_ledger
from serendipity.stores.snapshots import SnapshotFolder
from serendipity.topics.pipeline import build_extractor
from serendipity.topics.vocabulary import Vocabulary
from serendipity.upkeep.erasures import note_erasure
from serendipity.usecases.services import Services, ServiceSettings
from serendipity.usecases.topics.reading import Reader, VocabularyExtractor, seed_vocabulary


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.now(UTC)


def build_services(settings: Settings, *, clock: Clock | None = None, prepare: bool = True) -> Services:
    """Return the services that the settings ask for; `prepare` migrates the stores and seeds the vocabulary.

    Raises LedgerUnavailable, MisconfiguredSetting. A graph that does not answer is no reason to stop: check-ins are
    taken, and it catches up.
    """
    clock = clock or SystemClock()
    _make_private(settings.data_dir)
    ledger = open_ledger(settings.ledger, clock=clock)
    reader = Reader(ledger, _extractor_builder(settings))
    if prepare:
        ledger.migrate()
        seed_vocabulary(ledger, reader, now=clock.now())
    outreach = _outreach(settings)
    half_lives = half_lives_of(settings)
    mails = settings.data_dir / "mails"
    return Services(
        ledger=ledger,
        graph=_graph(settings, half_lives),
        reader=reader,
        clock=clock,
        channels={"email": _channel(settings, clock, mails)},
        composer=MailComposer(settings=outreach),
        snapshots=SnapshotFolder(settings.data_dir / "snapshots"),
        settings=_service_settings(settings),
        half_lives=half_lives,
        matching=_matching(settings),
        introductions=_introductions(settings),
        outreach=outreach,
        new_graph=MemoryGraph,
        mails=MailFolder(folder=mails) if settings.channel == "file" else None,
        # Also where mails are sent now: they may have been kept before.
        forget_mails=MailFolder(folder=mails).forget,
        note_erasure=lambda member, at: note_erasure(settings.data_dir / "erasures.jsonl", member, at),
        name=f"{socket.gethostname()}:{os.getpid()}",
        projection_batch=settings.projection_batch,
    )


def half_lives_of(settings: Settings) -> HalfLives:
    """Return the half-lives that the settings name."""
    return HalfLives(
        interests=settings.half_life_interests,
        wants=settings.half_life_wants,
        affinity=settings.half_life_affinity,
        ties=settings.half_life_ties,
    )


def _make_private(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _extractor_builder(settings: Settings) -> Callable[[Vocabulary], VocabularyExtractor]:
    return lambda vocabulary: build_extractor(vocabulary, languages=settings.languages, models=settings.spacy_models)


def _graph(settings: Settings, half_lives: HalfLives) -> GraphStore:
    if settings.graph == "embedded":
        return open_embedded_graph(settings.data_dir / "graph.db", half_lives)
    password = settings.neo4j_password.get_secret_value() if settings.neo4j_password else ""
    return open_neo4j_graph(
        settings.neo4j_uri, settings.neo4j_user, password, half_lives, database=settings.neo4j_database
    )


def _channel(settings: Settings, clock: Clock, mails: Path) -> Channel:
    name, address = settings.sender
    sender = Sender(address=address, name=name)
    if settings.channel == "file":
        return FileChannel(folder=mails, sender=sender, clock=clock)
    server = SmtpServer(
        host=settings.smtp_host or "",
        port=settings.smtp_port,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        security=Security(settings.smtp_security),
    )
    return SmtpChannel(server=server, sender=sender, clock=clock)


def _service_settings(settings: Settings) -> ServiceSettings:
    return ServiceSettings(
        community=settings.community,
        base_url=settings.base_url.rstrip("/"),
        default_locale=settings.default_locale,
        zone=settings.zone,
        embed_origins=settings.embed_origins,
        session_lasts=timedelta(hours=settings.session_hours),
        secure_cookies=settings.cookies_are_secure,
        data_dir=settings.data_dir,
        per_month=settings.match_per_month,
        freeze=timedelta(days=settings.match_freeze_days),
        active=timedelta(days=settings.match_active_days),
        outcome=timedelta(days=settings.match_outcome_days),
    )


def _matching(settings: Settings) -> MatchSettings:
    return MatchSettings(
        cap=settings.match_per_member,
        group_size=settings.match_group_size,
        late_days=settings.match_late_days,
        held_back=settings.match_held_back,
        by_lot=settings.match_by_lot,
        exploration=settings.match_exploration,
        surprise=settings.surprise,
        recent_days=settings.match_freeze_days,
        same_organisation=settings.match_same_organisation,
    )


def _introductions(settings: Settings) -> IntroductionSettings:
    return IntroductionSettings(
        review=Review(settings.review),
        review_sample=settings.review_sample,
        review_above=settings.review_above,
        review_days=settings.review_days,
        answer_days=settings.answer_days,
        undo_minutes=settings.undo_minutes,
        follow_up_days=settings.follow_up_days,
    )


def _outreach(settings: Settings) -> OutreachSettings:
    return OutreachSettings(
        community=settings.community,
        base_url=settings.base_url.rstrip("/"),
        zone=settings.zone,
        quiet_from=time_of_day(settings.quiet_from),
        quiet_until=time_of_day(settings.quiet_until),
        per_day=settings.mails_per_day,
        answer_link_days=settings.link_days,
    )
