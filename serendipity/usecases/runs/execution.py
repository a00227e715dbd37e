"""A run of the matcher: scheduled, by hand, emergency or triggered; recorded, and delivered one by one.

A run is written down before anything is proposed, so that one that was stopped or killed goes on where it was.
"""

import secrets
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta

import numpy as np

from serendipity.domain.errors import Conflict
from serendipity.domain.model import Match, Run, RunPart, RunState
from serendipity.matching.assignment.rounds import NOBODY_GOOD_ENOUGH, Round, decide_lists
from serendipity.matching.explanation.explanation import explain_matches
from serendipity.matching.explanation.lazy_matches import LazyMatches
from serendipity.matching.matcher import MatchInputs, match_all, match_one
from serendipity.matching.scoring.re_ranker import RoundReRanker
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.snapshot import Snapshot
from serendipity.usecases.audit import audit_action
from serendipity.usecases.learning.history_queries import word_profiles_before
from serendipity.usecases.learning.model_versions import AS_IT_IS
from serendipity.usecases.learning.outcome_model import outcome_model_of
from serendipity.usecases.learning.re_ranker import round_re_ranker, tie_model_of
from serendipity.usecases.members.match_preferences import in_force
from serendipity.usecases.runs.eligibility import KEPT_APART, Eligibility, eligibility_of
from serendipity.usecases.runs.lease import Progress, RunLease
from serendipity.usecases.runs.queue_proposals import (
    matches_of,
    put_unless_stopped,
    queue_proposals,
    store_round,
)
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import publish, snapshot_as_of

SCHEDULED, EMERGENCY, BY_HAND = "scheduled", "emergency", "by_hand"
SAME_TICK = timedelta(hours=12)
EVERYBODY = 10_000_000
MOST_LOOKED_AT_AGAIN = 500


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """Result of a run; `introductions` holds the ids of those proposed (none in a dry run).

    Of `matches` each is given its reasons when it is asked for.
    """

    run: Run
    matches: Sequence[Match]
    outcomes: Mapping[str, str]
    introductions: tuple[str, ...] = ()
    dry_run: bool = False


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """A run that somebody or a tick asks for.

    `members` narrows for whom, `among_themselves` also with whom; `as_of` looks from an earlier moment (dry runs only).
    `id` is that of a run that was accepted before; seed and group size are drawn and taken from the settings else.
    """

    kind: str
    members: Collection[str] | None = None
    among_themselves: bool = False
    as_of: datetime | None = None
    seed: int | None = None
    group_size: int | None = None
    id: str | None = None


def run_matching(
    services: Services,
    request: RunRequest,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
    delivered: Progress | None = None,
) -> RunReport:
    """Match, and propose what was chosen; `progress` gets members, `delivered` introductions, as (done, of how many).

    A run never overlaps itself (a lease). A scheduled one that another worker has done already is that one's report,
    without matches; one that was killed on its way is finished instead. Raises Conflict when one is under way,
    UnknownMember.
    """
    kind, as_of = request.kind, request.as_of
    now = services.clock.now()
    if as_of is not None and not dry_run:
        raise Conflict("A run as of an earlier moment introduces nobody; add --dry-run.")
    id = request.id or f"run-{uuid.uuid4()}"
    with RunLease(services, id, dry_run=dry_run) as lease:
        if kind == SCHEDULED and not dry_run and (earlier := _recent_scheduled_run(services, now)) is not None:
            told = delivered or progress
            return _empty_report(earlier) if earlier.finished_at else _finish_other(services, earlier.id, lease, told)
        moment = as_of or now
        snapshot = snapshot_as_of(services, moment) if as_of else publish(services)
        with services.ledger.read() as uow:
            chosen = in_force(services, uow)
        chosen = replace(chosen, group_size=request.group_size or chosen.group_size)
        eligibility = eligibility_of(
            services, snapshot, request.members, moment, surprise=chosen.surprise, dated=as_of is not None
        )
        run = _start(services, request, id, moment, snapshot.head.offset, chosen)
        if as_of is None:
            run, eligibility = _with_learned_models(services, run, eligibility, snapshot)
        if dry_run:
            return _dry_report(run, decide_round(services, snapshot, eligibility, run, chosen, progress), eligibility)
        return _record(services, run, snapshot, eligibility, chosen, lease, (progress, delivered or progress))


def resume(services: Services, id: str, *, progress: Progress | None = None) -> RunReport:
    """Go on with a run that was stopped or killed. Raises Conflict when it is finished, or another is under way."""
    with RunLease(services, id) as lease:
        with services.ledger.write() as uow:
            run = uow.operations.run(id)
            if run.state is RunState.FINISHED or uow.operations.part(id, RunPart.START) is None:
                raise Conflict("This run has nothing left to deliver; start a new one.")
            uow.operations.put_run(replace(run, error=None, state=RunState.RUNNING))
        return _deliver(services, id, lease, progress)


