"""A run of the matcher: scheduled, by hand, emergency or triggered; recorded, and delivered one by one."""

import secrets
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Self, TypedDict

import numpy as np

from serendipity.commands.graph_upkeep import publish, snapshot_as_of
from serendipity.commands.services import Services
from serendipity.domain.errors import Conflict, UnknownMember
from serendipity.domain.model import Match, Purpose, Run, Verdict
from serendipity.introductions import queue
from serendipity.matching.matcher import Round, match_all, match_one
from serendipity.matching.rounds import NOBODY_GOOD_ENOUGH, PROPOSED, QUOTA_REACHED
from serendipity.matching.snapshot import Snapshot
from serendipity.ports import UnitOfWork

LEASE, LEASE_SECONDS = "matching", 900.0
NO_CONSENT, AWAY = "no_consent", "away"
SCHEDULED = "scheduled"
SAME_TICK = timedelta(hours=12)
MONTH = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """What a run came to; `introductions` holds the ids of those proposed (none in a dry run)."""

    run: Run
    matches: tuple[Match, ...]
    outcomes: Mapping[str, str]
    introductions: tuple[str, ...] = ()
    dry_run: bool = False


@dataclass(frozen=True, kw_only=True)
class _Company:
    """Who may be matched, and who not with whom."""

    eligible: set[str]
    left_out: dict[str, str]
    blocked: set[tuple[str, str]] = field(default_factory=set)
    frozen: set[tuple[str, str]] = field(default_factory=set)


