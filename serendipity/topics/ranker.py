"""Judge proposals by what the community's texts tell of them, and learn from what members kept and struck out."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from serendipity.topics.frequency import everydayness

_RAREST = 2.5  # Zipf value of words that no list knows
_MIDDLE = 3.5
_FAR = 40  # words
_MANY = 0.1  # share of the texts
_FEWEST_FOR_A_FORMULA = 30  # texts
_AS_OFTEN_AS_NOT = math.log(0.5)
_ALL = 100  # more than any text has
_STIFFNESS = 1.0  # the prior's inverse variance: a few judgements move little


class Traits(NamedTuple):
    """Features of a phrase; each is about 0 for a middling phrase."""

    again: float  # ln of its mentions in the text
    spread: float  # ln of the number of texts that hold it, less one
    alone: float  # 1 for a phrase of this text only
    paired: float  # 1 for a phrase of two texts
    everyday: float  # mean Zipf value of its words, less 3.5
    late: float  # 0 at the beginning of the text, 1 from the fortieth word on
    pair: float  # 1 for two words
    longer: float  # 1 for more than two words
    chunk: float  # the chunker's weight, less 0.3: a whole phrase between joining words has most
    ending: float  # ln of how often it ends what stands between joining words: an adjective never does
    formula: float  # ln of how much oftener than in one text of ten it stands: what all texts say tells nothing
    known: float  # 1 for a topic
    regard: float  # ln of how much oftener members kept the phrase than struck it out


@dataclass(frozen=True, kw_only=True, slots=True)
class Statistics:
    """In how many of a community's texts each phrase was proposed, and how members regard it (see `Traits.regard`).

    `endings`: in how many texts it ends what stands between joining words; empty where nobody counted.
    """

    texts: int
    phrases: Mapping[str, int]
    endings: Mapping[str, int] = field(default_factory=dict)
    regard: Mapping[str, float] = field(default_factory=dict)

    def traits(self, phrase: str, *, first: int, mentions: int, weight: float, known: bool = False) -> Traits:
        """Return the traits of a phrase in a text where it is first said at word `first`."""
        words = phrase.split()
        texts = max(self.phrases.get(phrase, 1), 1)
        many = max(_MANY * self.texts, _FEWEST_FOR_A_FORMULA)
        return Traits(
            again=math.log(mentions),
            spread=math.log(texts) - 1,
            alone=float(texts == 1),
            paired=float(texts == 2),
            everyday=sum(max(_RAREST, everydayness(word)) for word in words) / len(words) - _MIDDLE,
            late=min(first / _FAR, 1.0),
            pair=float(len(words) == 2),
            longer=float(len(words) > 2),
            chunk=weight - 0.3,
            ending=self._ending(phrase, texts) if self.endings and not known else 0.0,
            formula=max(0.0, math.log(texts / many)) if not known else 0.0,
            known=float(known),
            regard=self.regard.get(phrase, 0.0),
        )

    def _ending(self, phrase: str, texts: int) -> float:
        """Return the log of the share of texts where a phrase ends its run; of a new one, that of a coin."""
        return math.log((self.endings.get(phrase, 0) + 1) / (texts + 2)) - _AS_OFTEN_AS_NOT


def statistics_of(texts: Iterable[Mapping[str, bool]]) -> Statistics:
    """Count the phrases of texts, each given as its phrases and whether they end what stands between joining words.

    >>> statistics_of([{"felt": True, "woollen": False}, {"felt": False}])
    Statistics(texts=2, phrases={'felt': 2, 'woollen': 1}, endings={'felt': 1}, regard={})
    """
    number, phrases, endings = 0, Counter[str](), Counter[str]()
    for said in texts:
        number += 1
        phrases.update(said.keys())
        endings.update(phrase for phrase, ends in said.items() if ends)
    return Statistics(texts=number, phrases=dict(phrases), endings=dict(endings))


# What holds before anyone struck anything out: said again, said by others too, early, not everyday, and what words
# before it qualify rather than what qualifies others.
PRIOR = Traits(
    again=1.0,
    spread=-0.25,
    alone=-1.4,
    paired=-0.5,
    everyday=-0.3,
    late=-1.8,
    pair=-0.3,
    longer=-2.0,
    chunk=-0.4,
    ending=0.8,
    formula=-2.0,
    known=1.0,
    regard=1.0,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranker:
    """A logistic judgement of phrases, one weight a trait."""

    weights: Traits = PRIOR
    bias: float = 0.0

    def score(self, traits: Traits) -> float:
        """Return the log odds that a member would keep the phrase."""
        return self.bias + _dot(self.weights, traits)

    def learn(self, judgements: Iterable[tuple[Traits, bool]]) -> "Ranker":
        """Return the ranker that also heeds which phrases members kept (True) and struck out.

        The most probable weights under a Gaussian prior around the present ones, by Newton's method (Bishop, Pattern
        Recognition and Machine Learning, 4.3.3). Without judgements nothing changes.
        """
        history = list(judgements)
        if not history:
            return self
        import numpy as np

        from serendipity.numerics.logistic import posterior

        rows = np.array([(1.0, *traits) for traits, _ in history])
        kept = np.array([float(one) for _, one in history])
        prior = np.array([self.bias, *self.weights])
        now = posterior(rows, kept, prior=prior, precision=np.full(len(prior), _STIFFNESS)).mode
        bias, *weights = (float(one) for one in now)
        return Ranker(weights=Traits(*weights), bias=bias)

    def as_data(self) -> dict[str, float]:
        """Return the ranker as plain data."""
        return {**self.weights._asdict(), "bias": self.bias}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Ranker":
        """Return the ranker that `as_data` wrote down; a trait that was none then weighs nothing.

        >>> Ranker.from_data(Ranker().as_data()) == Ranker()
        True
        """
        weights = Traits(*(float(data.get(name, 0.0)) for name in Traits._fields))
        return cls(weights=weights, bias=float(data["bias"]))


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """The fitted ranker of phrases, and the regard of phrases that were judged before.

    Of the proposals at most `most` are kept, none further than `behind` (log odds) behind the best one; with
    `strikes` a topic is left out that members would rather strike out than keep.
    """

    statistics: Statistics
    ranker: Ranker = Ranker()
    most: int = 4
    behind: float = 0.9
    strikes: bool = False

    def as_data(self) -> dict[str, Any]:
        """Return what was learned as plain data: the ranker, the statistics, the regard of phrases."""
        counted = self.statistics
        said = {"texts": counted.texts, "phrases": dict(counted.phrases), "endings": dict(counted.endings)}
        return {"ranker": self.ranker.as_data(), **said, "regard": dict(counted.regard)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Judgement":
        """Return the judgement that was learned: it strikes out, and orders proposals but keeps them all."""
        statistics = Statistics(
            texts=int(data["texts"]),
            phrases=data["phrases"],
            endings=data.get("endings", {}),  # what was learned before they were counted has none
            regard=data["regard"],
        )
        ranker = Ranker.from_data(data["ranker"])
        return cls(statistics=statistics, ranker=ranker, most=_ALL, behind=math.inf, strikes=True)


def _dot(weights: Iterable[float], traits: Iterable[float]) -> float:
    return sum(weight * trait for weight, trait in zip(weights, traits, strict=True))