def stop(services: Services, id: str, *, by: str | None = None) -> Run:
    """Let a run end after the batch that it is at; what is proposed by then stays. Raises Conflict when it ended.

    A manager who stops it (`by`) is named in the audit.
    """
    with services.ledger.write() as uow:
        run = uow.operations.run(id)
        if run.state not in (RunState.ACCEPTED, RunState.RUNNING):
            raise Conflict("This run has ended already.")
        stopped = replace(run, state=RunState.STOPPED)
        uow.operations.put_run(stopped)
        if by is not None:
            audit_action(uow, "run.stopped", f"run:{id}", by=by, now=services.clock.now())
    return stopped


def _with_learned_models(
    services: Services, run: Run, eligibility: Eligibility, snapshot: Snapshot
) -> tuple[Run, Eligibility]:
    """Return a run and its company with what outcomes and first ties taught, and the versions of both."""
    outcome_model, tie_model, judged = outcome_model_of(services, run.as_of), None, AS_IT_IS
    if _is_of_all(run):
        tie_model, judged = tie_model_of(services, snapshot)
    versions = {"propensity": outcome_model.version if outcome_model else AS_IT_IS, "judgement": judged}
    run = replace(run, settings={**run.settings, **versions})
    return run, replace(eligibility, outcome_model=outcome_model, tie_model=tie_model)


def decide_round(
    services: Services,
    snapshot: Snapshot,
    eligibility: Eligibility,
    run: Run,
    settings: MatchSettings,
    progress: Progress | None = None,
) -> Round:
    """Return the round of a run: a function of what it started from, its settings, its seed and the records until then.

    Of the records only the wording of texts is asked for, where candidates are judged.
    """
    re_ranker = None
    if eligibility.tie_model is not None:
        wording = word_profiles_before(services.ledger, snapshot, run.as_of, upto=snapshot.head.offset)
        re_ranker = round_re_ranker(snapshot, wording, settings, eligibility.tie_model, run.as_of)
    found = _round(snapshot, eligibility, run, settings, re_ranker, progress)
    return replace(found, outcomes=_with_kept_apart(snapshot, eligibility, run, settings, found.outcomes))


def _is_of_all(run: Run) -> bool:
    return "members" not in run.settings


def _round(
    snapshot: Snapshot,
    eligibility: Eligibility,
    run: Run,
    settings: MatchSettings,
    re_ranker: RoundReRanker | None,
    progress: Progress | None,
) -> Round:
    rng = np.random.default_rng(run.seed)
    # Drawn apart, so that the lots of a round are the same whatever was learned.
    weighing = np.random.default_rng([run.seed, 1])
    outcome_model = eligibility.outcome_model and eligibility.outcome_model.drawn(weighing, settings.exploration)
    if _is_of_all(run):
        return match_all(
            snapshot,
            now=run.as_of,
            eligible=eligibility.eligible,
            settings=settings,
            rng=rng,
            inputs=MatchInputs(
                blocked=eligibility.blocked | eligibility.apart,
                frozen=eligibility.frozen,
                terms=eligibility.terms,
                dials=eligibility.dials,
                outcome_model=outcome_model,
                re_ranker=re_ranker,
            ),
            progress=progress,
        )
    wanted = sorted(set(run.settings["members"]) & eligibility.eligible)
    among = wanted if run.settings.get("among_themselves") else None
    lists: dict[str, list[Match]] = {}
    for number, id in enumerate(wanted, 1):
        lists[id] = _list_of(
            snapshot,
            replace(eligibility, outcome_model=outcome_model),
            id,
            among,
            run.as_of,
            settings,
            eligibility.apart,
        )
        if progress is not None:
            progress(number, len(wanted))
    deciding = [id for id, dial in eligibility.dials.items() if dial != settings.surprise]
    return decide_lists(snapshot, lists, terms=eligibility.terms, settings=settings, rng=rng, deciding=deciding)


def _with_kept_apart(
    snapshot: Snapshot, eligibility: Eligibility, run: Run, settings: MatchSettings, outcomes: Mapping[str, str]
) -> dict[str, str]:
    """Say so of those for whom nobody was good enough but somebody whom a rule keeps apart from them.

    Of very many, the first by id are looked at.
    """
    partners: dict[str, set[str]] = {}
    for pair in eligibility.apart:
        for one, other in (pair, pair[::-1]):
            if outcomes.get(one) == NOBODY_GOOD_ENOUGH:
                partners.setdefault(one, set()).add(other)
    found = dict(outcomes)
    for id in sorted(partners)[:MOST_LOOKED_AT_AGAIN]:
        if _list_of(snapshot, eligibility, id, partners[id], run.as_of, settings, frozenset()):
            found[id] = KEPT_APART
    return found


