"""The demo: from `serendipity demo` in an empty folder to the first answer of its pages."""

import tempfile
from pathlib import Path

from rich.console import Console

from bench._rows import Row, show
from bench._servers import SERENDIPITY, free_port, serving

MOST_SECONDS = 60.0


def run(console: Console) -> list[Row]:
    """Start the demo once with nothing there, and once more with its data."""
    with tempfile.TemporaryDirectory(prefix="serendipity-bench-") as name:
        rows = [_up(Path(name), "first start"), _up(Path(name), "second start")]
    show(console, "The demo up", rows)
    return rows


def _up(folder: Path, what: str) -> Row:
    port = free_port()
    command = (*SERENDIPITY, "--data-dir", str(folder / "data"), "demo", "--port", str(port))
    with serving(command, port=port, health="/healthz", log=folder / "demo.log") as server:
        cpu = server.cpu_seconds()
        after = server.up_after_seconds
    return Row(what=what, measured=after, unit="s", at_most=MOST_SECONDS, note=f"{cpu:.1f} s CPU")
