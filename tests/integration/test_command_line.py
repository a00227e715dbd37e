"""The command line as an operator uses it, on a real installation in a temporary folder."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner, Result

from serendipity.cli import app
from serendipity.stores.ledger_sql import open_ledger
from serendipity.topics.drift import WINDOWS_DAYS

ROOT = typer.main.get_command(app)
WITHOUT_JSON = {"run", "web", "worker", "topics extract"}


def commands(command: Any = ROOT, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield every command with its name as typed."""
    children = getattr(command, "commands", {})
    if not children:
        yield " ".join(path), command
    for name, child in children.items():
        yield from commands(child, (*path, name))


def call(folder: Path, *words: str, stdin: str | None = None) -> Result:
    """Run a command on the installation in a folder."""
    return CliRunner().invoke(app, ["--data-dir", str(folder), *words], input=stdin)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where no .env lies."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example community, played once, with its five best introductions as JSON in `best.json`."""
    folder = tmp_path_factory.mktemp("played")
    result = call(folder, "demo", "--once", "--json")
    assert result.exit_code == 0, result.output
    (folder / "best.json").write_text(result.stdout)
    return folder


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=[name for name, _ in commands()])
def test_every_command_shows_an_example_and_can_print_json(name: str, command: Any) -> None:
    """Help without an example, or a result that no program can read, fails."""
    options = {option for parameter in command.params for option in parameter.opts}

    assert "Example: `" in (command.help or "")
    assert "--json" in options or name in WITHOUT_JSON


def test_the_demo_prints_its_five_best_introductions_with_reasons(played: Path) -> None:
    """Each is a pair with a score and evidence."""
    best = json.loads((played / "best.json").read_text())

    assert len(best) == 5
    assert all(match["reasons"] and 0 < match["score"] <= 1 and match["member"] != match["other"] for match in best)


def test_topics_rise_and_fade_in_the_demo(played: Path) -> None:
    """In the window that the managers' page opens with."""
    ledger = open_ledger(f"sqlite:///{played / 'ledger.db'}")
    with ledger.read() as uow:
        told = [(signal.name, signal.data or {}) for signal in uow.signals.after(0, limit=50)]
    ledger.close()
    month = {data["label"]: name for name, data in told if data["days"] == WINDOWS_DAYS[1]}

    assert month == {"Language Models": "topic.rising", "Subsidies": "topic.fading"}


def test_the_demo_is_played_once_and_then_kept(played: Path) -> None:
    """A second start finds the community as it is."""
    before = json.loads(call(played, "graph", "status", "--json").stdout)
    again = call(played, "demo", "--once", "--json")
    after = json.loads(call(played, "graph", "status", "--json").stdout)

    assert again.exit_code == 0
    assert (before["behind"], after["behind"]) == (0, 0)
    assert before["counts"]["Member"] == after["counts"]["Member"]


def test_a_check_in_says_what_was_understood(played: Path) -> None:
    """The green tick of the command line, and a clear error for a member that nobody knows."""
    known = call(played, "check-in", "m-001", "a dashboard about energy storage", "--json")
    unknown = call(played, "check-in", "nobody", "anything at all")
    own = call(played, "check-in", "m-001", "back from a burnout, with a dashboard")

    assert "Dashboards" in {topic["label"] for topic in json.loads(known.stdout)["topics"]}
    assert unknown.exit_code == 1
    assert "add the member first" in unknown.stderr
    assert own.exit_code == 0
    assert "burnout" not in own.stdout.casefold()


def test_a_dry_run_introduces_nobody(played: Path) -> None:
    """It prints what it would do, for one member as for all."""
    result = json.loads(call(played, "match", "--dry-run", "--member", "m-002", "--json").stdout)

    assert result["dry_run"]
    assert result["introductions"] == []


def test_an_earlier_moment_is_looked_from_only_without_introducing(played: Path) -> None:
    """An introduction from the past would be a surprise of the wrong kind."""
    refused = call(played, "match", "--as-of", "2020-01-01")

    assert refused.exit_code == 1
    assert "--dry-run" in refused.stderr


def test_a_date_that_is_none_is_told(played: Path) -> None:
    """The error shows how to write one."""
    assert "2026-01-31" in call(played, "match", "--as-of", "someday", "--dry-run").stderr


