"""Files that managers bring: members, events and attendance as CSV, events as iCalendar."""

from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import APIRouter
from starlette.responses import Response

from serendipity.domain.errors import InvalidInput
from serendipity.usecases.imports.tables import (
    ImportReport,
    import_attendance,
    import_events,
    import_members,
    import_must_nots,
)
from serendipity.usecases.introductions.must_not import end_broken
from serendipity.web.audit import note
from serendipity.web.forms import Upload
from serendipity.web.pages import ManagerForm, ManagerPage, PageRequest

router = APIRouter(prefix="/manage/import", include_in_schema=False)
KINDS = ("members", "events", "attendance", "must_not")


@router.get("")
def ask(page: ManagerPage) -> Response:
    """Show the form and what a file looks like."""
    return page.show("manage/import.html", kinds=KINDS, kind=page.query("kind") or KINDS[0], report=None)


@router.post("")
def take(page: ManagerPage, form: ManagerForm) -> Response:
    """Read a file, or only say what reading it would do; errors are told by line."""
    kind = form.text("kind")
    try:
        if kind not in KINDS:
            raise InvalidInput("Choose what the file holds.", field="kind")
        upload = form.upload("file")
        report = _imported(page, kind, upload, dry_run=form.flag("dry_run"))
    except InvalidInput as error:
        return _again(page, kind, error)
    if not report.dry_run:
        with page.services.ledger.write() as uow:
            note(page, uow, f"import.{kind}", "file", added=report.added, refused=len(report.errors))
    return page.show("manage/import.html", kinds=KINDS, kind=kind, report=report)


def _imported(page: PageRequest, kind: str, upload: Upload, *, dry_run: bool) -> ImportReport:
    """Import through a file of our own; of the sender's name only the ending counts."""
    services = page.services
    ledger, now, zone = services.ledger, page.now, services.settings.zone
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{Path(upload.name).suffix.lower()}"
        path.write_bytes(upload.content)
        if kind == "members":
            return import_members(ledger, path, now=now, scrub=services.scrub, zone=zone, dry_run=dry_run)
        if kind == "events":
            return import_events(ledger, path, now=now, scrub=services.scrub, zone=zone, dry_run=dry_run)
        if kind == "must_not":
            return _rules(page, path, dry_run=dry_run)
        return import_attendance(ledger, path, now=now, zone=zone, dry_run=dry_run)


def _rules(page: PageRequest, path: Path, *, dry_run: bool) -> ImportReport:
    assert page.manager is not None
    services, by = page.services, f"manager:{page.manager.id}"
    report = import_must_nots(services.ledger, path, by=by, now=page.now, scrub=services.scrub, dry_run=dry_run)
    if report.added and not dry_run:
        with services.ledger.write() as uow:
            end_broken(services, uow, by=by)
    return report


def _again(page: PageRequest, kind: str, error: InvalidInput) -> Response:
    errors = {str(error.details.get("field", "file")): page.say(str(error))}
    return page.show("manage/import.html", status=422, kinds=KINDS, kind=kind, report=None, errors=errors)
