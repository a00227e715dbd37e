"""The manager's queue: what a run proposes waits here until somebody decides, or the policy does."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from serendipity.domain.errors import Conflict, NotFound
from serendipity.domain.model import AuditEntry, Introduction, IntroductionState, Match, Party
from serendipity.introductions.circumstances import read_blocking_reason
from serendipity.introductions.settings import IntroductionSettings, Review
from serendipity.ports import UnitOfWork

OPEN = frozenset({IntroductionState.PROPOSED, IntroductionState.APPROVED, IntroductionState.ASKED})
POLICY = "policy"


def introduction_id(run: str, *members: str) -> str:
    """Return the id of an introduction in a run: the same in whichever order its members are named.

    >>> introduction_id("r-1", "m-2", "m-1") == introduction_id("r-1", "m-1", "m-2")
    True
    """
    return "i-" + hashlib.sha256("\x1f".join((run, *sorted(members))).encode()).hexdigest()[:16]


def propose(uow: UnitOfWork, match: Match, *, run: str, now: datetime, policy: IntroductionSettings) -> Introduction:
    """Put a match into the queue, or past it where the policy says so; safe to repeat.

    A pair that is on its way already keeps its introduction, which is returned as it stands.
    """
    id = introduction_id(run, *match.members)
    standing = _find_existing(uow, id, match)
    if standing is not None:
        return standing
    proposed = _new_proposal(id, match, run=run, now=now, policy=policy)
    introduction = proposed if needs_review(id, match.score, policy) else _approve_by(proposed, by=POLICY, now=now)
    uow.introductions.add(introduction)
    _audit(uow, introduction, who="service", what=f"introduction.{introduction.state}", now=now)
    return introduction


def needs_review(id: str, score: float, policy: IntroductionSettings) -> bool:
    """Tell whether a manager sees a match first; a sample is drawn by the id, so that a repeat draws the same.

    >>> needs_review("i-1", 0.9, IntroductionSettings(review=Review.ABOVE, review_above=0.8))
    False
    """
    if policy.review is Review.ABOVE:
        return score < policy.review_above
    if policy.review is Review.SAMPLE:
        drawn = int(hashlib.sha256(id.encode()).hexdigest()[:8], 16) / 16**8
        return drawn < policy.review_sample
    return True


def approve(
    uow: UnitOfWork,
    id: str,
    *,
    by: str,
    now: datetime,
    texts: Mapping[str, str] | None = None,
    version: int | None = None,
    reader_texts: Mapping[str, Mapping[str, Any]] | None = None,
) -> Introduction:
    """Let a proposal go out, edited or as it is, with what each party will read.

    `version` is the one that the manager looked at. Raises Conflict when it is no longer a proposal, or changed since.
    """
    found = _get_unchanged(uow, id, version, {IntroductionState.PROPOSED})
    edited = replace(found, texts=merge_texts(found, texts or {}), reader_texts=reader_texts or {})
    return _save(uow, _approve_by(edited, by=by, now=now), who=by, what="introduction.approved", now=now)


def edit(
    uow: UnitOfWork, id: str, *, by: str, texts: Mapping[str, str], now: datetime, version: int | None = None
) -> Introduction:
    """Replace the text of a proposal in the languages given; an empty text brings the generated one back."""
    found = _get_unchanged(uow, id, version, {IntroductionState.PROPOSED})
    edited = replace(found, texts=merge_texts(found, texts), changed_at=now)
    return _save(uow, edited, who=by, what="introduction.edited", now=now)


def merge_texts(introduction: Introduction, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of an introduction with these in place of those it has; an empty one leaves."""
    return {locale: text for locale, text in {**introduction.texts, **texts}.items() if text.strip()}


def decline(
    uow: UnitOfWork, id: str, *, by: str, reason: str, now: datetime, version: int | None = None
) -> Introduction:
    """Take a proposal out of the queue; nobody is told. Raises Conflict when it is no longer a proposal."""
    found = _get_unchanged(uow, id, version, {IntroductionState.PROPOSED})
    declined = replace(
        found, state=IntroductionState.DECLINED, by=by, reason=reason or None, deadline=None, changed_at=now
    )
    return _save(uow, declined, who=by, what="introduction.declined", now=now)


def reopen(uow: UnitOfWork, id: str, *, by: str, now: datetime, policy: IntroductionSettings) -> Introduction:
    """Take a manager's decline back, as long as a proposal waits for review: it is a proposal again.

    Raises Conflict when it was not declined by a manager, is too old, or the pair is on its way otherwise or cannot be
    introduced any more.
    """
    found = _get_unchanged(uow, id, None, {IntroductionState.DECLINED})
    if now > found.changed_at + policy.time_to_review:
        raise Conflict("It was declined too long ago; a new run proposes anew.")
    members = {party.member for party in found.parties}
    if any({party.member for party in each.parties} >= members for each in _list_open(uow, found)):
        raise Conflict("They are on their way to each other otherwise by now.")
    if read_blocking_reason(uow, found, now=now):
        raise Conflict("They cannot be introduced any more.")
    again = replace(found, state=IntroductionState.PROPOSED, by=None, reason=None, deadline=now + policy.time_to_review)
    return _save(uow, replace(again, changed_at=now), who=by, what="introduction.reopened", now=now)


def _list_open(uow: UnitOfWork, introduction: Introduction) -> list[Introduction]:
    return uow.introductions.search(states=OPEN, member=introduction.parties[0].member)


def _find_existing(uow: UnitOfWork, id: str, match: Match) -> Introduction | None:
    try:
        return uow.introductions.get(id)
    except NotFound:
        return _find_open(uow, match)


def _find_open(uow: UnitOfWork, match: Match) -> Introduction | None:
    for introduction in uow.introductions.search(states=OPEN, member=match.member):
        if {party.member for party in introduction.parties} >= set(match.members):
            return introduction
    return None


def _new_proposal(id: str, match: Match, *, run: str, now: datetime, policy: IntroductionSettings) -> Introduction:
    return Introduction(
        id=id,
        parties=tuple(Party(member=member) for member in match.members),
        state=IntroductionState.PROPOSED,
        score=match.score,
        reasons=match.reasons,
        factors=match.factors,
        arm=match.arm,
        run=run,
        proposed_at=now,
        changed_at=now,
        deadline=now + policy.time_to_review,
    )


def _approve_by(introduction: Introduction, *, by: str, now: datetime) -> Introduction:
    # Due at once, so that the next step is taken even if nobody takes it in this transaction.
    return replace(introduction, state=IntroductionState.APPROVED, by=by, deadline=now, changed_at=now)


def _get_unchanged(uow: UnitOfWork, id: str, version: int | None, states: set[IntroductionState]) -> Introduction:
    found = uow.introductions.get(id)
    if found.state not in states:
        raise Conflict("Somebody decided about this introduction meanwhile; reload the queue.", state=str(found.state))
    if version not in (None, found.version):
        raise Conflict("Somebody changed this introduction meanwhile; reload and look again.", version=found.version)
    return found


def _save(uow: UnitOfWork, introduction: Introduction, *, who: str, what: str, now: datetime) -> Introduction:
    uow.introductions.save(introduction)
    _audit(uow, introduction, who=who, what=what, now=now)
    return replace(introduction, version=introduction.version + 1)


def _audit(uow: UnitOfWork, introduction: Introduction, *, who: str, what: str, now: datetime) -> None:
    uow.operations.audit(AuditEntry(at=now, who=who, what=what, subject=f"introduction:{introduction.id}"))
