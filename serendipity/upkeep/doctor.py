"""The doctor: looks at one thing after the other, and says what is fine, what is not, and what to do."""

import os
import shutil
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from serendipity.domain.addresses import address_key, is_address
from serendipity.domain.errors import SerendipityError
from serendipity.domain.graph import HalfLives
from serendipity.domain.model import MessageState, RecordKind
from serendipity.ports import GraphStore, Ledger
from serendipity.upkeep.erasure import TRACES

FAR_BEHIND = 5_000
OLD_SNAPSHOT = timedelta(hours=24)
FEW_BYTES, TOO_FEW_BYTES = 2_000_000_000, 200_000_000
LATEST_SEEN = timedelta(days=7)
ERASED_WITHIN = timedelta(minutes=1)

_RULES = "spacy.lang"


class Level(StrEnum):
    """Severity of a finding."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was looked at: how it stands, and what to do about it (empty when nothing is)."""

    level: Level
    title: str
    advice: str = ""


Check = Callable[[], Finding]


@dataclass(frozen=True, kw_only=True)
class Installation:
    """The parts of an installation that the doctor examines.

    `snapshot_offset` and `snapshot_at` answer None while there is no snapshot. `probe_mail` talks to the mail server
    without sending anything (SMTP NOOP); None where mail goes into files. `secrets` are files that only their owner
    may read.
    """

    ledger: Ledger
    graph: GraphStore
    half_lives: HalfLives
    now: datetime
    data_dir: Path
    base_url: str
    zone: str
    channel: str
    languages: Sequence[str] = ("en",)
    snapshot_offset: Callable[[], int | None] = lambda: None
    snapshot_at: Callable[[], datetime | None] = lambda: None
    probe_mail: Callable[[], object] | None = None
    secrets: Sequence[Path] = field(default_factory=tuple)


def examine(checks: Mapping[str, Check]) -> list[Finding]:
    """Look at everything, in order; a check that fails is a finding itself, and the others go on."""
    return [_run_check(title, check) for title, check in checks.items()]


def healthy(findings: Iterable[Finding]) -> bool:
    """Say whether nothing is a problem."""
    return all(finding.level is not Level.PROBLEM for finding in findings)


def checks_of(place: Installation) -> dict[str, Check]:
    """Return all that can be looked at in an installation, by title."""
    return {
        "Data folder": lambda: data_folder(place.data_dir, place.secrets),
        "Disk": lambda: disk(shutil.disk_usage(_existing(place.data_dir)).free),
        "Ledger": lambda: whole(place.ledger),
        "Graph": lambda: graph(place.ledger, place.graph, place.half_lives),
        "Snapshot": lambda: snapshot(place),
        "Mail": lambda: mail(place.channel, place.probe_mail),
        "Base URL": lambda: base_url(place.base_url, place.channel),
        "Time zones": lambda: time_zone(place.zone),
        "Languages": lambda: languages(place.languages),
        "Managers": lambda: managers(place.ledger),
        "Kiosks": lambda: kiosks(place.ledger, place.now),
        "Addresses": lambda: addresses(place.ledger),
        "Erasures": lambda: erasures(place.ledger, place.now),
        "Parked work": lambda: check_dead_letters(place.ledger),
    }


def _run_check(title: str, check: Check) -> Finding:
    try:
        return check()
    except SerendipityError as error:
        return Finding(level=Level.PROBLEM, title=f"{title}: {error}", advice=type(error).__doc__ or "")
    except (OSError, ValueError, LookupError) as error:
        return Finding(level=Level.PROBLEM, title=f"{title}: {error}", advice="Correct what the message names.")


def _fine(title: str, what: str) -> Finding:
    return Finding(level=Level.OK, title=f"{title}: {what}")


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.absolute().parent)


# --- one check each ---------------------------------------------------------------------------------------------


