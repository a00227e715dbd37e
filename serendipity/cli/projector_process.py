"""Folding in a process of its own beside a long command, so that reading and folding do not wait for each other."""

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
    """Ends folding between two batches, with the lease given back."""


@contextmanager
def folding_beside(settings: Settings) -> Iterator[None]:
    """Keep folding what the block appends; at its end, whatever that is, the batch under way is finished.

    Who opened the block folds what is left, and is told then of whatever kept this from folding.
    """
    processes = multiprocessing.get_context("spawn")
    ended = processes.Event()
    process = processes.Process(target=_fold, args=(settings, ended, os.getpid()), name="folding")
    process.start()
    try:
        yield
    finally:
        ended.set()
        process.join()


def _fold(settings: Settings, ended: Event, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the parent that decides

    def go_on(*_: object) -> None:
        if ended.is_set() or os.getppid() != parent:
            raise _Ended

    services = build_services(settings, prepare=False)
    try:
        _fold_until_ended(lambda: graph.project(services, progress=go_on), go_on, ended)
    finally:
        services.graph.close()
        services.ledger.close()


def _fold_until_ended(project: Callable[[], int], go_on: Callable[[], None], ended: Event) -> None:
    try:
        while True:
            go_on()
            if not project():
                ended.wait(PAUSE_SECONDS)
    except (_Ended, SerendipityError):
        return  # the parent meets the same error when it folds the rest, and tells it
