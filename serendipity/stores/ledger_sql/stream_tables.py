"""Tables of what runs by itself: checkpoints, dead letters, ticks, leases, attempts to deliver, and signals."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from serendipity.domain.model import AttemptOutcome
from serendipity.stores.ledger_sql import declarations
from serendipity.stores.ledger_sql.columns import NUMBER, Instant, Word

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

message_attempts = Table(
    "message_attempts",
    metadata,
    _key("message", ForeignKey("messages.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("outcome", Word(AttemptOutcome), nullable=False),
    Column("detail", Text, nullable=False),
)

signals = Table(
    "signals",
    metadata,
    Column("position", NUMBER, primary_key=True, autoincrement=False),
    _key("source"),
    _key("id"),
    Column("name", Text, nullable=False),
    _key("name_key"),  # without case
    _key("category", nullable=True),
    _key("member", nullable=True),
    Column("subject", Text),
    Column("at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("data", Text),
    _key("digest"),
    UniqueConstraint("source", "id"),
    Index("ix_signals_name_key_position", "name_key", "position"),
    Index("ix_signals_member_position", "member", "position"),
    Index("ix_signals_at", "at"),
)

# Of signals that are gone: keyed hashes of source and id, so that an id stays unique for ever.
expired_signals = Table("expired_signals", metadata, _key("key", primary_key=True), _key("digest"))
