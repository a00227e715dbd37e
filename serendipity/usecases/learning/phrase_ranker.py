"""Learning: what members kept and struck out teaches how to judge what is found in texts."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from serendipity.domain.model import AuditEntry, NewRecord, Record, RecordKind, Visibility
from serendipity.domain.own_topics import collect_own_topics
from serendipity.domain.projection_state import OWN_TOPIC_KINDS
from serendipity.intake.check_ins import may_be_used
from serendipity.ports import Ledger, UnitOfWork
from serendipity.topics.learning import Lesson, Outcome, learn
from serendipity.topics.promotion import FEWEST_MEMBERS, is_name, name_forms
from serendipity.topics.ranker import Statistics
from serendipity.topics.understandings import understanding_from
from serendipity.topics.vocabulary import Vocabulary
from serendipity.usecases.topics.reading import JudgingExtractor, Reader, all_names

SOURCE = "learning"
_PAGE = 2_000
_MOST_DECISIONS = 20_000
_MOST_TEXTS = 200  # of one member, the latest: none teaches more than that
_MOST_PHRASES = 5_000
_MOST_READ_AGAIN = 5_000  # texts; enough to tell how often a phrase of many texts ends what it stands in


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningReport:
    """Result of training, and whether it was put to use."""

    outcome: Outcome
    used: bool

    def in_words(self) -> str:
        """Return the report in a sentence or two."""
        outcome = self.outcome
        if outcome.before is None or outcome.after is None:
            return f"{outcome.lessons:,} topics were kept or struck out by members who look; too few to learn from."
        told = (
            f"{outcome.lessons:,} topics were kept or struck out. On the latest of them, the surprise is"
            f" {outcome.after.surprise:.3f} instead of {outcome.before.surprise:.3f}, and"
            f" {outcome.after.wrong} instead of {outcome.before.wrong} are wrong."
        )
        if outcome.judgement is None:
            return f"{told} That is no better; nothing changes."
        return f"{told} {'Texts are judged so from now on.' if self.used else 'It is not put to use.'}"


def learn_from_history(
    ledger: Ledger, reader: Reader, *, now: datetime, by: str = "service", dry_run: bool = False
) -> LearningReport:
    """Learn from what members kept and struck out, and judge by it from now on where it does better on later history.

    What is learned is one record, with an audit entry; texts already read stay as they are understood until they are
    read again. Doing it twice over the same history changes nothing.
    """
    reader.refresh()
    extractor = reader.extractor()
    if not isinstance(extractor, JudgingExtractor):
        return LearningReport(outcome=Outcome(lessons=0), used=False)
    with ledger.read() as uow:
        upto = uow.records.head()
        statistics = _statistics(uow, extractor, upto)
        lessons = list(_training_examples(uow, reader, extractor, statistics))
    outcome = learn(lessons, statistics, present=reader.judgement)
    use = outcome.judgement is not None and not dry_run
    if outcome.judgement is not None and use:
        learned = {**outcome.judgement.as_data(), "upto": upto, "tried": outcome.as_data()}
        _keep(ledger, learned, now=now, by=by)
        reader.refresh()
    return LearningReport(outcome=outcome, used=use)


def _keep(ledger: Ledger, data: Mapping[str, Any], *, now: datetime, by: str) -> None:
    id = str(data["upto"])
    new = NewRecord(kind=RecordKind.RANKER_LEARNED, source=SOURCE, id=id, at=now, data=data, timed=False)
    with ledger.write() as uow:
        position = uow.records.append([new])[0].record.position
        subject = f"record:{position}"
        uow.operations.audit(AuditEntry(at=now, who=by, what="ranker.learned", subject=subject, data=data["tried"]))


def _statistics(uow: UnitOfWork, extractor: JudgingExtractor, upto: int) -> Statistics:
    """Count in how many texts each phrase is mentioned that enough members say and that is no member's name."""
    texts, counts, sayers, position = 0, Counter[str](), dict[str, set[str]](), 0
    while page := uow.records.after(position, limit=_PAGE, kinds={RecordKind.UNDERSTOOD}):
        position = page[-1].position
        for record in page:
            if record.position <= upto and record.data is not None and record.data.get("use", True):
                texts += 1
                phrases = {mention[0] for mention in record.data["mentions"]}
                counts.update(phrases)
                for phrase in phrases:
                    said_by = sayers.setdefault(phrase, set())
                    if record.member and len(said_by) < FEWEST_MEMBERS:
                        said_by.add(record.member)
    people = name_forms(frozenset(all_names(uow)))
    shared = ((one, n) for one, n in counts.most_common() if len(sayers[one]) >= FEWEST_MEMBERS)
    open_ones = [(one, n) for one, n in shared if not is_name(one, people)]
    judged = dict(sorted(open_ones[:_MOST_PHRASES]))
    return Statistics(texts=texts, phrases=judged, endings=_endings(uow, extractor, judged))


def _endings(uow: UnitOfWork, extractor: JudgingExtractor, phrases: Mapping[str, int]) -> dict[str, int]:
    """Return in how many of its texts each phrase ends what stands between joining words.

    No understanding keeps that: it is the share in the latest check-ins, read again; half where these do not say it.
    """
    said, ends = Counter[str](), Counter[str]()
    for record in uow.records.recent(kinds={RecordKind.CHECK_IN}, limit=_MOST_READ_AGAIN):
        if record.data and may_be_used(record.data.get("visibility", Visibility.PRIVATE)):
            found = [one for one in extractor.candidates(str(record.data["text"])) if one.phrase in phrases]
            said.update(one.phrase for one in found)
            ends.update(one.phrase for one in found if one.ends)
    return {one: round(texts * (ends[one] + 1) / (said[one] + 2)) for one, texts in phrases.items()}


def _training_examples(
    uow: UnitOfWork, reader: Reader, extractor: JudgingExtractor, statistics: Statistics
) -> Iterator[Lesson]:
    """Yield what each member who ever struck a topic out made of the topics in their check-ins."""
    known = reader.vocabulary.topic
    decided = uow.records.recent(kinds=OWN_TOPIC_KINDS, limit=_MOST_DECISIONS)
    by_member: dict[str, list[Record]] = {}
    for record in decided:
        if record.member:
            by_member.setdefault(record.member, []).append(record)
    for member, records in sorted(by_member.items()):
        own = collect_own_topics(records)
        if not own.struck:
            continue
        texts = uow.records.recent(member=member, kinds={RecordKind.CHECK_IN}, limit=_MOST_TEXTS)
        made = uow.records.about([text.position for text in texts])
        for text in texts:
            understood = made.get(text.position)
            if text.data and understood is not None and understood.data:
                shown = _topics(understood.data, reader.vocabulary)
                struck = {now.id for topic, of in own.struck if of in (None, text.position) and (now := known(topic))}
                for one in extractor.candidates(str(text.data["text"])):
                    if one.topic in shown:
                        traits = one.traits(statistics)
                        yield Lesson(text.position, one.phrase, traits, one.topic not in struck)


def _topics(data: Mapping[str, Any], vocabulary: Vocabulary) -> set[str | None]:
    mentions = understanding_from(data).mentions
    return {vocabulary.resolve(mention) for mention in mentions if mention.weight > 0} - {None}