def test_a_rebuild_gives_the_same_counts(played: Path) -> None:
    """The graph is a fold of the ledger, so folding again changes nothing."""
    assert call(played, "graph", "catch-up", "--json").exit_code == 0
    before = json.loads(call(played, "graph", "status", "--json").stdout)["counts"]
    rebuilt = call(played, "graph", "rebuild", "--json")
    after = json.loads(call(played, "graph", "status", "--json").stdout)["counts"]

    assert rebuilt.exit_code == 0
    assert before == after


def test_reading_again_with_the_same_vocabulary_changes_little_and_is_previewed(played: Path) -> None:
    """A dry run says how many texts it would read otherwise and writes nothing."""
    head = json.loads(call(played, "graph", "status", "--json").stdout)["offset"]
    report = json.loads(call(played, "graph", "reread", "--dry-run", "--json").stdout)

    assert report["dry_run"]
    assert report["read"] > 2000
    assert json.loads(call(played, "graph", "status", "--json").stdout)["offset"] == head


def test_managers_and_keys_are_made_listed_and_revoked(played: Path) -> None:
    """Secrets are shown once; an unknown scope is refused with the list of scopes."""
    manager = json.loads(call(played, "manager", "add", "mila@example.org", "--name", "Mila", "--json").stdout)
    key = json.loads(call(played, "key", "add", "door", "--scope", "check-ins:write", "--json").stdout)
    wrong = call(played, "key", "add", "door", "--scope", "everything")
    call(played, "key", "revoke", key["id"])
    [listed] = json.loads(call(played, "key", "list", "--json").stdout)

    assert len(manager["password"]) > 12
    assert listed["revoked_at"] is not None
    assert wrong.exit_code == 1
    assert "check-ins:write" in wrong.stderr


def test_an_erased_member_stays_erased_in_a_restored_backup(played: Path, tmp_path: Path) -> None:
    """Backup, erase, restore with the list of erasures: the member does not come back."""
    backup = json.loads(call(played, "backup", str(tmp_path / "backups"), "--json").stdout)["archive"]
    assert call(played, "erase", "m-003", "--yes", "--json").exit_code == 0
    restored = tmp_path / "restored"
    list_of_erasures = str(played / "erasures.jsonl")
    report = json.loads(call(played, "restore", backup, str(restored), "--erasures", list_of_erasures, "--json").stdout)

    assert report["erased"] == ["m-003"]
    assert call(restored, "check-in", "m-003", "still here").exit_code == 1


def test_the_doctor_finds_nothing_wrong_with_the_demo(played: Path) -> None:
    """Warnings are fine on one's own machine; problems are not."""
    findings = json.loads(call(played, "doctor", "--json").stdout)

    assert not [finding for finding in findings if finding["level"] == "problem"]


def test_a_wrong_setting_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line says which variable, not where in the code."""
    monkeypatch.setenv("SERENDIPITY_PORT", "many")
    result = call(tmp_path, "graph", "status")

    assert result.exit_code == 1
    assert "SERENDIPITY_PORT" in result.stderr


def test_topics_are_extracted_in_order_with_a_vocabulary_of_ones_own(tmp_path: Path) -> None:
    """JSON lines in, JSON lines out, as many."""
    words = tmp_path / "words.json"
    words.write_text(json.dumps([["bee-keeping", 5], ["rare-thing", 1]]))
    lines = "".join(json.dumps({"text": text}) + "\n" for text in ("bee keeping in the city", "", "a rare thing"))
    result = call(tmp_path, "topics", "extract", "--vocabulary", str(words), stdin=lines)
    found = [json.loads(line)["topics"] for line in result.stdout.splitlines()]

    assert len(found) == 3
    assert found[0][0] == "bee keeping"
    assert found[1] == []


@pytest.mark.parametrize("line", ["no JSON", "[1]", '{"txt": "yoga"}', '{"text": null}', "[" * 100_000])
def test_a_line_that_is_no_text_is_told_with_its_number(tmp_path: Path, line: str) -> None:
    """After what came of the lines before it."""
    result = call(tmp_path, "topics", "extract", stdin=f'{{"text": "yoga"}}\n{line}\n')

    assert result.exit_code == 1
    assert json.loads(result.stdout)["topics"] == ["Yoga"]
    assert "Line 2" in result.stderr


def test_brackets_in_what_is_told_are_shown(tmp_path: Path) -> None:
    """They are no markup."""
    words = tmp_path / "words.json"
    words.write_text('{"yoga": 3}')

    result = call(tmp_path, "topics", "extract", "--vocabulary", str(words), stdin='{"text": "yoga"}\n')

    assert "[label, count]" in result.stderr.replace("\n", " ")
