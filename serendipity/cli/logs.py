"""Structured logs without personal data: ids, counts, kinds and codes only."""

import logging
from traceback import StackSummary, walk_tb
from typing import TextIO

import structlog

from serendipity.domain.errors import SerendipityError

CAUSES = 10


def set_up_logs(level: str, form: str) -> None:
    """Send every log line through structlog, as JSON or for a terminal, to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    last: list[structlog.typing.Processor] = (
        [structlog.processors.ExceptionRenderer(traceback_without_values), structlog.processors.JSONRenderer()]
        if form == "json"
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=_print_traceback)]
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for noisy in ("alembic", "apscheduler", "neo4j", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def traceback_without_values(exc_info: structlog.typing.ExcInfo) -> str:
    """Return where an error came from, with its causes: files, lines and kinds, but no variables and no messages.

    Messages of foreign errors quote what was sent (a row, a field), and that can be personal; our own do not.
    """
    error: BaseException | None = exc_info[1]
    told: list[str] = []
    while error is not None and len(told) < CAUSES:
        told.append(_told(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nbecause of\n".join(told)


def _told(error: BaseException) -> str:
    frames = "".join(StackSummary.extract(walk_tb(error.__traceback__), capture_locals=False).format())
    said = f": {type(error).__doc__}" if isinstance(error, SerendipityError) else ""
    return f"{frames}{type(error).__module__}.{type(error).__qualname__}{said}"


def _print_traceback(stream: TextIO, info: structlog.typing.ExcInfo) -> None:
    stream.write("\n" + traceback_without_values(info))
