"""The first schema: history, members, places, introductions, outbox, access, operations."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key_hash", KEY, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_table(
        "audit",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", KEY, nullable=False),
        sa.Column("what", KEY, nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_index("ix_audit_subject", "audit", ["subject"], unique=False)
    op.create_index("ix_audit_who", "audit", ["who"], unique=False)
    op.create_table(
        "blocks",
        sa.Column("member", KEY, nullable=False),
        sa.Column("other", KEY, nullable=False),
        sa.Column("by", KEY, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member", "other", name=op.f("pk_blocks")),
    )
    op.create_index("ix_blocks_other", "blocks", ["other"], unique=False)
    op.create_table(
        "events",
        sa.Column("id", KEY, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("place", KEY, nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_starts_at", "events", ["starts_at"], unique=False)
    op.create_table(
        "introductions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("state", KEY, nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("factors", sa.Text(), nullable=False),
        sa.Column("run", KEY, nullable=True),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=True),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("by", KEY, nullable=True),
        sa.Column("introduced_at", sa.BigInteger(), nullable=True),
        sa.Column("followed_up_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introductions")),
    )
    op.create_index("ix_introductions_changed_at", "introductions", ["changed_at"], unique=False)
    op.create_index("ix_introductions_proposed_at", "introductions", ["proposed_at"], unique=False)
    op.create_index("ix_introductions_state_deadline", "introductions", ["state", "deadline"], unique=False)
    op.create_index("ix_introductions_state_score", "introductions", ["state", "score"], unique=False)
    op.create_table(
        "kiosks",
        sa.Column("id", KEY, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("place", KEY, nullable=False),
        sa.Column("token_hash", KEY, nullable=False),
        sa.Column("paired_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosks")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_kiosks_token_hash")),
    )
    op.create_table(
        "leases",
        sa.Column("name", KEY, nullable=False),
        sa.Column("holder", KEY, nullable=False),
        sa.Column("fencing", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "ledger_state",
        sa.Column("name", KEY, nullable=False),
        sa.Column("value", KEY, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ledger_state")),
    )
    op.create_table(
        "links",
        sa.Column("token_hash", KEY, nullable=False),
        sa.Column("purpose", KEY, nullable=False),
        sa.Column("member", KEY, nullable=False),
        sa.Column("subject", KEY, nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_links")),
    )
    op.create_index("ix_links_member", "links", ["member"], unique=False)
    op.create_table(
        "managers",
        sa.Column("id", KEY, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("locale", KEY, nullable=False),
        sa.Column("email_key", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_managers")),
        sa.UniqueConstraint("email_key", name=op.f("uq_managers_email_key")),
    )
    op.create_table(
        "members",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("locale", KEY, nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("skills", sa.Text(), nullable=False),
        sa.Column("seeks", sa.Text(), nullable=False),
        sa.Column("offers", sa.Text(), nullable=False),
        sa.Column("status", KEY, nullable=False),
        sa.Column("paused_until", sa.BigInteger(), nullable=True),
        sa.Column("merged_into", KEY, nullable=True),
        sa.Column("joined_at", sa.BigInteger(), nullable=True),
        sa.Column("shares", sa.Text(), nullable=False),
        sa.Column("email_key", KEY, nullable=True),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
    )
    op.create_index(
        "uq_members_email_key",
        "members",
        ["email_key"],
        unique=True,
        sqlite_where=sa.text("status NOT IN ('merged', 'erased')"),
        postgresql_where=sa.text("status NOT IN ('merged', 'erased')"),
    )
    op.create_table(
        "messages",
        sa.Column("id", KEY, nullable=False),
        sa.Column("member", KEY, nullable=True),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("locale", KEY, nullable=False),
        sa.Column("channel", KEY, nullable=False),
        sa.Column("purpose", KEY, nullable=True),
        sa.Column("introduction", KEY, nullable=True),
        sa.Column("reply_to", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("not_after", sa.BigInteger(), nullable=True),
        sa.Column("state", KEY, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("queued_at", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_holder", KEY, nullable=True),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index("ix_messages_introduction", "messages", ["introduction"], unique=False)
    op.create_index("ix_messages_member_sent_at", "messages", ["member", "sent_at"], unique=False)
    op.create_index("ix_messages_queued_at", "messages", ["queued_at"], unique=False)
    op.create_index("ix_messages_state_due_at", "messages", ["state", "due_at"], unique=False)
    op.create_table(
        "offsets",
        sa.Column("consumer", KEY, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", name=op.f("pk_offsets")),
    )
    op.create_table(
        "parked",
        sa.Column("id", KEY, nullable=False),
        sa.Column("consumer", KEY, nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("parked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked")),
    )
    op.create_index("ix_parked_subject", "parked", ["subject"], unique=False)
    op.create_table(
        "places",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", KEY, nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
    )
    op.create_table(
        "presence",
        sa.Column("member", KEY, nullable=False),
        sa.Column("place", KEY, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member", name=op.f("pk_presence")),
    )
    op.create_index("ix_presence_until", "presence", ["until"], unique=False)
    op.create_table(
        "record_refs",
        sa.Column("ref", KEY, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member", KEY, nullable=True),
        sa.PrimaryKeyConstraint("ref", "position", name=op.f("pk_record_refs")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_record_refs_phrases",
        "record_refs",
        ["position"],
        unique=False,
        sqlite_where=sa.text("substr(ref, 1, 7) = 'phrase:'"),
        postgresql_where=sa.text("substr(ref, 1, 7) = 'phrase:'"),
    )
    op.create_table(
        "records",
        sa.Column("position", NUMBER, autoincrement=False, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("source", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("member", KEY, nullable=True),
        sa.Column("data", sa.Text(), nullable=True),
        sa.Column("about", sa.BigInteger(), nullable=True),
        sa.Column("digest", KEY, nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_records")),
        sa.UniqueConstraint("source", "id", name=op.f("uq_records_source_id")),
    )
    op.create_index(
        "ix_records_about",
        "records",
        ["about", "position"],
        unique=False,
        sqlite_where=sa.text("about IS NOT NULL"),
        postgresql_where=sa.text("about IS NOT NULL"),
    )
    op.create_index("ix_records_kind_position", "records", ["kind", "position"], unique=False)
    op.create_table(
        "runs",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_started_at", "runs", ["started_at"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("token_hash", KEY, nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("csrf", KEY, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_subject", "sessions", ["subject"], unique=False)
    op.create_table(
        "settings",
        sa.Column("name", KEY, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings")),
    )
    op.create_table(
        "verdicts",
        sa.Column("run", KEY, nullable=False),
        sa.Column("member", KEY, nullable=False),
        sa.Column("introduction", KEY, nullable=False),
        sa.Column("outcome", KEY, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run", "member", "introduction", name=op.f("pk_verdicts")),
    )
    op.create_index("ix_verdicts_member", "verdicts", ["member"], unique=False)
    op.create_table(
        "codes",
        sa.Column("member", KEY, nullable=False),
        sa.Column("code_hash", KEY, nullable=False),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name=op.f("fk_codes_member")),
        sa.PrimaryKeyConstraint("member", name=op.f("pk_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_codes_code_hash")),
    )
    op.create_table(
        "consents",
        sa.Column("member", KEY, nullable=False),
        sa.Column("purpose", KEY, nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name=op.f("fk_consents_member")),
        sa.PrimaryKeyConstraint("member", "purpose", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_purpose_given", "consents", ["purpose", "given"], unique=False)
    op.create_table(
        "introduction_parties",
        sa.Column("introduction", KEY, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("member", KEY, nullable=False),
        sa.Column("answer", KEY, nullable=False),
        sa.Column("reason", KEY, nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("met", sa.Boolean(), nullable=True),
        sa.Column("relevance", sa.Integer(), nullable=True),
        sa.Column("surprise", sa.Integer(), nullable=True),
        sa.Column("known_before", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["introduction"], ["introductions.id"], name=op.f("fk_introduction_parties_introduction")
        ),
        sa.PrimaryKeyConstraint("introduction", "ordinal", name=op.f("pk_introduction_parties")),
    )
    op.create_index("ix_introduction_parties_member", "introduction_parties", ["member", "introduction"], unique=False)
    op.create_table(
        "introduction_paths",
        sa.Column("member", KEY, nullable=False),
        sa.Column("introduction", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["introduction"], ["introductions.id"], name=op.f("fk_introduction_paths_introduction")
        ),
        sa.PrimaryKeyConstraint("member", "introduction", name=op.f("pk_introduction_paths")),
    )
    op.create_index("ix_introduction_paths_introduction", "introduction_paths", ["introduction"], unique=False)
    op.create_table(
        "member_names",
        sa.Column("tail", KEY, nullable=False),
        sa.Column("member", KEY, nullable=False),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name=op.f("fk_member_names_member")),
        sa.PrimaryKeyConstraint("tail", "member", name=op.f("pk_member_names")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_member_names_member", "member_names", ["member"], unique=False)
    op.create_table(
        "message_members",
        sa.Column("member", KEY, nullable=False),
        sa.Column("message", KEY, nullable=False),
        sa.ForeignKeyConstraint(["message"], ["messages.id"], name=op.f("fk_message_members_message")),
        sa.PrimaryKeyConstraint("member", "message", name=op.f("pk_message_members")),
    )
    state = sa.table("ledger_state", sa.column("name"), sa.column("value"))
    op.execute(sa.insert(state).values(name="digest_key", value=secrets.token_hex(32)))


def downgrade() -> None:
    raise RuntimeError("The ledger's schema only goes forward; restore a backup made by the earlier release.")
