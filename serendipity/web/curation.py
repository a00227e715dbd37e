"""Curation of topics by managers: checked, appended as a record, taken in at once."""

import uuid
from collections.abc import Mapping
from typing import Any

from serendipity.domain.model import NewRecord, RecordKind
from serendipity.topics.decisions import check
from serendipity.web.audit import note
from serendipity.web.known import vocabulary
from serendipity.web.pages import PageRequest


def curate(page: PageRequest, kind: RecordKind, data: Mapping[str, Any], *, refs: tuple[str, ...]) -> None:
    """Append what a manager decided about a topic or phrase. Raises InvalidInput or Conflict where it cannot hold."""
    new = NewRecord(kind=kind, source="curation", id=str(uuid.uuid4()), at=page.now, data=data, refs=refs)
    check(new, vocabulary(page.services))
    with page.services.ledger.write() as uow:
        uow.records.append([new])
        note(page, uow, kind.value, refs[0], **data)
    page.services.reader.refresh()
