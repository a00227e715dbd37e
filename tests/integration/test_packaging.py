"""What leaves the house is whole: the wheel, the image, the compose file."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from serendipity.config import Settings

ROOT = Path(__file__).parent.parent.parent
SECRETS = {"POSTGRES_PASSWORD": "for-this-test", "NEO4J_PASSWORD": "for-this-test"}
# What the wheel leaves behind on purpose: the templates that translations are made from.
LEFT_BEHIND = {".pot"}


def compose() -> dict[str, Any]:
    """The compose file as it stands."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return read


def composed(settings: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """What docker-compose makes of the file, given only these variables."""
    program = shutil.which("docker-compose")
    if program is None:
        if os.environ.get("SERENDIPITY_TEST_STRICT"):
            pytest.fail("docker-compose is not installed", pytrace=False)
        pytest.skip("docker-compose is not installed (on Debian: apt-get install docker-compose)")
    command = [program, "--env-file", str(settings), "--file", str(ROOT / "docker-compose.yml"), "config"]
    return subprocess.run(command, env={"PATH": os.environ["PATH"], **variables}, capture_output=True, text=True)


def test_the_compose_file_sets_nothing_that_the_service_does_not_read() -> None:
    """A variable that is no setting, there or in .env.example, would be passed over in silence."""
    named = {name for name in compose()["services"]["serendipity"]["environment"] if name.startswith("SERENDIPITY_")}
    named |= set(re.findall(r"SERENDIPITY_\w+", (ROOT / ".env.example").read_text()))
    assert named - {f"SERENDIPITY_{name.upper()}" for name in Settings.model_fields} == set()


def test_the_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    """Templates, translations, migrations and the demo's data are installed with the code."""
    source = tmp_path / "source"
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("serendipity", "graph_schema"):
        shutil.copytree(ROOT / folder, source / folder, symlinks=True, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]

    subprocess.run([*build, "--wheel-dir", str(tmp_path), str(source)], check=True, capture_output=True)

    (wheel,) = tmp_path.glob("serendipity-*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("serendipity/")}
    there = {f"serendipity/{path.relative_to(source / 'serendipity')}" for path in _files(source / "serendipity")}
    there |= {f"serendipity/{path.relative_to(source)}" for path in _files(source / "graph_schema")}
    assert there - packed == set()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix not in LEFT_BEHIND]


def test_the_image_follows_the_rules_for_dockerfiles() -> None:
    """No rule of hadolint is broken."""
    hadolint = Path(sys.executable).with_name("hadolint")
    said = subprocess.run([hadolint, str(ROOT / "Dockerfile")], capture_output=True, text=True)
    assert (said.returncode, said.stdout) == (0, "")


def test_the_image_copies_only_what_the_build_context_lets_in() -> None:
    """What the Dockerfile copies is not hidden by .dockerignore."""
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = {
        word for line in lines if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]
    }
    assert copied - let_in == set()


@pytest.fixture
def no_settings(tmp_path: Path) -> Path:
    """An empty .env file, so that the developer's own is not read."""
    empty = tmp_path / ".env"
    empty.touch()
    return empty


def test_the_compose_file_is_understood(no_settings: Path) -> None:
    """With its two passwords given, docker-compose accepts the file."""
    assert (done := composed(no_settings, **SECRETS)).returncode == 0, done.stderr


@pytest.mark.parametrize("forgotten", sorted(SECRETS))
def test_the_compose_file_has_no_password_of_its_own(forgotten: str, no_settings: Path) -> None:
    """Without a password nothing starts, and the message says what to do."""
    given = {name: value for name, value in SECRETS.items() if name != forgotten}
    refused = composed(no_settings, **given)
    assert refused.returncode != 0
    assert "choose one in .env" in refused.stderr


def test_the_compose_file_opens_ports_to_its_own_machine_only() -> None:
    """Nothing is published beyond 127.0.0.1."""
    ports = [port for service in compose()["services"].values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not str(port).startswith("127.0.0.1:")] == []


def test_every_service_says_whether_it_is_well() -> None:
    """Each has a health check, the service itself in its image."""
    silent = {name for name, service in compose()["services"].items() if "healthcheck" not in service}
    assert silent == {"serendipity"}
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()


def test_the_compose_file_keeps_its_data_in_volumes() -> None:
    """Ledger, graph and files outlive their containers."""
    mounted = {
        volume.split(":")[0] for service in compose()["services"].values() for volume in service.get("volumes", [])
    }
    assert mounted == set(compose()["volumes"]) == {"data", "graph", "ledger"}


def test_the_example_settings_name_every_variable_of_the_compose_file() -> None:
    """Whoever copies .env.example sees all there is to set."""
    used = set(re.findall(r"\$\{([A-Z_0-9]+):", (ROOT / "docker-compose.yml").read_text()))
    named = set(re.findall(r"^#?([A-Z_0-9]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert used == named
