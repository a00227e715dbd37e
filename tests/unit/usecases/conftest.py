"""What the tests of use cases share: a ledger and a clock."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from serendipity.ports import Ledger
from serendipity.stores.ledger_sql import open_ledger
from tests.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    """A Monday morning."""
    return FakeClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: FakeClock) -> Iterator[Ledger]:
    """An empty SQLite ledger."""
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock=clock)
    opened.migrate()
    yield opened
    opened.close()
