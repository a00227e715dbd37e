"""A file that a manager uploads: members, events, attendance, or rules on who must not be introduced."""

from pathlib import Path
from typing import Literal, get_args

from serendipity.usecases.audit import audit_action
from serendipity.usecases.imports.tables import (
    ImportOptions,
    ImportReport,
    import_attendance,
    import_events,
    import_members,
    import_must_nots,
)
from serendipity.usecases.introductions.must_not import end_forbidden_introductions
from serendipity.usecases.services import Services

UploadKind = Literal["members", "events", "attendance", "must_not"]
KINDS: tuple[UploadKind, ...] = get_args(UploadKind)


def import_upload(services: Services, kind: UploadKind, path: Path, *, by: str, dry_run: bool) -> ImportReport:
    """Import a file (CSV, or iCalendar for events) and audit how many lines were new and how many were refused.

    A dry run only reports what an import would do. Raises InvalidInput when the file cannot be read.
    """
    report = _import_table(services, kind, path, by=by, dry_run=dry_run)
    if dry_run:
        return report
    if kind == "must_not" and report.added:
        end_forbidden_introductions(services, by=by)
    counts = {"added": report.added, "refused": len(report.errors)}
    with services.ledger.write() as uow:
        audit_action(uow, f"import.{kind}", "file", by=by, now=services.clock.now(), **counts)
    return report


def _import_table(services: Services, kind: UploadKind, path: Path, *, by: str, dry_run: bool) -> ImportReport:
    ledger, now, zone, scrub = services.ledger, services.clock.now(), services.settings.zone, services.scrub
    match kind:
        case "members":
            return import_members(ledger, path, now=now, scrub=scrub, options=ImportOptions(zone=zone, dry_run=dry_run))
        case "events":
            return import_events(ledger, path, now=now, scrub=scrub, options=ImportOptions(zone=zone, dry_run=dry_run))
        case "attendance":
            return import_attendance(ledger, path, now=now, options=ImportOptions(zone=zone, dry_run=dry_run))
        case "must_not":
            return import_must_nots(ledger, path, by=by, now=now, scrub=scrub, options=ImportOptions(dry_run=dry_run))
