"""The connection to Neo4j: bounded waits, and what the driver's errors mean to a caller."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from neo4j import READ_ACCESS, WRITE_ACCESS, Driver, GraphDatabase, Record, Result, Session, Transaction
from neo4j.exceptions import AuthError, ClientError, ConfigurationError, DriverError, Neo4jError

from serendipity.domain.errors import GraphUnavailable
from serendipity.stores.named_queries import load_queries

QUERIES = load_queries("serendipity.stores.graph_neo4j", "queries.cypher")
CONNECT_SECONDS = 3.0
ACQUIRE_SECONDS = 4.0
# How long one transaction may take, the wait for the community node's lock included.
TRANSACTION_SECONDS = 120.0
IDLE_CHECK_SECONDS = 30.0
# Errors that Neo4j lays at the client's door, though no query is wrong: too slow, not let in, no such database.
NOT_OURS = ("Neo.ClientError.Transaction.", "Neo.ClientError.Security.", "Neo.ClientError.Database.")


@contextmanager
def answering(uri: str) -> Iterator[None]:
    """Turn the driver's ways of saying that the server is away, closed to us or too slow into GraphUnavailable."""
    try:
        yield
    except AuthError as error:
        raise GraphUnavailable(f"Neo4j at {uri} refused the user or password; correct the settings.") from error
    except ConfigurationError:
        raise
    except DriverError as error:
        raise GraphUnavailable(f"Neo4j at {uri} does not answer ({error}); it is tried again.") from error
    except Neo4jError as error:
        if isinstance(error, ClientError) and not (error.code or "").startswith(NOT_OURS):
            raise
        raise GraphUnavailable(f"Neo4j at {uri} could not do it now ({error.message}); it is tried again.") from error


class Server:
    """Opens sessions and transactions on one database of a Neo4j server."""

    def __init__(self, uri: str, user: str, password: str, database: str | None) -> None:
        self.uri = uri
        self._database = database
        self._driver: Driver = GraphDatabase.driver(
            uri,
            auth=(user, password),
            connection_timeout=CONNECT_SECONDS,
            connection_acquisition_timeout=ACQUIRE_SECONDS,
            max_transaction_retry_time=0,
            liveness_check_timeout=IDLE_CHECK_SECONDS,
            notifications_min_severity="OFF",
        )
        self._bookmarks = GraphDatabase.bookmark_manager()

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[Transaction]:
        """Commit at the end of the block, roll back on any error."""
        with self._session(WRITE_ACCESS if write else READ_ACCESS) as session:
            with answering(self.uri):
                transaction = session.begin_transaction(timeout=TRANSACTION_SECONDS)
            try:
                yield transaction
                with answering(self.uri):
                    transaction.commit()
            finally:
                # The error that ended the block is the one to tell; a server that lost us rolls back by itself.
                with suppress(DriverError, Neo4jError):
                    transaction.close()

    def run_alone(self, query: str, **parameters: Any) -> list[Record]:
        """Run a statement that has to have a transaction of its own (schema, batches)."""
        with answering(self.uri), self._session(WRITE_ACCESS) as session:
            return list(session.run(query, **parameters))

    def close(self) -> None:
        """Close all connections."""
        with answering(self.uri):
            self._driver.close()

    @contextmanager
    def _session(self, access: str) -> Iterator[Session]:
        with answering(self.uri):
            session = self._driver.session(
                database=self._database,
                default_access_mode=access,
                bookmark_manager=self._bookmarks,
                fetch_size=10_000,
            )
        try:
            yield session
        finally:
            with suppress(DriverError, Neo4jError):  # as above
                session.close()


def ask(transaction: Transaction, name: str, **parameters: Any) -> Result:
    """Run a named query."""
    return transaction.run(QUERIES[name], parameters)


def ask_together(transaction: Transaction, name: str, columns: str, **parameters: Any) -> list[Sequence[Any]]:
    """Run a named query with these columns and return its rows as one list, which is read far quicker than records.

    For few rows only, as the server holds all of them at once.
    """
    query = f"CALL () {{ {QUERIES[name]} }} RETURN collect([{columns}]) AS rows"
    rows: list[Sequence[Any]] = transaction.run(query, parameters).single(strict=True)["rows"]
    return rows
