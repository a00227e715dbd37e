"""Eligibility for a run: eligible members, excluded pairs, remaining capacity per member, days waited."""

import base64
import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from serendipity.domain.errors import UnknownMember
from serendipity.domain.model import MustNot, Purpose
from serendipity.domain.must_not import pairs_kept_apart
from serendipity.matching.assignment.rounds import NOBODY_GOOD_ENOUGH, QUOTA_REACHED, RoundTerms
from serendipity.matching.learning.outcome_model import OutcomeModel
from serendipity.matching.learning.tie_model import TieModel
from serendipity.matching.snapshot.snapshot import Snapshot
from serendipity.ports import UnitOfWork
from serendipity.usecases.members.match_preferences import dials_of
from serendipity.usecases.services import Services

NO_CONSENT, AWAY, PAUSED, OWN_QUOTA_REACHED = "no_consent", "away", "paused", "own_quota_reached"
KEPT_APART = "kept_apart"  # the only good ones are those whom a managers' rule keeps apart from them
# What is said to a member instead: that a rule is about them, and with whom, is the managers' to tell.
TOLD_AS = {KEPT_APART: NOBODY_GOOD_ENOUGH}
MONTH = timedelta(days=30)
REMEMBERED = timedelta(days=180)
Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Eligibility:
    """Eligible members, those left out with the reason, excluded pairs, and the round's terms.

    `blocked` pairs are those of a member who said never, `apart` those of a managers' rule. `dials` is how surprising
    it shall be for those who chose that themselves; `outlook` what earlier outcomes taught, None where scores stand as
    they are; `judgement` what first ties taught, None where candidates are ranked by fusion.
    """

    eligible: frozenset[str]
    left_out: Mapping[str, str] = field(default_factory=dict)
    blocked: frozenset[Pair] = frozenset()
    apart: frozenset[Pair] = frozenset()
    frozen: frozenset[Pair] = frozenset()
    terms: RoundTerms = field(default_factory=RoundTerms)
    dials: Mapping[str, float] = field(default_factory=dict)
    outcome_model: OutcomeModel | None = None
    tie_model: TieModel | None = None

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON, packed: it names everybody."""
        said = {
            "eligible": sorted(self.eligible),
            "left_out": dict(self.left_out),
            "blocked": sorted(self.blocked),
            "apart": sorted(self.apart),
            "frozen": sorted(self.frozen),
            "room": dict(self.terms.capacity),
            "waited_days": dict(self.terms.waited_days),
            "dials": dict(self.dials),
            "outlook": self.outcome_model and self.outcome_model.as_data(),
            "judgement": self.tie_model and self.tie_model.as_data(),
        }
        return {"packed": base64.b64encode(zlib.compress(json.dumps(said).encode(), 6)).decode()}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Eligibility":
        """Return what `as_data` said; release 0.1 knew no rules and no dials of members."""
        said = json.loads(zlib.decompress(base64.b64decode(data["packed"])))
        return cls(
            eligible=frozenset(said["eligible"]),
            left_out=said["left_out"],
            blocked=frozenset((one, other) for one, other in said["blocked"]),
            apart=frozenset((one, other) for one, other in said.get("apart", ())),
            frozen=frozenset((one, other) for one, other in said["frozen"]),
            terms=RoundTerms(capacity=said["room"], waited_days=said["waited_days"]),
            dials=said.get("dials", {}),
            outcome_model=OutcomeModel.from_data(said["outlook"]) if said.get("outlook") else None,
            tie_model=TieModel.from_data(said["judgement"]) if said.get("judgement") else None,
        )


def eligibility_of(
    services: Services,
    snapshot: Snapshot,
    members: Collection[str] | None,
    moment: datetime,
    *,
    surprise: float,
    dated: bool,
) -> Eligibility:
    """Say who may be matched: with both consents, present in the community, and below their monthly number.

    `surprise` is the community's dial. A `dated` one looks from an earlier moment, and knows no quotas, freezes or
    waiting. Raises UnknownMember.
    """
    with services.ledger.read() as uow:
        _refuse_unknown(uow, members)
        matching, paused = uow.members.with_purpose(Purpose.MATCHING), uow.members.paused()
        willing = matching & uow.members.with_purpose(Purpose.INTRODUCTIONS)
        away = _away(snapshot, since=moment - services.settings.active)
        wishes, rules = uow.members.wishes(), uow.members.must_nots()
        eligibility = Eligibility(
            eligible=frozenset((willing & set(snapshot.members)) - away),
            blocked=frozenset(uow.members.blocks()),
            apart=apart_of(snapshot, rules, willing),
            dials=dials_of(wishes, surprise),
        )
        if dated:
            return eligibility
        counts = uow.introductions.counts_since(moment - MONTH)
        capacity = _capacity(
            services.settings.per_month, counts, {id: most for id, (_, most) in wishes.items() if most}
        )
        full = {id for id, left in capacity.items() if left <= 0} & willing
        eligible = frozenset(willing - full - away)
        left_out = (
            dict.fromkeys((matching | paused | set(members or ())) - willing, NO_CONSENT)
            | dict.fromkeys(paused, PAUSED)
            | dict.fromkeys(willing & away, AWAY)
            | {id: _full(services.settings.per_month, counts.get(id, 0)) for id in full}
        )
        return replace(
            eligibility,
            eligible=eligible,
            left_out=left_out if members is None else {id: why for id, why in left_out.items() if id in set(members)},
            frozen=frozenset(uow.introductions.pairs_since(moment - services.settings.freeze)),
            terms=RoundTerms(capacity=capacity, waited_days=_waited_days(uow, eligible, moment)),
        )


def apart_of(snapshot: Snapshot, rules: Sequence[MustNot], willing: Collection[str]) -> frozenset[Pair]:
    """Return the pairs that the managers' rules keep apart; where members work is as the graph has it."""
    if not rules:
        return frozenset()
    known = zip(snapshot.members, snapshot.organisations, strict=True)
    return pairs_kept_apart(rules, {id: organisation for id, organisation in known if id in willing})


def _capacity(most: int, counts: Mapping[str, int], own: Mapping[str, int]) -> dict[str, int]:
    """Return how many introductions there is room for: the community's number or a smaller one of the member's own."""
    return {id: min(own.get(id, most), most) - counts.get(id, 0) for id in counts.keys() | own.keys()}


def _full(most: int, count: int) -> str:
    return QUOTA_REACHED if count >= most else OWN_QUOTA_REACHED


def _waited_days(uow: UnitOfWork, eligible: Collection[str], moment: datetime) -> dict[str, float]:
    """Return the days since each one's last introduction, else since they joined; half a year at most."""
    since = moment - REMEMBERED
    latest = uow.members.joined_members_since(since)
    for pair, at in uow.introductions.pairs_since(since).items():
        latest |= {id: max(at, latest.get(id, at)) for id in pair}
    return {id: round((moment - latest.get(id, since)) / timedelta(days=1), 2) for id in eligible}


def _away(snapshot: Snapshot, *, since: datetime) -> set[str]:
    """Return those who said and attended nothing since a moment, though they did before: they are not matched."""
    latest = snapshot.last_active
    rows = np.flatnonzero(np.isfinite(latest) & (latest < since.timestamp()))
    return {snapshot.members[row] for row in rows.tolist()}


def _refuse_unknown(uow: UnitOfWork, members: Collection[str] | None) -> None:
    unknown = sorted(set(members or ()) - uow.members.many(members or ()).keys())
    if unknown:
        raise UnknownMember(f"There is no member {unknown[0]!r}; check the id.", member=unknown[0])
