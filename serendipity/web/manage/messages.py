"""Pages of messages: the outbox, those to retry, and the mails that the file channel keeps."""

from collections.abc import Iterable
from email.utils import getaddresses

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from serendipity.domain.errors import NotAllowed, NotFound
from serendipity.domain.mail import Mail
from serendipity.domain.model import Message, MessageState
from serendipity.ports import UnitOfWork
from serendipity.usecases.audit import MAIL, TEXTS
from serendipity.usecases.members.private_texts import tells_private
from serendipity.usecases.outreach.manager_actions import retry_message
from serendipity.usecases.services import MailShelf
from serendipity.web.audit import by_manager, record_views
from serendipity.web.pages import ManagerForm, ManagerPage, PageRequest

router = APIRouter(prefix="/manage", include_in_schema=False)
SHOWN = 200
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
)


@router.get("/messages")
def show(page: ManagerPage) -> Response:
    """List messages, newest first, by state."""
    wanted = page.query("state")
    states = {MessageState(wanted)} if wanted in tuple(MessageState) else None
    with page.services.ledger.read() as uow:
        found = uow.outbox.search(states=states, limit=200)
        people = uow.members.many({each.member for each in found if each.member})
    return page.show("manage/messages.html", found=found, people=people, state=wanted, states=list(MessageState))


@router.get("/messages/{id}")
def show_one(page: ManagerPage, id: str) -> Response:
    """Show one message as it was sent; the members it went to or quotes see which manager read it."""
    with page.services.ledger.read() as uow:
        message = uow.outbox.get(id)
        person = uow.members.many([message.member or ""]).get(message.member or "")
        own = tells_private(page.services, uow, message.text, message.member or "")
        named = _find_quoted_members(uow, [message])
    record_views(page, MAIL, [person.id] if person else [])
    record_views(page, TEXTS, named)
    return page.show("manage/message.html", message=message, person=person, own=own)


@router.post("/messages/{id}/retry")
def retry(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Queue a message that could not be delivered again."""
    retry_message(page.services.ledger, id, by=by_manager(page), now=page.now)
    return page.go("/manage/messages", done="retried")


@router.get("/mail")
def show_mails(page: ManagerPage) -> Response:
    """List the mails in the folder, latest first."""
    return page.show("manage/mails.html", mails=_mail_shelf(page).all()[:SHOWN])


@router.get("/mail/{name}")
def show_mail(page: ManagerPage, name: str) -> Response:
    """Show one mail; the members it went to or quotes see which manager read it."""
    mail = _read_mail(page, name)
    return page.show("manage/mail.html", mail=mail, own=_is_private(page, mail))


@router.get("/mail/{name}/html")
def show_mail_html(page: ManagerPage, name: str) -> Response:
    """Return a mail's HTML, sandboxed away from our pages."""
    mail = _read_mail(page, name)
    if _is_private(page, mail):
        raise NotAllowed("What this mail says is its members' alone by now; it is not shown.")
    return HTMLResponse(mail.html, headers={"content-security-policy": MAIL_POLICY})


def _is_private(page: PageRequest, mail: Mail) -> bool:
    with page.services.ledger.read() as uow:
        reader = uow.members.find_by_email(mail.delivered_to)
        return tells_private(page.services, uow, mail.text, reader.id if reader else "")


def _read_mail(page: PageRequest, name: str) -> Mail:
    """Return a mail, after the audit names its reader to the members it went to or may quote."""
    mail = _mail_shelf(page).one(name)
    addresses = {address for _, address in getaddresses([mail.to, mail.delivered_to]) if address}
    with page.services.ledger.read() as uow:
        got = {found.id for address in addresses if (found := uow.members.find_by_email(address))}
        sent = [each for id in got for each in uow.outbox.search(member=id) if each.subject == mail.subject]
        named = _find_quoted_members(uow, sent)
    record_views(page, MAIL, got)
    record_views(page, TEXTS, named - got)
    return mail


def _find_quoted_members(uow: UnitOfWork, messages: Iterable[Message]) -> set[str]:
    """Return the other members of the introductions that messages are about."""
    about = [(each.member, uow.introductions.get(each.introduction)) for each in messages if each.introduction]
    return {party.member for to, introduction in about for party in introduction.parties if party.member != to}


def _mail_shelf(page: PageRequest) -> MailShelf:
    """Return the folder of mails. Raises NotFound where mails are sent."""
    if page.services.mails is None:
        raise NotFound("Mails are sent here, and not kept in a folder.")
    return page.services.mails
