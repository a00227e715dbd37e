"""The root of the command line: one typer application, the settings and the services of a command."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError

from serendipity import __version__
from serendipity.bootstrap import build_services
from serendipity.config import Settings
from serendipity.domain.errors import MisconfiguredSetting
from serendipity.usecases.services import Services

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Serendipity introduces members who should meet and would not have.",
    pretty_exceptions_show_locals=False,
)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    data_dir: Path | None = typer.Option(None, help="Folder of the installation (SERENDIPITY_DATA_DIR)."),
    version: bool = typer.Option(False, "--version", is_eager=True, help="Print the version."),
) -> None:
    """Read settings from SERENDIPITY_… and .env; see docs/operations/settings.md."""
    os.umask(0o077)  # only the owner may read what an installation writes
    if version:
        typer.echo(__version__)
        raise typer.Exit
    context.obj = {"data_dir": data_dir} if data_dir else {}


def read_settings(context: typer.Context, **more: Any) -> Settings:
    """Return the settings, with those given on the command line. Raises MisconfiguredSetting."""
    given = {**(context.obj or {}), **{name: value for name, value in more.items() if value is not None}}
    try:
        return Settings(**given)
    except ValidationError as error:
        wrong = "; ".join(f"SERENDIPITY_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        raise MisconfiguredSetting(f"A setting is wrong: {wrong}") from error


def relax_garbage_collection() -> None:
    """Make Python look for reference cycles less often.

    An import or a run makes millions of short-lived objects with hardly a cycle among them: collecting cycles at the
    default thresholds takes a tenth of the time, and more with more memory in use.
    """
    gc.set_threshold(50_000, 20, 100)


@contextmanager
def open_services(context: typer.Context, **more: Any) -> Iterator[Services]:
    """Open the services of the installation for the block, and close them at its end."""
    services = build_services(read_settings(context, **more))
    try:
        yield services
    finally:
        services.graph.close()
        services.ledger.close()
