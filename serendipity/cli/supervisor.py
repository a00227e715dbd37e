"""Processes beside this one: started with it, started again should they die, ended with it."""

import logging
import multiprocessing
import multiprocessing.connection
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from serendipity.config import Settings

_log = logging.getLogger(__name__)
_spawn = multiprocessing.get_context("spawn")
LOOKED_AT_SECONDS = 0.5
PAUSE_SECONDS = 1.0
# Longer than requests may take to finish once the end has come.
PATIENCE_SECONDS = 15.0


@dataclass(frozen=True, kw_only=True)
class Supervisor:
    """A process to keep, and the function of a module that it runs until it gets SIGTERM or is left alone."""

    name: str
    work: Callable[[Settings], None]
    settings: Settings


@contextmanager
def kept(those: Sequence[Supervisor], ended: threading.Event) -> Iterator[None]:
    """Keep processes for the block, at most until `ended` is set; all of them are gone when it is left."""
    keepers = [threading.Thread(target=_keep, args=(one, ended), name=f"keeper of {one.name}") for one in those]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        ended.set()
        for keeper in keepers:
            keeper.join()


def _keep(one: Supervisor, ended: threading.Event) -> None:
    """Start a process, and again should it die, until the end."""
    while not ended.is_set():
        process = _spawn.Process(target=one.work, args=(one.settings,), name=one.name)
        process.start()
        while process.is_alive() and not ended.wait(LOOKED_AT_SECONDS):
            pass
        if ended.is_set():
            process.terminate()
            process.join(PATIENCE_SECONDS)
            process.kill()
            process.join()
        else:
            _log.error("the %s died and is started again", one.name, extra={"status": process.exitcode})
            ended.wait(PAUSE_SECONDS)


def end_with_parent(end: Callable[[], object]) -> None:
    """Call `end` in a thread once the process that started this one is gone."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        end()

    threading.Thread(target=watch, name="parent watch", daemon=True).start()
