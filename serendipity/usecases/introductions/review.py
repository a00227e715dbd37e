"""The review of proposals by a manager: approve, edit the text, decline, take a decline back, cancel."""

from collections.abc import Mapping
from datetime import datetime

from serendipity.domain.model import Introduction, IntroductionState
from serendipity.introductions import queue
from serendipity.introductions.approval import Approval, approve, check_texts, find_unedited_locales
from serendipity.introductions.settings import IntroductionSettings
from serendipity.introductions.workflow import OptIn
from serendipity.ports import Ledger

MOST_REOPENED = 1000


def approve_introduction(ledger: Ledger, opt_in: OptIn, id: str, approval: Approval, *, now: datetime) -> Introduction:
    """Approve a proposal and ask its first member.

    Raises Conflict where it changed since the manager looked, InvalidInput where a member would read another text than
    the manager wrote.
    """
    with ledger.write() as uow:
        approve(uow, id, approval, context=opt_in.text_context(now))
        return opt_in.advance(uow, id, now=now)


def edit_introduction(
    ledger: Ledger, id: str, texts: Mapping[str, str], *, version: int, by: str, now: datetime
) -> Introduction:
    """Replace the text of a proposal in the languages given; an empty text brings the generated one back.

    Raises Conflict where it changed since `version`, InvalidInput where a text names a member who must stay unnamed.
    """
    with ledger.write() as uow:
        edited = queue.edit(uow, id, by=by, texts=texts, now=now, version=version)
        check_texts(uow, edited, as_generated=find_unedited_locales(uow, edited))
    return edited


def decline_introduction(ledger: Ledger, id: str, *, reason: str, version: int, by: str, now: datetime) -> Introduction:
    """Decline a proposal; its members are not told. Raises Conflict where it changed since `version`."""
    with ledger.write() as uow:
        return queue.decline(uow, id, by=by, reason=reason, now=now, version=version)


def cancel_introduction(ledger: Ledger, opt_in: OptIn, id: str, *, reason: str, by: str, now: datetime) -> Introduction:
    """End an introduction that is on its way. Raises Conflict where it has ended."""
    with ledger.write() as uow:
        return opt_in.cancel(uow, id, by=by, why=reason or "a manager ended it", now=now)


def reopen_introduction(
    ledger: Ledger, id: str, *, policy: IntroductionSettings, by: str, now: datetime
) -> Introduction:
    """Take a manager's decline back: it is a proposal again. Raises Conflict where that is not possible any more."""
    with ledger.write() as uow:
        return queue.reopen(uow, id, by=by, now=now, policy=policy)


def reopen_declined_between(
    ledger: Ledger, since: str, until: str, *, policy: IntroductionSettings, by: str, now: datetime
) -> list[str]:
    """Take back what a manager declined between two times (ISO 8601, both included), all or none; returns the ids.

    Raises Conflict where one of them cannot be taken back any more.
    """
    with ledger.write() as uow:
        declined = uow.introductions.search(states={IntroductionState.DECLINED}, limit=MOST_REOPENED)
        ids = [each.id for each in declined if each.by == by and since <= each.changed_at.isoformat() <= until]
        for id in ids:
            queue.reopen(uow, id, by=by, now=now, policy=policy)
    return ids
