"""Learning from outcomes: what came of introductions teaches the rounds to come, in versions that can be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from serendipity.domain.model import RecordKind
from serendipity.matching.learning.member_effects import training_sides
from serendipity.matching.learning.outcome_model import OutcomeModel
from serendipity.matching.learning.propensity import Propensity
from serendipity.matching.learning.training import TrainingResult, train
from serendipity.matching.learning.training_examples import TrainingExample, training_example_of
from serendipity.ports import UnitOfWork
from serendipity.topics.vocabulary import Vocabulary
from serendipity.usecases.learning.model_versions import TrainingOutcome, Version, Versions, has_erased_since
from serendipity.usecases.services import Services

MOST_INTRODUCTIONS = 50_000  # the latest: older ones tell of another community
MOST_SHOWN = 400  # verdicts of a round
ROUNDS = frozenset({"scheduled", "by_hand"})


VERSIONS = Versions(kind=RecordKind.PROPENSITY_LEARNED, source="outcomes", name="propensity", read=Propensity.from_data)


@dataclass(frozen=True, kw_only=True)
class OutcomeTrainingReport:
    """Result of training; `used` is the version put to use, `held` says that nothing may be by itself."""

    taught: TrainingResult
    used: Version[Propensity] | None = None
    held: bool = False

    def in_words(self) -> str:
        """Return the report in a sentence or two."""
        taught = self.taught
        if taught.before is None or taught.after is None:
            return f"{taught.outcomes:,} introductions came to something that can be learned from; too few yet."
        said = (
            f"{taught.outcomes:,} outcomes. On the latest of them the surprise is {taught.after.surprise:.3f} instead"
            f" of {taught.before.surprise:.3f}, and the Brier score {taught.after.brier:.3f} instead of"
            f" {taught.before.brier:.3f}."
        )
        if self.used is not None:
            put = "weighs the rounds to come" if self.used.learned else "puts scores back as they are"
            return f"{said} Version {self.used.number} {put}."
        if taught.propensity is None:
            return f"{said} That is no better; nothing changes."
        held = "A version was taken back, and is held until somebody learns by hand. " if self.held else ""
        return f"{said} {held}It is not put to use."


def learn_from_outcomes(
    services: Services, *, by: str = "service", dry_run: bool = False, automatic: bool = False
) -> OutcomeTrainingReport:
    """Learn from what came of introductions; what foresees the later ones better weighs the rounds from then on.

    Erased members' outcomes are gone: a version that still had them is replaced, or scores stand as they are. Doing it
    twice over the same outcomes changes nothing.
    """
    with services.ledger.read() as uow:
        head, present = uow.records.head(), VERSIONS.in_force(uow)
        lessons, gone = _training_examples(uow, services.reader.refresh())
        erased = present is not None and has_erased_since(uow, present.upto, among=gone)
    taught = train(lessons, present=present.learned if present else None)
    finding = TrainingOutcome(
        present=present,
        learned=taught.propensity,
        upto=head,
        tried=taught.as_data(),
        retire=taught.retire,
        erased=erased,
        automatic=automatic,
    )
    used = None if dry_run else VERSIONS.put_to_use(services, finding, by=by)
    return OutcomeTrainingReport(taught=taught, used=used, held=finding.held)


def outcome_model_of(services: Services, now: datetime) -> OutcomeModel | None:
    """Return what rounds use now; None where scores stand as they are."""
    with services.ledger.read() as uow:
        version = VERSIONS.in_force(uow)
        if version is None or version.learned is None:
            return None
        lessons, _ = _training_examples(uow, services.reader.refresh())
    _, regards = training_sides(lessons, now=now)
    return OutcomeModel(propensity=version.learned, regards=regards, version=version.number)


def _training_examples(uow: UnitOfWork, vocabulary: Vocabulary) -> tuple[list[TrainingExample], set[str]]:
    """Return what the latest introductions teach, of members as they stand now; and the members who are gone."""
    introductions = uow.introductions.search(limit=MOST_INTRODUCTIONS)
    ids = {party.member for each in introductions for party in each.parties}
    stands_for = uow.members.followed(ids)
    found = [lesson for each in introductions if (lesson := training_example_of(each)) is not None]
    kept = (_as_now(lesson, stands_for, vocabulary) for lesson in found)
    return [lesson for lesson in kept if lesson is not None], ids - stands_for.keys()


def _as_now(lesson: TrainingExample, stands_for: dict[str, str], vocabulary: Vocabulary) -> TrainingExample | None:
    """Return a lesson with its members and topics as they stand now; None where somebody left."""
    one, other = (side._replace(member=stands_for.get(side.member, "")) for side in lesson.sides)
    if not one.member or not other.member or one.member == other.member:
        return None
    topics = {topic.id: share for id, share in lesson.topics.items() if (topic := vocabulary.topic(id)) is not None}
    return replace(lesson, sides=(one, other), topics=topics)


@dataclass(frozen=True, kw_only=True)
class ScoreChange:
    """An introduction of the last round: its place and score then, and as it would be weighed now."""

    introduction: str
    members: tuple[str, ...]
    before: int
    after: int
    score_before: float
    score_after: float


def score_changes_of_last_round(services: Services) -> list[ScoreChange]:
    """Return the last round's introductions in the order that the version in force would give them now.

    None where scores stand as they are.
    """
    outcome_model = outcome_model_of(services, services.clock.now())
    if outcome_model is None:
        return []
    with services.ledger.read() as uow:
        runs = uow.operations.runs(kinds=ROUNDS, limit=1)
        verdicts = uow.operations.verdicts(run=runs[0].id, limit=MOST_SHOWN) if runs else []
        found = [uow.introductions.get(id) for id in sorted({each.introduction or "" for each in verdicts} - {""})]
    pairs = [(one, lesson) for one in found if (lesson := training_example_of(one)) is not None]
    hopes = outcome_model.relative_of([lesson for _, lesson in pairs]).tolist() if pairs else []
    # What was weighed already is weighed anew, not twice.
    now = [one.score / one.factors.get("propensity", 1.0) * hope for (one, _), hope in zip(pairs, hopes, strict=True)]
    before, after = _places([one.score for one, _ in pairs]), _places(now)
    moved = [
        ScoreChange(
            introduction=one.id,
            members=tuple(party.member for party in one.parties),
            before=before[n],
            after=after[n],
            score_before=one.score,
            score_after=min(now[n], 1.0),
        )
        for n, (one, _) in enumerate(pairs)
    ]
    return sorted(moved, key=lambda one: one.after)


def _places(scores: Sequence[float]) -> list[int]:
    """Return the place of each, from 1, equals in their order.

    >>> _places([0.2, 0.9, 0.5])
    [3, 1, 2]
    """
    order = sorted(range(len(scores)), key=lambda n: -scores[n])
    places = dict(zip(order, range(1, len(order) + 1), strict=True))
    return [places[n] for n in range(len(scores))]
