"""READ FIRST: all that moves in the product, as three tables that the code executes.

    what happens ─► LEDGER ─► understanding ─► GRAPH ─► snapshot ─► MATCHING ─► INTRODUCTIONS ─► OUTBOX
                      ▲                                                               │
                      └───────────────── every answer is a record again ◄─────────────┘

RECORDS    one line a kind of record: what writes it, which of its texts are read, what it does to the graph.
CONSUMERS  one line a consumer: the records that it follows with a position of its own, and what it writes.
TICKS      one line a tick: what time alone starts, and how often.

`serendipity flow` prints them, with how far each consumer is and when each tick last ran.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from serendipity.domain import effects
from serendipity.domain.effects import Effect
from serendipity.domain.model import RecordKind as Kind
from serendipity.domain.model import Stance
from serendipity.domain.projection_state import STANDING_KINDS


@dataclass(frozen=True, kw_only=True)
class RecordFlow:
    """Handling of one kind of record.

    `written_by` names the packages that append it; `reads` the texts in it that the topic extractor reads, each with
    its stance. `effect` folds an observation into the graph (domain/effects.py). A kind of `STANDING_KINDS` says how
    things stand now and counts for the past as well: the observations that it touches are folded again (projection.py).
    `graph` says the outcome in words. `signal` names the signal that it becomes, with the fields of its data that go
    along: ids and words, and no text that anybody wrote.
    """

    written_by: str
    graph: str
    signal: str | None = None
    signal_data: tuple[str, ...] = ()
    reads: Mapping[str, Stance] | None = None
    effect: Effect | None = None


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """One consumer of the records.

    `turn` is the function, as "module:name", that handles all that waits; it takes the services and returns a count.
    `kinds` are those that it reads, None all. Partitions keep the order of each member; `batch` is the number of
    records in a transaction.
    """

    name: str
    turn: str
    writes: str
    kinds: frozenset[Kind] | None = None
    batch: int = 500
    partitions: int = 1


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A turn that time starts: every so many seconds, weekly on Sunday at a time, or at the community's match time.

    `turn` is a function as in `Consumer`. `pool` names the threads that it runs in. A tick takes at most
    `largest_share` of the time: after a long turn it rests. `at_start` runs it once more when the worker starts;
    `last_done` names a function that returns when it was last done, so that the start makes up for a time that was
    missed. `leased` lets one worker run it at a time.
    """

    name: str
    turn: str
    does: str
    every: float | None = None
    sunday_at: str | None = None
    pool: str = "short"
    largest_share: float = 1.0
    at_start: bool = False
    last_done: str | None = None
    lease_holder: bool = False


_SAID = {"text": Stance.INTEREST, "seeks": Stance.SEEK, "offers": Stance.OFFER}
_PROFILE = {"about": Stance.INTEREST, "skills": Stance.OFFER, "seeks": Stance.SEEK, "offers": Stance.OFFER}
_ABOUT = {"title": Stance.INTEREST, "description": Stance.INTEREST}

