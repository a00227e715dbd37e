"""Candidates told as matches: made for those that are asked for, not for all."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import overload

import numpy as np

from serendipity.domain.model import Match
from serendipity.matching.assignment.rounds import RoundDecision
from serendipity.matching.candidates.fusion import Candidates
from serendipity.matching.explanation.explanation import explain_matches
from serendipity.matching.factors import Factor
from serendipity.matching.scoring.scoring import PreparedSnapshot
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Floats, Integers

AT_ONCE = 1_000


@dataclass(frozen=True, kw_only=True, eq=False)
class MatchExplainer:
    """Candidates with their scores, and what is needed to tell all about some of them."""

    ready: PreparedSnapshot
    found: Candidates
    scores: Floats
    now: datetime
    settings: MatchSettings

    def matches(self, entries: Integers, *, reasons: bool = False) -> list[Match]:
        """Return some entries as matches, with all factors."""
        part = self.ready.completed(self.found.where(entries))
        members, names = self.ready.snapshot.members, list(part.factors)
        factors = np.column_stack([part.factors[name] for name in names]).round(6).tolist()
        told = [
            Match(
                member=members[row],
                other=members[column],
                score=min(score, 1.0),
                relevance=relevance,
                unexpectedness=unexpectedness,
                reasons=(),
                factors=dict(zip(names, each, strict=True)),
            )
            for row, column, score, relevance, unexpectedness, each in zip(
                part.rows.tolist(),
                part.columns.tolist(),
                self.scores[entries].tolist(),
                part.relevance.tolist(),
                part.factors[Factor.UNEXPECTEDNESS].tolist(),
                factors,
                strict=True,
            )
        ]
        return self._with_reasons(told) if reasons else told

    def lists(self, entries: Integers) -> Mapping[str, Sequence[Match]]:
        """Return the matches of each member, out of entries in the order of rows, best first."""
        return _Lists(self, entries)

    def introductions(self, decided: RoundDecision, *, reasons: bool = False) -> Sequence[Match]:
        """Return what a round decided as matches."""

        def told(part: slice) -> list[Match]:
            matches = self.matches(decided.entries[part])
            made = [
                replace(match, score=min(score, 1.0), more=more, factors={**match.factors, **lot})
                for match, score, more, lot in zip(
                    matches, decided.scores[part], decided.more[part], decided.control_arm[part], strict=True
                )
            ]
            return self._with_reasons(made) if reasons else made

        return LazyMatches(len(decided.entries), told)

    def _with_reasons(self, matches: Sequence[Match]) -> list[Match]:
        return explain_matches(self.ready.snapshot, matches, now=self.now, settings=self.settings)


class LazyMatches(Sequence[Match]):
    """Matches in order, each made when it is asked for."""

    def __init__(self, size: int, told: Callable[[slice], list[Match]]) -> None:
        """Let `told` make those of a slice without a step."""
        self._size, self._told = size, told

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, place: int) -> Match: ...
    @overload
    def __getitem__(self, place: slice) -> list[Match]: ...
    def __getitem__(self, place: int | slice) -> Match | list[Match]:
        numbers = range(self._size)[place]
        if isinstance(numbers, int):
            return self._told(slice(numbers, numbers + 1))[0]
        if numbers.step == 1:
            return self._told(slice(numbers.start, numbers.stop))
        return [self[number] for number in numbers]

    def __iter__(self) -> Iterator[Match]:
        for start in range(0, self._size, AT_ONCE):
            yield from self[start : start + AT_ONCE]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


class _Lists(Mapping[str, Sequence[Match]]):
    """The matches of each member who has any."""

    def __init__(self, telling: MatchExplainer, entries: Integers) -> None:
        self._telling, self._entries = telling, entries
        self._rows: Integers = telling.found.rows[entries]

    def __getitem__(self, member: str) -> Sequence[Match]:
        row = self._telling.ready.snapshot.member_index[member]
        part = slice(bisect_left(self._rows, row), bisect_right(self._rows, row))
        if part.start == part.stop:
            raise KeyError(member)
        return self._telling.matches(self._entries[part])

    def __iter__(self) -> Iterator[str]:
        members = self._telling.ready.snapshot.members
        return (members[row] for row in np.unique(self._rows).tolist())

    def __len__(self) -> int:
        return len(np.unique(self._rows))
