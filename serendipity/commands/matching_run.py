"""A run of the matcher: scheduled, by hand, emergency or triggered; recorded, and delivered one by one.

A run is written down before anything is proposed, so that one that was stopped or killed goes on where it was.
"""

import secrets
import time
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Self

import numpy as np

from serendipity.commands.company import Company, company_of
from serendipity.commands.delivering import STOPPED, deliver, matches_of, write_down
from serendipity.commands.graph_upkeep import publish, snapshot_as_of
from serendipity.commands.outcome_learning import outlook_of
from serendipity.commands.services import Services
from serendipity.domain.errors import Conflict
from serendipity.domain.model import Match, Reason, Run
from serendipity.matching.explanation import explain_all
from serendipity.matching.matcher import match_all, match_one
from serendipity.matching.rounds import Round, decide_lists
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot import Snapshot

LEASE, LEASE_SECONDS, RENEW_SECONDS = "matching", 900.0, 2.0
SCHEDULED, EMERGENCY, BY_HAND = "scheduled", "emergency", "by_hand"
SAME_TICK = timedelta(hours=12)
EVERYBODY = 10_000_000
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """What a run came to; `introductions` holds the ids of those proposed (none in a dry run)."""

    run: Run
    matches: tuple[Match, ...]
    outcomes: Mapping[str, str]
    introductions: tuple[str, ...] = ()
    dry_run: bool = False


def run_matching(
    services: Services,
    *,
    kind: str,
    members: Collection[str] | None = None,
    among_themselves: bool = False,
    as_of: datetime | None = None,
    dry_run: bool = False,
    seed: int | None = None,
    group_size: int | None = None,
    progress: Progress | None = None,
) -> RunReport:
    """Match, and propose what was chosen; `members` narrows for whom, `as_of` looks from an earlier moment (dry only).

    A run never overlaps itself (a lease). A scheduled one that another worker has done already is that one's report,
    without matches; one that was killed on its way is finished instead. Raises Conflict when one is under way,
    UnknownMember.
    """
    now = services.clock.now()
    if as_of is not None and not dry_run:
        raise Conflict("A run as of an earlier moment introduces nobody; add --dry-run.")
    with _exclusive(services, dry_run) as lease:
        if kind == SCHEDULED and not dry_run and (earlier := _lately(services, now)) is not None:
            return _none(earlier) if earlier.finished_at else _delivered(services, earlier.id, lease, progress)
        moment = as_of or now
        snapshot = snapshot_as_of(services, moment) if as_of else publish(services)
        company = company_of(services, snapshot, members, moment, dated=as_of is not None)
        company = company if as_of else replace(company, outlook=outlook_of(services, moment))
        chosen = replace(services.matching, group_size=group_size or services.matching.group_size)
        run = _started(services, kind, moment, snapshot.head.offset, seed, members, chosen, among_themselves)
        run = replace(run, settings={**run.settings, "propensity": company.outlook.version if company.outlook else 0})
        if dry_run:
            return _dry(run, matched(snapshot, company, run, chosen, progress), company)
        return _recorded(services, run, snapshot, company, chosen, lease, progress)


def resume(services: Services, id: str, *, progress: Progress | None = None) -> RunReport:
    """Go on with a run that was stopped or killed. Raises Conflict when it is finished, or another is under way."""
    with _exclusive(services, dry_run=False) as lease:
        with services.ledger.write() as uow:
            run = uow.operations.run(id)
            if run.finished_at is not None or uow.operations.part(id, 0) is None:
                raise Conflict("This run has nothing left to deliver; start a new one.")
            uow.operations.put_run(replace(run, error=None))
        return _delivered(services, id, lease, progress)


def stop(services: Services, id: str) -> Run:
    """Let a run end after the batch that it is at; what is proposed by then stays. Raises Conflict when it ended."""
    with services.ledger.write() as uow:
        run = uow.operations.run(id)
        if run.finished_at is not None or run.error is not None:
            raise Conflict("This run has ended already.")
        stopped = replace(run, error=STOPPED)
        uow.operations.put_run(stopped)
    return stopped


def matched(
    snapshot: Snapshot, company: Company, run: Run, settings: MatchSettings, progress: Progress | None = None
) -> Round:
    """Return the round of a run: a pure function of what it started from, its settings and its seed."""
    rng = np.random.default_rng(run.seed)
    # Drawn apart, so that the lots of a round are the same whatever was learned.
    weighing = np.random.default_rng([run.seed, 1])
    outlook = company.outlook and company.outlook.drawn(weighing, settings.exploration)
    if "members" not in run.settings:
        return match_all(
            snapshot,
            now=run.as_of,
            eligible=company.eligible,
            blocked=company.blocked,
            frozen=company.frozen,
            settings=settings,
            rng=rng,
            terms=company.terms,
            outlook=outlook,
            progress=progress,
        )
    wanted = sorted(set(run.settings["members"]) & company.eligible)
    among = wanted if run.settings.get("among_themselves") else None
    lists: dict[str, list[Match]] = {}
    for number, id in enumerate(wanted, 1):
        lists[id] = _list_of(snapshot, replace(company, outlook=outlook), id, among, run.as_of, settings)
        if progress is not None:
            progress(number, len(wanted))
    return decide_lists(snapshot, lists, terms=company.terms, settings=settings, rng=rng)