RECORDS: dict[Kind, RecordFlow] = {
    # observations: count by their effective time
    Kind.CHECK_IN: RecordFlow(
        written_by="intake",
        reads=_SAID,
        graph="none by itself: its understanding has",
        signal="check_in.recorded",
        signal_data=("place", "visibility"),
    ),
    Kind.UNDERSTOOD: RecordFlow(
        written_by="topics",
        effect=effects.apply_understanding,
        graph="INTERESTED_IN, SEEKS, OFFERS; of a check-in also counts of topics and RELATED_TO of their pairs",
    ),
    Kind.REGISTERED: RecordFlow(
        written_by="intake",
        effect=effects.apply_registration,
        graph="REGISTERED, and slight INTERESTED_IN the event's topics",
        signal="event.registered",
        signal_data=("event", "role"),
    ),
    Kind.ATTENDED: RecordFlow(
        written_by="intake",
        effect=effects.apply_attendance,
        graph="ATTENDED, and by role INTERESTED_IN the event's topics",
        signal="event.attended",
        signal_data=("event", "role"),
    ),
    Kind.TIE: RecordFlow(
        written_by="intake, introductions", effect=effects.apply_tie, graph="KNOWS, by the strength of evidence"
    ),
    Kind.INTRODUCTION: RecordFlow(
        written_by="introductions", effect=effects.apply_introduction, graph="INTRODUCED_TO, with the outcome"
    ),
    Kind.SIGNAL: RecordFlow(written_by="earlier releases", graph="none: signals have a stream of their own"),
    # standing: how things stand now, also for the past
    Kind.REREAD: RecordFlow(
        written_by="topics",
        effect=effects.apply_understanding,
        graph="as an understanding, in place of the earlier one",
    ),
    Kind.MEMBER_JOINED: RecordFlow(written_by="intake", graph="organisation of the Member", signal="member.joined"),
    Kind.PROFILE_CHANGED: RecordFlow(
        written_by="intake", reads=_PROFILE, graph="organisation of the Member", signal="profile.changed"
    ),
    Kind.MEMBER_MERGED: RecordFlow(
        written_by="intake", graph="the duplicate's edges become those of the member who stays"
    ),
    Kind.MEMBER_ERASED: RecordFlow(written_by="upkeep", graph="the Member and all that they brought leave"),
    Kind.CONSENT_GIVEN: RecordFlow(
        written_by="intake",
        graph="for matching: the Member and their history enter",
        signal="consent.given",
        signal_data=("purpose",),
    ),
    Kind.CONSENT_WITHDRAWN: RecordFlow(
        written_by="intake",
        graph="for matching: the Member and their history leave",
        signal="consent.withdrawn",
        signal_data=("purpose",),
    ),
    Kind.EVENT_PUBLISHED: RecordFlow(
        written_by="intake",
        reads=_ABOUT,
        graph="Event",
        signal="event.published",
        signal_data=("event", "starts_at", "ends_at", "place"),
    ),
    Kind.EVENT_CHANGED: RecordFlow(
        written_by="intake",
        reads=_ABOUT,
        graph="Event",
        signal="event.changed",
        signal_data=("event", "starts_at", "ends_at", "place"),
    ),
    Kind.EVENT_CANCELLED: RecordFlow(
        written_by="intake",
        graph="the event raises no interest any more",
        signal="event.cancelled",
        signal_data=("event",),
    ),
    Kind.EVENT_UNDERSTOOD: RecordFlow(written_by="topics", graph="ABOUT; the interests of those who took part"),
    Kind.TOPIC_ADDED: RecordFlow(written_by="topics", graph="mentions of its phrases count, also earlier ones"),
    Kind.TOPIC_MERGED: RecordFlow(written_by="topics", graph="its edges become those of the topic that stays"),
    Kind.TOPIC_RENAMED: RecordFlow(written_by="topics", graph="label of the Topic"),
    Kind.TOPIC_ALIASED: RecordFlow(written_by="topics", graph="mentions of the phrase count, also earlier ones"),
    Kind.TOPIC_PARENTED: RecordFlow(written_by="topics", graph="NARROWER_THAN"),
    Kind.TOPIC_FLAGGED: RecordFlow(written_by="topics", graph="a sensitive topic has no edges"),
    Kind.TOPIC_RETRACTED: RecordFlow(written_by="topics", graph="the Topic leaves; its mentions are proposals again"),
    Kind.PHRASE_BLOCKED: RecordFlow(written_by="topics", graph="mentions of the phrase do not count"),
    Kind.PHRASE_KEPT_APART: RecordFlow(written_by="topics", graph="none: the two are not suggested as one topic again"),
    Kind.CURATION_UNDONE: RecordFlow(written_by="topics", graph="as if what it names had never been decided"),
    Kind.RANKER_LEARNED: RecordFlow(
        written_by="topics", graph="none: texts that are read from then on are judged by it"
    ),
    Kind.PROPENSITY_LEARNED: RecordFlow(written_by="matching", graph="none: rounds from then on weigh pairs by it"),
    Kind.JUDGEMENT_LEARNED: RecordFlow(written_by="matching", graph="none: rounds from then on rank by it"),
    Kind.TOPIC_STRUCK: RecordFlow(written_by="topics", graph="the member's mentions of the topic do not count"),
    Kind.TOPIC_PINNED: RecordFlow(
        written_by="topics", graph="PINNED: the member's interest does not fade below their others"
    ),
    Kind.TOPIC_HIDDEN: RecordFlow(written_by="topics", graph="the member has no edge to the topic"),
}

