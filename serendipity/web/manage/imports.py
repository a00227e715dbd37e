"""The page of uploads: members, events, attendance and rules as CSV, events as iCalendar."""

from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import APIRouter
from starlette.responses import Response

from serendipity.domain.errors import InvalidInput
from serendipity.usecases.imports.tables import ImportReport
from serendipity.usecases.imports.uploads import KINDS, UploadKind, import_upload
from serendipity.web.audit import by_manager
from serendipity.web.forms import Form, Upload
from serendipity.web.pages import ManagerForm, ManagerPage, PageRequest

router = APIRouter(prefix="/manage/import", include_in_schema=False)


@router.get("")
def ask(page: ManagerPage) -> Response:
    """Show the form and an example of each file."""
    return page.show("manage/import.html", kinds=KINDS, kind=page.query("kind") or KINDS[0], report=None)


@router.post("")
def take(page: ManagerPage, form: ManagerForm) -> Response:
    """Import a file, or only report what an import would do, with errors by line."""
    try:
        kind = _kind_of(form)
        report = _import_file(page, kind, form.upload("file"), dry_run=form.flag("dry_run"))
    except InvalidInput as error:
        return _ask_again(page, form.text("kind"), error)
    return page.show("manage/import.html", kinds=KINDS, kind=kind, report=report)


def _import_file(page: PageRequest, kind: UploadKind, upload: Upload, *, dry_run: bool) -> ImportReport:
    """Import an upload from a temporary file of our own; of the sender's name only the ending counts."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{Path(upload.name).suffix.lower()}"
        path.write_bytes(upload.content)
        return import_upload(page.services, kind, path, by=by_manager(page), dry_run=dry_run)


def _kind_of(form: Form) -> UploadKind:
    kind = next((each for each in KINDS if each == form.text("kind")), None)
    if kind is None:
        raise InvalidInput("Choose what the file holds.", field="kind")
    return kind


def _ask_again(page: PageRequest, kind: str, error: InvalidInput) -> Response:
    errors = {str(error.details.get("field", "file")): page.say(str(error))}
    return page.show("manage/import.html", status=422, kinds=KINDS, kind=kind, report=None, errors=errors)
