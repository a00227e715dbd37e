"""Members who share words that are no topics, and tie themselves by those; later perhaps by their topics."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from serendipity.bootstrap import build_services
from serendipity.config import Settings
from serendipity.domain.model import Purpose
from serendipity.intake import events, members
from serendipity.intake.check_ins import record_check_ins
from serendipity.intake.events import open_place
from serendipity.intake.inputs import CheckInInput, MemberInput, PlaceInput, TieInput
from serendipity.usecases.services import Services
from serendipity.usecases.topics.reading import Reader
from serendipity.usecases.upkeep.graph import catch_up
from tests.fakes import FakeClock
from tests.integration.small_house import Words
from tests.integration.test_rare_turns import add_topics

CRAFTS = ("weaving", "pottery", "falconry", "carpentry", "glassblowing", "beekeeping")
LETTERS = "abcdefghijkl"
GUILD = 8
SIZE = GUILD * len(LETTERS)
SPAN = timedelta(days=180)
Pairs = Sequence[tuple[int, int]]
# Of each guild the first four, by twos; then the others. In all they are too few to tell how alike the acquainted are.
EARLIER = [pair for n in range(0, SIZE, GUILD) for pair in ((n, n + 1), (n + 2, n + 3))]
LATER = [pair for n in range(0, SIZE, GUILD) for pair in ((n + 4, n + 5), (n + 6, n + 7))]
# Of each craft the first two, the next two, and so on.
BY_CRAFT = [(n, n + len(CRAFTS)) for n in range(SIZE) if n // len(CRAFTS) % 2 == 0]


def named(n: int) -> str:
    """The id of a member."""
    return f"m{n:02}"


def said(n: int) -> str:
    """What a member says: a craft, which is a topic, and a word of their guild, which is none."""
    return f"{CRAFTS[n % len(CRAFTS)]} common gild{LETTERS[n // GUILD]}work"


@contextmanager
def guilds(folder: Path, *, earlier: Pairs = EARLIER, later: Pairs = LATER) -> Iterator[Services]:
    """Near a hundred members who checked in each season, with ties of the span before the last, and of the last."""
    settings = Settings(data_dir=folder / "data", match_held_back=0, match_by_lot=0)
    built = build_services(settings, clock=FakeClock(), prepare=False)
    built.ledger.migrate()
    built.graph.migrate()
    services = replace(built, reader=Reader(built.ledger, Words))
    now = services.clock.now()
    add_topics(services, *CRAFTS, "common")
    with services.ledger.write() as uow:
        open_place(uow, PlaceInput(id="main", name="The house"))
        joining = [
            MemberInput(id=named(n), name=f"Member {n}", purposes=frozenset(Purpose), joined_at=now - 4 * SPAN)
            for n in range(SIZE)
        ]
        members.join_all(uow, joining, source="test", now=now, scrub=services.scrub)
    for days in (370, 190, 5):
        all_say(services, now - timedelta(days=days))
    tie(services, earlier, at=now - 1.5 * SPAN)
    tie(services, later, at=now - 0.5 * SPAN)
    catch_up(services)
    yield services
    built.graph.close()
    built.ledger.close()


def all_say(services: Services, at: datetime) -> None:
    """Let everybody check in."""
    items = [
        CheckInInput(member=named(n), text=said(n), place="main", at=at + timedelta(minutes=n)) for n in range(SIZE)
    ]
    with services.ledger.write() as uow:
        record_check_ins(uow, items, source="test", now=services.clock.now(), scrub=services.scrub)


def tie(services: Services, pairs: Pairs, at: datetime) -> None:
    """Let pairs tie themselves, an hour apart."""
    items = [
        TieInput(member=named(one), other=named(other), at=at + timedelta(hours=hour))
        for hour, (one, other) in enumerate(pairs)
    ]
    with services.ledger.write() as uow:
        events.tie(uow, items, source="test", now=services.clock.now())
