"""The matcher: all members in one round, or one member within a check-in."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from serendipity.domain.errors import UnknownMember
from serendipity.domain.model import Match
from serendipity.matching.edges import Floats, Integers
from serendipity.matching.exclusions import Pair, excluded_pairs
from serendipity.matching.explanation import explain_all
from serendipity.matching.fusion import Allowed, Candidates, Proposing
from serendipity.matching.outlook import Foreseeing
from serendipity.matching.rounds import Decided, Round, RoundTerms, decide
from serendipity.matching.scoring import Prepared, prepared, ranks, reciprocal, shared_out, surprising
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot import Snapshot

ENTRIES_PER_BLOCK = 8_000_000
USUAL_TERMS = RoundTerms()
Progress = Callable[[int, int], None]


def match_all(
    snapshot: Snapshot,
    *,
    now: datetime,
    eligible: Collection[str],
    blocked: Collection[Pair] = (),
    frozen: Collection[Pair] = (),
    settings: MatchSettings,
    rng: np.random.Generator,
    terms: RoundTerms = USUAL_TERMS,
    outlook: Foreseeing | None = None,
    progress: Progress | None = None,
) -> Round:
    """Match all eligible members with each other, and choose who is introduced in this round.

    `blocked` and `frozen` are pairs in either order; `rng` draws the lots and orders equals; `terms` say who has room
    and who waited; `outlook` is what earlier outcomes taught; `progress` is told (done, of how many).
    """
    rows = snapshot.rows(eligible)
    allowed = _allowed(snapshot, rows, now, blocked, frozen, settings)
    ready = prepared(snapshot, settings)
    found = all_candidates(ready, rows, allowed, progress)
    found, scores = _scored(found, found, ready, outlook)
    good = _good_enough(found, settings)
    best = good & (ranks(found.rows, found.columns, np.where(good, scores, 0.0)) <= settings.k)
    decided = decide(snapshot, eligible, found, scores, good, terms=terms, settings=settings, rng=rng)
    chosen = _chosen(snapshot, found, scores, decided)
    return Round(
        matches=_by_member(snapshot, found, scores, best),
        chosen=[_with_reasons(snapshot, match, now, settings) for match in chosen],
        outcomes=decided.outcomes,
        counts={
            "eligible": len(eligible),
            "candidates": len(found),
            "good_enough": int(good.sum()),
            "chosen": len(chosen),
        },
    )


def match_one(
    snapshot: Snapshot,
    member: str,
    *,
    now: datetime,
    eligible: Collection[str],
    among: Collection[str] | None = None,
    blocked: Collection[Pair] = (),
    frozen: Collection[Pair] = (),
    settings: MatchSettings,
    outlook: Foreseeing | None = None,
) -> list[Match]:
    """Return the member's best matches with reasons, at most k, now; `among` narrows whom they may be matched with.

    The other side is asked about the `reciprocal_candidates` best only; exposure, which takes all lists, is left out.
    Raises UnknownMember when the graph does not have the member.
    """
    if member not in snapshot.member_index:
        raise UnknownMember
    row = np.array([snapshot.member_index[member]], dtype=np.int64)
    ready = prepared(snapshot, settings)
    everyone = _allowed(snapshot, snapshot.rows({*eligible, member}), now, blocked, frozen, settings)
    narrowed = everyone if among is None else _narrowed(everyone, snapshot.rows(set(among) & set(eligible)))
    found = ready.candidates(row, narrowed)
    found = found.where(ranks(found.rows, found.columns, found.relevance) <= settings.reciprocal_candidates)
    others = ready.candidates(np.unique(found.columns), everyone)
    found, scores = _scored(found, others, replace(ready, settings=replace(settings, exposure=0.0)), outlook)
    good = np.flatnonzero(_good_enough(found, settings))
    best = good[np.argsort(-scores[good], kind="stable")][: settings.k]
    return [_with_reasons(snapshot, _match(snapshot, found, scores, int(n)), now, settings) for n in best]


def all_candidates(ready: Proposing, rows: Integers, allowed: Allowed, progress: Progress | None = None) -> Candidates:
    """Return the shortlists of all rows, found block by block so that memory stays bounded."""
    size = max(ENTRIES_PER_BLOCK // max(len(allowed.eligible), 1), 1)
    blocks: list[Candidates] = []
    for start in range(0, len(rows), size):
        blocks.append(ready.candidates(rows[start : start + size], allowed))
        if progress is not None:
            progress(min(start + size, len(rows)), len(rows))
    return joined(blocks) if blocks else ready.candidates(rows, allowed)


def joined(parts: Sequence[Candidates]) -> Candidates:
    """Put candidates of several blocks together."""
    return Candidates(
        rows=np.concatenate([part.rows for part in parts]),
        columns=np.concatenate([part.columns for part in parts]),
        relevance=np.concatenate([part.relevance for part in parts]),
        factors={name: np.concatenate([part.factors[name] for part in parts]) for name in parts[0].factors},
    )


def _allowed(
    snapshot: Snapshot,
    rows: Integers,
    now: datetime,
    blocked: Collection[Pair],
    frozen: Collection[Pair],
    settings: MatchSettings,
) -> Allowed:
    return _narrowed(
        Allowed(
            eligible=np.zeros(len(snapshot.members), dtype=np.bool_),
            excluded=excluded_pairs(snapshot, now, blocked, frozen, settings),
            organisations=None if settings.same_organisation else snapshot.organisation_codes,
        ),
        rows,
    )


def _narrowed(allowed: Allowed, rows: Integers) -> Allowed:
    eligible = np.zeros_like(allowed.eligible)
    eligible[rows] = True
    return replace(allowed, eligible=eligible)


def _scored(
    found: Candidates, others: Candidates, ready: Prepared, outlook: Foreseeing | None
) -> tuple[Candidates, Floats]:
    settings, both = ready.settings, reciprocal(found, others, ready.settings)
    found = replace(found, factors={**found.factors, "reciprocal": both})
    scores = both * surprising(found, settings)
    if outlook is not None:
        hopes = outlook.relative(ready.snapshot, ready.interests.profiles, found)
        found, scores = replace(found, factors={**found.factors, "propensity": hopes}), scores * hopes
    scores, price = shared_out(found, scores, settings.k, settings)
    return replace(found, factors={**found.factors, "exposure": 1.0 / price}), scores


def _good_enough(found: Candidates, settings: MatchSettings) -> NDArray[np.bool_]:
    return (found.factors["evidence"] >= settings.evidence_floor) & (
        found.factors["unexpectedness"] >= settings.unexpectedness_floor
    )


def _chosen(snapshot: Snapshot, found: Candidates, scores: Floats, decided: Decided) -> list[Match]:
    matches = [_match(snapshot, found, scores, entry) for entry in decided.entries.tolist()]
    return [
        replace(match, score=min(score, 1.0), more=more, factors={**match.factors, **lot})
        for match, score, more, lot in zip(matches, decided.scores, decided.more, decided.lots, strict=True)
    ]


def _match(snapshot: Snapshot, found: Candidates, scores: Floats, entry: int) -> Match:
    return Match(
        member=snapshot.members[found.rows[entry]],
        other=snapshot.members[found.columns[entry]],
        score=min(float(scores[entry]), 1.0),
        relevance=float(found.relevance[entry]),
        unexpectedness=float(found.factors["unexpectedness"][entry]),
        reasons=(),
        factors={name: round(float(factor[entry]), 6) for name, factor in found.factors.items()},
    )


def _with_reasons(snapshot: Snapshot, match: Match, now: datetime, settings: MatchSettings) -> Match:
    return replace(match, reasons=explain_all(snapshot, match.members, now=now, settings=settings))


def _by_member(
    snapshot: Snapshot, found: Candidates, scores: Floats, best: NDArray[np.bool_]
) -> dict[str, list[Match]]:
    entries = np.flatnonzero(best)
    lists: dict[str, list[Match]] = {}
    for entry in entries[np.lexsort((found.columns[entries], -scores[entries], found.rows[entries]))].tolist():
        lists.setdefault(snapshot.members[found.rows[entry]], []).append(_match(snapshot, found, scores, entry))
    return lists
