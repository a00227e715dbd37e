"""READ FIRST: which record is handled by which stage, and what it does to the graph.

    what happens ─► LEDGER ─► understanding ─► GRAPH ─► snapshot ─► MATCHING ─► INTRODUCTIONS ─► OUTBOX
                      ▲                                                               │
                      └───────────────── every answer is a record again ◄─────────────┘

One line a kind of record. `stage` validates and appends it. `reads` names the texts in it that the topic extractor
reads, and with which stance. `effect` is the pure function that folds an observation into the graph
(domain/effects.py). What is of `STANDING_KINDS` says how things stand now and counts for the past as well: the
observations that it touches are folded again (projection.py). `graph` says the outcome in words.

A signal from outside (`signal.received`, any name) is kept and listed; it moves no edge.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from serendipity.domain import effects
from serendipity.domain.effects import Effect
from serendipity.domain.model import RecordKind as Kind
from serendipity.domain.model import Stance


@dataclass(frozen=True, kw_only=True)
class Route:
    """What is done with one kind of record."""

    stage: str
    graph: str
    reads: Mapping[str, Stance] | None = None
    effect: Effect | None = None


SAID = {"text": Stance.INTEREST, "seeks": Stance.SEEK, "offers": Stance.OFFER}
PROFILE = {"about": Stance.INTEREST, "skills": Stance.OFFER, "seeks": Stance.SEEK, "offers": Stance.OFFER}
ABOUT = {"title": Stance.INTEREST, "description": Stance.INTEREST}

ROUTES: dict[Kind, Route] = {
    # observations: count by their effective time
    Kind.CHECK_IN: Route(stage="intake", reads=SAID, graph="none by itself: its understanding has"),
    Kind.UNDERSTOOD: Route(
        stage="topics",
        effect=effects.understood,
        graph="INTERESTED_IN, SEEKS, OFFERS; of a check-in also counts of topics and RELATED_TO of their pairs",
    ),
    Kind.REGISTERED: Route(
        stage="intake", effect=effects.registered, graph="REGISTERED, and slight INTERESTED_IN the event's topics"
    ),
    Kind.ATTENDED: Route(
        stage="intake", effect=effects.attended, graph="ATTENDED, and by role INTERESTED_IN the event's topics"
    ),
    Kind.TIE: Route(stage="intake, introductions", effect=effects.tied, graph="KNOWS, by the strength of evidence"),
    Kind.INTRODUCTION: Route(stage="introductions", effect=effects.introduced, graph="INTRODUCED_TO, with the outcome"),
    Kind.SIGNAL: Route(stage="intake", graph="none: kept and listed"),
    # standing: how things stand now, also for the past
    Kind.REREAD: Route(
        stage="topics", effect=effects.understood, graph="as an understanding, in place of the earlier one"
    ),
    Kind.MEMBER_JOINED: Route(stage="intake", graph="organisation of the Member"),
    Kind.PROFILE_CHANGED: Route(stage="intake", reads=PROFILE, graph="organisation of the Member"),
    Kind.MEMBER_MERGED: Route(stage="intake", graph="the duplicate's edges become those of the member who stays"),
    Kind.MEMBER_ERASED: Route(stage="upkeep", graph="the Member and all that they brought leave"),
    Kind.CONSENT_GIVEN: Route(stage="intake", graph="for matching: the Member and their history enter"),
    Kind.CONSENT_WITHDRAWN: Route(stage="intake", graph="for matching: the Member and their history leave"),
    Kind.EVENT_PUBLISHED: Route(stage="intake", reads=ABOUT, graph="Event"),
    Kind.EVENT_CHANGED: Route(stage="intake", reads=ABOUT, graph="Event"),
    Kind.EVENT_CANCELLED: Route(stage="intake", graph="the event raises no interest any more"),
    Kind.EVENT_UNDERSTOOD: Route(stage="topics", graph="ABOUT; the interests of those who took part"),
    Kind.TOPIC_ADDED: Route(stage="topics", graph="mentions of its phrases count, also earlier ones"),
    Kind.TOPIC_MERGED: Route(stage="topics", graph="its edges become those of the topic that stays"),
    Kind.TOPIC_RENAMED: Route(stage="topics", graph="label of the Topic"),
    Kind.TOPIC_ALIASED: Route(stage="topics", graph="mentions of the phrase count, also earlier ones"),
    Kind.TOPIC_PARENTED: Route(stage="topics", graph="NARROWER_THAN"),
    Kind.TOPIC_FLAGGED: Route(stage="topics", graph="a sensitive topic has no edges"),
    Kind.TOPIC_RETRACTED: Route(stage="topics", graph="the Topic leaves; its mentions are proposals again"),
    Kind.PHRASE_BLOCKED: Route(stage="topics", graph="mentions of the phrase do not count"),
    Kind.PHRASE_KEPT_APART: Route(stage="topics", graph="none: the two are not suggested as one topic again"),
    Kind.CURATION_UNDONE: Route(stage="topics", graph="as if what it names had never been decided"),
    Kind.RANKER_LEARNED: Route(stage="topics", graph="none: texts that are read from then on are judged by it"),
    Kind.PROPENSITY_LEARNED: Route(stage="matching", graph="none: rounds from then on weigh pairs by it"),
    Kind.JUDGEMENT_LEARNED: Route(stage="matching", graph="none: rounds from then on rank by it"),
    Kind.TOPIC_STRUCK: Route(stage="topics", graph="the member's mentions of the topic do not count"),
    Kind.TOPIC_PINNED: Route(stage="topics", graph="PINNED: the member's interest does not fade below their others"),
    Kind.TOPIC_HIDDEN: Route(stage="topics", graph="the member has no edge to the topic"),
}

READ_KINDS = frozenset(kind for kind, route in ROUTES.items() if route.reads)
EFFECT_KINDS = frozenset(kind for kind, route in ROUTES.items() if route.effect)
