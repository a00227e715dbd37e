"""What the tests of these use cases share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.introductions.community import Community, open_community


@pytest.fixture
def community(tmp_path: Path) -> Iterator[Community]:
    """Anna, Bram and Carla over a fresh ledger."""
    opened = open_community(tmp_path)
    yield opened
    opened.ledger.close()
