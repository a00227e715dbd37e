"""What every test may ask for: real servers, and an environment without the developer's own settings."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Page

from tests.servers.chromium import chromium, fresh_page
from tests.servers.neo4j_server import Neo4jServer, empty, neo4j_for_session
from tests.servers.postgres_server import fresh_database, postgres_for_session
from tests.servers.session import ServerUnavailable, close_session, exclusive, open_session

# How long an example takes says how busy the machine is.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
STRICT = "SERENDIPITY_TEST_STRICT"
# Kept besides the settings of the tests themselves: where the benchmark data lies.
KEPT = "SERENDIPITY_BENCH"
MARKER_OF_FIXTURE = {"neo4j_server": "neo4j", "postgres_url": "postgres", "browser": "browser"}


def pytest_configure(config: pytest.Config) -> None:
    """Forget the developer's settings, and let the controlling process own the session's servers."""
    for name in [name for name in os.environ if name.startswith("SERENDIPITY_")]:
        if not name.startswith("SERENDIPITY_TEST_") and name != KEPT:
            del os.environ[name]
    if not hasattr(config, "workerinput"):
        open_session()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started for this session."""
    if not hasattr(config, "workerinput"):
        close_session()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the servers it talks to, and keep those that share the one Neo4j in one worker."""
    for item in items:
        for fixture in MARKER_OF_FIXTURE.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(MARKER_OF_FIXTURE[fixture])
        group = "neo4j" if item.get_closest_marker("neo4j") else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))


def _cannot(reason: ServerUnavailable) -> None:
    """Skip for want of a server, or fail where the machine promised to have all of them."""
    if os.environ.get(STRICT):
        pytest.fail(str(reason), pytrace=False)
    pytest.skip(str(reason))


@pytest.fixture(scope="session")
def neo4j_server() -> Neo4jServer:
    """A running Neo4j that other tests use too; ask for `neo4j` to have it empty and alone."""
    try:
        return neo4j_for_session()
    except ServerUnavailable as reason:
        _cannot(reason)
        raise


@pytest.fixture
def neo4j(neo4j_server: Neo4jServer) -> Iterator[Neo4jServer]:
    """The running Neo4j, emptied, and used by nobody else as long as the test runs."""
    with exclusive("neo4j-use"):
        empty(neo4j_server)
        yield neo4j_server


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The address of an empty PostgreSQL database of the test's own, as SQLAlchemy wants it."""
    try:
        server = postgres_for_session()
    except ServerUnavailable as reason:
        _cannot(reason)
        raise
    with fresh_database(server) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    try:
        with chromium() as running:
            yield running
    except ServerUnavailable as reason:
        _cannot(reason)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page, without the cookies of any other test; a script error on it fails the test."""
    with fresh_page(browser) as fresh:
        yield fresh
