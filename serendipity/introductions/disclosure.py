"""Access rules for answers: members see their own, managers only whether it came together."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from serendipity.domain.model import Answer, Introduction, IntroductionState, Message, MessageState, Party
from serendipity.introductions.decide import closes_at
from serendipity.introductions.settings import IntroductionSettings

TOGETHER = frozenset({IntroductionState.INTRODUCED, IntroductionState.FOLLOWED_UP})
ENDED = frozenset({IntroductionState.DECLINED, IntroductionState.EXPIRED, IntroductionState.CANCELLED})
NOT_TOGETHER = "not_together"
# Reasons of an end that are a member's own business: all of them are told as one.
PRIVATE_REASONS = frozenset({"no answer", "blocked", "tie"})


def view_for_managers(introduction: Introduction) -> Introduction:
    """Return an introduction without what is its members' own: who answered what, when, and why it ended by that.

    Of members who were introduced the answers are known anyway. What counts an answer (the version, the next deadline)
    is left out too.
    """
    if introduction.state in TOGETHER:
        return introduction
    shown = introduction if introduction.state is IntroductionState.PROPOSED else replace(introduction, version=1)
    return replace(
        shown,
        parties=tuple(Party(member=each.member) for each in introduction.parties),
        reason=NOT_TOGETHER if introduction.reason in PRIVATE_REASONS else introduction.reason,
        deadline=introduction.deadline if introduction.state is IntroductionState.PROPOSED else None,
    )


def was_asked(introduction: Introduction, member: str) -> bool:
    """Return whether a member was asked about an introduction; before that, nothing shows them that it exists."""
    return any(party.member == member and party.asked_at for party in introduction.parties)


def state_for_member(introduction: Introduction, member: str, *, settings: IntroductionSettings, now: datetime) -> str:
    """Return the state as a member may know it: a no and a silence of others are the same, at the same time."""
    answer = next(party.answer for party in introduction.parties if party.member == member)
    if answer is Answer.DECLINED:
        return "ended"
    if introduction.state not in ENDED:
        return introduction.state.value
    told = closes_at(introduction, settings) if answer is Answer.ACCEPTED else None
    return IntroductionState.ASKED.value if told is not None and told > now else "ended"


def sent_messages(messages: Collection[Message]) -> list[Message]:
    """Return the messages that a member was sent: one that still waits tells what they are to hear later."""
    return [each for each in messages if each.state is MessageState.SENT]