def run_matching(
    services: Services,
    *,
    kind: str,
    members: Collection[str] | None = None,
    as_of: datetime | None = None,
    dry_run: bool = False,
    seed: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> RunReport:
    """Match, and propose what was chosen; `members` narrows for whom, `as_of` looks from an earlier moment (dry only).

    A run never overlaps itself (a lease); a killed one has delivered whole introductions only. A scheduled one that
    another worker has done already is that one's report, without matches.
    Raises Conflict when one is under way, UnknownMember.
    """
    now = services.clock.now()
    if as_of is not None and not dry_run:
        raise Conflict("A run as of an earlier moment introduces nobody; add --dry-run.")
    with _exclusive(services, dry_run) as lease:
        if kind == SCHEDULED and not dry_run and (done := _done_lately(services, now)) is not None:
            return RunReport(run=done, matches=(), outcomes={})
        moment = as_of or now
        snapshot = snapshot_as_of(services, moment) if as_of else publish(services)
        company = _company(services, snapshot, members, moment, dated=as_of is not None)
        run = _started(services, kind, moment, snapshot.head.offset, seed, members)
        if not dry_run:
            _record(services, run)
        try:
            found = _matched(services, snapshot, company, members, run, lease.renewing(progress))
            return _delivered(services, run, found, company, dry_run)
        except Exception as error:
            if not dry_run:
                _record(services, replace(run, finished_at=services.clock.now(), error=type(error).__name__))
            raise


def _done_lately(services: Services, now: datetime) -> Run | None:
    """Return the scheduled run that another worker finished at this tick."""
    with services.ledger.read() as uow:
        runs = uow.operations.runs(kinds={SCHEDULED}, limit=1)
    done = [run for run in runs if run.finished_at and not run.error and run.started_at > now - SAME_TICK]
    return done[0] if done else None


class _exclusive:
    """Holds the lease of the matcher while a run lasts."""

    def __init__(self, services: Services, dry_run: bool) -> None:
        self._services, self._dry_run, self._holder = services, dry_run, f"{services.name}:{uuid.uuid4()}"

    def __enter__(self) -> Self:
        self._take()
        return self

    def renewing(self, progress: Callable[[int, int], None] | None) -> Callable[[int, int], None]:
        """Return what keeps the lease whenever the run gets on, and tells of it."""

        def tell(done: int, total: int) -> None:
            self._take()
            if progress is not None:
                progress(done, total)

        return tell

    def _take(self) -> None:
        if self._dry_run:
            return
        with self._services.ledger.write() as uow:
            if uow.operations.lease(LEASE, holder=self._holder, seconds=LEASE_SECONDS) is None:
                raise Conflict("A run is under way; wait until it is finished.")

    def __exit__(self, *_: object) -> None:
        if not self._dry_run:
            with self._services.ledger.write() as uow:
                uow.operations.release(LEASE, holder=self._holder)


def _company(
    services: Services, snapshot: Snapshot, members: Collection[str] | None, moment: datetime, *, dated: bool
) -> _Company:
    """Say who may be matched: with both consents, present in the community, and below their monthly number."""
    with services.ledger.read() as uow:
        _refuse_unknown(uow, members)
        matching = uow.members.with_purpose(Purpose.MATCHING)
        willing = matching & uow.members.with_purpose(Purpose.INTRODUCTIONS)
        away = _away(snapshot, since=moment - services.settings.active)
        if dated:
            present = willing & set(snapshot.members)
            return _Company(eligible=present - away, left_out={}, blocked=uow.members.blocks())
        counts = uow.introductions.counts_since(moment - MONTH)
        full = {id for id in willing if counts.get(id, 0) >= services.settings.per_month}
        frozen = set(uow.introductions.pairs_since(moment - services.settings.freeze))
        wanted = set(members or ())
        left_out = (
            dict.fromkeys(willing & away, AWAY)
            | dict.fromkeys((matching | wanted) - willing, NO_CONSENT)
            | dict.fromkeys(full, QUOTA_REACHED)
        )
        return _Company(eligible=willing - full - away, left_out=left_out, blocked=uow.members.blocks(), frozen=frozen)


def _away(snapshot: Snapshot, *, since: datetime) -> set[str]:
    """Return those who said and attended nothing since a moment, though they did before: they are not matched."""
    latest = snapshot.last_active
    rows = np.flatnonzero(np.isfinite(latest) & (latest < since.timestamp()))
    return {snapshot.members[row] for row in rows.tolist()}


def _refuse_unknown(uow: UnitOfWork, members: Collection[str] | None) -> None:
    unknown = sorted(set(members or ()) - uow.members.many(members or ()).keys())
    if unknown:
        raise UnknownMember(f"There is no member {unknown[0]!r}; check the id.", member=unknown[0])


def _started(
    services: Services, kind: str, moment: datetime, position: int, seed: int | None, members: Collection[str] | None
) -> Run:
    settings = {each.name: getattr(services.matching, each.name) for each in fields(services.matching)}
    settings["weights"] = dict(services.matching.weights)
    return Run(
        id=f"run-{uuid.uuid4()}",
        kind=kind,
        as_of=moment,
        started_at=services.clock.now(),
        seed=secrets.randbits(32) if seed is None else seed,
        position=position,
        settings=settings if members is None else settings | {"members": sorted(members)},
    )


def _matched(
    services: Services,
    snapshot: Snapshot,
    company: _Company,
    members: Collection[str] | None,
    run: Run,
    progress: Callable[[int, int], None] | None,
) -> Round:
    limits: _Limits = {"now": run.as_of, "blocked": company.blocked, "frozen": company.frozen}
    if members is None:
        rng = np.random.default_rng(run.seed)
        return match_all(
            snapshot,
            eligible=company.eligible,
            settings=services.matching,
            rng=rng,
            progress=progress,
            **limits,
        )
    wanted = sorted(set(members) & company.eligible)
    lists = {id: _list_of(services, snapshot, company, id, limits) for id in wanted}
    chosen = _one_by_one(lists, services.matching.cap)
    taken = {id for match in chosen for id in (match.member, match.other)}
    outcomes = {
        id: PROPOSED if id in taken else QUOTA_REACHED if found else NOBODY_GOOD_ENOUGH for id, found in lists.items()
    }
    return Round(
        matches=lists, chosen=chosen, outcomes=outcomes, counts={"eligible": len(wanted), "chosen": len(chosen)}
    )


def _list_of(services: Services, snapshot: Snapshot, company: _Company, member: str, limits: "_Limits") -> list[Match]:
    if member not in snapshot.member_index:
        return []
    return match_one(snapshot, member, eligible=company.eligible, settings=services.matching, **limits)


def _one_by_one(lists: Mapping[str, Sequence[Match]], cap: int) -> list[Match]:
    """Choose the best matches while both members are below the cap, each pair once."""
    load: Counter[str] = Counter()
    pairs: set[frozenset[str]] = set()
    chosen = []
    for match in sorted((match for found in lists.values() for match in found), key=lambda match: -match.score):
        both = frozenset((match.member, match.other))
        if both not in pairs and all(load[id] < cap for id in both):
            pairs.add(both)
            load.update(both)
            chosen.append(match)
    return chosen


def _delivered(services: Services, run: Run, found: Round, company: _Company, dry_run: bool) -> RunReport:
    """Propose what was chosen, one transaction each, and store what was decided for everybody."""
    outcomes = {**found.outcomes, **company.left_out}
    if dry_run:
        return RunReport(run=run, matches=tuple(found.chosen), outcomes=outcomes, dry_run=True)
    proposed: dict[str, str] = {}
    delivered: list[Match] = []
    for match in found.chosen:
        with services.ledger.write() as uow:
            if not _both_willing(uow, match):
                continue
            introduction = queue.propose(uow, match, run=run.id, now=run.as_of, policy=services.introductions)
        delivered.append(match)
        proposed |= {match.member: introduction.id, match.other: introduction.id}
    outcomes |= {id: NO_CONSENT for id, outcome in outcomes.items() if outcome == PROPOSED and id not in proposed}
    verdicts = [
        Verdict(run=run.id, member=id, outcome=outcome, introduction=proposed.get(id))
        for id, outcome in outcomes.items()
    ]
    done = replace(
        run,
        finished_at=services.clock.now(),
        counts={**found.counts, "proposed": len(delivered), "left_out": len(company.left_out)},
    )
    with services.ledger.write() as uow:
        uow.operations.add_verdicts(verdicts)
        uow.operations.put_run(done)
    ids = tuple(dict.fromkeys(proposed.values()))
    return RunReport(run=done, matches=tuple(delivered), outcomes=outcomes, introductions=ids)


def _both_willing(uow: UnitOfWork, match: Match) -> bool:
    """Look once more at the moment of proposing: a member may have left while the run went on."""
    both = {match.member, match.other}
    purposes = (Purpose.MATCHING, Purpose.INTRODUCTIONS)
    return all(uow.members.with_purpose(purpose, among=both) == both for purpose in purposes)


def _record(services: Services, run: Run) -> None:
    with services.ledger.write() as uow:
        uow.operations.put_run(run)


class _Limits(TypedDict):
    """What holds for every member of a run."""

    now: datetime
    blocked: set[tuple[str, str]]
    frozen: set[tuple[str, str]]
