"""Curation of topics by the manager of a page."""

from collections.abc import Mapping
from typing import Any

from serendipity.domain.model import RecordKind
from serendipity.usecases.topics.curation import Decision, decide
from serendipity.web.pages import PageRequest


def curator(page: PageRequest) -> str:
    """Return who curates, as the audit names them."""
    assert page.manager is not None
    return f"manager:{page.manager.id}"


def curate(page: PageRequest, kind: RecordKind, data: Mapping[str, Any]) -> None:
    """Take one decision about a topic or phrase. Raises InvalidInput or Conflict where it cannot hold."""
    decide(page.services, Decision(kind=kind, data=data), by=curator(page))
