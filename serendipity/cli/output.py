"""How commands print: for people, or with --json for programs; errors in one line with what to do."""

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
aside = Console(stderr=True)
Told = Callable[[int, int, str], None]
AsJson = typer.Option(False, "--json", help="Print JSON.")


def plain(value: Any) -> Any:
    """Return JSON-ready data."""
    match value:
        case _ if is_dataclass(value) and not isinstance(value, type):
            return plain(asdict(value))
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(each) for key, each in value.items()}
        case set() | frozenset():
            return sorted(plain(each) for each in value)
        case list() | tuple():
            return [plain(each) for each in value]
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def show(value: Any, *, as_json: bool, text: Callable[[], object]) -> None:
    """Print a result as JSON, or call what prints it for people."""
    if as_json:
        sys.stdout.write(json.dumps(plain(value), indent=2, ensure_ascii=False) + "\n")
    else:
        text()


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str | None = None) -> None:
    """Print a table."""
    drawn = Table(*columns, title=title, title_justify="left")
    for row in rows:
        drawn.add_row(*("" if each is None else escape(str(each)) for each in row))
    console.print(drawn)


def told_errors(command: Callable[P, T]) -> Callable[P, T]:
    """Turn an error of ours into one line on standard error and exit status 1."""

    @functools.wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except SerendipityError as error:
            aside.print(f"[red]{type(error).__name__}[/]: {escape(str(error))}", highlight=False)
            raise typer.Exit(1) from error

    return told


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Told]:
    """Show bars with counts, rates and time left on standard error; one bar a stage of the work."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=aside, disable=quiet, transient=True, refresh_per_second=2) as bars:
        tasks: dict[str, Any] = {}

        def tell(done: int, total: int, what: str) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total, rate="")
            task = tasks[what]
            bars.update(task, completed=done, total=total)
            speed = bars.tasks[task].speed
            bars.update(task, rate=f"{speed:,.0f}/s" if speed else "")

        yield tell