def _list_of(
    snapshot: Snapshot,
    eligibility: Eligibility,
    member: str,
    among: Collection[str] | None,
    now: datetime,
    settings: MatchSettings,
    apart: frozenset[tuple[str, str]],
) -> list[Match]:
    if member not in snapshot.member_index:
        return []
    return match_one(
        snapshot,
        member,
        now=now,
        eligible=eligibility.eligible,
        among=among,
        settings=settings,
        inputs=MatchInputs(
            blocked=eligibility.blocked | apart,
            frozen=eligibility.frozen,
            dials=eligibility.dials,
            outcome_model=eligibility.outcome_model,
        ),
    )


def _record(
    services: Services,
    run: Run,
    snapshot: Snapshot,
    eligibility: Eligibility,
    settings: MatchSettings,
    lease: RunLease,
    progress: tuple[Progress | None, Progress | None],
) -> RunReport:
    with services.ledger.write() as uow:
        put_unless_stopped(uow, run)
    try:
        found = decide_round(services, snapshot, eligibility, run, settings, lease.telling(progress[0], run))
        outcomes = {**found.outcomes, **eligibility.left_out}
        counted = replace(run, counts={**found.counts, "left_out": len(eligibility.left_out)})
        store_round(services, counted, eligibility, found.planned, outcomes)
        return _deliver(services, run.id, lease, progress[1], snapshot)
    except Exception as error:
        with services.ledger.write() as uow:
            failed = replace(uow.operations.run(run.id), error=type(error).__name__, state=RunState.FAILED)
            uow.operations.put_run(failed)
        raise


def _finish_other(services: Services, id: str, lease: RunLease, progress: Progress | None) -> RunReport:
    """Finish another run instead: one that was killed."""
    lease.hand_over(id)
    return _deliver(services, id, lease, progress)


def _deliver(
    services: Services,
    id: str,
    lease: RunLease,
    progress: Progress | None,
    snapshot: Snapshot | None = None,
) -> RunReport:
    graph = snapshot or publish(services)
    with services.ledger.read() as uow:
        settings = in_force(services, uow)

    def explained(matches: Sequence[Match], moment: datetime) -> list[Match]:
        return explain_matches(graph, matches, now=moment, settings=settings)

    run = queue_proposals(services, id, explained, lease.telling(progress))
    with services.ledger.read() as uow:
        verdicts = uow.operations.verdicts(run=id, limit=EVERYBODY)
    outcomes = {each.member: each.outcome for each in verdicts}
    ids = tuple(dict.fromkeys(each.introduction for each in verdicts if each.introduction))
    proposed = {each.member for each in verdicts if each.introduction}
    matches = [match for match in matches_of(services, id) if proposed.issuperset(match.members)]
    told = LazyMatches(len(matches), lambda part: explained(matches[part], run.as_of))
    return RunReport(run=run, matches=told, outcomes=outcomes, introductions=ids)


def _dry_report(run: Run, found: Round, eligibility: Eligibility) -> RunReport:
    outcomes = {**found.outcomes, **eligibility.left_out}
    counted = replace(run, counts={**found.counts, "left_out": len(eligibility.left_out)})
    return RunReport(run=counted, matches=found.chosen, outcomes=outcomes, dry_run=True)


def _empty_report(run: Run) -> RunReport:
    return RunReport(run=run, matches=(), outcomes={})


def _recent_scheduled_run(services: Services, now: datetime) -> Run | None:
    """Return the scheduled run of this tick that is finished, or was cut off with something left to deliver."""
    with services.ledger.read() as uow:
        runs = uow.operations.runs(kinds={SCHEDULED}, limit=1)
        for run in runs:
            if run.started_at > now - SAME_TICK and run.state in (RunState.RUNNING, RunState.FINISHED):
                planned = uow.operations.part(run.id, RunPart.START) is not None and "delivered" in run.counts
                return run if run.finished_at or planned else None
    return None


def _start(
    services: Services, request: RunRequest, id: str, moment: datetime, position: int, chosen: MatchSettings
) -> Run:
    settings = {each.name: getattr(chosen, each.name) for each in fields(chosen)}
    settings |= {"weights": dict(chosen.weights), "half_lives": asdict(services.half_lives)}
    settings |= {"propensity": AS_IT_IS, "judgement": AS_IT_IS}
    if request.members is not None:
        settings |= {"members": sorted(request.members), "among_themselves": request.among_themselves}
    return Run(
        id=id,
        kind=request.kind,
        as_of=moment,
        started_at=services.clock.now(),
        seed=secrets.randbits(32) if request.seed is None else request.seed,
        position=position,
        settings=settings,
    )
