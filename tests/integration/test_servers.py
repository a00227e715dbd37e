"""The servers that other tests rely on are real, empty and each test's own."""

import psycopg
import pytest
from neo4j import GraphDatabase
from neo4j.exceptions import AuthError
from playwright.sync_api import Page

from tests.servers.chromium import accessibility_faults
from tests.servers.neo4j_server import Neo4jServer, empty


def test_neo4j_answers_a_query_and_starts_empty(neo4j: Neo4jServer) -> None:
    """What one test writes, the next one does not see, constraints included."""
    with GraphDatabase.driver(neo4j.uri, auth=neo4j.auth) as driver:
        driver.execute_query("CREATE CONSTRAINT one_topic FOR (t:Topic) REQUIRE t.id IS UNIQUE")
        driver.execute_query("CREATE INDEX by_label FOR (t:Topic) ON (t.label)")
        driver.execute_query("UNWIND range(1, 100) AS id CREATE (:Topic {id: id})-[:RELATED_TO]->(:Topic {id: -id})")

        empty(neo4j)

        assert driver.execute_query("MATCH (n) RETURN count(n) AS nodes").records[0]["nodes"] == 0
        assert driver.execute_query("SHOW CONSTRAINTS").records == []
        assert [row["type"] for row in driver.execute_query("SHOW INDEXES").records] == ["LOOKUP", "LOOKUP"]


def test_neo4j_asks_for_its_password(neo4j_server: Neo4jServer) -> None:
    """The server is closed to whoever does not know the session's password."""
    with (
        GraphDatabase.driver(neo4j_server.uri, auth=("neo4j", "wrong")) as driver,
        pytest.raises(AuthError),
    ):
        driver.verify_connectivity()


def test_postgres_gives_each_test_an_empty_database(postgres_url: str) -> None:
    """A fresh database has no tables in its public schema."""
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        connection.execute("CREATE TABLE left_behind (id int)")
    assert tables == (0,)


def test_postgres_keeps_utf8(postgres_url: str) -> None:
    """Emoji and accents come back as they were stored."""
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT %s::text", ["coördinatie 🦑"]).fetchone() == ("coördinatie 🦑",)


def test_a_page_runs_scripts_and_shows_text(page: Page) -> None:
    """Chromium renders what it is given."""
    page.set_content("<h1>?</h1><script>document.querySelector('h1').textContent = 'met'</script>")
    assert page.get_by_role("heading").inner_text() == "met"


def test_a_picture_without_a_text_is_an_accessibility_fault(page: Page) -> None:
    """The accessibility check finds a plain fault, and nothing in a plain page."""
    page.set_content("<html lang=en><title>A</title><main><h1>A</h1><img src='data:,'></main></html>")
    assert [fault.split(":")[0] for fault in accessibility_faults(page)] == ["image-alt"]
    page.set_content("<html lang=en><title>A</title><main><h1>A</h1></main></html>")
    assert accessibility_faults(page) == []
