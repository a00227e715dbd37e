"""A back-test: what the matcher would have said at an earlier time, from a pack of real history."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from scipy import sparse

from serendipity.commands.graph_upkeep import snapshot_as_of
from serendipity.commands.packs import import_pack
from serendipity.commands.reading import read_pending
from serendipity.commands.services import Services
from serendipity.domain.graph import HalfLives
from serendipity.domain.model import RecordKind
from serendipity.matching.backtest import rank_for_backtest
from serendipity.matching.edges import Sparse
from serendipity.matching.exclusions import of_pairs
from serendipity.matching.snapshot import Snapshot

Progress = Callable[[int, int, str], None]
_PAGE = 5000


@dataclass(frozen=True, kw_only=True)
class BacktestReport:
    """What a back-test wrote: one line a member who was active, ten matches each."""

    members: int
    topics: int
    out: str


def backtest(
    services: Services,
    pack: Path,
    *,
    at: datetime,
    out: Path,
    half_lives: HalfLives,
    active_days: int,
    tie_days: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> BacktestReport:
    """Import a pack's rows before `at`, read, fold and match as live data would be, and write predictions.

    `services` stand on an empty ledger of their own. Members are those who checked in within `active_days` before;
    acquainted are those ever tied, or at distance ≤ 2 over the ties of the last `tie_days` (default: all).
    """
    import_pack(
        services.ledger, pack, until=at.date(), now=services.clock.now(), scrub=services.scrub, progress=progress
    )
    read_pending(
        services.ledger,
        services.reader,
        now=services.clock.now(),
        progress=lambda done, total: progress(done, total, "read") if progress else None,
    )
    snapshot = snapshot_as_of(services, at, half_lives=half_lives)
    active = _active(services, since=at - timedelta(days=active_days))
    lists = rank_for_backtest(
        snapshot,
        active,
        now=at,
        excluded=_near(services, snapshot, since=at - timedelta(days=tie_days) if tie_days else None),
        settings=services.matching,
        rng=np.random.default_rng(seed),
        progress=lambda done, total: progress(done, total, "matched") if progress else None,
    )
    _write(out, lists)
    return BacktestReport(members=len(lists), topics=len(snapshot.topics), out=str(out))


def _active(services: Services, *, since: datetime) -> set[str]:
    with services.ledger.read() as uow:
        members, position = set(), 0
        while records := uow.records.after(position, limit=_PAGE, kinds={RecordKind.CHECK_IN}):
            members |= {record.member for record in records if record.member and record.at >= since}
            position = records[-1].position
    return members


def _near(services: Services, snapshot: Snapshot, *, since: datetime | None) -> Sparse:
    """Return 1 for pairs ever tied, and for those at distance two or less over the ties since."""
    pairs = _ties(services)
    recent = of_pairs(snapshot, [pair for pair, latest in pairs.items() if since is None or latest >= since])
    ever = of_pairs(snapshot, pairs)
    return sparse.csr_array(((recent @ recent + recent + ever) > 0).astype(np.float64))


def _ties(services: Services) -> dict[tuple[str, str], datetime]:
    latest: dict[tuple[str, str], datetime] = {}
    with services.ledger.read() as uow:
        position = 0
        while records := uow.records.after(position, limit=_PAGE, kinds={RecordKind.TIE}):
            for record in records:
                other = (record.data or {}).get("other")
                if record.member and other:
                    pair = (min(record.member, other), max(record.member, other))
                    latest[pair] = max(latest.get(pair, record.at), record.at)
            position = records[-1].position
    return latest


def _write(out: Path, lists: dict[str, list[str]]) -> None:
    temporary = out.with_suffix(out.suffix + ".part")
    with temporary.open("w", encoding="utf-8") as file:
        for member, matches in sorted(lists.items()):
            file.write(json.dumps({"person": member, "matches": matches}) + "\n")
    temporary.replace(out)
