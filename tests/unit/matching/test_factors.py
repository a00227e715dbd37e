"""The declared columns are those that candidates carry: none is missing or left over, and each is in its range."""

from dataclasses import replace

import numpy as np

from serendipity.domain.model import Match
from serendipity.matching.candidates.fusion import Candidates
from serendipity.matching.factors import COLUMNS, Factor
from serendipity.matching.matcher import MatchInputs, match_all
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Floats, Sparse
from serendipity.matching.snapshot.snapshot import Snapshot
from tests.unit.matching.test_re_ranker import SETTINGS, by_wording, circles, judge_of
from tests.unit.matching.worlds import NOW

DECLARED = {value for name, value in vars(Factor).items() if not name.startswith("_")}


class Doubling:
    """An outcome model to which every pair is twice as likely as the usual one."""

    def relative(self, snapshot: Snapshot, profiles: Sparse, found: Candidates) -> Floats:
        """Return 2 for each candidate."""
        return np.full(len(found), 2.0)


def matches(settings: MatchSettings, inputs: MatchInputs) -> list[Match]:
    """All matches of a round, those that it introduces among them."""
    snapshot = circles().snapshot()
    rng = np.random.default_rng(3)
    found = match_all(snapshot, now=NOW, eligible=snapshot.members, settings=settings, rng=rng, inputs=inputs)
    return [*found.chosen, *(match for several in found.matches.values() for match in several)]


def test_every_column_is_declared() -> None:
    """With a range, a meaning, who writes it and who reads it."""
    assert COLUMNS.keys() == DECLARED
    for column in COLUMNS.values():
        assert column.lowest <= column.highest
        assert all((column.meaning, column.written_by, column.read_by))


def test_matches_carry_the_declared_columns_and_no_other() -> None:
    """By fusion, with dials, outcomes and a control arm; and re-ranked. Each figure is in its range."""
    dials = MatchInputs(dials={"m00": 0.9}, outcome_model=Doubling())
    fused = matches(replace(SETTINGS, by_lot=0.2, held_back=0.1), dials)
    re_ranked = matches(SETTINGS, MatchInputs(re_ranker=judge_of(circles().snapshot(), by_wording())))

    carried = {name for match in (*fused, *re_ranked) for name in match.factors}
    assert carried == DECLARED
    for match in (*fused, *re_ranked):
        for name, value in match.factors.items():
            assert COLUMNS[name].lowest - 1e-9 <= value <= COLUMNS[name].highest + 1e-9, (name, value)
