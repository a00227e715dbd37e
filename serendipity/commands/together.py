"""Group commit: what several threads write at the same moment goes into one transaction, made durable once."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from serendipity.domain.errors import LedgerUnavailable
from serendipity.ports import Ledger, UnitOfWork

T = TypeVar("T")
MOST = 200


class WritingTogether:
    """Lets threads share transactions on the ledger; each gets its own answer or its own error, once it is durable."""

    def __init__(self, ledger: Ledger) -> None:
        """Write into this ledger."""
        self._ledger = ledger
        self._leading = threading.Lock()
        self._queue = threading.Lock()
        self._waiting: list[_Turn] = []

    def write(self, job: Callable[[UnitOfWork], T]) -> T:
        """Do a job in a transaction and return its answer after the commit.

        A job that fails fails alone: the transaction is rolled back, and those of its company run once more, each by
        itself; so a job must do nothing that a rollback does not undo. Raises what the job raises, LedgerUnavailable.
        """
        turn = _Turn(job)
        with self._queue:
            self._waiting.append(turn)
        with self._leading:
            while not turn.done:
                self._lead()
        if turn.error is not None:
            raise turn.error
        answer: T = turn.answer
        return answer

    def _lead(self) -> None:
        with self._queue:
            company, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            self._run(company)
        except BaseException as error:
            for turn in company:
                turn.fail(error)
            raise

    def _run(self, company: Sequence["_Turn"]) -> None:
        try:
            with self._ledger.write() as uow:
                answers = [turn.job(uow) for turn in company]
        except LedgerUnavailable as error:
            for turn in company:
                turn.fail(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, those of its company have no part in it
            if len(company) == 1:
                company[0].fail(error)
                return
            for turn in company:
                self._run([turn])
        else:
            for turn, answer in zip(company, answers, strict=True):
                turn.answer, turn.done = answer, True


class _Turn:
    """One thread's job, and what came of it."""

    def __init__(self, job: Callable[[UnitOfWork], Any]) -> None:
        self.job = job
        self.answer: Any = None
        self.error: BaseException | None = None
        self.done = False

    def fail(self, error: BaseException) -> None:
        """End with an error, unless it has ended already."""
        if not self.done:
            self.error, self.done = error, True