def _list_of(
    snapshot: Snapshot,
    company: Company,
    member: str,
    among: Collection[str] | None,
    now: datetime,
    settings: MatchSettings,
) -> list[Match]:
    if member not in snapshot.member_index:
        return []
    return match_one(
        snapshot,
        member,
        now=now,
        eligible=company.eligible,
        among=among,
        blocked=company.blocked,
        frozen=company.frozen,
        settings=settings,
        outlook=company.outlook,
    )


def _recorded(
    services: Services,
    run: Run,
    snapshot: Snapshot,
    company: Company,
    settings: MatchSettings,
    lease: "_exclusive",
    progress: Progress | None,
) -> RunReport:
    _record(services, run)
    try:
        found = matched(snapshot, company, run, settings, lease.renewing(progress, run))
        outcomes = {**found.outcomes, **company.left_out}
        counted = replace(run, counts={**found.counts, "left_out": len(company.left_out)})
        write_down(services, counted, company, found.chosen, outcomes)
        known = {match.members: match.reasons for match in found.chosen if not match.more}
        return _delivered(services, run.id, lease, progress, known)
    except Exception as error:
        with services.ledger.write() as uow:
            failed = replace(uow.operations.run(run.id), error=type(error).__name__)
            uow.operations.put_run(failed)
        raise


def _delivered(
    services: Services,
    id: str,
    lease: "_exclusive",
    progress: Progress | None,
    known: Mapping[tuple[str, ...], tuple[Reason, ...]] = MappingProxyType({}),
) -> RunReport:
    snapshot = publish(services)

    def reasons(match: Match, moment: datetime) -> tuple[Reason, ...]:
        found = known.get(match.members)
        return found or explain_all(snapshot, match.members, now=moment, settings=services.matching)

    run = deliver(services, id, reasons, lease.renewing(progress))
    with services.ledger.read() as uow:
        verdicts = uow.operations.verdicts(run=id, limit=EVERYBODY)
    outcomes = {each.member: each.outcome for each in verdicts}
    ids = tuple(dict.fromkeys(each.introduction for each in verdicts if each.introduction))
    proposed = {each.member for each in verdicts if each.introduction}
    matches = [match for match in matches_of(services, id) if proposed.issuperset(match.members)]
    told = tuple(replace(match, reasons=reasons(match, run.as_of)) for match in matches)
    return RunReport(run=run, matches=told, outcomes=outcomes, introductions=ids)


def _dry(run: Run, found: Round, company: Company) -> RunReport:
    outcomes = {**found.outcomes, **company.left_out}
    counted = replace(run, counts={**found.counts, "left_out": len(company.left_out)})
    return RunReport(run=counted, matches=tuple(found.chosen), outcomes=outcomes, dry_run=True)


def _none(run: Run) -> RunReport:
    return RunReport(run=run, matches=(), outcomes={})


def _lately(services: Services, now: datetime) -> Run | None:
    """Return the scheduled run of this tick that is finished, or was cut off with something left to deliver."""
    with services.ledger.read() as uow:
        runs = uow.operations.runs(kinds={SCHEDULED}, limit=1)
        for run in runs:
            if run.started_at > now - SAME_TICK and run.error is None:
                planned = uow.operations.part(run.id, 0) is not None and "delivered" in run.counts
                return run if run.finished_at or planned else None
    return None


def _started(
    services: Services,
    kind: str,
    moment: datetime,
    position: int,
    seed: int | None,
    members: Collection[str] | None,
    chosen: MatchSettings,
    among_themselves: bool,
) -> Run:
    settings = {each.name: getattr(chosen, each.name) for each in fields(chosen)}
    settings |= {"weights": dict(chosen.weights), "half_lives": asdict(services.half_lives)}
    if members is not None:
        settings |= {"members": sorted(members), "among_themselves": among_themselves}
    return Run(
        id=f"run-{uuid.uuid4()}",
        kind=kind,
        as_of=moment,
        started_at=services.clock.now(),
        seed=secrets.randbits(32) if seed is None else seed,
        position=position,
        settings=settings,
    )


def _record(services: Services, run: Run) -> None:
    with services.ledger.write() as uow:
        uow.operations.put_run(run)


class _exclusive:
    """Holds the lease of the matcher while a run lasts."""

    def __init__(self, services: Services, dry_run: bool) -> None:
        self._services, self._dry_run, self._holder = services, dry_run, f"{services.name}:{uuid.uuid4()}"
        self._renewed = time.monotonic()

    def __enter__(self) -> Self:
        self._take()
        return self

    def renewing(self, progress: Progress | None, run: Run | None = None) -> Progress:
        """Return what keeps the lease while the run gets on, tells of it, and notes on the `run` how far it is."""

        def tell(done: int, total: int) -> None:
            if progress is not None:
                progress(done, total)
            if time.monotonic() - self._renewed > RENEW_SECONDS:
                self._take()
                if run is not None:
                    _record(self._services, replace(run, counts={"matched": done, "members": total}))

        return tell

    def _take(self) -> None:
        if self._dry_run:
            return
        with self._services.ledger.write() as uow:
            if uow.operations.lease(LEASE, holder=self._holder, seconds=LEASE_SECONDS) is None:
                raise Conflict("A run is under way; wait until it is finished.")
        self._renewed = time.monotonic()

    def __exit__(self, *_: object) -> None:
        if not self._dry_run:
            with self._services.ledger.write() as uow:
                uow.operations.release(LEASE, holder=self._holder)
