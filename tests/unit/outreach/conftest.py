"""What the tests of the outbox share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from serendipity.domain.model import Member, Place, Purpose
from serendipity.ports import Ledger
from serendipity.stores.ledger_sql import open_ledger
from tests.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    """Monday morning."""
    return FakeClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: FakeClock) -> Iterator[Ledger]:
    """A fresh ledger with Anna, who agreed to introductions, and a place in Amsterdam."""
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock=clock)
    opened.migrate()
    with opened.write() as uow:
        uow.members.put(Member(id="anna", name="Anna Jansen", email="anna@example.org"))
        uow.members.set_consent("anna", Purpose.INTRODUCTIONS, given=True, wording="v1", at=clock.now())
        uow.places.put_place(Place(id="p", name="Werkplaats", zone="Europe/Amsterdam"))
    yield opened
    opened.close()
