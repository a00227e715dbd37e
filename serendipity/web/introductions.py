"""Pages behind the links in mails: answer an introduction, "did you meet?", the member's page, unsubscribing.

GET only shows, POST acts: mail scanners open links. The address itself is the secret, and serves one purpose.
"""

from typing import Any

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response

from serendipity.domain.errors import InvalidInput
from serendipity.domain.model import Answer, DeclineReason, Introduction, Link, LinkPurpose, Purpose
from serendipity.introductions.evidence import accepting_parties, others_of, read_sentence_context
from serendipity.introductions.question import MemberState, view_for_member
from serendipity.introductions.sentences import join_list
from serendipity.outreach.links import PATHS, open_link
from serendipity.ports import UnitOfWork
from serendipity.usecases.access.sessions import start_session_by_link
from serendipity.usecases.introductions.answers import answer_by_link, give_feedback_by_link, undo_by_link
from serendipity.usecases.members.consents import subscribe_by_link, who_it_is_now
from serendipity.web import sessions
from serendipity.web.forms import SentForm
from serendipity.web.pages import Page, PageRequest, PublicForm
from serendipity.web.path_picture import path_picture

router = APIRouter(include_in_schema=False)
ANSWER, MET = PATHS[LinkPurpose.ANSWER], PATHS[LinkPurpose.FOLLOW_UP]
MINE, UNSUBSCRIBE = PATHS[LinkPurpose.PROFILE], PATHS[LinkPurpose.UNSUBSCRIBE]
REASONS = tuple(DeclineReason)
GROUP_REASONS = (DeclineReason.NOT_NOW, DeclineReason.NOT_RELEVANT)


@router.get(ANSWER + "{token}")
def show_introduction(page: Page, token: str) -> Response:
    """Show who it is and why, as far as the other allowed."""
    with page.services.ledger.read() as uow:
        link = open_link(uow, token, LinkPurpose.ANSWER, page.now)
        page = page.spoken_by(uow.members.get(link.member))
        context = introduction_context(page, uow, uow.introductions.get(str(link.subject)), link.member)
    return page.show("introduction.html", token=token, tapped=_tapped_answer(page), **context)


@router.post(ANSWER + "{token}")
def answer_introduction(page: Page, token: str, form: PublicForm) -> Response:
    """Take a yes or a no; a second one changes nothing."""
    answer = Answer.ACCEPTED if form.text("answer") == "yes" else Answer.DECLINED
    reason = DeclineReason(form.text("reason")) if form.text("reason") in REASONS else None
    answer_by_link(page.services.ledger, page.services.opt_in(), token, answer, reason=reason, now=page.now)
    return page.go(f"{ANSWER}{token}", done="answered")


@router.post(ANSWER + "{token}/undo")
def undo_answer(page: Page, token: str, form: PublicForm) -> Response:
    """Take an answer back, while it has not taken effect."""
    undo_by_link(page.services.ledger, page.services.opt_in(), token, now=page.now)
    return page.go(f"{ANSWER}{token}", done="undone")


@router.get(MET + "{token}")
def ask_whether_met(page: Page, token: str) -> Response:
    """Ask how it went."""
    return _met(page, token)


@router.post(MET + "{token}")
def take_feedback(page: Page, token: str, form: PublicForm) -> Response:
    """Take whether they met, and how relevant and surprising it was."""
    if form.text("met") not in ("yes", "no"):
        return _met(page, token, status=422, missing="met")
    give_feedback_by_link(
        page.services.ledger,
        token,
        met=form.text("met") == "yes",
        relevance=_stars(form.text("relevance")),
        surprise=_stars(form.text("surprise")),
        known_before=form.flag("known_before"),
        now=page.now,
    )
    return page.go(f"{MET}{token}", done="answered")


@router.get(UNSUBSCRIBE + "{token}")
def ask_unsubscribe(page: Page, token: str) -> Response:
    """Show whether there are mails to unsubscribe from, and what it means."""
    with page.services.ledger.read() as uow:
        link = open_link(uow, token, LinkPurpose.UNSUBSCRIBE, page.now)
        member = who_it_is_now(uow, link.member)
    return page.spoken_by(member).show(
        "unsubscribe.html", token=token, subscribed=Purpose.INTRODUCTIONS in member.purposes
    )


