"""A round on its way into the queue: written down, then delivered one by one; it can be stopped and resumed."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from serendipity.domain.errors import NotFound
from serendipity.domain.model import Match, Purpose, Run, RunPart, RunState, Verdict
from serendipity.domain.must_not import is_kept_apart
from serendipity.introductions import queue
from serendipity.matching.assignment.rounds import PROPOSED
from serendipity.ports import UnitOfWork
from serendipity.usecases.runs.eligibility import Eligibility
from serendipity.usecases.runs.lease import per_minute
from serendipity.usecases.services import Services

LEFT_MEANWHILE = "left_meanwhile"
BATCH, VERDICTS = 25, 2000
Explained = Callable[[Sequence[Match], datetime], list[Match]]


def store_round(
    services: Services, run: Run, eligibility: Eligibility, chosen: Sequence[Match], outcomes: Mapping[str, str]
) -> Run:
    """Store what a round started from, what it decided for everybody, and the batches to deliver, before the first."""
    with services.ledger.write() as uow:
        uow.operations.put_part(run.id, RunPart.START, eligibility.as_data())
    told = [Verdict(run=run.id, member=id, outcome=why) for id, why in outcomes.items() if why != PROPOSED]
    for page in _pages(told, VERDICTS):
        with services.ledger.write() as uow:
            uow.operations.add_verdicts(page)
    batches = list(_pages(chosen, BATCH))
    planned = replace(
        run, counts={**run.counts, **_tally(outcomes), "chosen": len(chosen), "proposed": 0, "delivered": 0}
    )
    for pages in _pages(list(enumerate(batches, 1)), BATCH):
        with services.ledger.write() as uow:
            for number, batch in pages:
                uow.operations.put_part(run.id, RunPart.BATCH, [_as_data(match) for match in batch], number=number)
    with services.ledger.write() as uow:
        planned = put_unless_stopped(uow, planned)
    return planned


def _tally(outcomes: Mapping[str, str]) -> dict[str, int]:
    """Count what came of members, as in {"told.away": 3}."""
    return dict(Counter(f"told.{why}" for why in outcomes.values()))


def put_unless_stopped(uow: UnitOfWork, run: Run) -> Run:
    """Store how far a run is; one that a manager stopped meanwhile stays stopped."""
    known = find_run(uow, run.id)
    stopped = known is not None and known.state is RunState.STOPPED
    kept = replace(run, state=RunState.STOPPED if stopped else run.state)
    uow.operations.put_run(kept)
    return kept


def find_run(uow: UnitOfWork, id: str) -> Run | None:
    """Return a run, None where there is none."""
    try:
        return uow.operations.run(id)
    except NotFound:
        return None


def queue_proposals(services: Services, id: str, explained: Explained, tell: Callable[[int, int], None]) -> Run:
    """Bring what is left of a round into the queue, each introduction in a transaction of its own.

    `explained` gives the matches of a batch their reasons. A batch that was cut off is gone through again, which
    changes nothing. Ends early where a manager stopped the run.
    """
    begun, handled = time.monotonic(), 0
    while True:
        with services.ledger.read() as uow:
            run, part = uow.operations.run(id), uow.operations.next_batch(id)
        if run.state is not RunState.RUNNING:
            return run
        if part is None:
            return _finish(services, id)
        number, data = part
        matches = explained([match_of(each) for each in data], run.as_of)
        proposed = sum(_propose(services, run, match) for match in matches)
        handled += len(data)
        with services.ledger.write() as uow:
            uow.operations.end_batch(id, number, services.clock.now())
            run = _count(uow, id, delivered=len(data), proposed=proposed, pace=per_minute(handled, begun))
        tell(run.counts["delivered"], run.counts["chosen"])


def matches_of(services: Services, id: str) -> list[Match]:
    """Return all that a run chose, delivered or not."""
    found: list[Match] = []
    with services.ledger.read() as uow:
        number = 1
        while (data := uow.operations.part(id, RunPart.BATCH, number=number)) is not None:
            found += [match_of(each) for each in data]
            number += 1
    return found


def match_of(data: Mapping[str, Any]) -> Match:
    """Return a match as it was written down, without its reasons."""
    return Match(**{**data, "more": tuple(data["more"]), "reasons": ()})


def _as_data(match: Match) -> dict[str, Any]:
    return {
        "member": match.member,
        "other": match.other,
        "more": list(match.more),
        "score": match.score,
        "relevance": match.relevance,
        "unexpectedness": match.unexpectedness,
        "factors": dict(match.factors),
    }


def _propose(services: Services, run: Run, match: Match) -> bool:
    """Propose one match; it is passed over where no reason is left, or somebody left or was blocked."""
    with services.ledger.write() as uow:
        if not match.reasons or not _all_willing(uow, match):
            uow.operations.add_verdicts(_verdicts(run, match, LEFT_MEANWHILE, None))
            return False
        introduction = queue.propose(uow, match, run=run.id, now=run.as_of, policy=services.introductions)
        uow.operations.add_verdicts(_verdicts(run, match, PROPOSED, introduction.id))
    return True


def _verdicts(run: Run, match: Match, outcome: str, introduction: str | None) -> list[Verdict]:
    return [Verdict(run=run.id, member=id, outcome=outcome, introduction=introduction) for id in match.members]


def _all_willing(uow: UnitOfWork, match: Match) -> bool:
    """Look once more at the moment of proposing: a member may have left, or said never, while the run went on."""
    members = set(match.members)
    purposes = (Purpose.MATCHING, Purpose.INTRODUCTIONS)
    agreed = all(uow.members.with_purpose(purpose, among=members) == members for purpose in purposes)
    blocked = any(members >= set(pair) for pair in uow.members.blocks(of=members))
    rules = uow.members.must_nots()
    return agreed and not blocked and not (rules and is_kept_apart(rules, uow.members.many(members).values()))


def _count(uow: UnitOfWork, id: str, *, delivered: int, proposed: int, pace: int) -> Run:
    run = uow.operations.run(id)
    counts = {**run.counts, "pace": pace}
    counts["delivered"] = counts.get("delivered", 0) + delivered
    counts["proposed"] = counts.get("proposed", 0) + proposed
    counted = replace(run, counts=counts)
    uow.operations.put_run(counted)
    return counted


def _finish(services: Services, id: str) -> Run:
    with services.ledger.write() as uow:
        run = uow.operations.run(id)
        counts = {name: count for name, count in run.counts.items() if name != "pace"}
        done = replace(run, counts=counts, finished_at=services.clock.now(), state=RunState.FINISHED)
        uow.operations.put_run(done)
    return done


def _pages(items: Sequence[Any], size: int) -> Iterator[list[Any]]:
    left = iter(items)
    while page := list(islice(left, size)):
        yield page
