"""The computation of a score, step by step: each formula in words, with its numbers, down to the score shown."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from serendipity.domain.model import Introduction, Run
from serendipity.matching.factors import Factor
from serendipity.matching.scoring.scoring import GREATEST_EXPONENT, TRUST
from serendipity.web.manage.score_breakdown import KINDS, PRODUCT, SOURCES, is_re_ranked

Say = Callable[..., str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step: its title, its formula in words and with numbers, and its result."""

    title: str
    words: str
    sum: str
    value: float


def list_steps(introduction: Introduction, run: Run | None, say: Say) -> list[Step]:
    """Return the steps of a pair's score, in the order of computation; `say` translates.

    A step whose numbers were not kept (those of release 0.1) is left out.
    """
    factors = {name: float(value) for name, value in introduction.factors.items()}
    settings: Mapping[str, Any] = run.settings if run else {}
    made = (
        *_re_ranker(factors, settings, say),
        *_relevance(factors, settings, say),
        *_both_sides(factors, settings, say),
        *_unexpectedness(factors, settings, say),
        *_surprise(factors, settings, say),
        *_outcomes(factors, say),
        *_exposure(factors, say),
        *_product(introduction, factors, say),
    )
    return list(made)


def list_checks(introduction: Introduction, run: Run | None, say: Say) -> list[Step]:
    """Return the checks that a pair passed besides its score: enough evidence, and the draw of the control arm."""
    factors = {name: float(value) for name, value in introduction.factors.items()}
    settings: Mapping[str, Any] = run.settings if run else {}
    return [*_evidence(factors, settings, say), *_chance(factors, say)]


def _relevance(factors: Mapping[str, float], settings: Mapping[str, Any], say: Say) -> Iterator[Step]:
    if Factor.RELEVANCE not in factors or is_re_ranked(factors):
        return
    weights = settings.get("weights", {})
    parts = [f"{_short(SOURCES[name], say)} {factors[name]:.3f}" for name in SOURCES if name in factors]
    shares = ", ".join(f"{_short(SOURCES[name], say)} × {weights[name]:g}" for name in SOURCES if name in weights)
    yield Step(
        title=say("Relevance"),
        words=say(
            "Every source ranks whom this member could meet. A place counts the more the nearer it is to the top, times"
            " the weight of the source (%(weights)s), as a share of being first in each source that has anybody"
            " for this member.",
            weights=shares or "–",
        ),
        sum=" · ".join(parts),
        value=factors[Factor.RELEVANCE],
    )


def _re_ranker(factors: Mapping[str, float], settings: Mapping[str, Any], say: Say) -> Iterator[Step]:
    if not is_re_ranked(factors):
        return
    numbers = " ".join(f"{_short(KINDS[name], say)} {factors[name]:+.3f}" for name in KINDS if name in factors)
    yield Step(
        title=say("Judgement"),
        words=say(
            "How like the pairs that became tied by themselves, as version %(number)s learned it from the community:"
            " what each kind of trait adds to the odds, less what is usual of those who became tied. 0.5 is the usual"
            " one of them; it is the same from either side.",
            number=settings.get("judgement", "–"),
        ),
        sum=f"1 / (1 + e^−x), x = {numbers}",
        value=factors[Factor.RECIPROCAL],
    )


def _short(label: str, say: Say) -> str:
    return say(label).partition(":")[0]


def _both_sides(factors: Mapping[str, float], settings: Mapping[str, Any], say: Say) -> Iterator[Step]:
    if Factor.RECIPROCAL not in factors or is_re_ranked(factors):
        return
    share, mine, value = settings.get("reciprocity"), factors.get(Factor.RELEVANCE), factors[Factor.RECIPROCAL]
    numbers = ""
    if share and mine:
        harmonic = max((value - (1.0 - share) * mine) / share, 0.0)
        theirs = mine * harmonic / (2.0 * mine - harmonic) if harmonic < 2.0 * mine else 0.0
        numbers = (
            f"{1.0 - share:g} × {mine:.3f} + {share:g} × 2 × {mine:.3f} × {theirs:.3f} / ({mine:.3f} + {theirs:.3f})"
        )
    yield Step(
        title=say("Relevance, seen from both sides"),
        words=say("Mostly this member's own view; the rest is the harmonic mean with how the other sees it."),
        sum=numbers,
        value=value,
    )


