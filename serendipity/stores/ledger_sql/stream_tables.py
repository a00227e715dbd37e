"""Tables of the consumer engine: checkpoints, dead letters, ticks and leases."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from serendipity.stores.ledger_sql import declarations
from serendipity.stores.ledger_sql.columns import Instant

metadata, _key = declarations.metadata, declarations.key

consumers = Table(
    "consumers",
    metadata,
    _key("consumer", primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("retry_at", Instant),
    Column("moved_at", Instant),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    _key("id", primary_key=True),
    _key("consumer"),
    _key("subject"),
    Column("error", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_dead_letters_subject", "subject"),
)

ticks = Table(
    "ticks",
    metadata,
    _key("tick", primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant, nullable=False),
    Column("error", Text),
)

leases = Table(
    "leases",
    metadata,
    _key("name", primary_key=True),
    _key("holder"),
    Column("fencing", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
