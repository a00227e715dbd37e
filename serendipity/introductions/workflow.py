"""The private double opt-in: one is asked, then the other; both yes, or nobody hears of the other's answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from serendipity.domain.errors import Conflict
from serendipity.domain.model import (
    Answer,
    AuditEntry,
    DeclineReason,
    Introduction,
    IntroductionState,
    Link,
    Member,
    MessageKind,
    Party,
    Purpose,
    Topic,
)
from serendipity.introductions.circumstances import read_circumstances
from serendipity.introductions.decide import (
    DECIDED,
    Move,
    Step,
    answer_until,
    closes_at,
    ends_at,
    is_group,
    next_step,
)
from serendipity.introductions.evidence import accepting_parties, others_of
from serendipity.introductions.outcomes import KEEPS_APART, record_introduction, record_no, record_silence
from serendipity.introductions.queue import OPEN
from serendipity.introductions.reader_texts import ReaderText, TextContext, freeze
from serendipity.introductions.sentences import join_list
from serendipity.introductions.settings import IntroductionSettings
from serendipity.ports import Composer, UnitOfWork

ASK, MADE, CLOSED = (
    MessageKind.INTRODUCTION_ASK,
    MessageKind.INTRODUCTION_MADE,
    MessageKind.INTRODUCTION_CLOSED,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class OptIn:
    """The double opt-in with what it needs: who words the messages, the topics as they stand now, the settings."""

    composer: Composer
    topics: Callable[[], Mapping[str, Topic]]
    settings: IntroductionSettings = field(default_factory=IntroductionSettings)

    def text_context(self, now: datetime) -> TextContext:
        """Return what the texts of introductions are made with."""
        return TextContext(topics=self.topics(), settings=self.settings, gettext=self.composer.gettext, now=now)

    def advance(self, uow: UnitOfWork, id: str, *, now: datetime) -> Introduction:
        """Take the next step of an introduction, if there is one; safe to repeat at any time."""
        introduction = uow.introductions.get(id)
        if introduction.state not in OPEN:
            return introduction
        step = next_step(introduction, read_circumstances(uow, introduction, now=now), now=now, settings=self.settings)
        return self._take(uow, introduction, step, now)

    def answer(
        self, uow: UnitOfWork, link: Link, answer: Answer, *, reason: DeclineReason | None = None, now: datetime
    ) -> Introduction:
        """Take a member's answer; a second one, or one that comes too late, changes nothing.

        It can be undone for a while and takes effect after that (`advance`); without a grace at once.
        """
        introduction = _introduction_of(uow, link)
        party = _find_party(introduction, link.member)
        until = answer_until(party, self.settings)
        if introduction.state is not IntroductionState.ASKED or party.answer is not Answer.ASKED:
            return introduction
        if until is None or until <= now:
            return introduction
        decided = replace(party, answer=answer, reason=_decline_reason(answer, reason), answered_at=now)
        uow.access.use_link(link.token_hash, now)
        # Neither the time of the last change nor the audit tells that there was an answer: others can see both.
        saved = _save(uow, replace(_replace_party(introduction, decided), deadline=now + self.settings.grace))
        return self.advance(uow, saved.id, now=now)

    def undo(self, uow: UnitOfWork, link: Link, *, now: datetime) -> Introduction:
        """Take an answer back. Raises Conflict once it took effect; an answer that was not given changes nothing."""
        introduction = _introduction_of(uow, link)
        party = _find_party(introduction, link.member)
        if party.answer not in DECIDED:
            return introduction
        if not can_undo(introduction, party, now=now, settings=self.settings):
            raise Conflict("This answer took effect already and cannot be taken back any more.")
        asked = replace(party, answer=Answer.ASKED, reason=None, answered_at=None)
        open_again = _replace_party(introduction, asked)
        return _save(uow, replace(open_again, deadline=ends_at(open_again, self.settings)))

    def cancel(self, uow: UnitOfWork, id: str, *, by: str, why: str, now: datetime) -> Introduction:
        """End an introduction that is on its way; who said yes hears later that it did not come together."""
        introduction = uow.introductions.get(id)
        if introduction.state not in OPEN:
            raise Conflict("This introduction has ended by now.", state=str(introduction.state))
        return self._end(uow, replace(introduction, by=by), IntroductionState.CANCELLED, why, now, who=by)

    def end_all_with(self, uow: UnitOfWork, member: str, *, why: str, now: datetime) -> list[Introduction]:
        """End every introduction on its way with a member (consent withdrawn, erased); call it before an erasure."""
        found = uow.introductions.search(states=OPEN, member=member, limit=10_000)
        return [self._end(uow, each, IntroductionState.CANCELLED, why, now, without=member) for each in found]

    def _take(self, uow: UnitOfWork, introduction: Introduction, step: Step, now: datetime) -> Introduction:
        match step.move:
            case Move.STAY:
                return introduction
            case Move.WAIT:
                return _save(uow, replace(introduction, deadline=step.until))
            case Move.ASK:
                return self._ask(uow, introduction, str(step.member), now)
            case Move.INTRODUCE:
                return self._introduce(uow, introduction, now)
            case Move.RECORD_NO:
                self._record_no(uow, introduction, str(step.member), now)
                return self.advance(uow, introduction.id, now=now)
            case Move.EXPIRE:
                return self._expire(uow, introduction, step, now)
            case Move.CANCEL:
                return self._end(uow, introduction, IntroductionState.CANCELLED, step.why, now)

    def _ask(self, uow: UnitOfWork, introduction: Introduction, member: str, now: datetime) -> Introduction:
        introduction = self._freeze_texts(uow, introduction, now)
        asked = replace(_find_party(introduction, member), answer=Answer.ASKED, asked_at=now)
        about = self._question_context(uow, introduction, member, now)
        self._queue_message(uow, introduction, ASK, member, about, now, not_after=answer_until(asked, self.settings))
        updated = replace(_replace_party(introduction, asked), state=IntroductionState.ASKED, changed_at=now)
        saved = _save_and_audit(
            uow, replace(updated, deadline=ends_at(updated, self.settings)), "introduction.asked", now
        )
        return self.advance(uow, saved.id, now=now) if is_group(saved) else saved

    def _introduce(self, uow: UnitOfWork, introduction: Introduction, now: datetime) -> Introduction:
        self._record_silences(uow, introduction, now)
        willing = accepting_parties(introduction)
        for party in willing.parties:
            self._queue_message(
                uow, willing, MADE, party.member, self._introduction_context(uow, willing, party, now), now
            )
        record_introduction(uow, willing, now=now)
        updated = replace(
            introduction, state=IntroductionState.INTRODUCED, introduced_at=now, deadline=None, changed_at=now
        )
        return _save_and_audit(uow, updated, "introduction.introduced", now)

    def _record_no(self, uow: UnitOfWork, introduction: Introduction, member: str, now: datetime) -> None:
        reason = _find_party(introduction, member).reason
        if is_group(introduction) and reason in KEEPS_APART:
            reason = DeclineReason.NOT_RELEVANT  # a no to a group keeps nobody in it apart
        record_no(uow, introduction, member, reason, now=now, settings=self.settings)

    def _expire(self, uow: UnitOfWork, introduction: Introduction, step: Step, now: datetime) -> Introduction:
        self._record_silences(uow, introduction, now)
        return self._end(uow, introduction, IntroductionState.EXPIRED, step.why, now)

    def _record_silences(self, uow: UnitOfWork, introduction: Introduction, now: datetime) -> None:
        for party in introduction.parties:
            if party.answer is Answer.ASKED:
                record_silence(uow, introduction, party.member, now=now)

    def _end(
        self,
        uow: UnitOfWork,
        introduction: Introduction,
        state: IntroductionState,
        why: str | None,
        now: datetime,
        *,
        who: str = "service",
        without: str | None = None,
    ) -> Introduction:
        """End it; those who said yes are told in the same words, and at the same time, whatever the reason."""
        uow.outbox.cancel(introduction=introduction.id, at=now, why=why or str(state))
        ended = replace(introduction, state=state, reason=why, deadline=None, changed_at=now)
        told = closes_at(introduction, self.settings)
        for party in introduction.parties:
            if told is not None and party.answer is Answer.ACCEPTED and party.member != without:
                self._queue_message(uow, introduction, CLOSED, party.member, {}, now, at=max(told, now))
        return _save_and_audit(uow, ended, f"introduction.{state}", now, who=who)

    def _queue_message(
        self,
        uow: UnitOfWork,
        introduction: Introduction,
        kind: str,
        member: str,
        context: Mapping[str, Any],
        now: datetime,
        *,
        at: datetime | None = None,
        not_after: datetime | None = None,
    ) -> None:
        """Queue a message in the transaction of its cause; its id is that of the cause."""
        to = uow.members.get(member)
        id = f"{introduction.id}:{kind.rpartition('.')[2]}:{member}"
        message = self.composer.compose(kind, to, {**context, "first_name": to.first_name}, id=id)
        thread = tuple(party.member for party in introduction.parties) if kind == MADE else ()
        uow.outbox.add(
            replace(
                message,
                purpose=Purpose.INTRODUCTIONS,
                # Words that name nobody outlive an erasure, which cancels all messages of the introduction.
                introduction=None if kind == CLOSED else introduction.id,
                reply_to=thread,
                queued_at=now,
                not_before=at,
                next_at=at or now,
                not_after=not_after,
            )
        )

    def _freeze_texts(self, uow: UnitOfWork, introduction: Introduction, now: datetime) -> Introduction:
        """Return it with what everybody reads; where the policy decided, nobody has frozen it before."""
        texts = introduction.reader_texts or freeze(self.text_context(now).reader_texts(uow, introduction))
        return replace(introduction, reader_texts=texts)

    def _question_context(
        self, uow: UnitOfWork, introduction: Introduction, member: str, now: datetime
    ) -> dict[str, Any]:
        text = self.text_context(now).reader_texts(uow, introduction)[member]
        other = {"name": text.name, "organisation": text.organisation, "about": text.about}
        sentences = [line.text for line in text.asked]
        days = round(self.settings.answer_days)
        return {"other": other, "sentences": sentences, "answer_days": days, "is_group": is_group(introduction)}

    def _introduction_context(
        self, uow: UnitOfWork, introduction: Introduction, party: Party, now: datetime
    ) -> dict[str, Any]:
        reader, others = uow.members.get(party.member), others_of(uow, introduction, party.member)
        texts = self.text_context(now).reader_texts(uow, introduction)
        text = texts[party.member]
        names = join_list([other.first_name for other in others], gettext=self.composer.gettext(reader.locale))
        organisations = _find_approved_organisations(texts, (reader, *others))
        people = [
            {"name": each.name, "first_name": each.first_name, "organisation": organisation}
            for each, organisation in zip((reader, *others), organisations, strict=True)
        ]
        return {"people": people, "others": names, "sentences": [line.text for line in text.introduced]}


def can_undo(introduction: Introduction, party: Party, *, now: datetime, settings: IntroductionSettings) -> bool:
    """Tell whether a member's answer can still be taken back."""
    if introduction.state is not IntroductionState.ASKED or party.answered_at is None:
        return False
    return now < party.answered_at + settings.grace


