"""Child processes: started with this one, restarted when they die, terminated at the end."""

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
POLL_SECONDS = 0.5
PAUSE_SECONDS = 1.0
# Longer than requests may take to finish at the end.
TERMINATION_SECONDS = 15.0


@dataclass(frozen=True, kw_only=True)
class ChildProcess:
    """A child process and the module-level function that it runs until SIGTERM, or until its parent is gone."""

    name: str
    work: Callable[[Settings], None]
    settings: Settings


@contextmanager
def keep_running(children: Sequence[ChildProcess], ended: threading.Event) -> Iterator[None]:
    """Keep child processes running within the block, at most until `ended` is set; terminate them at its end."""
    threads = [
        threading.Thread(target=_supervise, args=(child, ended), name=f"supervisor of {child.name}")
        for child in children
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _supervise(child: ChildProcess, ended: threading.Event) -> None:
    """Start a process, and restart it when it dies, until the end."""
    while not ended.is_set():
        process = _spawn.Process(target=child.work, args=(child.settings,), name=child.name)
        process.start()
        while process.is_alive() and not ended.wait(POLL_SECONDS):
            pass
        if ended.is_set():
            process.terminate()
            process.join(TERMINATION_SECONDS)
            process.kill()
            process.join()
        else:
            _log.error("the %s died and is started again", child.name, extra={"status": process.exitcode})
            ended.wait(PAUSE_SECONDS)


def end_with_parent(end: Callable[[], object]) -> None:
    """Call `end` in a thread once the parent process is gone."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        end()

    threading.Thread(target=watch, name="parent watch", daemon=True).start()
