"""The lease of the matcher: one run at a time, renewed while its process lives, and a note of how far it is."""

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Self

from serendipity.domain.errors import Conflict, SerendipityError
from serendipity.domain.model import Run
from serendipity.ports import UnitOfWork
from serendipity.usecases.services import Services

LEASE, LEASE_SECONDS, BEAT_SECONDS, NOTE_SECONDS = "matching", 180.0, 15.0, 2.0
Progress = Callable[[int, int], None]
_log = logging.getLogger(__name__)


def runs_now(holder: str | None, id: str) -> bool:
    """Tell whether it is this run that holds the lease.

    >>> runs_now("run-1@host:7:0f", "run-1"), runs_now(None, "run-1")
    (True, False)
    """
    return holder is not None and holder.startswith(f"{id}@")


def per_minute(done: int, begun: float) -> int:
    """Return a pace from what was done since a moment on the monotonic clock."""
    return round(60.0 * done / max(time.monotonic() - begun, 1e-3))


class RunLease:
    """Holds the lease while a run lasts; a thread renews it, as one step of a run may take minutes.

    A process that is killed renews it no more, so that within three minutes somebody else can go on.
    """

    def __init__(self, services: Services, run: str, *, dry_run: bool = False) -> None:
        """Take the lease for a run when entered; a dry run needs none."""
        self._services, self._dry_run = services, dry_run
        self._process = f"{services.name}:{uuid.uuid4()}"
        self._run, self._over, self._lost = run, threading.Event(), False
        self._thread = threading.Thread(target=self._beat, name="lease of a run", daemon=True)

    def __enter__(self) -> Self:
        """Take it. Raises Conflict while another run has it."""
        if not self._dry_run:
            with self._services.ledger.write() as uow:
                self._take(uow)
            self._thread.start()
        return self

    def hand_over(self, run: str) -> None:
        """Hold it for another run of this process."""
        with self._services.ledger.write() as uow:
            uow.operations.release(LEASE, holder=self._holder)
            self._run = run
            self._take(uow)

    def telling(self, progress: Progress | None, run: Run | None = None) -> Progress:
        """Return what tells how the run gets on, and notes on the `run` how far it is.

        It raises Conflict when the lease is another's by now: two runs never go on at once.
        """
        begun = noted = time.monotonic()

        def tell(done: int, total: int) -> None:
            nonlocal noted
            if self._lost:
                raise Conflict("Another run took over; look at the list of runs.")
            if progress is not None:
                progress(done, total)
            if run is not None and time.monotonic() - noted > NOTE_SECONDS:
                noted = time.monotonic()
                counts = {"matched": done, "members": total, "pace": per_minute(done, begun)}
                with self._services.ledger.write() as uow:
                    if uow.operations.run(run.id).error is None:
                        uow.operations.put_run(replace(run, counts=counts))

        return tell

    @property
    def _holder(self) -> str:
        return f"{self._run}@{self._process}"

    def _take(self, uow: UnitOfWork) -> None:
        if uow.operations.lease(LEASE, holder=self._holder, seconds=LEASE_SECONDS) is None:
            raise Conflict("A run is under way; wait until it is finished.")

    def _beat(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            try:
                with self._services.ledger.write() as uow:
                    self._take(uow)
            except Conflict:
                self._lost = True
                return
            except SerendipityError as error:
                _log.warning("the lease of a run could not be renewed", extra={"error": type(error).__name__})

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        if not self._dry_run:
            self._over.set()
            self._thread.join()
            with self._services.ledger.write() as uow:
                uow.operations.release(LEASE, holder=self._holder)
