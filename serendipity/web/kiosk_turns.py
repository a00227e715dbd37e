"""Turns at a kiosk: who is at the tablet, sealed with the tablet's own token for some minutes; and when it clears."""

from datetime import timedelta

from serendipity.domain.errors import LinkUnusable
from serendipity.domain.model import Member
from serendipity.usecases.access.tokens import SealPurpose, seal, unseal
from serendipity.web import sessions
from serendipity.web.forms import Form
from serendipity.web.pages import PageRequest

TURN = timedelta(minutes=5)
IDLE_SECONDS = 75  # of a question or a form; for the last fifteen of them the page asks whether somebody is there
READ_SECONDS = 30  # of an answer
CODE_SECONDS = 60  # of a personal code, to be written down


def turn_of(page: PageRequest, member: Member, *, proven: bool) -> str:
    """Return what a form of this tablet sends back for a member; `proven` by a code or a pass, not by a name alone."""
    kind = "proven" if proven else "named"
    return seal(key_of(page), member.id, kind, purpose=SealPurpose.KIOSK_TURN, until=page.now + TURN)


def whose_turn(page: PageRequest, form: Form) -> tuple[Member, bool]:
    """Return the member whose turn it is, and whether that is proven. Raises LinkUnusable when it is over."""
    parts = unseal(key_of(page), form.text("who"), purpose=SealPurpose.KIOSK_TURN, now=page.now)
    if parts is None:
        raise LinkUnusable("Your turn is over; start again from your name.")
    with page.services.ledger.read() as uow:
        return uow.members.get(parts[0]), parts[1] == "proven"


def seal_answer(page: PageRequest, member: Member, position: int) -> str:
    """Return what a form of this tablet sends back to strike topics out of a check-in, for as long as a turn."""
    until = page.now + TURN
    return seal(key_of(page), member.id, str(position), purpose=SealPurpose.KIOSK_ANSWER, until=until)


def answered_position(page: PageRequest, form: Form, member: Member) -> int:
    """Return the position of the check-in that a form was shown for. Raises LinkUnusable when its turn is over."""
    parts = unseal(key_of(page), form.text("answered"), purpose=SealPurpose.KIOSK_ANSWER, now=page.now)
    if parts is None or parts[0] != member.id:
        raise LinkUnusable("Your turn is over; start again from your name.")
    return int(parts[1])


def key_of(page: PageRequest) -> str:
    """Return the token of this tablet, which is the key of its seals."""
    return page.request.cookies[sessions.KIOSK_COOKIE]
