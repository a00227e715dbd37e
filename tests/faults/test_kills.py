"""The process is killed at random moments and at named points, ten times."""

from pathlib import Path

from tests.faults.kills import aftermath, assert_nothing_lost_and_nothing_doubled


def test_ten_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    """Check-ins, graph and mails survive ten deaths, five of them at named points."""
    assert_nothing_lost_and_nothing_doubled(aftermath(tmp_path, lives=10, seed=11))