def _decline_reason(answer: Answer, reason: DeclineReason | None) -> DeclineReason | None:
    if answer is Answer.ACCEPTED:
        return None
    if answer is not Answer.DECLINED:
        raise Conflict("The answer is yes or no.")
    return reason


def _introduction_of(uow: UnitOfWork, link: Link) -> Introduction:
    return uow.introductions.get(str(link.subject))


def _find_party(introduction: Introduction, member: str) -> Party:
    return next(party for party in introduction.parties if party.member == member)


def _replace_party(introduction: Introduction, changed: Party) -> Introduction:
    parties = tuple(changed if party.member == changed.member else party for party in introduction.parties)
    return replace(introduction, parties=parties)


def _find_approved_organisations(texts: Mapping[str, ReaderText], members: Sequence[Member]) -> list[str | None]:
    """Return the organisation of each member as the other's text has it; those of a group are in no text."""
    if len(members) != 2:
        return [None for _ in members]
    one, other = members
    return [texts[other.id].organisation, texts[one.id].organisation]


def _save(uow: UnitOfWork, introduction: Introduction) -> Introduction:
    uow.introductions.save(introduction)
    return replace(introduction, version=introduction.version + 1)


def _save_and_audit(
    uow: UnitOfWork, introduction: Introduction, what: str, now: datetime, *, who: str = "service"
) -> Introduction:
    saved = _save(uow, introduction)
    _audit(uow, saved, who=who, what=what, now=now)
    return saved


def _audit(uow: UnitOfWork, introduction: Introduction, *, who: str, what: str, now: datetime) -> None:
    uow.operations.audit(AuditEntry(at=now, who=who, what=what, subject=f"introduction:{introduction.id}"))
