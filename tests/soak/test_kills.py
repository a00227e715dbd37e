"""The process is killed fifty times."""

from pathlib import Path

import pytest

from tests.faults.kills import aftermath, assert_nothing_lost_and_nothing_doubled

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("seed", [1, 2])
def test_fifty_kills_lose_nothing_and_double_nothing(tmp_path: Path, seed: int) -> None:
    """Check-ins, graph and mails survive fifty deaths, at random moments and at every named point."""
    assert_nothing_lost_and_nothing_doubled(aftermath(tmp_path, lives=50, seed=seed))
