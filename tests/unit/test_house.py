"""The rules of the house that no linter knows: each test is one of them."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
LONGEST_MODULE = 400
LONGEST_ADR = 35
MOST_PARAMETERS = 8
UNFINISHED = ["TODO", "FIXME", "XXX", "NotImplementedError", "coming soon", "lorem ipsum"]
TEXTS = {
    ".py",
    ".md",
    ".toml",
    ".html",
    ".txt",
    ".j2",
    ".css",
    ".js",
    ".sql",
    ".cypher",
    ".yml",
    ".yaml",
    ".sh",
    ".java",
    "",
}
CORE = "The core knows no database, web framework or scheduler"
STAGES = ["introductions", "journeys", "outreach", "matching", "intake", "topics"]


def tracked() -> list[Path]:
    """Every file of the project: what git knows, and what it would not ignore."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in found if path.is_file() and not path.is_symlink()]


FILES = tracked()
MODULES = [path for path in FILES if path.suffix == ".py"]
TESTS = [path for path in MODULES if path.name.startswith("test_") and path != Path(__file__)]
OURS = [path for path in FILES if path.suffix in TEXTS and ".min." not in path.name and path != Path(__file__)]


def called(path: Path) -> str:
    """A file's name from the root on."""
    return str(path.relative_to(ROOT))


def matching_lines(pattern: str, files: list[Path], flags: int = 0) -> list[str]:
    """Each line that a pattern is found in, as file:line."""
    wanted = re.compile(pattern, flags)
    return [
        f"{called(path)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if wanted.search(line)
    ]


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    """Every function of a module, methods included."""
    tree = ast.parse(path.read_text(), str(path))
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def settings_of(tool: str) -> dict[str, Any]:
    """One tool's table of pyproject.toml."""
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][tool]
    return table


def test_every_module_stays_under_400_lines() -> None:
    """A longer one is two modules that have not met yet."""
    assert [called(path) for path in MODULES if len(path.read_text().splitlines()) > LONGEST_MODULE] == []


def test_no_function_has_more_than_eight_parameters() -> None:
    """Commands and routes aside, whose parameters are a form's fields: more than that wants a dataclass."""
    surfaces = ("serendipity/cli/", "serendipity/web/")
    modules = [path for path in MODULES if not called(path).startswith(surfaces) and "migrations" not in path.parts]
    found = [
        f"{called(path)}:{function.lineno} {function.name}"
        for path in modules
        for function in functions(path)
        if len([each for each in _parameters(function) if each not in ("self", "cls")]) > MOST_PARAMETERS
    ]
    assert found == []


def _parameters(function: ast.FunctionDef) -> list[str]:
    every = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    return [each.arg for each in every]


def test_nothing_is_left_unfinished() -> None:
    """No marker of work that is still owed stands anywhere."""
    assert matching_lines("|".join(rf"\b{word}\b" for word in UNFINISHED), OURS) == []


def test_every_test_has_a_docstring_of_one_sentence() -> None:
    """A test says what it is about in words, not in its name alone."""
    silent = [
        f"{called(path)}: {function.name}"
        for path in MODULES
        if path.name.startswith("test_")
        for function in functions(path)
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]
    assert silent == []


def test_no_test_patches_or_sleeps() -> None:
    """Fakes are written by hand, and time is passed in."""
    assert matching_lines(r"unittest\.mock|monkeypatch\.setattr|mocker\b|time\.sleep\(", [*TESTS, *_fakes()]) == []


def _fakes() -> list[Path]:
    return [path for path in MODULES if path.name in {"fakes.py", "factories.py"}]


def test_every_ignored_complaint_names_its_rule() -> None:
    """A blanket ignore hides the next mistake too."""
    assert matching_lines(r"#\s*type:\s*ignore(?!\[)|#\s*noqa(?!:)", MODULES) == []


def test_no_test_is_skipped_without_a_reason() -> None:
    """A skip or an expected failure says why."""
    assert matching_lines(r"(mark\.(skip|xfail)|pytest\.(skip|xfail))(\(\))?\s*$", MODULES) == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    """A module is called after what it does."""
    empty_names = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}
    assert [called(path) for path in MODULES if empty_names & {path.stem, path.parent.name}] == []


