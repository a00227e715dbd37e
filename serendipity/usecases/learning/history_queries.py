"""Queries of the records as of an earlier time: active members, ties, and word profiles."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from scipy import sparse

from serendipity.domain.model import Record, RecordKind
from serendipity.domain.projection_state import STANDING_KINDS, Standing
from serendipity.flow import READ_KINDS, RECORDS
from serendipity.introductions.outcomes import SOURCE as INTRODUCTIONS
from serendipity.matching.candidates.exclusions import Pair, of_pairs
from serendipity.matching.snapshot.edges import Sparse
from serendipity.matching.snapshot.snapshot import Snapshot
from serendipity.matching.snapshot.word_profiles import WordProfiles
from serendipity.ports import Ledger, UnitOfWork
from serendipity.topics.usage import USAGE_KINDS
from serendipity.topics.words import telling_words
from serendipity.usecases.services import new_standing
from serendipity.usecases.topics.reading import join_text

PAGE = 5000
CROWD = 10


@dataclass(frozen=True, kw_only=True)
class TiedPair:
    """When two members were first and last seen together, strictly before some moment.

    `introduced` says that they were brought together: an introduction, or an answer to one, is where they were first.
    """

    first: datetime
    latest: datetime
    introduced: bool = False


def ties_before(ledger: Ledger, moment: datetime) -> dict[Pair, TiedPair]:
    """Return every pair that was tied strictly before a moment, the smaller id first; merged members are one."""
    pairs: dict[Pair, TiedPair] = {}
    with ledger.read() as uow:
        standing = _standing(uow, None)
        for record in records(uow, {RecordKind.TIE}):
            one, other = standing.root(record.member or ""), standing.root((record.data or {}).get("other") or "")
            if one and other and one != other and record.at < moment:
                pair = (min(one, other), max(one, other))
                once = TiedPair(first=record.at, latest=record.at, introduced=record.source == INTRODUCTIONS)
                pairs[pair] = _both(pairs[pair], once) if pair in pairs else once
    return pairs


def _both(one: TiedPair, other: TiedPair) -> TiedPair:
    """Return what is known of a pair from two records."""
    first = min(one, other, key=lambda each: each.first)
    return TiedPair(first=first.first, latest=max(one.latest, other.latest), introduced=first.introduced)


def first_ties(ties: dict[Pair, TiedPair], since: datetime) -> list[Pair]:
    """Return who was first tied at or after a moment, by themselves.

    A crowd's ties, made all at once, are nobody's choice; those of introductions were the matcher's.
    """
    new = {pair: tied.first for pair, tied in ties.items() if tied.first >= since and not tied.introduced}
    at_once = Counter((member, first) for pair, first in new.items() for member in pair)
    return [pair for pair, first in new.items() if all(at_once[member, first] < CROWD for member in pair)]


def near_pairs(snapshot: Snapshot, ties: dict[Pair, TiedPair], *, before: datetime, since: datetime | None) -> Sparse:
    """Return 1 for pairs tied before a moment, and for those at distance two or less over the ties since another.

    `ties` may reach further than `before`; of a pair tied again after it, the first time counts.
    """
    earlier = {pair: tied for pair, tied in ties.items() if tied.first < before}
    recent = of_pairs(snapshot, [p for p, tied in earlier.items() if since is None or tied.latest >= since])
    ever = of_pairs(snapshot, earlier)
    return sparse.csr_array(((recent @ recent + recent + ever) > 0).astype(np.float64))


def active_between(ledger: Ledger, since: datetime, until: datetime) -> set[str]:
    """Return the members who checked in at or after a moment and strictly before another."""
    with ledger.read() as uow:
        checked_in = records(uow, {RecordKind.CHECK_IN})
        return {record.member for record in checked_in if record.member and since <= record.at < until}


def word_profiles_before(
    ledger: Ledger, snapshot: Snapshot, moment: datetime, *, upto: int | None = None
) -> WordProfiles:
    """Return how members put what they said strictly before a moment, in the records up to a position (default: all).

    In all words and in recognised phrases. What they said in private does not count, nor does a text that mentions
    something sensitive, or a topic that they struck out or hide. Merged members are one.
    """
    with ledger.read() as uow:
        said = list(_read_said(uow, moment, upto))
    words = ((member, words) for member, words, _ in said)
    return WordProfiles.of(snapshot, words, ((member, phrases) for member, _, phrases in said))


def _read_said(uow: UnitOfWork, moment: datetime, upto: int | None) -> Iterator[tuple[str, list[str], list[str]]]:
    texts: dict[int, str] = {}
    standing = _standing(uow, upto)
    for record in records(uow, {*READ_KINDS, *USAGE_KINDS}, upto=upto):
        if record.kind not in USAGE_KINDS:
            texts[record.position] = _text_of(record)
            continue
        member = standing.member(record.member)
        if member and record.about and record.data and record.at < moment and standing.is_open(record):
            phrases = [mention[0] for mention in record.data["mentions"]]
            yield member, telling_words(texts.pop(record.about, "")), phrases


def _standing(uow: UnitOfWork, upto: int | None) -> Standing:
    standing = new_standing()
    for record in records(uow, STANDING_KINDS, upto=upto):
        standing.apply(record)
    return standing


def _text_of(record: Record) -> str:
    return "\n".join(join_text((record.data or {}).get(field)) for field in RECORDS[record.kind].reads or {})


def records(uow: UnitOfWork, kinds: Collection[RecordKind], *, upto: int | None = None) -> Iterator[Record]:
    """Yield the records of some kinds in the order of the ledger, up to a position (default: all)."""
    position = 0
    while page := uow.records.after(position, limit=PAGE, kinds=kinds):
        if upto is not None and page[-1].position > upto:
            yield from (record for record in page if record.position <= upto)
            return
        yield from page
        position = page[-1].position
