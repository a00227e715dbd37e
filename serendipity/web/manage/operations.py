"""Pages of operations: health, work that failed for good, and the audit."""

from fastapi import APIRouter
from starlette.responses import Response

from serendipity.usecases.audit import BY_READING
from serendipity.usecases.upkeep import dead_letters
from serendipity.web.audit import by_manager
from serendipity.web.health import figures
from serendipity.web.pages import ManagerForm, ManagerPage

router = APIRouter(prefix="/manage", include_in_schema=False)


@router.get("/health")
def show_health(page: ManagerPage) -> Response:
    """Show the health of every part, and work that failed for good."""
    with page.services.ledger.read() as uow:
        parked = uow.dead_letters.list()
        version = page.services.ledger.check()
    shown = [(each, page.say(dead_letters.cause(each)), dead_letters.can_retry(each)) for each in parked]
    return page.show("manage/health.html", figures=figures(page.services), parked=shown, version=version)


@router.post("/parked/{id}/retry")
def try_again(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Try work that failed for good once more; the page shows which error stops it again."""
    worked = dead_letters.retry_by_manager(page.services, id, by=by_manager(page))
    return page.go("/manage/health", done="worked" if worked else "failed_again")


@router.post("/parked/{id}/dismiss")
def dismiss(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Forget work that failed for good."""
    dead_letters.dismiss(page.services.ledger, id, by=by_manager(page), now=page.now)
    return page.go("/manage/health", done="dismissed")


@router.get("/settings/audit")
def show_audit(page: ManagerPage) -> Response:
    """Show the audit, newest first; views of private data, which are most of it, only where asked for."""
    subject, reading = page.query("subject"), page.query("reading") == "yes"
    with page.services.ledger.read() as uow:
        without = () if subject or reading else BY_READING
        entries = uow.operations.audit_entries(subject=subject or None, without=without, limit=300)
        names = {f"manager:{each.id}": each.name for each in uow.access.managers()}
    return page.show("manage/audit.html", entries=entries, names=names, subject=subject, reading=reading)