def _unexpectedness(factors: Mapping[str, float], settings: Mapping[str, Any], say: Say) -> Iterator[Step]:
    if not {Factor.FAMILIARITY, Factor.OVERLAP, Factor.UNEXPECTEDNESS} <= factors.keys():
        return
    humps = [_hump(factors[name], settings, name) for name in (Factor.FAMILIARITY, Factor.OVERLAP)]
    yield Step(
        title=say("Unexpectedness"),
        words=say(
            "How familiar the two are (through acquaintances, small events, one organisation), and how much of their"
            " interests overlaps: both are best at some, and fall off towards none and towards all."
        ),
        sum=" × ".join(each for each in humps if each),
        value=factors[Factor.UNEXPECTEDNESS],
    )


def _hump(value: float, settings: Mapping[str, Any], name: str) -> str:
    peak, width = settings.get(f"{name}_peak"), settings.get(f"{name}_width")
    if peak is None or not width:
        return f"{value:.3f}"
    return f"e^−(({value:.3f} − {peak:g})/{width:g})² [= {math.exp(-(((value - peak) / width) ** 2)):.3f}]"


def _surprise(factors: Mapping[str, float], settings: Mapping[str, Any], say: Say) -> Iterator[Step]:
    if not {Factor.SURPRISE, Factor.UNEXPECTEDNESS} <= factors.keys():
        return
    community, own = settings.get("surprise", 0.0), factors.get(Factor.DIAL)
    floored = max(factors[Factor.UNEXPECTEDNESS], settings.get("unexpectedness_floor", 0.0))
    chosen = own is not None and abs(own - community) > 1e-6
    numbers = "" if chosen else f"{floored:.3f} ^ ({GREATEST_EXPONENT:g} × {community:g})"
    words = (
        say(
            "This member chose a dial of their own (%(dial)s): their most unexpected candidate counts as at the"
            " community's dial, the others the less the further they lie below it.",
            dial=f"{own:g}",
        )
        if chosen
        else say("Unexpectedness to the power of four times the dial of surprise: 0 would leave it out.")
    )
    yield Step(title=say("Surprise"), words=words, sum=numbers, value=factors[Factor.SURPRISE])


def _outcomes(factors: Mapping[str, float], say: Say) -> Iterator[Step]:
    if Factor.PROPENSITY in factors:
        yield Step(
            title=say("What outcomes teach"),
            words=say(
                "How likely introductions like this one come to something good for both, relative to the usual one: as"
                " learned from what came of earlier ones, and at most three times more or less."
            ),
            sum="",
            value=factors[Factor.PROPENSITY],
        )


def _exposure(factors: Mapping[str, float], say: Say) -> Iterator[Step]:
    if Factor.EXPOSURE in factors:
        yield Step(
            title=say("Exposure"),
            words=say("Whoever stands high on the lists of many is taken back a little, so that others come up too."),
            sum="",
            value=factors[Factor.EXPOSURE],
        )


def _product(introduction: Introduction, factors: Mapping[str, float], say: Say) -> Iterator[Step]:
    parts = [factors[name] for name in PRODUCT if name in factors]
    words, numbers = say("The product of the above, 1 at most."), " × ".join(f"{part:.3f}" for part in parts)
    if len(introduction.parties) > 2:
        words = say("Of a group: the mean over all its pairs. The steps above are those of the first two.")
        numbers = f"{numbers} = {math.prod(parts):.3f}, …"
    yield Step(title=say("The score"), words=words, sum=numbers, value=introduction.score)


def _evidence(factors: Mapping[str, float], settings: Mapping[str, Any], say: Say) -> Iterator[Step]:
    if Factor.EVIDENCE not in factors:
        return
    against = [f"(1 − {TRUST[name]:g} × {factors[name]:.3f})" for name in TRUST if name in factors]
    yield Step(
        title=say("Evidence"),
        words=say(
            "How much speaks for the pair at all, whatever its place on a list. Below %(floor)s nobody is introduced.",
            floor=f"{settings.get('evidence_floor', 0.0):g}",
        ),
        sum=f"1 − {' × '.join(against)}",
        value=factors[Factor.EVIDENCE],
    )


def _chance(factors: Mapping[str, float], say: Say) -> Iterator[Step]:
    if Factor.CHANCE in factors:
        words = say("A few pairs sit a round out by lot, as the comparison for what was introduced.")
        if Factor.BY_LOT in factors:
            words = say("This pair was drawn by lot among all that are good enough, to measure what matching adds.")
        yield Step(
            title=say("Chance"),
            words=words,
            sum="",
            value=factors[Factor.CHANCE],
        )
