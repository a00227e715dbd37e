"""The check of the translation catalogues finds what it is there to find."""

from pathlib import Path

import pytest

from tests.translations_compiled import compile_catalogue, faults

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """A complete and compiled Dutch catalogue of one message."""
    po = tmp_path / "nl" / "LC_MESSAGES" / "messages.po"
    po.parent.mkdir(parents=True)
    po.write_text(HEADER + 'msgid "Yes"\nmsgstr "Ja"\n')
    compile_catalogue(po)
    return po


def test_a_complete_and_compiled_catalogue_has_no_fault(catalogue: Path) -> None:
    """Nothing is reported where nothing is wrong."""
    assert list(faults(catalogue)) == []


def test_a_changed_text_asks_to_be_compiled(catalogue: Path) -> None:
    """A translation that differs from its compiled form is reported."""
    catalogue.write_text(HEADER + 'msgid "Yes"\nmsgstr "Jawel"\n')
    (fault,) = faults(catalogue)
    assert "older than messages.po" in fault


def test_a_missing_translation_is_named(catalogue: Path) -> None:
    """An empty translation is reported with the text that lacks it."""
    catalogue.write_text(HEADER + 'msgid "Yes"\nmsgstr "Ja"\n\nmsgid "No"\nmsgstr ""\n')
    assert any("not translated: 'No'" in fault for fault in faults(catalogue))


def test_a_catalogue_that_was_never_compiled_is_reported(catalogue: Path) -> None:
    """Without its compiled file a catalogue has no effect."""
    catalogue.with_suffix(".mo").unlink()
    (fault,) = faults(catalogue)
    assert "missing" in fault
