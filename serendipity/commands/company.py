"""Who may be matched in a run, with whom not, how often still, and how long they waited."""

import base64
import json
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from serendipity.commands.services import Services
from serendipity.domain.errors import UnknownMember
from serendipity.domain.model import Purpose
from serendipity.matching.outlook import Outlook
from serendipity.matching.rounds import QUOTA_REACHED, RoundTerms
from serendipity.matching.snapshot import Snapshot
from serendipity.ports import UnitOfWork

NO_CONSENT, AWAY = "no_consent", "away"
MONTH = timedelta(days=30)
REMEMBERED = timedelta(days=180)
Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Company:
    """Who may be matched, who is left out and why, which pairs may not be, what the round owes each.

    And the `outlook`: what earlier outcomes taught, None where scores stand as they are.
    """

    eligible: frozenset[str]
    left_out: Mapping[str, str] = field(default_factory=dict)
    blocked: frozenset[Pair] = frozenset()
    frozen: frozenset[Pair] = frozenset()
    terms: RoundTerms = field(default_factory=RoundTerms)
    outlook: Outlook | None = None

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON, packed: it names everybody."""
        said = {
            "eligible": sorted(self.eligible),
            "left_out": dict(self.left_out),
            "blocked": sorted(self.blocked),
            "frozen": sorted(self.frozen),
            "room": dict(self.terms.room),
            "waited_days": dict(self.terms.waited_days),
            "outlook": self.outlook and self.outlook.as_data(),
        }
        return {"packed": base64.b64encode(zlib.compress(json.dumps(said).encode(), 6)).decode()}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Company":
        """Return what `as_data` said."""
        said = json.loads(zlib.decompress(base64.b64decode(data["packed"])))
        return cls(
            eligible=frozenset(said["eligible"]),
            left_out=said["left_out"],
            blocked=frozenset((one, other) for one, other in said["blocked"]),
            frozen=frozenset((one, other) for one, other in said["frozen"]),
            terms=RoundTerms(room=said["room"], waited_days=said["waited_days"]),
            outlook=Outlook.from_data(said["outlook"]) if said.get("outlook") else None,
        )


def company_of(
    services: Services, snapshot: Snapshot, members: Collection[str] | None, moment: datetime, *, dated: bool
) -> Company:
    """Say who may be matched: with both consents, present in the community, and below their monthly number.

    A `dated` one looks from an earlier moment, and knows no quotas, freezes or waiting. Raises UnknownMember.
    """
    with services.ledger.read() as uow:
        _refuse_unknown(uow, members)
        matching = uow.members.with_purpose(Purpose.MATCHING)
        willing = matching & uow.members.with_purpose(Purpose.INTRODUCTIONS)
        away = _away(snapshot, since=moment - services.settings.active)
        blocked = frozenset(uow.members.blocks())
        if dated:
            return Company(eligible=frozenset((willing & set(snapshot.members)) - away), blocked=blocked)
        room = _room(services, uow, moment)
        full = {id for id, left in room.items() if left <= 0} & willing
        left_out = (
            dict.fromkeys(willing & away, AWAY)
            | dict.fromkeys((matching | set(members or ())) - willing, NO_CONSENT)
            | dict.fromkeys(full, QUOTA_REACHED)
        )
        eligible = frozenset(willing - full - away)
        return Company(
            eligible=eligible,
            left_out=left_out if members is None else {id: why for id, why in left_out.items() if id in set(members)},
            blocked=blocked,
            frozen=frozenset(uow.introductions.pairs_since(moment - services.settings.freeze)),
            terms=RoundTerms(room=room, waited_days=_waited(uow, eligible, moment)),
        )


def _room(services: Services, uow: UnitOfWork, moment: datetime) -> dict[str, int]:
    counts = uow.introductions.counts_since(moment - MONTH)
    return {id: services.settings.per_month - count for id, count in counts.items()}


def _waited(uow: UnitOfWork, eligible: Collection[str], moment: datetime) -> dict[str, float]:
    """Return the days since each one's last introduction, else since they joined; half a year at most."""
    since = moment - REMEMBERED
    latest = uow.members.joined_since(since)
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
