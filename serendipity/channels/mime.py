"""Builds the mail of a message: multipart, individual, and safe against what people put into names."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import (
    Address,
    BaseHeader,
    HeaderRegistry,
    UniqueAddressHeader,
    UniqueUnstructuredHeader,
    UnstructuredHeader,
)
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime

from serendipity.domain.errors import DeliveryRefused
from serendipity.domain.model import Member, Message

LONGEST_SUBJECT = 200
# Encoded words of a subject are short (RFC 2047). Those of a name are one, as readers put spaces between several.
SUBJECT_WORD, NAME_WORD = 70, 900
ADDRESSES = ("From", "To", "Reply-To", "Delivered-To")
# Long values without spaces would be encoded (RFC 2047), and mailbox providers read only what is not.
UNBROKEN = ("List-Unsubscribe", "List-Unsubscribe-Post", "Message-ID", "In-Reply-To", "References", "Feedback-ID")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """Sender of all mails; `address` is a plain e-mail address."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        """Return the part after the @."""
        return self.address.rpartition("@")[2]


def build(message: Message, to: Member, reply_to: Sequence[Member], *, sender: Sender, date: datetime) -> EmailMessage:
    """Return the mail; one with a thread is addressed to all of it, though it is delivered to `to` alone.

    Raises DeliveryRefused when it cannot be built: an address that is none, a header that is no line of text.
    """
    try:
        mail = _built(message, to, reply_to, sender=sender, date=date)
        mail.as_bytes()
    except (ValueError, LookupError, TypeError, AttributeError, MessageError) as error:
        raise DeliveryRefused(f"This mail cannot be built ({type(error).__name__}); correct the address.") from error
    return mail


def needs_utf8(mail: EmailMessage) -> bool:
    """Tell whether an address of a mail has letters before its @ that only servers with SMTPUTF8 take."""
    headers = [mail[name] for name in ("From", "To", "Reply-To") if mail[name]]
    return not all(each.addr_spec.isascii() for header in headers for each in header.addresses)


def _built(message: Message, to: Member, reply_to: Sequence[Member], *, sender: Sender, date: datetime) -> EmailMessage:
    utf8 = not all((each.email or "").isascii() for each in (to, *reply_to)) or not sender.address.isascii()
    mail = EmailMessage(policy=_policy(utf8=utf8))
    mail["Message-ID"] = message_id(message.id, sender.domain)
    mail["Date"] = format_datetime(date)
    mail["From"] = _address(sender.name, sender.address)
    mail["To"] = [_of(member) for member in reply_to or (to,)]
    if reply_to:
        mail["Reply-To"] = [_of(member) for member in reply_to]
    mail["Subject"] = one_line(message.subject)[:LONGEST_SUBJECT]
    mail["Auto-Submitted"] = "auto-generated"
    for name, value in message.headers.items():
        mail[one_line(name)] = _plain(value)
    mail.set_content(message.text, subtype="plain", charset="utf-8")
    mail.add_alternative(message.html, subtype="html", charset="utf-8")
    mail["Content-Language"] = one_line(message.locale)  # last, as set_content drops what is said of the content
    return mail


class _UnbrokenHeader(BaseHeader):
    """A header that stands on one line as it is: links and ids."""

    parse = UnstructuredHeader.parse
    value_parser = staticmethod(UnstructuredHeader.value_parser)
    max_count = None

    def fold(self, *, policy: Policy) -> str:
        """Return the line."""
        return f"{self.name}: {self}{policy.linesep}"


class _AddressesHeader(UniqueAddressHeader):
    """A header of addresses; the standard library's own folding puts a space into long names of other scripts."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        """Return the lines, an address each."""
        written = [_write_address(each.display_name, each.addr_spec, policy.linesep) for each in self.addresses]
        return f"{self.name}: {f',{policy.linesep} '.join(written)}{policy.linesep}"


class _SubjectHeader(UniqueUnstructuredHeader):
    """The subject, folded as `_AddressesHeader` says."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        """Return the lines."""
        return f"{self.name}: {_words(str(self), policy.linesep, SUBJECT_WORD)}{policy.linesep}"


def _write_address(name: str, address: str, linesep: str) -> str:
    if not name:
        return address
    quoted = str(Address(display_name=name)).removesuffix("<>").strip()
    plain = name.isascii() and "=?" not in name
    return f"{quoted if plain else _words(name, linesep, NAME_WORD)} <{address}>"


def _words(text: str, linesep: str, longest: int) -> str:
    """Return a text as a header says it: in encoded words (RFC 2047) where it is not ASCII, or looks encoded."""
    charset = "us-ascii" if text.isascii() and "=?" not in text else "utf-8"
    return Header(text, charset, maxlinelen=longest).encode(linesep=linesep)


def _policy(*, utf8: bool) -> Policy:
    registry = HeaderRegistry()
    kinds = {**dict.fromkeys(UNBROKEN, _UnbrokenHeader), **dict.fromkeys(ADDRESSES, _AddressesHeader)}
    for name, kind in {**kinds, "Subject": _SubjectHeader}.items():
        registry.map_to_type(name, kind)
    return SMTP.clone(header_factory=registry, utf8=utf8)


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


def _plain(value: str) -> str:
    line = one_line(value)
    if not line.isascii():
        raise ValueError("a header of ours is plain ASCII")
    return line


def _of(member: Member) -> Address:
    return _address(member.name, member.email or "")


def _address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    try:
        if not local.isascii():  # as SMTPUTF8 has it; the parser of `addr_spec` knows ASCII only
            return Address(display_name=one_line(name), username=local, domain=domain)
        return Address(display_name=one_line(name), addr_spec=address)
    except (ValueError, IndexError) as error:
        raise DeliveryRefused("The address is not one that mail can be sent to.") from error
