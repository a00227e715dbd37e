"""Builds the mail of a message: multipart, individual, and safe against what people put into names."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from serendipity.domain.errors import DeliveryRefused
from serendipity.domain.model import Member, Message

LONGEST_SUBJECT = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """Who mails come from; `address` is a plain e-mail address."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        """Return the part after the @."""
        return self.address.rpartition("@")[2]


def build(message: Message, to: Member, reply_to: Sequence[Member], *, sender: Sender, date: datetime) -> EmailMessage:
    """Return the mail; one with a thread is addressed to all of it, though it is delivered to `to` alone.

    Raises DeliveryRefused when an address cannot be written into a header.
    """
    mail = EmailMessage(policy=SMTP)
    mail["Message-ID"] = message_id(message.id, sender.domain)
    mail["Date"] = format_datetime(date)
    mail["From"] = _address(sender.name, sender.address)
    mail["To"] = [_of(member) for member in reply_to or (to,)]
    if reply_to:
        mail["Reply-To"] = [_of(member) for member in reply_to]
    mail["Subject"] = one_line(message.subject)[:LONGEST_SUBJECT]
    mail["Auto-Submitted"] = "auto-generated"
    for name, value in message.headers.items():
        mail[one_line(name)] = one_line(value)
    mail.set_content(message.text, subtype="plain", charset="utf-8")
    mail.add_alternative(message.html, subtype="html", charset="utf-8")
    mail["Content-Language"] = one_line(message.locale)  # last, as set_content drops what is said of the content
    return mail


def message_id(id: str, domain: str) -> str:
    """Return the Message-ID of a message, the same at every attempt.

    >>> message_id("i-1:ask:m-1", "example.org")
    '<20fdc5ce21772fb22fe70e0b752b0d47@example.org>'
    """
    return f"<{hashlib.sha256(id.encode()).hexdigest()[:32]}@{domain}>"


def one_line(text: str) -> str:
    r"""Return a text without line breaks and control characters, which a header must not have.

    >>> one_line("Hello\r\nBcc: everybody@example.org")
    'Hello Bcc: everybody@example.org'
    """
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _of(member: Member) -> Address:
    return _address(member.name, member.email or "")


def _address(name: str, address: str) -> Address:
    try:
        return Address(display_name=one_line(name), addr_spec=address)
    except (ValueError, IndexError) as error:
        raise DeliveryRefused("The address is not one that mail can be sent to.") from error