READ_KINDS = frozenset(kind for kind, flow in RECORDS.items() if flow.reads)
EFFECT_KINDS = frozenset(kind for kind, flow in RECORDS.items() if flow.effect)
GRAPH_KINDS = EFFECT_KINDS | STANDING_KINDS

READING = Consumer(
    name="reading",
    turn="serendipity.usecases.topics.reading:read_texts",
    kinds=READ_KINDS,
    writes="understandings",
)
PROMOTION = Consumer(
    name="promotion",
    turn="serendipity.usecases.topics.reading:promote_phrases",
    kinds=frozenset({Kind.UNDERSTOOD, Kind.EVENT_UNDERSTOOD, Kind.REREAD}),
    writes="topics that enough members speak of",
)
GRAPH = Consumer(
    name="graph",
    turn="serendipity.usecases.upkeep.graph:fold_records",
    kinds=GRAPH_KINDS,
    writes="the graph, where its position is kept too",
    batch=2000,
)
ERASURE = Consumer(
    name="erasure",
    turn="serendipity.upkeep.erasure:erase_folded",
    writes="blanks what the graph has let go of",
    batch=2000,
)
SIGNALS = Consumer(
    name="signals",
    turn="serendipity.usecases.signals.from_records:signal_records",
    kinds=frozenset(kind for kind, flow in RECORDS.items() if flow.signal),
    writes="signals, of what records say",
)
CONSUMERS = (READING, PROMOTION, GRAPH, SIGNALS, ERASURE)

TICKS = (
    Tick(name="consumers", every=1, turn="serendipity.workers.ticks:run_consumers", does="every consumer in turn"),
    Tick(
        name="snapshot",
        every=5,
        largest_share=1 / 30,
        turn="serendipity.upkeep.erasure:publish_and_clear",
        does="publishes the graph to the matcher, and clears the files of what was erased",
    ),
    Tick(
        name="outbox",
        every=3,
        turn="serendipity.usecases.upkeep.worker_turns:deliver",
        does="sends the messages that are due",
    ),
    Tick(
        name="introductions",
        every=10,
        turn="serendipity.usecases.upkeep.worker_turns:advance_introductions",
        does="asks, introduces, ends and follows up what is due",
    ),
    Tick(
        name="drift",
        every=1200,
        at_start=True,
        turn="serendipity.usecases.topics.drift:tell_drift_daily",
        does="once a day: which topics rise and fade",
    ),
    Tick(
        name="sweep",
        every=21_600,
        turn="serendipity.upkeep.sweep:sweep",
        does="deletes expired sessions and links, and old runs",
    ),
    Tick(
        name="matching",
        last_done="serendipity.usecases.upkeep.worker_turns:last_scheduled_run",
        turn="serendipity.usecases.upkeep.worker_turns:run_scheduled",
        does="the scheduled run of the matcher",
        pool="matching",
    ),
    Tick(
        name="phrase_ranker",
        sunday_at="04:00",
        pool="learning",
        lease_holder=True,
        turn="serendipity.usecases.upkeep.worker_turns:learn_phrase_ranker",
        does="learns which phrases become topics",
    ),
    Tick(
        name="outcome_model",
        sunday_at="04:20",
        pool="learning",
        lease_holder=True,
        turn="serendipity.usecases.upkeep.worker_turns:learn_outcome_model",
        does="learns from the outcomes of introductions",
    ),
    Tick(
        name="re_ranker",
        sunday_at="04:40",
        pool="learning",
        lease_holder=True,
        turn="serendipity.usecases.upkeep.worker_turns:learn_re_ranker",
        does="learns from first ties that members make",
    ),
)
