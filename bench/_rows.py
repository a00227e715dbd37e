"""Rows of a benchmark's table, and the few things that every measurement needs."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure, against its target (at most or at least) and against what a bare peer does in the same run."""

    what: str
    measured: float | None
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    peer: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Say whether the target was met; None without a target or a figure."""
        if self.measured is None or (self.at_most is None and self.at_least is None):
            return None
        return (self.at_most is None or self.measured <= self.at_most) and (
            self.at_least is None or self.measured >= self.at_least
        )

    @property
    def ratio(self) -> float | None:
        """Return how many times the peer's figure this is."""
        return self.measured / self.peer if self.measured is not None and self.peer else None


def skipped(what: str, reason: str) -> Row:
    """Return the row of something that could not be measured here."""
    return Row(what=what, measured=None, unit="", note=f"skipped: {reason}")


def show(console: Console, title: str, rows: Sequence[Row]) -> None:
    """Print a table of rows, and how busy the machine was."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    caption = f"{os.cpu_count()} cores, load {load}"
    table = Table("figure", title=title, title_justify="left", caption=caption, caption_justify="left")
    for name in ("measured", "target", "peer", "ratio"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("note")
    for row in rows:
        table.add_row(row.what, _measured(row), _target(row), _figure(row.peer), _ratio(row.ratio), row.note)
    console.print(table)


@dataclass
class Stopwatch:
    """What a block took: `wall` seconds, and `cpu` seconds of this process."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def timed() -> Iterator[Stopwatch]:
    """Time a block."""
    watch, wall, cpu = Stopwatch(), time.perf_counter(), time.process_time()
    yield watch
    watch.wall, watch.cpu = time.perf_counter() - wall, time.process_time() - cpu


def percentile(sorted_figures: Sequence[float], share: float) -> float:
    """Return the figure that a share of all lie at or below (nearest rank).

    >>> percentile([1.0, 2.0, 3.0, 4.0], 0.5)
    2.0
    """
    rank = max(0, -(-len(sorted_figures) * round(share * 1000) // 1000) - 1)
    return sorted_figures[rank]


def _measured(row: Row) -> str:
    color = {True: "green", False: "red", None: "default"}[row.met]
    return f"[{color}]{_figure(row.measured)}[/] {row.unit}"


def _target(row: Row) -> str:
    if row.at_most is not None:
        return f"≤ {_figure(row.at_most)}"
    return f"≥ {_figure(row.at_least)}" if row.at_least is not None else ""


def _ratio(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}×"


def _figure(figure: float | None) -> str:
    if figure is None:
        return ""
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"
