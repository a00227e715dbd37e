"""Mails by SMTP: what the server takes is sent, what it puts off is tried again, what it refuses is parked."""

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from serendipity.channels.mime import Sender, build, needs_utf8
from serendipity.domain.errors import DeliveryFailed, DeliveryRefused, SerendipityError
from serendipity.domain.model import Member, Message
from serendipity.ports import Clock

PERMANENT = 500


class Security(StrEnum):
    """Ways to protect the connection to the mail server."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, kw_only=True, slots=True)
class SmtpServer:
    """Address and credentials of the mail server; `timeout_seconds` holds for each of its answers."""

    host: str = "localhost"
    port: int = 25
    security: Security = Security.NONE
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_seconds: float = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class SmtpChannel:
    """Hands each message over in a conversation of its own."""

    server: SmtpServer
    sender: Sender
    clock: Clock
    tls: ssl.SSLContext | None = None

    def send(self, message: Message, to: Member, reply_to: Sequence[Member]) -> None:
        """Hand one mail to the server, for one member.

        Raises DeliveryRefused on a 5xx, DeliveryFailed on everything else. Errors name codes, never people.
        """
        mail = build(message, to, reply_to, sender=self.sender, date=self.clock.now())
        utf8 = needs_utf8(mail)
        with _smtp_reply(), self._connect() as connection:
            if utf8 and not _takes_utf8(connection):
                raise DeliveryRefused(
                    "An address has letters before its @ that this mail server does not take (it lacks SMTPUTF8)."
                )
            options = ("SMTPUTF8", "BODY=8BITMIME") if utf8 else ()
            connection.sendmail(self.sender.address, [str(to.email)], mail.as_bytes(), mail_options=options)

    def check(self) -> str:
        """Return one line about the server. Raises DeliveryFailed or DeliveryRefused."""
        with _smtp_reply(), self._connect() as connection:
            connection.noop()
        return f"SMTP {self.server.host}:{self.server.port} ({self.server.security})"

    @contextmanager
    def _connect(self) -> Iterator[smtplib.SMTP]:
        connection = self._connection()
        try:
            if self.server.security is Security.STARTTLS:
                connection.starttls(context=self.tls or ssl.create_default_context())
            if self.server.user is not None:
                connection.login(self.server.user, self.server.password or "")
            yield connection
        finally:
            _hang_up(connection)

    def _connection(self) -> smtplib.SMTP:
        host, port, timeout = self.server.host, self.server.port, self.server.timeout_seconds
        if self.server.security is Security.TLS:
            return smtplib.SMTP_SSL(host, port, timeout=timeout, context=self.tls or ssl.create_default_context())
        return smtplib.SMTP(host, port, timeout=timeout)


def _takes_utf8(connection: smtplib.SMTP) -> bool:
    connection.ehlo_or_helo_if_needed()
    return connection.has_extn("smtputf8")


@contextmanager
def _smtp_reply() -> Iterator[None]:
    """Turn what smtplib raises into the two errors of a channel, by the server's code alone.

    Only what the server says to a recipient or a mail is for good; a wrong password or sender is ours to correct. The
    cause is left out, as it names addresses.
    """
    try:
        yield
    except smtplib.SMTPRecipientsRefused as refused:
        raise _by_code(max(code for code, _ in refused.recipients.values()), "recipient") from None
    except smtplib.SMTPDataError as refused:
        raise _by_code(refused.smtp_code, "mail") from None
    except smtplib.SMTPResponseException as answered:
        told = f"SMTP {answered.smtp_code}: the mail server does not let us in; check sender, user and password."
        raise DeliveryFailed(told) from None
    except smtplib.SMTPNotSupportedError:
        told = "The mail server lacks what the settings or the address ask for (STARTTLS, login or UTF-8)."
        raise DeliveryFailed(told) from None
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryFailed(f"The mail server cannot be talked to ({type(error).__name__}).") from None


def _by_code(code: int, who: str) -> SerendipityError:
    if code >= PERMANENT:
        return DeliveryRefused(f"SMTP {code}: the {who} was refused for good.")
    return DeliveryFailed(f"SMTP {code}: the {who} was not taken this time.")


def _hang_up(connection: smtplib.SMTP) -> None:
    """End the conversation; what was taken is taken, however the goodbye goes."""
    try:
        connection.quit()
    except (smtplib.SMTPException, OSError):
        connection.close()
