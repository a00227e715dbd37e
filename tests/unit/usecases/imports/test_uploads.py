"""Files that a manager uploads."""

from pathlib import Path

import pytest

from serendipity.domain.model import AuditEntry, IntroductionState, Match
from serendipity.introductions import queue
from serendipity.usecases.imports.uploads import import_upload
from serendipity.usecases.services import Services

MILA = "manager:mila"
TWO_MEMBERS = "id,name,email\nanna,Anna,anna@example.org\nbram,Bram,bram@example.org\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A table of Anna and Bram."""
    path = tmp_path / "upload.csv"
    path.write_text(TWO_MEMBERS)
    return path


def audit_entries(services: Services) -> list[AuditEntry]:
    with services.ledger.read() as uow:
        return uow.operations.audit_entries(subject="file")


def test_an_upload_is_audited_with_its_counts(services: Services, file: Path) -> None:
    """A line that is refused counts as such."""
    file.write_text(f"{TWO_MEMBERS}carla,Carla,no address\n")
    report = import_upload(services, "members", file, by=MILA, dry_run=False)

    (entry,) = audit_entries(services)
    assert (report.added, len(report.errors)) == (2, 1)
    assert (entry.who, entry.what, entry.data) == (MILA, "import.members", {"added": 2, "refused": 1})


def test_a_dry_run_leaves_nothing(services: Services, file: Path) -> None:
    """Neither members nor an audit entry."""
    report = import_upload(services, "members", file, by=MILA, dry_run=True)

    with services.ledger.read() as uow:
        assert uow.members.count() == 0
    assert (report.added, report.dry_run) == (2, True)
    assert audit_entries(services) == []


def test_uploaded_rules_end_what_they_forbid(services: Services, file: Path) -> None:
    """An introduction on its way between the two is cancelled."""
    import_upload(services, "members", file, by=MILA, dry_run=False)
    match = Match(member="anna", other="bram", score=0.5, relevance=0.5, unexpectedness=0.5, reasons=())
    with services.ledger.write() as uow:
        proposed = queue.propose(uow, match, run="r-1", now=services.clock.now(), policy=services.introductions)
    file.write_text("one,other,why\nanna,bram,\n")
    import_upload(services, "must_not", file, by=MILA, dry_run=False)

    with services.ledger.read() as uow:
        assert uow.introductions.get(proposed.id).state is IntroductionState.CANCELLED
    assert [entry.what for entry in audit_entries(services)] == ["import.must_not", "import.members"]
