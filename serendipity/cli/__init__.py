"""The command line: `serendipity --help` lists the commands."""

from serendipity.cli import (
    accounts,
    backtests,
    check_in,
    demo,
    flow,
    graph,
    imports,
    must_not,
    runs,
    serve,
    topics,
    upkeep,
    vocabulary,
)
from serendipity.cli.app import app

__all__ = [
    "accounts",
    "app",
    "backtests",
    "check_in",
    "demo",
    "flow",
    "graph",
    "imports",
    "main",
    "must_not",
    "runs",
    "serve",
    "topics",
    "upkeep",
    "vocabulary",
]


def main() -> None:
    """Run the command line."""
    app()
