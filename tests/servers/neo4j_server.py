"""A real Neo4j for the tests: the one the environment names, else Docker's, else the one from Maven Central."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from neo4j import GraphDatabase
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from tests.servers.session import (
    Note,
    ServerUnavailable,
    free_port,
    in_background,
    owner_pid,
    password,
    started_once,
)

VERSION = "5.26.20"
IMAGE = "neo4j:5.26-community"
HERE = Path(__file__).parent / "neo4j"
START_SECONDS = 600  # on however busy a machine


@dataclass(frozen=True, kw_only=True)
class Neo4jServer:
    """Where a Neo4j answers, and as whom."""

    uri: str
    user: str
    password: str

    @property
    def auth(self) -> tuple[str, str]:
        """User and password, as the driver wants them."""
        return self.user, self.password


def neo4j_for_session() -> Neo4jServer:
    """The session's Neo4j; raises ServerUnavailable with what to install or set."""
    note = _named_by_environment() or started_once("neo4j", _start)
    return Neo4jServer(uri=note["uri"], user=note["user"], password=note["password"])


def _named_by_environment() -> Note | None:
    uri = os.environ.get("SERENDIPITY_TEST_NEO4J_URI")
    if not uri:
        return None
    user = os.environ.get("SERENDIPITY_TEST_NEO4J_USER", "neo4j")
    return {"uri": uri, "user": user, "password": os.environ.get("SERENDIPITY_TEST_NEO4J_PASSWORD", "")}


def _start(folder: Path) -> Note:
    note = _in_docker() if _docker_answers() else _on_java(folder)
    try:
        _wait_until_it_answers(note)
    except ServerUnavailable:
        subprocess.run(note["stop"], check=False, capture_output=True)
        raise
    return note


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    try:
        return subprocess.run(["docker", "info"], capture_output=True, timeout=10).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _in_docker() -> Note:
    port, secret = free_port(), password()
    command = ["docker", "run", "--detach", "--rm", "--publish", f"127.0.0.1:{port}:7687"]
    options = ["--env", f"NEO4J_AUTH=neo4j/{secret}", IMAGE]
    started = subprocess.run([*command, *options], capture_output=True, text=True)
    if started.returncode:
        raise ServerUnavailable(f"Docker could not run {IMAGE}: {started.stderr.strip()}")
    stop = ["docker", "stop", "--time", "5", started.stdout.strip()]
    return _note(port, secret, stop)


def _on_java(folder: Path) -> Note:
    port, secret = free_port(), password()
    command = [
        _java(),
        "-Xmx512m",
        "-XX:+UseSerialGC",
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
        "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
        "--add-opens=java.base/java.lang=ALL-UNNAMED",
        "--class-path",
        f"{_jars()}/*",
        str(HERE / "Neo4jServer.java"),
        str(folder / "home"),
        str(port),
        str(owner_pid()),
    ]
    log = folder / "server.log"
    pid = in_background(command, log, NEO4J_PASSWORD=secret)
    # Nothing of it is kept, so there is nothing to shut down in order.
    return {
        **_note(port, secret, ["sh", "-c", f"kill -KILL {pid} 2>/dev/null || true"]),
        "log": str(log),
        "pid": pid,
    }


def _note(port: int, secret: str, stop: list[str]) -> Note:
    return {"uri": f"bolt://127.0.0.1:{port}", "user": "neo4j", "password": secret, "stop": stop}


def _java() -> str:
    """A JDK of version 17 or 21, which is what Neo4j 5.26 runs on."""
    found = [shutil.which("java") or "", *map(str, Path("/usr/lib/jvm").glob("*/bin/java"))]
    for java in filter(None, found):
        said = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
        version = re.search(r'version "(\d+)', said)
        if version and version[1] in {"17", "21"}:
            return java
    raise ServerUnavailable("Neo4j needs Docker, or Java 17 or 21 (on Debian: apt-get install openjdk-17-jdk-headless)")


def _jars() -> Path:
    """The folder with Neo4j's jars, fetched once for this user."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "serendipity"
    jars = cache / f"neo4j-{VERSION}"
    if not jars.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _fetch(jars)
    return jars


def _fetch(jars: Path) -> None:
    if shutil.which("mvn") is None:
        raise ServerUnavailable("Neo4j needs Docker, or Maven to fetch it (on Debian: apt-get install maven)")
    with tempfile.TemporaryDirectory(dir=jars.parent) as folder:
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}/jars", "-DincludeScope=runtime"]
        fetched = subprocess.run(
            ["mvn", "--batch-mode", "--quiet", "--file", str(HERE / "pom.xml"), *goal], capture_output=True, text=True
        )
        if fetched.returncode:
            raise ServerUnavailable(f"Maven could not fetch Neo4j {VERSION}: {fetched.stdout[-2000:]}")
        try:
            Path(folder, "jars").rename(jars)
        except OSError:
            if not jars.exists():  # another session fetched them meanwhile
                raise


def _wait_until_it_answers(note: Note) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with GraphDatabase.driver(note["uri"], auth=(note["user"], note["password"])) as driver:
                driver.verify_connectivity()
            return
        except (DriverError, Neo4jError, AuthError) as error:
            if time.monotonic() > deadline or _has_ended(note):
                log = Path(note["log"]).read_text()[-2000:] if "log" in note else ""
                raise ServerUnavailable(
                    f"Neo4j ended, or did not answer in {START_SECONDS} s: {error}\n{log}"
                ) from error
        time.sleep(0.25)


def _has_ended(note: Note) -> bool:
    """Tell whether its process is gone, where the system can say so."""
    return "pid" in note and Path("/proc/self").exists() and not Path(f"/proc/{note['pid']}").exists()


def empty(server: Neo4jServer) -> None:
    """Remove every node, edge, constraint and index."""
    with GraphDatabase.driver(server.uri, auth=server.auth) as driver, driver.session() as session:
        session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()
        for constraint in session.run("SHOW CONSTRAINTS YIELD name").value():
            session.run(f"DROP CONSTRAINT `{constraint}`").consume()
        for index in session.run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name").value():
            session.run(f"DROP INDEX `{index}`").consume()
