"""Waiting for other processes and threads: until something is so, and never by how fast the machine is."""

import threading
import time
from collections.abc import Callable

# Only a hang takes so long, on however busy a machine.
PATIENCE, PAUSE = 600.0, 0.1


def until(true: Callable[[], bool], why: Callable[[], str] = str, *, alive: Callable[[], bool] = lambda: True) -> None:
    """Look again and again whether something became true; gives up at once where what it waits for died.

    `why` says what the other side said, when it does not come true.
    """
    give_up, pause = time.monotonic() + PATIENCE, threading.Event()
    while not true():
        assert alive(), f"it ended: {why()}"
        assert time.monotonic() < give_up, why()
        pause.wait(PAUSE)
