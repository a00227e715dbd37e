"""The breakdown of a score: every factor with its number, in the order in which they are multiplied."""

from collections.abc import Mapping
from dataclasses import dataclass

from serendipity.domain.model import Introduction, Run
from serendipity.matching.factors import Factor
from serendipity.web.labels import _

SURPRISE = _("surprise: what unexpectedness makes of it, at the dial's setting")
PRODUCT = {
    Factor.RECIPROCAL: _("relevance, seen from both sides"),
    Factor.SURPRISE: SURPRISE,
    Factor.PROPENSITY: _("outcomes: what earlier introductions teach of such a pair"),
    Factor.EXPOSURE: _("exposure: who is suggested often is taken back a little"),
}
SOURCES = {
    Factor.INTERESTS: _("interests: rare topics that both work on, and those close to them"),
    Factor.PATHS: _("paths: short walks over acquaintances"),
    Factor.EVENTS: _("events: the small ones that both were at"),
    Factor.WANTS: _("wants: what one seeks and the other offers"),
    Factor.NEIGHBOURS: _("circles: those whom each knows work on the same"),
    Factor.WORDING: _("wording: how alike the two put things"),
    Factor.BRIDGING: _("bridging: one works on what the other's circle works on"),
}
JUDGED = _("judgement: how like the pairs that became tied by themselves, from either side")
KINDS = {
    Factor.BY_TIES: _("ties: walks over acquaintances and all that joins members"),
    Factor.BY_INTERESTS: _("interests: own ones, and those of whom each knows"),
    Factor.BY_WORDING: _("wording: how alike the two put things, and whom each knows"),
    Factor.BY_EVENTS: _("events: those that both were at"),
    Factor.BY_MEMBERS: _("the two themselves: how much they say, whom they know, how far they differ"),
    Factor.BY_USUAL: _("usual: what is so of those who became tied, taken off"),
}
PAIR = {
    Factor.EVIDENCE: _("evidence: how much speaks for the pair at all"),
    Factor.FAMILIARITY: _("familiarity: best where ties are moderately weak"),
    Factor.OVERLAP: _("overlap of interests: some, not most"),
    Factor.UNEXPECTEDNESS: _("unexpectedness: familiarity and overlap together"),
    Factor.RELEVANCE: _("relevance, as the one for whom it was found sees it"),
    Factor.STRANGERS: _("strangers: 1 where no walk of three ties joins the two"),
    Factor.DIAL: _("dial of surprise that this member chose"),
    Factor.CHANCE: _("chance that the lot let this pair take part in the round"),
    Factor.BY_LOT: _("found by chance, to measure what matching adds"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownFactor:
    """One number: its label (English; translated where shown), its value, and its weight in the fusion."""

    name: str
    value: float
    weight: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreBreakdown:
    """The numbers behind a score: the factors of its product, the score of each source, and facts about the pair.

    For a pair that was re-ranked, `kinds` holds what each kind of trait adds to the log-odds.
    """

    score: float
    product: tuple[ShownFactor, ...]
    sources: tuple[ShownFactor, ...]
    pair: tuple[ShownFactor, ...]
    kinds: tuple[ShownFactor, ...] = ()


def break_down_score(introduction: Introduction, run: Run | None) -> ScoreBreakdown:
    """Return every number of an introduction; weights are those of its run."""
    factors: Mapping[str, float] = {name: float(value) for name, value in introduction.factors.items()}
    weights: Mapping[str, float] = run.settings.get("weights", {}) if run and not is_re_ranked(factors) else {}
    parts = {name: factors[name] for name in PRODUCT if name in factors}
    if parts.keys() == {Factor.RECIPROCAL, Factor.EXPOSURE} and parts[Factor.RECIPROCAL] * parts[Factor.EXPOSURE] > 0:
        parts[Factor.SURPRISE] = introduction.score / (parts[Factor.RECIPROCAL] * parts[Factor.EXPOSURE])
    sources = {name: value for name, value in factors.items() if name in SOURCES or name in weights}
    told = sources.keys() | parts.keys() | KINDS.keys()
    rest = {name: value for name, value in factors.items() if name not in told}
    return ScoreBreakdown(
        score=introduction.score,
        product=tuple(
            ShownFactor(name=_name_factor(name, factors), value=parts[name]) for name in PRODUCT if name in parts
        ),
        sources=tuple(
            ShownFactor(name=SOURCES.get(name, name), value=value, weight=weights.get(name))
            for name, value in sorted(sources.items())
        ),
        pair=tuple(ShownFactor(name=PAIR.get(name, name), value=value) for name, value in sorted(rest.items())),
        kinds=tuple(ShownFactor(name=KINDS[name], value=factors[name]) for name in KINDS if name in factors),
    )


def is_re_ranked(factors: Mapping[str, float]) -> bool:
    """Tell whether relevance comes from the re-ranker, not from the fusion of sources."""
    return Factor.BY_TIES in factors


def _name_factor(name: str, factors: Mapping[str, float]) -> str:
    return JUDGED if name == Factor.RECIPROCAL and is_re_ranked(factors) else PRODUCT[name]
