"""Projection in a child process during a long command, so that reading and projecting do not wait for each other."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event

from serendipity.bootstrap import build_services
from serendipity.config import Settings
from serendipity.domain.errors import SerendipityError
from serendipity.usecases.upkeep import graph

PAUSE_SECONDS = 0.5


class _Ended(Exception):
    """Ends the projection between two batches, after the lease was released."""


@contextmanager
def project_in_background(settings: Settings) -> Iterator[None]:
    """Project what the block appends, in a child process; at the end of the block the current batch is finished.

    The caller projects the rest after the block, and meets the error there that stopped the child.
    """
    processes = multiprocessing.get_context("spawn")
    ended = processes.Event()
    process = processes.Process(target=_project, args=(settings, ended, os.getpid()), name="folding")
    process.start()
    try:
        yield
    finally:
        ended.set()
        process.join()


def _project(settings: Settings, ended: Event, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is left to the parent

    def go_on(*_: object) -> None:
        if ended.is_set() or os.getppid() != parent:
            raise _Ended

    services = build_services(settings, prepare=False)
    try:
        _project_until_ended(lambda: graph.project(services, progress=go_on), go_on, ended)
    finally:
        services.graph.close()
        services.ledger.close()


def _project_until_ended(project: Callable[[], int], go_on: Callable[[], None], ended: Event) -> None:
    try:
        while True:
            go_on()
            if not project():
                ended.wait(PAUSE_SECONDS)
    except (_Ended, SerendipityError):
        return  # the parent meets the same error when it projects the rest, and reports it
