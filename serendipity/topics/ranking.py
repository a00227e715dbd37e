"""Weigh what was found in a text and keep the best."""

import math
from collections.abc import Collection, Iterable
from typing import NamedTuple

from serendipity.topics.ranker import Judgement, Statistics, Traits
from serendipity.topics.reading import Found, Reading, as_found
from serendipity.topics.words import common_anywhere, glue_anywhere

_EVERYDAY = 0.2  # the chunker's weight of an everyday word, were it to propose any
_LATE = 0.4  # how much of its weight a phrase at the very end of a long text loses
_FAR = 40  # words
_EARLY = [1 - _LATE * (start / _FAR) for start in range(_FAR + 1)]  # what its place leaves of a phrase's weight
_LONGER = 0.1  # what each further word of a topic adds: a longer phrase says more
_AGAIN = 0.15  # what each further mention adds
_SIDELINE = 0.7  # in a long text, a topic that weighs less than this share of the best one is a side remark
_LONG_TEXT = 20  # words; in a check-in of a sentence or two every topic counts


def rank(reading: Reading, *, topics: int, mentions: int, kept: Collection[str] = ()) -> None:
    """Weigh by source, length, commonness, position and repetition; keep the best, topics first.

    Up to `mentions` topics stay where some of `kept` are not among the best.
    """
    least_share = _SIDELINE if len(reading.words) > _LONG_TEXT else 0.0
    found = reading.topics
    reading.topics = _best(reading, found, topics, least_share)
    if kept:
        best = {one.topic for one in reading.topics}
        others = [one for one in found if one.topic in kept and one.topic not in best]
        reading.topics += _best(reading, others, mentions - len(reading.topics), 0.0) if others else []
    reading.proposals = _best(reading, reading.proposals, mentions - len(reading.topics), 0.0)


class Candidate(NamedTuple):
    """A phrase of a text that may be kept; `topic` is what it names, `first` its first word, `mentions` how many.

    `ends`: some mention of it ends what stands between joining words.
    """

    phrase: str
    topic: str | None
    first: int
    mentions: int
    weight: float
    ends: bool

    def score(self, judgement: Judgement) -> float:
        """Return the log odds that a member would keep it."""
        return judgement.ranker.score(self.traits(judgement.statistics))

    def traits(self, statistics: Statistics) -> Traits:
        """Return what a judgement of it rests on."""
        known = self.topic is not None
        return statistics.traits(self.phrase, first=self.first, mentions=self.mentions, weight=self.weight, known=known)


def candidates(reading: Reading) -> list[Candidate]:
    """Return what may be kept of a reading that is not ranked yet: topics, then proposals and everyday words."""
    found: dict[str, list[Found]] = {}
    for one in (*reading.topics, *reading.proposals, *everyday_words(reading)):
        found.setdefault(one.phrase, []).append(one)
    ends = {end for _, end in reading.runs}
    return [
        Candidate(phrase, each[0].topic, each[0].start, len(each), each[0].weight, any(one.end in ends for one in each))
        for phrase, each in found.items()
    ]


def strike_out(reading: Reading, judgement: Judgement, *, kept: Collection[str] = ()) -> None:
    """Leave out the topics that members would rather strike out than keep, but for those of `kept`."""
    known = [one for one in candidates(reading) if one.topic is not None and one.topic not in kept]
    struck = {one.phrase for one in known if one.score(judgement) < 0}
    reading.topics = [one for one in reading.topics if one.phrase not in struck]


def judge(reading: Reading, judgement: Judgement, *, limit: int) -> None:
    """Keep the proposals that the ranker thinks best, everyday words of the community's among them."""
    firsts = {one.phrase: one for one in (*everyday_words(reading), *reversed(reading.proposals))}
    open_ones = (one for one in candidates(reading) if one.topic is None)
    scores = {one.phrase: one.score(judgement) for one in open_ones}
    order = sorted(scores, key=lambda phrase: (-scores[phrase], phrase))[: min(limit, judgement.most)]
    kept = [phrase for phrase in order if scores[phrase] >= scores[order[0]] - judgement.behind]
    reading.proposals = [firsts[phrase]._replace(weight=1 / (1 + math.exp(-scores[phrase]))) for phrase in kept]


def everyday_words(reading: Reading) -> Iterable[Found]:
    """Yield the everyday words that are no joining words: by themselves topics in some communities."""
    known, joining = common_anywhere(), glue_anywhere()
    for i, word in enumerate(reading.words):
        if reading.able[i] and reading.norms[i] in known and word not in joining:
            yield Found(reading.norms[i], None, i, i + 1, _EVERYDAY)


def _best(reading: Reading, found: Iterable[Found], limit: int, least_share: float) -> list[Found]:
    weights: dict[str, float] = {}
    firsts: dict[str, Found] = {}
    marked, stances, denied = reading.marked, reading.stances, reading.denied
    for one in found:
        phrase, topic, start, end, weight = one
        key = topic or phrase
        if marked and (denied[start] or stances[start] is not reading.stance):
            key = f"{key}\n{stances[start]}\n{denied[start]}"  # of its own: one mention, however often it is said
        if key in firsts:
            weights[key] *= 1 + _AGAIN
        else:
            early = _EARLY[start] if start < _FAR else _EARLY[_FAR]
            weights[key] = 0.8 * weight * (1 + _LONGER * (end - start - 1)) * early
            firsts[key] = one
    order = sorted(weights, key=weights.__getitem__, reverse=True)[:limit]
    least = least_share * weights[order[0]] if order else 0.0
    return [_weighing(firsts[key], weights[key]) for key in order if weights[key] >= least]


def _weighing(one: Found, weight: float) -> Found:
    phrase, topic, start, end, _ = one
    return as_found((phrase, topic, start, end, min(1.0, weight)))
