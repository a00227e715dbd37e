"""How the service does: health, parked work, and who did what."""

from fastapi import APIRouter
from starlette.responses import Response

from serendipity.usecases.audit import BY_READING
from serendipity.usecases.upkeep.dead_letters import can_retry, cause, retry
from serendipity.web.audit import note
from serendipity.web.health import figures
from serendipity.web.pages import ManagerForm, ManagerPage

router = APIRouter(prefix="/manage", include_in_schema=False)


@router.get("/health")
def show_health(page: ManagerPage) -> Response:
    """Show how far every part is, and work that failed for good."""
    with page.services.ledger.read() as uow:
        parked = uow.operations.parked()
        version = page.services.ledger.check()
    shown = [(each, page.say(cause(each)), can_retry(each)) for each in parked]
    return page.show("manage/health.html", figures=figures(page.services), parked=shown, version=version)


@router.post("/parked/{id}/retry")
def try_again(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Try work that failed for good once more; what stops it again is shown."""
    again = retry(page.services, id)
    with page.services.ledger.write() as uow:
        note(page, uow, "parked.retried", f"parked:{id}", failed=again is not None)
    return page.go("/manage/health", done="failed_again" if again else "worked")


@router.post("/parked/{id}/dismiss")
def dismiss(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Forget work that failed for good."""
    with page.services.ledger.write() as uow:
        uow.operations.unpark(id)
        note(page, uow, "parked.dismissed", f"parked:{id}")
    return page.go("/manage/health", done="dismissed")


@router.get("/settings/audit")
def show_audit(page: ManagerPage) -> Response:
    """Show who did what, newest first; who read what, which is most of it, where it is asked for."""
    subject, reading = page.query("subject"), page.query("reading") == "yes"
    with page.services.ledger.read() as uow:
        without = () if subject or reading else BY_READING
        entries = uow.operations.audited(subject=subject or None, without=without, limit=300)
        names = {f"manager:{each.id}": each.name for each in uow.access.managers()}
    return page.show("manage/audit.html", entries=entries, names=names, subject=subject, reading=reading)
