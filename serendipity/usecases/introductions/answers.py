"""Answers of members through the links in their mails: yes or no, taking it back, and how it went."""

from datetime import datetime

from serendipity.domain.model import Answer, DeclineReason, LinkPurpose
from serendipity.introductions.feedback import give_feedback
from serendipity.introductions.workflow import OptIn
from serendipity.outreach.links import open_link
from serendipity.ports import Ledger


def answer_by_link(
    ledger: Ledger, opt_in: OptIn, token: str, answer: Answer, *, reason: DeclineReason | None, now: datetime
) -> None:
    """Take a yes or a no; a second one changes nothing. Raises LinkUnusable."""
    with ledger.write() as uow:
        link = open_link(uow, token, LinkPurpose.ANSWER, now)
        opt_in.answer(uow, link, answer, reason=reason, now=now)


def undo_by_link(ledger: Ledger, opt_in: OptIn, token: str, *, now: datetime) -> None:
    """Take an answer back. Raises LinkUnusable, Conflict once it took effect."""
    with ledger.write() as uow:
        opt_in.undo(uow, open_link(uow, token, LinkPurpose.ANSWER, now), now=now)


def give_feedback_by_link(
    ledger: Ledger,
    token: str,
    *,
    met: bool,
    relevance: int | None,
    surprise: int | None,
    known_before: bool,
    now: datetime,
) -> None:
    """Take whether they met, and how relevant and surprising it was (1 to 5). Raises LinkUnusable."""
    with ledger.write() as uow:
        link = open_link(uow, token, LinkPurpose.FOLLOW_UP, now)
        give_feedback(uow, link, met=met, relevance=relevance, surprise=surprise, known_before=known_before, now=now)
