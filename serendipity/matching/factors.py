"""READ SECOND, after matcher.py: every column that a candidate carries.

A candidate (an unscored pair) and the match made of it carry named figures, called factors. This table declares them:
the range, the meaning, which module writes each and which read it. Code uses the members of `Factor`, not their text;
the text is how a factor is stored with an introduction, so it never changes.
"""

from dataclasses import dataclass
from typing import Final

from serendipity.domain.model.introductions import CONTROL_ARM


class Factor:
    """Names of the columns: plain strings, since arrays and JSON are keyed by them."""

    # scores of the sources that proposed the pair
    INTERESTS: Final = "interests"
    PATHS: Final = "paths"
    EVENTS: Final = "events"
    WANTS: Final = "wants"
    NEIGHBOURS: Final = "neighbours"
    WORDING: Final = "wording"
    BRIDGING: Final = "bridging"
    # the pair itself
    EVIDENCE: Final = "evidence"
    FAMILIARITY: Final = "familiarity"
    OVERLAP: Final = "overlap"
    UNEXPECTEDNESS: Final = "unexpectedness"
    STRANGERS: Final = "strangers"
    # the score, a product
    RELEVANCE: Final = "relevance"
    RECIPROCAL: Final = "reciprocal"
    SURPRISE: Final = "surprise"
    PROPENSITY: Final = "propensity"
    EXPOSURE: Final = "exposure"
    DIAL: Final = "dial"
    # what the re-ranker adds up, as log-odds by kind of trait
    BY_TIES: Final = "by_ties"
    BY_INTERESTS: Final = "by_interests"
    BY_WORDING: Final = "by_wording"
    BY_EVENTS: Final = "by_events"
    BY_MEMBERS: Final = "by_members"
    BY_USUAL: Final = "by_usual"
    # the control arm
    CHANCE: Final = "chance"
    BY_LOT: Final = CONTROL_ARM


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column: its range, its meaning, the module that writes it and those that read it (under `matching`)."""

    lowest: float
    highest: float
    meaning: str
    written_by: str
    read_by: str


ANY: Final = float("inf")
_SOURCE: Final = "scoring.scoring, learning.propensity, explanation"


def _share(meaning: str, written_by: str, read_by: str) -> Column:
    return Column(lowest=0.0, highest=1.0, meaning=meaning, written_by=written_by, read_by=read_by)


def _log_odds(meaning: str) -> Column:
    return Column(
        lowest=-ANY, highest=ANY, meaning=meaning, written_by="scoring.re_ranker", read_by="web (breakdown of a score)"
    )


COLUMNS: dict[str, Column] = {
    Factor.INTERESTS: _share("rare topics of both, and topics close to them", "candidates.sources.interests", _SOURCE),
    Factor.PATHS: _share("short walks over acquaintances", "candidates.sources.paths", _SOURCE),
    Factor.EVENTS: _share("small events that both attended", "candidates.sources.events", _SOURCE),
    Factor.WANTS: _share("what one seeks and the other offers", "candidates.sources.wants", _SOURCE),
    Factor.NEIGHBOURS: _share(
        "how alike those are whom each knows", "candidates.sources.neighbours", "scoring.pair_features"
    ),
    Factor.WORDING: _share("how alike the two put things", "snapshot.word_profiles", "scoring.pair_features"),
    Factor.BRIDGING: _share(
        "one works on what the other's acquaintances work on", "candidates.sources.bridging", "scoring.pair_features"
    ),
    Factor.EVIDENCE: _share("how much speaks for the pair at all", "scoring.scoring", "matcher: floor"),
    Factor.FAMILIARITY: _share("closeness over ties and events, humped", "scoring.unexpectedness", "learning"),
    Factor.OVERLAP: _share("share of interests in common, humped", "scoring.unexpectedness", "learning"),
    Factor.UNEXPECTEDNESS: _share(
        "familiarity and overlap together", "scoring.unexpectedness, scoring.re_ranker", "matcher: floor and surprise"
    ),
    Factor.STRANGERS: _share("1 where no walk of three ties joins the two", "scoring.re_ranker", "scoring"),
    Factor.RELEVANCE: _share("fused rank, or the re-ranker's probability, from one side", "matcher", "explanation"),
    Factor.RECIPROCAL: _share("relevance seen from both sides", "matcher", "the score"),
    Factor.SURPRISE: Column(
        lowest=0.0,
        highest=ANY,
        meaning="unexpectedness at the dial's setting, relative to the member's other candidates",
        written_by="scoring.scoring",
        read_by="the score",
    ),
    Factor.PROPENSITY: Column(
        lowest=0.0,
        highest=ANY,
        meaning="multiplier of the outcome model: 1 where a pair is as likely to work as the usual one",
        written_by="learning.outcome_model",
        read_by="the score",
    ),
    Factor.EXPOSURE: Column(
        lowest=0.0,
        highest=1.0,
        meaning="penalty for members who stand in many lists",
        written_by="scoring.exposure_fairness",
        read_by="the score",
    ),
    Factor.DIAL: _share("the surprise that the member chose, where they did", "matcher", "web"),
    Factor.BY_TIES: _log_odds("what walks over ties add"),
    Factor.BY_INTERESTS: _log_odds("what interests add, own ones and those of acquaintances"),
    Factor.BY_WORDING: _log_odds("what wording adds"),
    Factor.BY_EVENTS: _log_odds("what events in common add"),
    Factor.BY_MEMBERS: _log_odds("what the two members by themselves add"),
    Factor.BY_USUAL: _log_odds("what is usual among pairs that became tied, taken off"),
    Factor.CHANCE: _share("probability with which the pair took part in the round", "assignment", "learning"),
    Factor.BY_LOT: Column(
        lowest=1.0,
        highest=1.0,
        meaning="1 for a pair of the control arm; absent else",
        written_by="assignment.rounds",
        read_by="learning, product metrics",
    ),
}
