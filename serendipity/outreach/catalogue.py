"""Every kind of message, one line each: what it is for, when it still holds, and how it may be sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from serendipity.domain.model import Answer, Introduction, IntroductionState, LinkPurpose, MessageKind, Purpose

StillHolds = Callable[[Introduction, str], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class KindOfMessage:
    """Properties of all messages of a kind.

    `purpose` is the consent that it needs; without one the reader has asked for it this moment: it passes quiet hours,
    pauses and caps, and there is nothing to unsubscribe from. `still_holds` tells of an introduction and a member's id
    whether the message has its ground. `speaks_of_others` is False where its words name nobody. `links` are those in
    its templates, besides the one that unsubscribes.
    """

    purpose: Purpose | None = None
    still_holds: StillHolds = lambda introduction, member: True
    speaks_of_others: bool = False
    links: frozenset[LinkPurpose] = frozenset()

    @property
    def is_critical(self) -> bool:
        """Whether somebody waits for it: it goes out at once."""
        return self.purpose is None


def _is_open_question(introduction: Introduction, member: str) -> bool:
    own = next((party.answer for party in introduction.parties if party.member == member), None)
    return introduction.state is IntroductionState.ASKED and own is Answer.ASKED


def _is_introduced(introduction: Introduction, member: str) -> bool:
    return introduction.state in {IntroductionState.INTRODUCED, IntroductionState.FOLLOWED_UP}


def _is_followed_up(introduction: Introduction, member: str) -> bool:
    return introduction.state is IntroductionState.FOLLOWED_UP


CATALOGUE: Mapping[MessageKind, KindOfMessage] = {
    MessageKind.INTRODUCTION_MADE: KindOfMessage(
        purpose=Purpose.INTRODUCTIONS, still_holds=_is_introduced, speaks_of_others=True
    ),
    MessageKind.INTRODUCTION_ASK: KindOfMessage(
        purpose=Purpose.INTRODUCTIONS,
        still_holds=_is_open_question,
        speaks_of_others=True,
        links=frozenset({LinkPurpose.ANSWER}),
    ),
    MessageKind.INTRODUCTION_FOLLOW_UP: KindOfMessage(
        purpose=Purpose.INTRODUCTIONS,
        still_holds=_is_followed_up,
        speaks_of_others=True,
        links=frozenset({LinkPurpose.FOLLOW_UP}),
    ),
    MessageKind.INTRODUCTION_CLOSED: KindOfMessage(purpose=Purpose.INTRODUCTIONS),
    MessageKind.PROFILE_LINK: KindOfMessage(links=frozenset({LinkPurpose.PROFILE})),
    MessageKind.WELCOME: KindOfMessage(links=frozenset({LinkPurpose.PROFILE})),
}
