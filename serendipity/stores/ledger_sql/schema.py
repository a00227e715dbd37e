"""The ledger's tables as they stand now; migrations/ is how a database gets there (a test holds them equal)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from serendipity.domain import model
from serendipity.stores.ledger_sql import declarations
from serendipity.stores.ledger_sql.columns import NUMBER, Instant, Json, Word, Words, WordSet

metadata, _key, _partial = declarations.metadata, declarations.key, declarations.partial


# --- records: the history ---------------------------------------------------------------------------------------

# The times and the JSON of records are raw columns: records.py turns them, a thousand rows at a time.
records = Table(
    "records",
    metadata,
    Column("position", NUMBER, primary_key=True, autoincrement=False),
    _key("kind"),
    _key("source"),
    _key("id"),
    Column("at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    _key("member", nullable=True),
    Column("data", Text),
    Column("about", BigInteger),
    _key("digest"),
    UniqueConstraint("source", "id"),
    Index("ix_records_kind_position", "kind", "position"),
    _partial("ix_records_about", "about", "position", where="about IS NOT NULL"),
)

record_refs = Table(
    "record_refs",
    metadata,
    _key("ref", primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    _key("member", nullable=True),
    # Only what an erasure deletes is looked up by position.
    _partial("ix_record_refs_phrases", "position", where="substr(ref, 1, 7) = 'phrase:'"),
    sqlite_with_rowid=False,
)

ledger_state = Table("ledger_state", metadata, _key("name", primary_key=True), _key("value"))

# --- members ----------------------------------------------------------------------------------------------------

members = Table(
    "members",
    metadata,
    _key("id", primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    _key("locale"),
    Column("organisation", Text),
    Column("about", Text, nullable=False),
    Column("skills", Words, nullable=False),
    Column("seeks", Words, nullable=False),
    Column("offers", Words, nullable=False),
    Column("status", Word(model.MemberStatus), nullable=False),
    Column("paused_until", Instant),
    _key("merged_into", nullable=True),
    Column("joined_at", Instant),
    Column("shares", WordSet, nullable=False),
    _key("email_key", nullable=True),
    Column("search_key", Text, nullable=False),
    Column("surprise", Word(model.Surprise)),
    Column("per_month", Integer),
    _partial("ix_members_wishes", "id", where="surprise IS NOT NULL OR per_month IS NOT NULL"),
    _partial("uq_members_email_key", "email_key", unique=True, where="status NOT IN ('merged', 'erased')"),
)

# Every tail of a name ("jan de wit", "de wit", "wit"), folded, so that any of its words is found by a prefix.
member_names = Table(
    "member_names",
    metadata,
    _key("tail", primary_key=True),
    _key("member", ForeignKey("members.id"), primary_key=True),
    Index("ix_member_names_member", "member"),
    sqlite_with_rowid=False,
)

consents = Table(
    "consents",
    metadata,
    _key("member", ForeignKey("members.id"), primary_key=True),
    Column("purpose", Word(model.Purpose), primary_key=True),
    Column("given", Boolean, nullable=False),
    Column("wording", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_consents_purpose_given", "purpose", "given"),
)

codes = Table(
    "codes",
    metadata,
    _key("member", ForeignKey("members.id"), primary_key=True),
    _key("code_hash"),
    UniqueConstraint("code_hash"),
)

blocks = Table(
    "blocks",
    metadata,
    _key("member", primary_key=True),  # the smaller id of the two
    _key("other", primary_key=True),
    _key("by"),
    Column("why", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_blocks_other", "other"),
)

# What managers rule; in no row of its members, as a side may be an organisation.
must_not = Table(
    "must_not",
    metadata,
    _key("id", primary_key=True),
    Column("one", Words, nullable=False),
    Column("other", Words, nullable=False),
    Column("why", Text, nullable=False),
    _key("by"),
    Column("at", Instant, nullable=False),
)

# --- places -----------------------------------------------------------------------------------------------------

places = Table(
    "places",
    metadata,
    _key("id", primary_key=True),
    Column("name", Text, nullable=False),
    _key("zone"),
    Column("hours", Json, nullable=False),
)

presence = Table(
    "presence",
    metadata,
    _key("member", primary_key=True),
    _key("place"),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Index("ix_presence_until", "until"),
)

events = Table(
    "events",
    metadata,
    _key("id", primary_key=True),
    Column("title", Text, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant),
    Column("description", Text, nullable=False),
    _key("place", nullable=True),
    Column("cancelled", Boolean, nullable=False),
    Index("ix_events_starts_at", "starts_at"),
)

# --- introductions ----------------------------------------------------------------------------------------------

introductions = Table(
    "introductions",
    metadata,
    _key("id", primary_key=True),
    Column("state", Word(model.IntroductionState), nullable=False),
    Column("score", Float, nullable=False),
    Column("reasons", Json, nullable=False),
    Column("factors", Json, nullable=False),
    _key("run", nullable=True),
    Column("proposed_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("deadline", Instant),
    Column("texts", Json, nullable=False),
    Column("reader_texts", Json, nullable=False, server_default="{}"),
    Column("reason", Text),
    _key("by", nullable=True),
    Column("introduced_at", Instant),
    Column("followed_up_at", Instant),
    Column("version", Integer, nullable=False),
    Column("arm", Word(model.TrialArm), nullable=False, server_default="treatment"),
    Index("ix_introductions_state_score", "state", "score"),
    Index("ix_introductions_state_deadline", "state", "deadline"),
    Index("ix_introductions_changed_at", "changed_at"),
    Index("ix_introductions_proposed_at", "proposed_at"),
)

introduction_parties = Table(
    "introduction_parties",
    metadata,
    _key("introduction", ForeignKey("introductions.id"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    _key("member"),
    Column("answer", Word(model.Answer), nullable=False),
    Column("reason", Word(model.DeclineReason)),
    Column("asked_at", Instant),
    Column("answered_at", Instant),
    Column("met", Boolean),
    Column("relevance", Integer),
    Column("surprise", Integer),
    Column("known_before", Boolean),
    Index("ix_introduction_parties_member", "member", "introduction"),
)

# Members on the paths of the reasons: an erasure has to find them too.
introduction_paths = Table(
    "introduction_paths",
    metadata,
    _key("member", primary_key=True),
    _key("introduction", ForeignKey("introductions.id"), primary_key=True),
    Index("ix_introduction_paths_introduction", "introduction"),
)

# --- outbox -----------------------------------------------------------------------------------------------------

messages = Table(
    "messages",
    metadata,
    _key("id", primary_key=True),
    _key("member", nullable=True),
    _key("kind"),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    _key("locale"),
    _key("channel"),
    Column("purpose", Word(model.Purpose)),
    _key("introduction", nullable=True),
    Column("reply_to", Words, nullable=False),
    Column("headers", Json, nullable=False),
    Column("not_before", Instant),
    Column("not_after", Instant),
    Column("state", Word(model.MessageState), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant),
    Column("queued_at", Instant),
    Column("sent_at", Instant),
    Column("error", Text),
    Column("due_at", Instant, nullable=False),  # the later of next_at and not_before
    _key("lease_holder", nullable=True),
    Column("leased_until", Instant),
    Index("ix_messages_state_due_at", "state", "due_at"),
    Index("ix_messages_member_sent_at", "member", "sent_at"),
    Index("ix_messages_introduction", "introduction"),
    Index("ix_messages_queued_at", "queued_at"),
)

message_members = Table(
    "message_members",
    metadata,
    _key("member", primary_key=True),  # named besides the recipient: an erasure has to find them too
    _key("message", ForeignKey("messages.id"), primary_key=True),
)

# --- access -----------------------------------------------------------------------------------------------------

managers = Table(
    "managers",
    metadata,
    _key("id", primary_key=True),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    _key("locale"),
    _key("email_key"),
    UniqueConstraint("email_key"),
)

sessions = Table(
    "sessions",
    metadata,
    _key("token_hash", primary_key=True),
    _key("subject"),
    _key("csrf"),
    Column("expires_at", Instant, nullable=False),
    Index("ix_sessions_subject", "subject"),
)

api_keys = Table(
    "api_keys",
    metadata,
    _key("id", primary_key=True),
    _key("key_hash"),
    Column("label", Text, nullable=False),
    Column("scopes", WordSet, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

kiosks = Table(
    "kiosks",
    metadata,
    _key("id", primary_key=True),
    Column("label", Text, nullable=False),
    _key("place"),
    _key("token_hash"),
    Column("paired_at", Instant, nullable=False),
    Column("seen_at", Instant),
    Column("revoked_at", Instant),
    UniqueConstraint("token_hash"),
)

links = Table(
    "links",
    metadata,
    _key("token_hash", primary_key=True),
    Column("purpose", Word(model.LinkPurpose), nullable=False),
    _key("member"),
    _key("subject", nullable=True),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Index("ix_links_member", "member"),
)

# --- operations -------------------------------------------------------------------------------------------------

runs = Table(
    "runs",
    metadata,
    _key("id", primary_key=True),
    _key("kind"),
    Column("as_of", Instant, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("settings", Json, nullable=False),
    Column("counts", Json, nullable=False),
    Column("finished_at", Instant),
    Column("error", Text),
    Column("state", Word(model.RunState), nullable=False, server_default="running"),
    Index("ix_runs_started_at", "started_at"),
)

verdicts = Table(
    "verdicts",
    metadata,
    _key("run", primary_key=True),
    _key("member", primary_key=True),
    _key("introduction", primary_key=True),  # empty when there is none
    _key("outcome"),
    Column("detail", Text, nullable=False),
    Index("ix_verdicts_member", "member"),
)

run_parts = Table(
    "run_parts",
    metadata,
    _key("run", primary_key=True),
    Column("kind", Word(model.RunPart), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("data", Json, nullable=False),
    Column("done_at", Instant),
)

audit = Table(
    "audit",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("at", Instant, nullable=False),
    _key("who"),
    _key("what"),
    _key("subject"),
    Column("data", Json, nullable=False),
    Index("ix_audit_at", "at"),
    Index("ix_audit_subject", "subject"),
    Index("ix_audit_who", "who"),
)

reports = Table("reports", metadata, _key("name", primary_key=True), Column("data", Json, nullable=False))

settings = Table("settings", metadata, _key("name", primary_key=True), Column("value", Json, nullable=False))