def data_folder(folder: Path, secrets: Iterable[Path] = ()) -> Finding:
    """Look whether the data folder can be written, and what is private is its owner's alone."""
    if not folder.is_dir():
        return Finding(
            level=Level.PROBLEM,
            title=f"Data folder: {folder} is not there",
            advice="Start the service once, or set SERENDIPITY_DATA_DIR.",
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        advice = f"Give the service's user the folder (chown), or set SERENDIPITY_DATA_DIR: {folder}"
        return Finding(level=Level.PROBLEM, title=f"Data folder: {folder} cannot be written", advice=advice)
    for path in (folder, *secrets):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & (stat.S_IROTH | stat.S_IWOTH):
            return Finding(
                level=Level.WARNING,
                title=f"Data folder: everybody on this machine may read {path}",
                advice=f"Run `chmod o-rwx {path}`.",
            )
    return _fine("Data folder", f"{folder}, writable and private")


def disk(free: int) -> Finding:
    """Look at the space (bytes) that is left where the data are."""
    what = f"{free / 1e9:.1f} GB free"
    if free < TOO_FEW_BYTES:
        advice = "Free some space now: without it nothing can be acknowledged."
        return Finding(level=Level.PROBLEM, title=f"Disk: {what}", advice=advice)
    if free < FEW_BYTES:
        return Finding(level=Level.WARNING, title=f"Disk: {what}", advice="Free some space, or move old backups away.")
    return _fine("Disk", what)


def whole(ledger: Ledger) -> Finding:
    """Look whether the ledger has this release's schema, and whether every page and row of it can be read."""
    damage = ledger.damage()
    if damage:
        advice = "Stop the service, and restore the latest backup: `serendipity restore BACKUP NEW-FOLDER`."
        return Finding(level=Level.PROBLEM, title=f"Ledger: damaged ({'; '.join(damage)})", advice=advice)
    return _fine("Ledger", ledger.check())


def graph(ledger: Ledger, store: GraphStore, half_lives: HalfLives) -> Finding:
    """Look whether the graph answers, was built with the half-lives that are set, and how far it is behind."""
    what, head = store.check(), store.head()
    if head.half_lives is not None and head.half_lives != half_lives:
        return Finding(
            level=Level.PROBLEM,
            title="Graph: it was built with other half-lives than are set",
            advice="Run `serendipity graph rebuild`, or set the half-lives back.",
        )
    with ledger.read() as uow:
        behind = uow.records.head() - head.offset
    if behind < 0:
        return Finding(
            level=Level.PROBLEM,
            title=f"Graph: {what}, further than the ledger by {-behind}: it is of another history",
            advice="Run `serendipity graph rebuild`.",
        )
    if behind > FAR_BEHIND:
        return Finding(
            level=Level.WARNING,
            title=f"Graph: {what}, behind by {behind}",
            advice="It catches up by itself while the worker runs; or run `serendipity graph catch-up`.",
        )
    return _fine("Graph", f"{what}, behind by {behind}")


def snapshot(place: Installation) -> Finding:
    """Look whether there is a snapshot for matching, and whether it keeps up."""
    offset, at = place.snapshot_offset(), place.snapshot_at()
    advice = "Start the worker (`serendipity run`), or run `serendipity graph catch-up`."
    if offset is None:
        return Finding(level=Level.WARNING, title="Snapshot: there is none yet", advice=advice)
    behind = place.graph.head().offset - offset
    age = place.now - at if at else timedelta()
    if behind and age > OLD_SNAPSHOT:
        what = f"{age.days} days old, and the graph went on by {behind}"
        return Finding(level=Level.WARNING, title=f"Snapshot: {what}", advice=advice)
    return _fine("Snapshot", f"behind the graph by {behind}")


def mail(channel: str, probe: Callable[[], object] | None) -> Finding:
    """Look whether mail can leave."""
    if probe is None:
        return Finding(
            level=Level.WARNING,
            title=f"Mail: kept as files ({channel}), nobody gets any",
            advice="Set SERENDIPITY_CHANNEL=smtp and SERENDIPITY_SMTP_HOST before you go live.",
        )
    try:
        probe()
    except (SerendipityError, OSError) as error:
        return Finding(
            level=Level.PROBLEM,
            title=f"Mail: the server does not answer as it should ({error})",
            advice="Check SERENDIPITY_SMTP_HOST, _PORT, _SECURITY, _USER and _PASSWORD; what waits is sent later.",
        )
    return _fine("Mail", "the server answers")


def base_url(url: str, channel: str) -> Finding:
    """Look whether the links in mails will work for those who get them."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        advice = "Set SERENDIPITY_BASE_URL to an address such as https://meet.example.org."
        return Finding(level=Level.PROBLEM, title=f"Base URL: {url!r} is no web address", advice=advice)
    if _is_local(parts.hostname):
        level = Level.OK if channel == "file" else Level.PROBLEM
        advice = "" if channel == "file" else "Set SERENDIPITY_BASE_URL to the address under which members reach you."
        return Finding(level=level, title=f"Base URL: {url} works on this machine only", advice=advice)
    if parts.scheme == "http":
        advice = "Serve it over https, and set SERENDIPITY_BASE_URL to that."
        return Finding(level=Level.WARNING, title=f"Base URL: {url} is not encrypted", advice=advice)
    return _fine("Base URL", url)


def time_zone(zone: str) -> Finding:
    """Look whether the zone is known here, with its summer times."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        advice = "Set SERENDIPITY_ZONE to an IANA name such as Europe/Brussels; install tzdata if that is not known."
        return Finding(level=Level.PROBLEM, title=f"Time zones: {zone!r} is not known here", advice=advice)
    return _fine("Time zones", zone)


def languages(wanted: Sequence[str]) -> Finding:
    """Look whether every language that members write has its rules installed."""
    missing = [each for each in wanted if not each.isalpha() or find_spec(f"{_RULES}.{each}") is None]
    if missing or not wanted:
        advice = "Correct SERENDIPITY_LANGUAGES (such as en,nl), or install spaCy again."
        return Finding(level=Level.PROBLEM, title=f"Languages: no rules for {missing or 'any'}", advice=advice)
    return _fine("Languages", ", ".join(wanted))


def managers(ledger: Ledger) -> Finding:
    """Look whether somebody can log in."""
    with ledger.read() as uow:
        count = len(uow.access.managers())
    if not count:
        advice = "Add one: `serendipity manager add EMAIL`."
        return Finding(level=Level.WARNING, title="Managers: there is none, nobody can review matches", advice=advice)
    return _fine("Managers", f"{count} may log in")


def kiosks(ledger: Ledger, now: datetime) -> Finding:
    """Look which kiosks are paired, and whether they were seen lately."""
    with ledger.read() as uow:
        paired = [kiosk for kiosk in uow.access.kiosks() if kiosk.revoked_at is None]
    silent = [kiosk.label for kiosk in paired if now - (kiosk.seen_at or kiosk.paired_at) > LATEST_SEEN]
    if silent:
        return Finding(
            level=Level.WARNING,
            title=f"Kiosks: not seen for a week: {', '.join(silent)}",
            advice="Switch it on and look at its page, or revoke it (Manage, Kiosks).",
        )
    return _fine("Kiosks", f"{len(paired)} paired" if paired else "none paired; pair one under Manage, Kiosks")


def erasures(ledger: Ledger, now: datetime) -> Finding:
    """Look whether every erasure is carried out: the worker does so within a minute."""
    with ledger.read() as uow:
        open_ones = uow.records.after(uow.consumers.position(TRACES), limit=1, kinds={RecordKind.MEMBER_ERASED})
    open_since = open_ones[0].received_at if open_ones else now
    if now - open_since > ERASED_WITHIN:
        advice = "Start the worker (`serendipity run`), or run `serendipity erase` again for the member."
        return Finding(level=Level.PROBLEM, title=f"Erasures: one since {open_since:%Y-%m-%d %H:%M} UTC", advice=advice)
    return _fine("Erasures", "all carried out")


def addresses(ledger: Ledger) -> Finding:
    """Look for members to whom no mail can be sent, and for two with one address, as earlier releases took in."""
    owners: dict[str, list[str]] = {}
    unusable = []
    with ledger.read() as uow:
        after = ""
        while found := uow.members.page(after=after, limit=1000):
            after = found[-1].id
            for member in found:
                if member.email is not None:
                    owners.setdefault(address_key(member.email), []).append(member.id)
                    unusable += [] if is_address(member.email) else [member.id]
    twins = [ids for ids in owners.values() if len(ids) > 1]
    if twins:
        title = f"Addresses: {len(twins)} of two members each, such as {' and '.join(twins[0])}"
        return Finding(level=Level.WARNING, title=title, advice="Merge them on the page of the one who was twice.")
    if unusable:
        title = f"Addresses: no mail can be sent to {len(unusable)} members, such as {unusable[0]}"
        return Finding(level=Level.WARNING, title=title, advice="Correct their addresses on their pages.")
    return _fine("Addresses", "each of one member")


def check_dead_letters(ledger: Ledger) -> Finding:
    """Look for work and messages that failed for good and wait for a manager."""
    with ledger.read() as uow:
        waiting = uow.dead_letters.list(limit=1000)
        messages = uow.outbox.search(states={MessageState.PARKED}, limit=1000)
    if waiting or messages:
        consumers = sorted({work.consumer for work in waiting} | ({"messages"} if messages else set()))
        return Finding(
            level=Level.WARNING,
            title=f"Parked work: {len(waiting) + len(messages)} ({', '.join(consumers)})",
            advice="Look at the health page: correct the cause, and retry or dismiss each.",
        )
    return _fine("Parked work", "none")


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
