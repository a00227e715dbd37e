"""Make the data that a release leaves on disk: `python -m tests.releases.make`, once before it is tagged.

A part of the example community checks in, is matched, and one introduction goes all the way; the data folder as it then
is, and what the release says of it, are kept in an archive named after the version. No later release changes it.
"""

import json
import tarfile
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from serendipity import __version__
from serendipity.bootstrap import build_services
from serendipity.config import Settings
from serendipity.demo import play
from serendipity.demo.cast import DemoCommunity
from serendipity.demo.community import load_community
from serendipity.domain.graph import EdgeKind
from serendipity.domain.model import Answer, IntroductionState, Link, LinkPurpose
from serendipity.introductions import queue
from serendipity.matching.snapshot.snapshot import Snapshot
from serendipity.ports import UnitOfWork
from serendipity.usecases.runs.execution import RunRequest, run_matching
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import catch_up, publish
from serendipity.usecases.upkeep.worker_turns import advance_introductions, deliver

FOLDER = Path(__file__).parent
END = datetime(2026, 11, 20, 9, tzinfo=UTC)
MEMBERS = 24
FACTS = "facts.json"


@dataclass
class SetClock:
    """Tells the time that it was set to."""

    time: datetime = END

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self.time


def opened(folder: Path, clock: SetClock) -> Services:
    """The installation in a data folder."""
    return build_services(
        Settings(data_dir=folder, channel="file", quiet_from=0, quiet_until=0, undo_minutes=0), clock=clock
    )


def some_of(community: DemoCommunity) -> DemoCommunity:
    """A part of the example community: few members, and what they did."""
    kept = {member.id for member in community.members[:MEMBERS]}
    return replace(
        community,
        members=tuple(each for each in community.members if each.id in kept),
        check_ins=tuple(each for each in community.check_ins if each.member in kept),
        attendances=tuple(each for each in community.attendances if each.member in kept),
        ties=tuple(each for each in community.ties if {each.member_a, each.member_b} <= kept),
    )


def facts(services: Services, snapshot: Snapshot) -> dict[str, Any]:
    """What a release says of its data: how much there is, and every weight by who and what it joins."""
    with services.ledger.read() as uow:
        return {
            "head": uow.records.head(),
            "members": uow.members.count(),
            "introductions": {each.id: each.state.value for each in uow.introductions.search(limit=1000)},
            "weights": {kind.value: weights_of(snapshot, kind) for kind in (EdgeKind.INTERESTED_IN, EdgeKind.KNOWS)},
        }


def weights_of(snapshot: Snapshot, kind: EdgeKind) -> dict[str, float]:
    """The weights of a kind at `END`, by the ends they join."""
    edges = snapshot.edges[kind].triples()
    targets = snapshot.topics if kind is EdgeKind.INTERESTED_IN else snapshot.members
    weights = edges.weights * snapshot.decayed_by(kind, END)
    ends = zip(edges.rows, edges.columns, weights, strict=True)
    return {f"{snapshot.members[row]} {targets[column]}": float(weight) for row, column, weight in ends}


def introduce_the_first(services: Services, clock: SetClock) -> None:
    """Approve the first proposal, let both say yes, and hand the mails over."""
    with services.ledger.write() as uow:
        [first] = uow.introductions.search(states={IntroductionState.PROPOSED}, limit=1)
        queue.approve(uow, first.id, by="manager", now=clock.now())
    for _ in first.parties:
        clock.time += timedelta(hours=1)
        advance_introductions(services)
        deliver(services)
        with services.ledger.write() as uow:
            say_yes(services, uow, first.id, clock.now())
    deliver(services)


def say_yes(services: Services, uow: UnitOfWork, id: str, now: datetime) -> None:
    """Let the one who is asked say yes by a link."""
    [asked] = [party for party in uow.introductions.get(id).parties if party.answer is Answer.ASKED]
    link = Link(
        token_hash=f"link of {asked.member}",
        purpose=LinkPurpose.ANSWER,
        member=asked.member,
        subject=id,
        expires_at=now + timedelta(days=7),
    )
    uow.access.add_link(link)
    services.opt_in().answer(uow, link, Answer.ACCEPTED, now=now)


def make(folder: Path) -> dict[str, Any]:
    """Fill a data folder, and return what there is to say of it."""
    clock = SetClock(END - timedelta(hours=3))
    services = opened(folder, clock)
    services.graph.migrate()
    play._play(services, some_of(load_community(clock.now(), 1)), None)
    catch_up(services)
    publish(services)
    run_matching(services, RunRequest(kind="scheduled"))
    introduce_the_first(services, clock)
    catch_up(services)
    said = facts(services, publish(services))
    services.graph.close()
    services.ledger.close()
    return said


def main() -> None:
    """Write this version's archive. Raises FileExistsError where there is one already."""
    path = FOLDER / f"{__version__}.tar.gz"
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "data"
        said = make(data)
        (data / FACTS).write_text(json.dumps(said))
        with path.open("xb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
            archive.add(data, arcname="data")


if __name__ == "__main__":
    main()
