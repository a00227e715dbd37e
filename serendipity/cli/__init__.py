"""The command line: `serendipity --help` lists the commands."""

from serendipity.cli import (
    accounts,
    check_in,
    demo,
    graph,
    importing,
    matching,
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
    "check_in",
    "demo",
    "graph",
    "importing",
    "main",
    "matching",
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
