"""Outcomes of runs for a member, in plain words and with the day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from serendipity.ports import UnitOfWork
from serendipity.web.labels import _

RUNS = 500


WHY = {
    "proposed": _("An introduction was proposed."),
    "nobody_good_enough": _("Nobody fitted well enough: too little in common, or acquainted or introduced already."),
    "nothing_said_yet": _("There was too little to go on: no check-in, event or profile that says what they work on."),
    "quota_reached": _("Had enough introductions for now."),
    "all_taken": _("There were good matches, and each was introduced to somebody else this time."),
    "sat_out": _("The good match waits for the next run: a few pairs are drawn by lot to wait, so that we can learn."),
    "left_meanwhile": _("The other left, or does not want introductions any more."),
    "away": _("Has not checked in or attended anything for a while."),
    "no_consent": _("Has not agreed to matching and to introductions by e-mail."),
    "paused": _("Was paused."),
    "own_quota_reached": _("Wanted no more introductions for now: the number chosen is reached."),
    "kept_apart": _("The only good match is one whom a rule of the managers keeps apart."),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownVerdict:
    """One run's decision: the outcome and what it means (English; translated where it is shown)."""

    run: str
    at: datetime | None
    outcome: str
    why: str
    detail: str
    introduction: str | None


def verdicts_on(
    uow: UnitOfWork, member: str, *, told_as: Mapping[str, str] = MappingProxyType({}), limit: int = 10
) -> list[ShownVerdict]:
    """Return what the latest runs decided for a member, newest first; those in `told_as` are told as others."""
    started = {run.id: run.started_at for run in uow.operations.runs(limit=RUNS)}
    return [
        ShownVerdict(
            run=each.run,
            at=started.get(each.run),
            outcome=told_as.get(each.outcome, each.outcome),
            why=WHY.get(told_as.get(each.outcome, each.outcome), ""),
            detail=each.detail,
            introduction=each.introduction,
        )
        for each in uow.operations.verdicts(member=member, limit=limit)
    ]
