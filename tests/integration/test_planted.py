"""Contact data planted in noisy check-ins comes up nowhere: no topic, no proposal, no file, no line of the log."""

import gzip
import json
import logging
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from serendipity.domain.model import RecordKind
from serendipity.intake.check_ins import record_check_ins
from serendipity.intake.inputs import CheckInInput
from serendipity.topics.phrases import normalise
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import read_and_project
from tests.fakes import FakeClock
from tests.integration.projection.community import join, services_in

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MEMBERS = tuple("abcdef")


def rows() -> list[dict[str, Any]]:
    """Return the labelled check-ins."""
    path = Path(os.environ["SERENDIPITY_BENCH"]) / "topics" / "noisy_checkins.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def said(services: Services, texts: list[str]) -> None:
    """Let the members say these texts in turns, a minute apart, read them and make the graph."""
    join(services, MEMBERS)
    inputs = [
        CheckInInput(id=f"c-{i}", member=MEMBERS[i % len(MEMBERS)], text=text, at=NOW + timedelta(minutes=i))
        for i, text in enumerate(texts)
    ]
    with services.ledger.write() as uow:
        record_check_ins(uow, inputs, source="test", now=services.clock.now(), scrub=services.scrub)
    read_and_project(services)


@pytest.mark.skipif("SERENDIPITY_BENCH" not in os.environ, reason="SERENDIPITY_BENCH names no folder of bench data")
def test_no_planted_contact_data_comes_up_anywhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Not among what was read, nor in any file of the installation, nor in the log."""
    caplog.set_level(logging.DEBUG)
    labelled = rows()
    planted = {each for row in labelled for each in row["pii"]}

    services = services_in(tmp_path, FakeClock(NOW + timedelta(days=2)))
    said(services, [row["text"] for row in labelled])
    with services.ledger.read() as uow:
        made = uow.records.recent(kinds={RecordKind.UNDERSTOOD}, limit=len(labelled))
    phrases = {f" {mention[0]} " for record in made if record.data for mention in record.data["mentions"]}
    services.graph.close()
    services.ledger.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()).lower()

    assert len(made) == len(labelled)
    assert len(phrases) > 1_000
    assert [each for each in planted if any(f" {normalise(each)} " in phrase for phrase in phrases)] == []
    assert [each for each in planted if each.lower().encode() in kept] == []
    assert [each for each in planted if each.lower() in caplog.text.lower()] == []
