"""Several processes that start at once on an empty folder: one may wait for another, none ends with an error."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from serendipity.domain.model import RecordKind
from serendipity.stores.ledger_sql import open_ledger
from serendipity.topics.seed import seed_records
from tests.contract.ledger.conftest import *  # noqa: F403 - the empty databases of both kinds
from tests.fakes import MONDAY_MORNING
from tests.faults.test_run import COMMAND, listening
from tests.servers.session import free_port
from tests.waiting import until


@contextmanager
def started(folder: Path, *words: str, url: str = "") -> Iterator["subprocess.Popen[bytes]"]:
    """Start a command on the folder's data, its log beside them."""
    environment = os.environ | ({"SERENDIPITY_LEDGER_URL": url} if url else {})
    with (folder / f"{words[0]}.log").open("wb") as log:
        command = [*COMMAND, "--data-dir", str(folder / "data"), *words]
        process = subprocess.Popen(
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder, env=environment
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def logs(folder: Path) -> str:
    """What all of them said."""
    return "\n".join(path.read_text() for path in sorted(folder.glob("*.log")))


def comes_up(folder: Path, processes: Sequence["subprocess.Popen[bytes]"], port: int, url: str) -> None:
    """Wait until pages are served and the vocabulary is there; whoever ended meanwhile is told at once."""

    def there() -> bool:
        assert all(process.poll() in (None, 0) for process in processes), logs(folder)
        return listening(port) > 0 and seeds(url) == len(seed_records(MONDAY_MORNING))

    until(there, lambda: logs(folder))


def seeds(url: str) -> int:
    """How many topics the ledger was started with."""
    ledger = open_ledger(url)
    try:
        with ledger.read() as uow:
            return uow.records.count(kinds={RecordKind.TOPIC_ADDED})
    except Exception:  # noqa: BLE001 - there is no schema yet
        return 0
    finally:
        ledger.close()


def test_pages_and_worker_start_together(tmp_path: Path, empty_url: str) -> None:
    """On both databases; the vocabulary is written once."""
    port = free_port()
    with ExitStack() as stack:
        web = ("web", "--port", str(port), "--processes", "1")
        both = [stack.enter_context(started(tmp_path, *words, url=empty_url)) for words in (web, ("worker",))]
        comes_up(tmp_path, both, port, empty_url)
        assert [process.poll() for process in both] == [None, None], logs(tmp_path)
    assert "Error" not in logs(tmp_path)


def test_a_manager_is_added_while_the_service_starts_for_the_first_time(tmp_path: Path) -> None:
    """As a script of an operator does."""
    port, url = free_port(), f"sqlite:///{tmp_path / 'data' / 'ledger.db'}"
    with ExitStack() as stack:
        run = stack.enter_context(started(tmp_path, "run", "--port", str(port), "--processes", "1"))
        adding = [
            stack.enter_context(started(tmp_path, "manager", "add", f"m{number}@example.org", "--name", "Mila"))
            for number in range(2)
        ]
        assert [process.wait() for process in adding] == [0, 0], logs(tmp_path)
        comes_up(tmp_path, [run], port, url)
