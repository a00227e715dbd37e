"""One life of a process that takes check-ins, projects and sends mail, until it is killed.

The first process imports everything once and forks a life each time, so that fifty lives take seconds. A life tells
what it has acknowledged, one line each, through a pipe; the parent kills it in the middle of its work.
"""

import json
import os
import random
import select
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from serendipity.bootstrap import build_services
from serendipity.config import Settings
from serendipity.domain.errors import SerendipityError
from serendipity.domain.model import Member, Mention, Message, Purpose, Stance, Understanding
from serendipity.intake.inputs import CheckInInput, MemberInput
from serendipity.intake.members import join_all
from serendipity.ports import Channel
from serendipity.topics.phrases import normalise
from serendipity.topics.vocabulary import Vocabulary
from serendipity.usecases.check_in.check_in import check_in
from serendipity.usecases.services import Services
from serendipity.usecases.topics.reading import Reader
from serendipity.usecases.upkeep.graph import catch_up
from serendipity.usecases.upkeep.worker_turns import deliver
from tests.integration.projection.stores import POINTS, InFront

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
MEMBERS = ("m1", "m2", "m3", "m4")
TEXTS = ("big data and marketing", "marketing automation", "big data, privacy", "privacy and robotics", "robotics")
SENT = "sent.log"
CHANNEL_POINTS = ("before send", "after send")
MOST_ANSWERS = 12


class WordExtractor:
    """Knows a topic by its label alone: enough for a process whose end matters, not its understanding."""

    version = "words"

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def refresh(self, vocabulary: Vocabulary) -> None:
        """Take in what changed."""
        self._vocabulary = vocabulary

    def understand(self, text: str, *, stance: Stance = Stance.INTEREST) -> Understanding:
        """Find the parts of a text that are phrases of topics."""
        phrases = [normalise(part) for part in text.replace(" and ", ",").split(",")]
        found = [(phrase, self._vocabulary.find(phrase)) for phrase in phrases]
        return Understanding(mentions=tuple(Mention(phrase=p, topic=t, stance=stance) for p, t in found if t))


@dataclass
class LifeClock:
    """Real time, moved on by an hour a life so that leases of the dead run out."""

    life: int
    began: datetime

    def now(self) -> datetime:
        """Return the time of this life."""
        return START + timedelta(hours=self.life) + (datetime.now(UTC) - self.began)


@dataclass
class MortalGraph(InFront):
    """Kills its process at a named point."""

    dies_at: str | None = None

    def reach(self, point: str) -> None:
        if point == self.dies_at:
            die()


@dataclass
class MortalChannel:
    """Notes what it hands over in a file, which is what a mail server would know, and may kill its process."""

    channel: Channel
    log: Path
    dies_at: str | None

    def send(self, message: Message, to: Member, reply_to: Sequence[Member]) -> None:
        if self.dies_at == "before send":
            die()
        self.channel.send(message, to, reply_to)
        with self.log.open("a") as log:
            log.write(f"{message.id}\n")
        if self.dies_at == "after send":
            die()


def die() -> None:
    """End this process as `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)


def open_services(folder: Path, *, life: int, dies_at: str | None = None) -> Services:
    """The services of one life."""
    settings = Settings(data_dir=folder)
    clock = LifeClock(life, datetime.now(UTC))
    services = build_services(settings, clock=clock)
    channel = MortalChannel(services.channels["email"], folder / SENT, dies_at)
    return replace(
        services,
        graph=MortalGraph(services.graph, dies_at=dies_at),
        reader=Reader(services.ledger, WordExtractor),
        channels={"email": channel},
        name="worker",
    )


def prepare(folder: Path) -> None:
    """Let the members join, once."""
    services = open_services(folder, life=0)
    services.graph.migrate()
    joining = [
        MemberInput(id=id, name=id, email=f"{id}@example.org", purposes=frozenset({Purpose.MATCHING})) for id in MEMBERS
    ]
    with services.ledger.write() as uow:
        join_all(uow, joining, source="test", now=START, scrub=services.scrub)
    services.graph.close()
    services.ledger.close()


def live(folder: Path, life: int, dies_at: str | None, acknowledged: int) -> None:
    """Check in, tell so, project and send, again and again."""
    services = open_services(folder, life=life, dies_at=dies_at)
    number = 0
    while True:
        number += 1
        id = f"{life}-{number}"
        item = CheckInInput(id=id, member=MEMBERS[number % 4], text=TEXTS[(life + number) % 5])
        check_in(services, item, source="kiosk")
        os.write(acknowledged, f"{id}\n".encode())
        with services.ledger.write() as uow:
            uow.outbox.add(mail(id, item.member, services.clock.now()))
        if number % 2 == 0:
            catch_up(services)
        with suppress(SerendipityError):
            deliver(services)


def mail(id: str, member: str, now: datetime) -> Message:
    """A mail of which nobody may get two."""
    return Message(
        id=f"mail-{id}",
        member=member,
        kind="note",
        subject=id,
        text=id,
        html=id,
        locale="en",
        queued_at=now,
        next_at=now,
    )


def one_life(folder: Path, life: int, rng: random.Random) -> list[str]:
    """Fork a life and end it at a random moment or point; return what it acknowledged."""
    points = (*POINTS, *CHANNEL_POINTS)
    dies_at = points[life // 2 % len(points)] if life % 2 else None
    answers, acknowledged = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(answers)
        live(folder, life, dies_at, acknowledged)
    os.close(acknowledged)
    heard = _listen(answers, until=rng.randint(1, MOST_ANSWERS), then_seconds=rng.uniform(0, 0.05))
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    heard += _rest(answers)
    os.close(answers)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise SystemExit(f"life {life} ended by itself: {status}")
    return heard.decode().splitlines()


def _listen(answers: int, *, until: int, then_seconds: float) -> bytes:
    """Wait for so many answers, or the end, and then a little longer."""
    heard = b""
    while heard.count(b"\n") < until:
        part = os.read(answers, 4096)
        if not part:
            return heard
        heard += part
    select.select([], [], [], then_seconds)
    return heard


def _rest(answers: int) -> bytes:
    heard = b""
    while part := os.read(answers, 4096):
        heard += part
    return heard


def main(folder: Path, lives: int, seed: int) -> None:
    """Live and die so many times; print what was acknowledged, as JSON."""
    prepare(folder)
    rng = random.Random(seed)
    acknowledged = [id for life in range(1, lives + 1) for id in one_life(folder, life, rng)]
    sys.stdout.write(json.dumps(acknowledged))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
