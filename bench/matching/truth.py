"""What happened later, by the packs' own scorer, kept by member so that matchers can be compared on the same ones."""

import importlib.util
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.matching.splits import Where

EVER = 10**9


@dataclass(frozen=True, kw_only=True, eq=False)
class Score:
    """The scorer's figures, and for each member with a later tie whether they hit, and hit by surprise."""

    figures: Mapping[str, float]
    hits: NDArray[np.float64]
    surprises: NDArray[np.float64]

    def told(self) -> str:
        """Return the figures as the columns of a CSV line."""
        return ",".join(f"{self.figures[name]:.4f}" for name in ("hit@10", "serUsers", "gini", "coverage"))


def folder() -> Path | None:
    """Return the folder of packs; None where the environment names none."""
    named = os.environ.get("SERENDIPITY_BENCH")
    return Path(named) / "matching" if named else None


class Truth:
    """One split, as the scorer reads it."""

    def __init__(self, here: Path, where: Where) -> None:
        """Read the pack."""
        self._scorer = _scorer(here / "score.py")
        self._where, self._pack = where, here / where.pack
        self.split: Any = self._scorer.Split(
            [here / where.pack],
            f"{where.year}-01-01",
            f"{where.year + 1}-12-31",
            where.span.active_days,
            where.span.tie_days or EVER,
        )

    def score(self, lists: Mapping[str, Sequence[str]]) -> Score:
        """Score lists of ten."""
        split = self.split
        figures = self._scorer.score(split, [{"person": one, "matches": ten} for one, ten in lists.items()])
        hits, surprises = [], []
        for member, truth in split.positive.items():
            ten = (split.index.get(other, -1) for other in lists.get(split.members[member], ())[:10])
            found = [other for other in ten if other in truth]
            hits.append(bool(found))
            surprises.append(any(self._surprising(member, other) for other in found))
        return Score(figures=figures, hits=np.array(hits, float), surprises=np.array(surprises, float))

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of one of the pack's files from before the split."""
        return (row for row in self._scorer.rows([self._pack], name) if row["at"] < self._where.at.date().isoformat())

    def fresh(self, at: str, half_life_days: float) -> float:
        """Return what is left at the split of something that happened at a date."""
        days = (self._where.at.date() - date.fromisoformat(at[:10])).days
        return float(0.5 ** (days / half_life_days))

    def _surprising(self, one: int, other: int) -> bool:
        split = self.split
        likeness = float(split.X[one].multiply(split.X[other]).sum())
        return bool(split.far(one, other)) or likeness < split.median


def _scorer(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("packs_score", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
