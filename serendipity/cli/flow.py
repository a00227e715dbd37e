"""`serendipity flow`: the tables of flow.py, with how far each consumer is and when each tick last ran."""

from collections.abc import Sequence

import typer

from serendipity.cli.app import app, open_services
from serendipity.cli.output import AsJson, console, print_table, report_errors, show
from serendipity.domain.model import RecordKind
from serendipity.flow import CONSUMERS, RECORDS, RecordFlow, Tick
from serendipity.usecases.upkeep.flow_status import ConsumerStatus, TickStatus, read_consumers, read_ticks


@app.command()
@report_errors
def flow(context: typer.Context, as_json: bool = AsJson) -> None:
    """Print what follows what: records, consumers with their lag, ticks with their last run.

    Example: `serendipity flow`
    """
    with open_services(context) as services, services.ledger.read() as uow:
        consumers, ticks = read_consumers(uow), read_ticks(uow)
    found = {
        "records": [_record(kind, flow) for kind, flow in RECORDS.items()],
        "consumers": [_consumer(each) for each in consumers],
        "ticks": [_tick(each) for each in ticks],
    }
    show(found, as_json=as_json, text=lambda: _print(found))


def _record(kind: RecordKind, flow: RecordFlow) -> dict[str, object]:
    followed_by = [each.name for each in CONSUMERS if each.kinds is None or kind in each.kinds]
    return {
        "kind": kind.value,
        "written_by": flow.written_by,
        "reads": sorted(flow.reads or ()),
        "graph": flow.graph,
        "signal": flow.signal,
        "followed_by": followed_by,
    }


def _consumer(status: ConsumerStatus) -> dict[str, object]:
    return {
        "name": status.consumer.name,
        "writes": status.consumer.writes,
        "position": status.position,
        "lag": status.lag,
        "dead_letters": status.dead_letters,
        "attempts": status.attempts,
        "moved_at": status.moved_at,
    }


def _tick(status: TickStatus) -> dict[str, object]:
    last = status.last
    return {
        "name": status.tick.name,
        "when": when(status.tick),
        "does": status.tick.does,
        "last_run": last.started_at if last else None,
        "error": last.error if last else None,
    }


def when(tick: Tick) -> str:
    """Say how often a tick comes.

    >>> from serendipity.flow import TICKS
    >>> sorted({when(tick) for tick in TICKS})[:2]
    ['Sunday 04:00', 'Sunday 04:20']
    """
    if tick.every is not None:
        return f"every {tick.every:g} s"
    return f"Sunday {tick.sunday_at}" if tick.sunday_at else "at the match time"


def _print(found: dict[str, list[dict[str, object]]]) -> None:
    for title, columns in (
        ("records", ("kind", "written_by", "reads", "graph", "signal", "followed_by")),
        ("consumers", ("name", "writes", "position", "lag", "dead_letters", "moved_at")),
        ("ticks", ("name", "when", "does", "last_run", "error")),
    ):
        console.print(f"\n[bold]{title.upper()}[/bold]")
        print_table(columns, [[_cell(row[name]) for name in columns] for row in found[title]])


def _cell(value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return "" if value is None else f"{value:%Y-%m-%d %H:%M:%S}" if hasattr(value, "strftime") else str(value)