@router.post(UNSUBSCRIBE + "{token}")
def take_unsubscribe(page: Page, token: str, form: SentForm) -> Response:
    """Unsubscribe at once; mail programs post here by themselves (RFC 8058), without cookies."""
    _subscribe(page, token, given=False)
    if form.text("List-Unsubscribe") == "One-Click":
        return PlainTextResponse("unsubscribed")
    return page.go(f"{UNSUBSCRIBE}{token}")


@router.post(UNSUBSCRIBE + "{token}/again")
def subscribe_again(page: Page, token: str, form: PublicForm) -> Response:
    """Take an unsubscribing back."""
    _subscribe(page, token, given=True)
    return page.go(f"{UNSUBSCRIBE}{token}", done="subscribed")


def _subscribe(page: PageRequest, token: str, *, given: bool) -> None:
    subscribe_by_link(page.services.ledger, page.services.opt_in(), token, given=given, now=page.now)


@router.get(MINE + "{token}")
def ask_enter(page: Page, token: str) -> Response:
    """Offer to open the member's own page: the link works once, so a mail scanner must not use it up."""
    with page.services.ledger.read() as uow:
        link = open_link(uow, token, LinkPurpose.PROFILE, page.now)
        page = page.spoken_by(uow.members.get(link.member))
    return page.show("enter.html", token=token)


@router.post(MINE + "{token}")
def enter(page: Page, token: str, form: PublicForm) -> Response:
    """Use the link up and log this browser in."""
    lasts = page.services.settings.session_lasts
    session = start_session_by_link(page.services.ledger, token, now=page.now, lasts=lasts)
    answer = page.go("/me")
    page.set_cookie(answer, sessions.COOKIES["member"], session, lasts)
    return answer


def introduction_context(page: PageRequest, uow: UnitOfWork, introduction: Introduction, reader: str) -> dict[str, Any]:
    """Return what the page of an introduction shows to one of its members, and nothing of the other's answer."""
    context = page.services.opt_in().text_context(page.now)
    asked = view_for_member(uow, introduction, reader, context=context)
    introduced = asked.state is MemberState.INTRODUCED
    there = accepting_parties(introduction) if introduced else introduction
    others = others_of(uow, there, reader) if introduced and len(there.parties) > 2 else []
    known = read_sentence_context(
        uow, there, topics=context.topics, settings=context.settings, now=page.now, introduced=introduced, quoted=False
    )
    return {
        "introduction": introduction,
        "mine": next(party for party in introduction.parties if party.member == reader),
        "open": asked.state is MemberState.OPEN,
        "waiting": asked.state is MemberState.WAITING,
        "introduced": introduced,
        "undoable": asked.undo_until is not None,
        "other": asked.other,
        "others": others,
        "sentences": asked.sentences,
        "picture": path_picture(page, there, known, reader, page.say("You")),
        "days_in_peace": round(context.settings.not_now_days),
        "reasons": REASONS if len(introduction.parties) == 2 else GROUP_REASONS,
    }


def _tapped_answer(page: PageRequest) -> Answer | None:
    """Return the answer that was tapped in the mail; it only opens the page at the right place."""
    wanted = page.query("answer")
    return Answer(wanted) if wanted in (Answer.ACCEPTED, Answer.DECLINED) else None


def _met(page: PageRequest, token: str, *, status: int = 200, missing: str = "") -> Response:
    with page.services.ledger.read() as uow:
        link: Link = open_link(uow, token, LinkPurpose.FOLLOW_UP, page.now)
        introduction = accepting_parties(uow.introductions.get(str(link.subject)))
        mine = next(party for party in introduction.parties if party.member == link.member)
        page = page.spoken_by(uow.members.get(link.member))
        names = [other.first_name for other in others_of(uow, introduction, link.member)]
        name = join_list(names, gettext=page.services.composer.gettext(page.locale))
    met = {True: "yes", False: "no", None: page.query("met")}[mine.met]
    errors = {missing: page.say("Please choose one.")} if missing else {}
    return page.show("did_you_meet.html", status=status, token=token, mine=mine, name=name, met=met, errors=errors)


def _stars(text: str) -> int | None:
    if not text:
        return None
    if text not in "12345" or len(text) != 1:
        raise InvalidInput("A rating is a number from 1 to 5.")
    return int(text)
