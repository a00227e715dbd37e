"""SMTP against a real server that takes, puts off, refuses, hangs up and wants a password."""

import asyncio
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from serendipity.channels.mime import Sender
from serendipity.channels.smtp import Security, SmtpChannel, SmtpServer
from serendipity.domain.errors import DeliveryFailed, DeliveryRefused
from serendipity.domain.model import Member, Message
from tests.fakes import FakeClock

ANNA = Member(id="anna", name="Anna", email="anna@example.org")
BRAM = Member(id="bram", name="Bram", email="bram@example.org")
MESSAGE = Message(id="m-1", member="anna", kind="welcome", subject="Hé", text="Hé\n", html="<p>Hé</p>", locale="en")


@dataclass
class MailServer:
    """Answers as it is told, and keeps what it took."""

    to_rcpt: str = "250 OK"
    to_data: str = "250 OK"
    hang_up_after_data: bool = False
    taken: list[tuple[list[str], bytes]] = field(default_factory=list)
    as_utf8: list[bool] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.to_rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.to_data.startswith("250"):
            self.taken.append((envelope.rcpt_tos, envelope.original_content or b""))
            self.as_utf8.append(envelope.smtp_utf8)
        if self.hang_up_after_data and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return self.to_data


class OnAFreePort(Controller):
    """Listens where the machine has room."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def running(server: MailServer, **options: Any) -> Iterator[int]:
    """Run a server on a free port of this machine and return the port."""
    controller = OnAFreePort(server, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def channel(port: int, **options: Any) -> SmtpChannel:
    tls = options.pop("tls", None)
    server = SmtpServer(host="127.0.0.1", port=port, timeout_seconds=600, **options)
    return SmtpChannel(server=server, sender=Sender(address="hello@example.org"), clock=FakeClock(), tls=tls)


def test_a_mail_reaches_the_one_it_is_for() -> None:
    """The thread is in the headers, the envelope names one."""
    server = MailServer()
    with running(server) as port:
        channel(port).send(MESSAGE, ANNA, (ANNA, BRAM))

    ((recipients, content),) = server.taken
    assert recipients == ["anna@example.org"]
    assert b"bram@example.org" in content
    assert b"m-1" not in content


@pytest.mark.parametrize(
    ("server", "error"),
    [
        (MailServer(to_rcpt="421 too busy for anna@example.org"), DeliveryFailed),
        (MailServer(to_rcpt="450 greylisted anna@example.org"), DeliveryFailed),
        (MailServer(to_rcpt="550 no such user anna@example.org"), DeliveryRefused),
        (MailServer(to_data="451 later, anna@example.org"), DeliveryFailed),
        (MailServer(to_data="554 spam for anna@example.org"), DeliveryRefused),
        (MailServer(hang_up_after_data=True), DeliveryFailed),
    ],
    ids=["421", "450", "550", "451 after data", "554 after data", "hangs up after data"],
)
def test_what_the_server_says_decides_whether_it_is_tried_again(server: MailServer, error: type[Exception]) -> None:
    """4xx and lost connections are; 5xx is for good; and no error names anybody."""
    with running(server) as port, pytest.raises(error) as caught:
        channel(port).send(MESSAGE, ANNA, ())

    assert "anna" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("takes", [True, False])
def test_an_address_in_other_letters_goes_where_the_server_takes_it(takes: bool) -> None:
    """As UTF-8 where it announces SMTPUTF8; else it is refused at once, with what is lacking."""
    server, kim = MailServer(), Member(id="kim", name="Ким", email="почта@xn--e1afmkfd.example")
    with running(server, enable_SMTPUTF8=takes) as port:
        if takes:
            channel(port).send(MESSAGE, kim, ())
        else:
            with pytest.raises(DeliveryRefused, match="SMTPUTF8"):
                channel(port).send(MESSAGE, kim, ())

    assert [recipients for recipients, _ in server.taken] == ([[kim.email]] if takes else [])
    assert all("почта@xn--e1afmkfd.example".encode() in content for _, content in server.taken)


def test_an_address_in_other_letters_among_those_to_reply_to_is_announced() -> None:
    """The server is told before headers of UTF-8 come, whatever the address on the envelope is written in."""
    server, kim = MailServer(), Member(id="kim", name="Ким", email="почта@xn--e1afmkfd.example")
    with running(server, enable_SMTPUTF8=True) as port:
        channel(port).send(MESSAGE, ANNA, (ANNA, kim))
        channel(port).send(MESSAGE, ANNA, ())

    assert server.as_utf8 == [True, False]


def test_a_server_that_is_not_there_is_tried_again() -> None:
    """Connection refused."""
    with running(MailServer()) as port:
        closed = port

    with pytest.raises(DeliveryFailed, match="cannot be talked to"):
        channel(closed).send(MESSAGE, ANNA, ())


CERTIFY = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS for a server on this machine, and for the client that trusts it."""
    folder: Path = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *CERTIFY,
            "-keyout",
            "key.pem",
            "-out",
            "certificate.pem",
            "-subj",
            "/CN=127.0.0.1",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    for_server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for_server.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return for_server, ssl.create_default_context(cafile=str(folder / "certificate.pem"))


def sesame(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    """Let in who knows the word."""
    assert isinstance(data, LoginPassword)
    return AuthResult(success=data.password == b"sesame", handled=False)


def test_a_login_over_starttls_gets_through(certificate: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """The password goes over a protected connection only."""
    for_server, for_client = certificate
    server = MailServer()
    with running(server, tls_context=for_server, require_starttls=True, authenticator=sesame) as port:
        options = {"security": Security.STARTTLS, "user": "me", "password": "sesame", "tls": for_client}
        channel(port, **options).send(MESSAGE, ANNA, ())

    assert len(server.taken) == 1


def test_a_wrong_password_is_ours_to_correct_and_parks_nothing(
    certificate: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    """535 is a 5xx, but no fault of the message: it is tried again."""
    for_server, for_client = certificate
    with running(MailServer(), tls_context=for_server, require_starttls=True, authenticator=sesame) as port:
        options = {"security": Security.STARTTLS, "user": "me", "password": "wrong", "tls": for_client}
        with pytest.raises(DeliveryFailed, match="535"):
            channel(port, **options).send(MESSAGE, ANNA, ())


def test_a_server_that_nobody_vouches_for_gets_no_mail(
    certificate: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    """Its certificate is not trusted, so neither password nor mail is sent."""
    server = MailServer()
    with running(server, tls_context=certificate[0]) as port, pytest.raises(DeliveryFailed):
        channel(port, security=Security.STARTTLS).send(MESSAGE, ANNA, ())

    assert server.taken == []


def test_a_server_without_starttls_gets_no_mail() -> None:
    """Where the settings ask for protection, none is no choice."""
    server = MailServer()
    with running(server) as port, pytest.raises(DeliveryFailed):
        channel(port, security=Security.STARTTLS).send(MESSAGE, ANNA, ())

    assert server.taken == []


def test_the_server_can_be_checked_without_sending() -> None:
    """For those who look after the service."""
    server = MailServer()
    with running(server) as port:
        assert channel(port).check() == f"SMTP 127.0.0.1:{port} (none)"
    assert server.taken == []
