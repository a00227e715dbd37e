"""Settings, by environment (SERENDIPITY_…) or a file named .env; docs/operations/settings.md documents each."""

import os
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from serendipity.domain.addresses import normal_address
from serendipity.domain.errors import InvalidInput


def _split_list(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _unset_when_empty(value: object) -> object:
    return None if value == "" else value


def usual_processes(cores: int) -> int:
    """Return how many processes answer pages where nobody chose: a core is left to the worker.

    >>> [usual_processes(cores) for cores in (1, 2, 4, 16)]
    [1, 1, 3, 4]
    """
    return min(max(cores - 1, 1), 4)


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_list)]
Optional = BeforeValidator(_unset_when_empty)


class Settings(BaseSettings):
    """All that an operator can set; a field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix="SERENDIPITY_", env_file=".env", extra="ignore", frozen=True)

    # where things are
    data_dir: Path = Field(
        default=Path("data"),
        description="Folder for the ledger, graph, snapshots and mails of an embedded installation.",
    )
    ledger_url: Annotated[str | None, Optional] = Field(
        default=None,
        description="Database of the ledger (postgresql://user:password@host/name); by default a SQLite file.",
    )
    graph: Literal["embedded", "neo4j"] = Field(
        default="embedded", description="Where the graph lives: a SQLite file in the data folder, or Neo4j."
    )
    neo4j_uri: str = Field(default="bolt://127.0.0.1:7687", description="Address of the Neo4j server.")
    neo4j_user: str = Field(default="neo4j", description="User name at the Neo4j server.")
    neo4j_password: Annotated[SecretStr | None, Optional] = Field(
        default=None, description="Password at the Neo4j server; no authentication when unset."
    )
    neo4j_database: Annotated[str | None, Optional] = Field(
        default=None, description="Database at the Neo4j server; the user's home database when unset."
    )

    # the service
    host: str = Field(default="127.0.0.1", description="Address on which the service listens.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port on which the service listens.")
    processes: Annotated[int | None, Optional] = Field(
        default=None,
        ge=1,
        le=64,
        description="Processes that answer pages and API; left out, one for each core but one, and four at most.",
    )
    base_url: str = Field(
        default="http://127.0.0.1:8080",
        description="Address under which members reach the service; the links in mails start with it.",
    )
    community: str = Field(default="Our community", description="Name of the community, on pages and in mails.")
    languages: Names = Field(default=("en", "nl"), description="Languages in which members write, separated by commas.")
    spacy_models: Names = Field(
        default=(), description="Full spaCy models, installed by you, by name or folder: they keep names out of topics."
    )
    default_locale: Literal["en", "nl"] = Field(
        default="en", description="Language of pages and mails where nobody chose one."
    )
    zone: str = Field(default="UTC", description="Time zone where a place or member has none, as an IANA name.")
    secure_cookies: bool | None = Field(
        default=None, description="Send cookies over https only; on by itself when the base URL is https."
    )
    embed_origins: Names = Field(default=(), description="Sites that may embed the check-in form, separated by commas.")
    trusted_proxies: Names = Field(
        default=(), description="Addresses of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."
    )
    request_idle_seconds: float = Field(
        default=20.0, gt=0, description="Seconds without a byte of a request after which its connection is closed."
    )
    request_seconds: float = Field(
        default=300.0,
        gt=0,
        description="Seconds in which a request has to arrive whole, and some of its answer be read.",
    )
    connections: int = Field(
        default=500,
        ge=10,
        description="Connections of one process; beyond, the one that waits longest for a request is closed.",
    )
    session_hours: float = Field(default=12.0, gt=0, description="Hours after which a manager must log in again.")
    link_days: float = Field(default=14.0, gt=0, description="Days after which a link in a mail expires.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="What is logged; never names, addresses or texts."
    )
    log_format: Literal["json", "console"] = Field(default="console", description="How log lines look.")

    # the graph
    half_life_interests: float = Field(
        default=45.0, gt=0, description="Half-life of interests, in days; changing it asks for a rebuild of the graph."
    )
    half_life_wants: float = Field(default=30.0, gt=0, description="Half-life of what members seek and offer, in days.")
    half_life_affinity: float = Field(
        default=30.0, gt=0, description="Half-life of the affinity between topics, in days."
    )
    half_life_ties: float = Field(default=365.0, gt=0, description="Half-life of ties between members, in days.")
    projection_batch: int = Field(
        default=2000, ge=1, le=20_000, description="Records folded into the graph in one transaction."
    )

    # matching and introductions
    match_at: str = Field(
        default="06:30",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        description="Time of day of the scheduled run, in `zone`.",
    )
    match_weekdays: str = Field(default="mon-fri", description="Days of the scheduled run, as in a crontab.")
    match_per_member: int = Field(
        default=1, ge=1, le=20, description="Introductions in one run that a member takes part in at most."
    )
    match_group_size: int = Field(
        default=2, ge=2, le=5, description="Members that one introduction brings together at most; 2 is pairs only."
    )
    match_late_days: float = Field(
        default=30.0, gt=0, description="Days without an introduction after which a member goes before others."
    )
    match_held_back: float = Field(
        default=0.05,
        ge=0,
        le=0.9,
        description="Share of possible pairs that sit a run out by lot, so that effects can be measured.",
    )
    match_by_lot: float = Field(
        default=0.03,
        ge=0,
        le=0.5,
        description="Share of members who get a good pair drawn by lot in a run of all, so that the matcher's lift over"
        " chance can be measured; 0 switches that off.",
    )
    match_exploration: float = Field(
        default=0.5,
        ge=0,
        le=3,
        description="How boldly runs try what outcomes have not settled yet; 0 always takes what is most probable.",
    )
    match_per_month: int = Field(
        default=4, ge=1, le=100, description="Introductions in 30 days that a member takes part in at most."
    )
    match_active_days: float = Field(
        default=180.0, gt=0, description="Days after their last check-in or event that members are matched."
    )
    match_outcome_days: float = Field(
        default=180.0,
        ge=7,
        description="Days that first ties are awaited when runs learn which pairs become tied: what was known before"
        " them is judged by those made since.",
    )
    match_freeze_days: float = Field(
        default=180.0, ge=0, description="Days before the same two members are proposed again."
    )
    match_same_organisation: bool = Field(default=False, description="Match members of the same organisation too.")
    surprise: float = Field(
        default=0.25,
        ge=0,
        le=1,
        description="How much surprise counts against relevance: 0 plays safe, 1 surprises most.",
    )
    review: Literal["every", "sample", "above"] = Field(
        default="every",
        description="Which matches managers review: every one, a sample, or all but those above a score.",
    )
    review_sample: float = Field(
        default=0.2, ge=0, le=1, description="Share of matches reviewed when `review` is sample."
    )
    review_above: float = Field(
        default=0.8, ge=0, le=1, description="Score from which a match needs no review when `review` is above."
    )
    review_days: float = Field(default=7.0, gt=0, description="Days after which a match that nobody reviewed expires.")
    answer_days: float = Field(default=7.0, gt=0, description="Days that a member has to answer.")
    follow_up_days: float = Field(
        default=10.0, gt=0, description="Days after an introduction at which both are asked whether they met."
    )
    undo_minutes: float = Field(default=10.0, ge=0, description="Minutes in which a member can take an answer back.")

    # messages
    channel: Literal["file", "smtp"] = Field(
        default="file", description="How mail leaves: as .eml files in the data folder (a page shows them), or by SMTP."
    )
    smtp_host: Annotated[str | None, Optional] = Field(default=None, description="Mail server.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    smtp_user: Annotated[str | None, Optional] = Field(default=None, description="User name at the mail server.")
    smtp_password: Annotated[SecretStr | None, Optional] = Field(
        default=None, description="Password at the mail server."
    )
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection to the mail server is secured."
    )
    mail_from: str = Field(default="Serendipity <serendipity@localhost>", description="Sender of mails.")
    quiet_from: int = Field(
        default=21, ge=0, le=23, description="Hour from which no mail leaves, in the member's zone."
    )
    quiet_until: int = Field(
        default=8, ge=0, le=23, description="Hour until which no mail leaves, in the member's zone."
    )
    mails_per_day: int = Field(
        default=3,
        ge=1,
        description="Mails that a member gets in 24 hours at most (answers to their own clicks not counted).",
    )

    @field_validator("base_url")
    @classmethod
    def _links_are_ascii(cls, url: str) -> str:
        """Return the address as programs write it, as mail headers hold no other."""
        parts = urlsplit(url)
        host = parts.netloc.encode("idna").decode()
        return urlunsplit(parts._replace(netloc=host, path=quote(parts.path, safe="/%~")))

    @field_validator("mail_from")
    @classmethod
    def _mail_comes_from_an_address(cls, sender: str) -> str:
        try:
            _name_and_address(sender)
        except InvalidInput as error:
            raise ValueError(f"SERENDIPITY_MAIL_FROM: {error}, or like: Our community <name@example.org>") from error
        return sender

    @model_validator(mode="after")
    def _smtp_needs_a_host(self) -> "Settings":
        if self.channel == "smtp" and not self.smtp_host:
            raise ValueError("SERENDIPITY_CHANNEL is smtp, but SERENDIPITY_SMTP_HOST names no mail server")
        return self

    @property
    def sender(self) -> tuple[str, str]:
        """Return the name and the address that mails come from, the address in its normal form."""
        return _name_and_address(self.mail_from)

    @property
    def ledger(self) -> str:
        """Return the URL of the ledger."""
        return self.ledger_url or f"sqlite:///{self.data_dir.absolute() / 'ledger.db'}"

    @property
    def web_processes(self) -> int:
        """Return how many processes answer pages."""
        return self.processes or usual_processes(len(os.sched_getaffinity(0)))

    @property
    def cookies_are_secure(self) -> bool:
        """Say whether cookies travel over https only."""
        return self.base_url.startswith("https:") if self.secure_cookies is None else self.secure_cookies


def _name_and_address(sender: str) -> tuple[str, str]:
    name, address = parseaddr(sender)
    return name, normal_address(address, local=True)
