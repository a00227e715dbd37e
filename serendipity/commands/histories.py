"""What a community's records tell of an earlier time: who was active, who was tied when, and how they put things."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from scipy import sparse

from serendipity.commands.reading import joined
from serendipity.domain.model import Record, RecordKind
from serendipity.domain.standing import TOPIC_KINDS
from serendipity.flow import READ_KINDS, ROUTES
from serendipity.introductions.outcomes import SOURCE as INTRODUCTIONS
from serendipity.matching.edges import Sparse
from serendipity.matching.exclusions import Pair, of_pairs
from serendipity.matching.snapshot import Snapshot
from serendipity.matching.wording import Wording
from serendipity.ports import Ledger, UnitOfWork
from serendipity.topics.understandings import understanding_from
from serendipity.topics.vocabulary import Vocabulary
from serendipity.topics.words import telling_words

PAGE = 5000
CROWD = 10


@dataclass(frozen=True, kw_only=True)
class Tied:
    """When two members were first and last seen together, strictly before some moment.

    `introduced` says that they were brought together: an introduction, or an answer to one, is where they were first.
    """

    first: datetime
    latest: datetime
    introduced: bool = False


def ties_before(ledger: Ledger, moment: datetime) -> dict[Pair, Tied]:
    """Return every pair that was tied strictly before a moment, the smaller id first."""
    pairs: dict[Pair, Tied] = {}
    with ledger.read() as uow:
        for record in records(uow, {RecordKind.TIE}):
            other = (record.data or {}).get("other")
            if record.member and other and record.at < moment:
                pair = (min(record.member, other), max(record.member, other))
                once = Tied(first=record.at, latest=record.at, introduced=record.source == INTRODUCTIONS)
                pairs[pair] = _both(pairs[pair], once) if pair in pairs else once
    return pairs


def _both(one: Tied, other: Tied) -> Tied:
    """Return what is known of a pair from two records."""
    first = min(one, other, key=lambda each: each.first)
    return Tied(first=first.first, latest=max(one.latest, other.latest), introduced=first.introduced)


def first_ties(ties: dict[Pair, Tied], since: datetime) -> list[Pair]:
    """Return who was first tied at or after a moment, by themselves.

    A crowd's ties, made all at once, are nobody's choice; those of introductions were the matcher's.
    """
    new = {pair: tied.first for pair, tied in ties.items() if tied.first >= since and not tied.introduced}
    at_once = Counter((member, first) for pair, first in new.items() for member in pair)
    return [pair for pair, first in new.items() if all(at_once[member, first] < CROWD for member in pair)]


def near(snapshot: Snapshot, ties: dict[Pair, Tied], *, before: datetime, since: datetime | None) -> Sparse:
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


def wording_before(
    ledger: Ledger, snapshot: Snapshot, moment: datetime, vocabulary: Vocabulary, *, upto: int | None = None
) -> Wording:
    """Return how members put what they said strictly before a moment, in the records up to a position (default: all).

    In all words and in recognised phrases. What they said in private does not count, nor does a text that mentions
    something sensitive. Merged members are one.
    """
    with ledger.read() as uow:
        said = list(_said(uow, moment, vocabulary, upto))
    words = ((member, words) for member, words, _ in said)
    return Wording.of(snapshot, words, ((member, phrases) for member, _, phrases in said))


def wording_at(ledger: Ledger, snapshot: Snapshot, moment: datetime) -> Wording:
    """Return how members put things at a snapshot's position, under the vocabulary of then."""
    upto, vocabulary = snapshot.head.offset, Vocabulary()
    with ledger.read() as uow:
        for record in records(uow, TOPIC_KINDS, upto=upto):
            vocabulary.apply(record)
    return wording_before(ledger, snapshot, moment, vocabulary, upto=upto)


def _said(
    uow: UnitOfWork, moment: datetime, vocabulary: Vocabulary, upto: int | None
) -> Iterator[tuple[str, list[str], list[str]]]:
    texts: dict[int, str] = {}
    stands_for = _merged(uow, upto)
    for record in records(uow, {*READ_KINDS, RecordKind.UNDERSTOOD}, upto=upto):
        if record.kind is not RecordKind.UNDERSTOOD:
            texts[record.position] = _text_of(record)
        elif record.member and record.about and record.data and record.at < moment and _may_count(record, vocabulary):
            phrases = [mention[0] for mention in record.data["mentions"]]
            member = stands_for.get(record.member, record.member)
            yield member, telling_words(texts.pop(record.about, "")), phrases


def _merged(uow: UnitOfWork, upto: int | None) -> dict[str, str]:
    """Return whom each merged member is now."""
    into: dict[str, str] = {}
    for record in records(uow, {RecordKind.MEMBER_MERGED}, upto=upto):
        if record.member and record.data:
            stays = into.get(record.data["into"], record.data["into"])
            into = {one: stays if now == record.member else now for one, now in into.items()} | {record.member: stays}
    return into


def _text_of(record: Record) -> str:
    return "\n".join(joined((record.data or {}).get(field)) for field in ROUTES[record.kind].reads or {})


def _may_count(understood: Record, vocabulary: Vocabulary) -> bool:
    data = understood.data or {}
    topics = [vocabulary.resolve(mention) for mention in understanding_from(data).mentions]
    return data.get("use", True) and not any(topic and vocabulary.is_sensitive(topic) for topic in topics)


def records(uow: UnitOfWork, kinds: Collection[RecordKind], *, upto: int | None = None) -> Iterator[Record]:
    """Yield the records of some kinds in the order of the ledger, up to a position (default: all)."""
    position = 0
    while page := uow.records.after(position, limit=PAGE, kinds=kinds):
        if upto is not None and page[-1].position > upto:
            yield from (record for record in page if record.position <= upto)
            return
        yield from page
        position = page[-1].position
