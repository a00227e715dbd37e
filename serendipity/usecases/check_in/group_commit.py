"""Group commit: what several threads write at the same moment goes into one transaction, made durable once."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from serendipity.domain.errors import LedgerUnavailable
from serendipity.ports import Ledger, UnitOfWork

Item = TypeVar("Item")
Answer = TypeVar("Answer")
MOST = 200


class GroupCommit:
    """Lets threads share transactions on the ledger; each gets its own answer or its own error, once it is durable."""

    def __init__(self, ledger: Ledger) -> None:
        """Write into this ledger."""
        self._ledger = ledger
        self._leading = threading.Lock()
        self._queue = threading.Lock()
        self._waiting: list[_Turn] = []

    def write(self, work: Callable[[UnitOfWork, Sequence[Item]], Sequence[Answer]], item: Item) -> Answer:
        """Do the work on an item in a transaction and return its answer after the commit.

        The items that wait for the same work are given to it at one go; it answers in order. One that fails fails
        alone: the transaction is rolled back, and each of the company runs once more by itself; so the work must do
        nothing that a rollback does not undo. Raises what the work raises, LedgerUnavailable.
        """
        turn = _Turn(work, item)
        with self._queue:
            self._waiting.append(turn)
        with self._leading:
            while not turn.done:
                self._lead()
        if turn.error is not None:
            raise turn.error
        answer: Answer = turn.answer
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
                answers = _answers(uow, company)
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
            for turn, answer in answers:
                turn.answer, turn.done = answer, True


class _Turn:
    """One thread's item, what is to be done with it, and what came of it."""

    def __init__(self, work: Callable[[UnitOfWork, Sequence[Any]], Sequence[Any]], item: Any) -> None:
        self.work, self.item = work, item
        self.answer: Any = None
        self.error: BaseException | None = None
        self.done = False

    def fail(self, error: BaseException) -> None:
        """End with an error, unless it has ended already."""
        if not self.done:
            self.error, self.done = error, True


def _answers(uow: UnitOfWork, company: Sequence[_Turn]) -> list[tuple[_Turn, Any]]:
    found: list[tuple[_Turn, Any]] = []
    for work in dict.fromkeys(turn.work for turn in company):
        alike = [turn for turn in company if turn.work == work]
        found += zip(alike, work(uow, [turn.item for turn in alike]), strict=True)
    return found