def test_no_class_manages_or_helps() -> None:
    """A class is a noun of the design; only people are managers."""
    names = [
        node.name
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    ]
    assert [name for name in names if re.search(r".(Manager|Helper|Util|Utils)$", name)] == []


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt", "requirements-bench.txt"])
def test_a_lock_file_names_no_host_and_hashes_everything(lock: str) -> None:
    """The locks say what to install and its hash, never where from."""
    text = (ROOT / lock).read_text()
    assert not re.search(r"://|^\s*--(index|extra-index|find-links|trusted)", text, re.MULTILINE)
    requirements = re.findall(r"^[a-zA-Z0-9].*$(?:\n +--hash.*$)*", text, re.MULTILINE)
    assert requirements
    assert [entry.split()[0] for entry in requirements if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", ["requirements-dev.txt", "requirements-bench.txt"])
def test_each_lock_holds_the_runtime_lock(lock: str) -> None:
    """One environment serves all, at the same versions."""
    assert _pins(ROOT / "requirements.txt") - _pins(ROOT / lock) == set()


def _pins(lock: Path) -> set[str]:
    return set(re.findall(r"^\S+==\S+(?: ; [^\\\n]*[^\\\s])?", lock.read_text(), re.MULTILINE))


def test_the_locks_hold_every_dependency_of_the_project() -> None:
    """A dependency added to pyproject.toml is compiled into the locks with it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {_name(entry) for entry in project["dependencies"]}
    more = project["optional-dependencies"]
    for_development = wanted | {_name(entry) for entry in more["dev"]}
    for_benchmarks = for_development | {_name(entry) for entry in more["bench"]}
    assert wanted - {_name(pin) for pin in _pins(ROOT / "requirements.txt")} == set()
    assert for_development - {_name(pin) for pin in _pins(ROOT / "requirements-dev.txt")} == set()
    assert for_benchmarks - {_name(pin) for pin in _pins(ROOT / "requirements-bench.txt")} == set()


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def test_no_file_names_a_path_of_one_machine() -> None:
    """The project is the same wherever it is cloned."""
    assert matching_lines(re.escape(f"{ROOT}/") + r"|/home/\w+/|/root/", OURS) == []


def test_every_stage_is_held_by_the_contract_of_the_core() -> None:
    """A stage that is new to the tree is kept from databases and frameworks as well."""
    (contract,) = (each for each in settings_of("importlinter")["contracts"] if each["name"] == CORE)
    there = {f"serendipity.{stage}" for stage in STAGES if _exists(stage)}
    assert there - set(contract["source_modules"]) == set()


def _exists(module: str) -> bool:
    path = ROOT / "serendipity" / module
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def test_every_decision_fits_on_a_page() -> None:
    """A decision of more than 35 lines has not been made yet."""
    decisions = [path for path in FILES if path.parent == ROOT / "docs" / "adr"]
    assert decisions
    assert [called(path) for path in decisions if len(path.read_text().splitlines()) > LONGEST_ADR] == []


def test_every_link_between_pages_leads_somewhere() -> None:
    """A relative link of a Markdown page names a file that is there."""
    pages = [path for path in FILES if path.suffix == ".md"]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text())]
    assert [f"{called(page)}: {link}" for page, link in links if not (page.parent / link).exists()] == []


def test_every_make_target_is_explained() -> None:
    """`make help` knows every target that a person calls."""
    makefile = (ROOT / "Makefile").read_text()
    explained = set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))
    assert {"setup", "demo", "run", "test", "lint", "format", "bench", "soak", "lock", "translations"} <= explained


def test_every_decision_is_in_the_index_and_every_reference_to_one_leads_somewhere() -> None:
    """Whoever follows "ADR 0010" finds it, and the index says which numbers were never used."""
    pages = {path.name[:4]: path.name for path in FILES if path.parent.name == "adr" and path.name[:4].isdigit()}
    index = (ROOT / "docs" / "adr" / "README.md").read_text()
    named = {number for path in OURS for number in re.findall(r"ADR (\d{4})", path.read_text(errors="replace"))}

    assert [name for name in pages.values() if name not in index] == []
    assert named - pages.keys() == set()
    gaps = {f"{number:04d}" for number in range(1, int(max(pages)) + 1)} - pages.keys()
    assert [number for number in sorted(gaps) if f"{number} was never used" not in index] == []


def test_no_test_depends_on_how_busy_the_machine_is() -> None:
    """Waits give up after minutes only, examples have no deadline, and no assertion reads a clock."""
    tests = [path for path in MODULES if path.relative_to(ROOT).parts[0] == "tests" and path != Path(__file__)]
    # (Pauses between two looks are fractions of a second.)
    waits = r"\btimeout=|\.wait\((?!0\.)|\.join\(|\.result\(|settimeout\(|PATIENCE\w* = |\w+_SECONDS = "
    short = rf"(?:{waits})(\d{{1,2}}|1[01]\d)(\.\d+)?\b(?!_)|default_timeout\(\d{{1,2}}_?\d{{0,3}}\b(?!_)"
    # A look that needs no answer (is Docker there?), and a thread that is to be still waiting, are short.
    meant = {"tests/servers/neo4j_server.py", "tests/integration/projection/test_projectors.py"}

    assert [line for line in matching_lines(short, tests) if line.split(":")[0] not in meant] == []
    assert matching_lines(r"deadline=(?!None|later|now)", tests) == []
    assert matching_lines(r"assert .*(perf_counter|time\.time)\(", tests) == []
