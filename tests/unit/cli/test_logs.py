"""What a log line tells of an error: where it came from and its kind, and nothing that somebody sent."""

import logging

import pytest

from serendipity.cli.logs import set_up_logs


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_errors_line_holds_no_values(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a local variable nor the message of an error, which may quote it, reaches the log."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        set_up_logs("info", form)
        _fail("nora@example.org")
    finally:
        root.handlers[:], root.level = before
    told = capsys.readouterr().err

    assert "ValueError" in told
    assert "KeyError" in told
    assert "test_logs.py" in told
    assert "example.org" not in told


def _fail(address: str) -> None:
    try:
        try:
            int(address)
        except ValueError as error:
            raise KeyError(address) from error
    except KeyError:
        logging.getLogger("serendipity").exception("it did not work")
