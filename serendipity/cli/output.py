"""The output of commands: text for people, or JSON with --json; errors in one line that says what to do."""

import functools
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Any, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from serendipity.domain.errors import SerendipityError

P = ParamSpec("P")
T = TypeVar("T")
console = Console()
error_console = Console(stderr=True)
ReportProgress = Callable[[int, int, str], None]
AsJson = typer.Option(False, "--json", help="Print JSON.")


def to_json_data(value: Any) -> Any:
    """Return a value as data that `json.dumps` accepts: dataclasses as objects, times as ISO 8601."""
    match value:
        case _ if is_dataclass(value) and not isinstance(value, type):
            return to_json_data(asdict(value))
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {str(key): to_json_data(each) for key, each in value.items()}
        case set() | frozenset():
            return sorted(to_json_data(each) for each in value)
        case list() | tuple():
            return [to_json_data(each) for each in value]
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def show(value: Any, *, as_json: bool, text: Callable[[], object]) -> None:
    """Print a result as JSON, or call the function that prints it for people."""
    if as_json:
        sys.stdout.write(json.dumps(to_json_data(value), indent=2, ensure_ascii=False) + "\n")
    else:
        text()


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str | None = None) -> None:
    """Print a table."""
    drawn = Table(*columns, title=title, title_justify="left")
    for row in rows:
        drawn.add_row(*("" if each is None else escape(str(each)) for each in row))
    console.print(drawn)


def report_errors(command: Callable[P, T]) -> Callable[P, T]:
    """Make a command print a SerendipityError as one line on standard error, and exit with status 1."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except SerendipityError as error:
            error_console.print(f"[red]{type(error).__name__}[/]: {escape(str(error))}", highlight=False)
            raise typer.Exit(1) from error

    return run


@contextmanager
def show_progress(*, quiet: bool = False) -> Iterator[ReportProgress]:
    """Show progress bars on standard error, one for each stage of the work, with counts, rates and time left."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=error_console, disable=quiet, transient=True, refresh_per_second=2) as bars:
        tasks: dict[str, Any] = {}

        def tell(done: int, total: int, what: str) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total, rate="")
            task = tasks[what]
            bars.update(task, completed=done, total=total)
            speed = bars.tasks[task].speed
            bars.update(task, rate=f"{speed:,.0f}/s" if speed else "")

        yield tell
