"""What the tests of use cases share: a clock, a ledger, and services over it for those that need more."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from serendipity.bootstrap import build_services
from serendipity.config import Settings
from serendipity.ports import Ledger
from serendipity.stores.ledger_sql import open_ledger
from serendipity.usecases.services import Services
from tests.fakes import FakeClock
from tests.unit.introductions.community import Community, open_community


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


@pytest.fixture
def services(tmp_path: Path, clock: FakeClock) -> Iterator[Services]:
    """Services over an empty SQLite ledger and an empty graph."""
    built = build_services(Settings(data_dir=tmp_path), clock=clock, prepare=False)
    built.ledger.migrate()
    built.graph.migrate()
    yield built
    built.graph.close()
    built.ledger.close()


@pytest.fixture
def community(tmp_path: Path) -> Iterator[Community]:
    """Anna, Bram and Carla, who may be introduced."""
    (tmp_path / "community").mkdir()
    opened = open_community(tmp_path / "community")
    yield opened
    opened.ledger.close()
