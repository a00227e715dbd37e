"""Mails as they leave: whole, individual, and safe against what people put into names."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from serendipity.channels.mime import Sender, build, message_id, one_line
from serendipity.domain.errors import DeliveryRefused
from serendipity.domain.model import Member, Message

SENDER = Sender(address="hello@werkplaats.example", name="De Werkplaats")
ANNA = Member(id="anna", name="Anna Jansen", email="anna@example.org")
BRAM = Member(id="bram", name="Bram de Vriès", email="bram@example.org")
NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)


def built(to: Member = ANNA, thread: tuple[Member, ...] = (), **fields: Any) -> EmailMessage:
    """The mail as it is handed over."""
    standard: dict[str, Any] = {
        "id": "i-1:ask:anna",
        "member": to.id,
        "kind": "introduction.ask",
        "subject": "Zou je Zoë willen ontmoeten?",
        "text": "Hallo Anna, één vraag.\n",
        "html": "<p>Hallo Anna, één vraag.</p>",
        "locale": "nl",
    }
    return build(Message(**(standard | fields)), to, thread, sender=SENDER, date=NOW)


def mail(to: Member = ANNA, thread: tuple[Member, ...] = (), **fields: Any) -> EmailMessage:
    """The mail as a receiver reads it."""
    return message_from_bytes(built(to, thread, **fields).as_bytes(), policy=default)


def test_a_mail_has_a_text_and_a_page_that_say_what_was_meant() -> None:
    """Accents survive the wire in the subject and in both parts."""
    read = mail()
    text, html = read.get_body(("plain",)), read.get_body(("html",))

    assert read.get_content_type() == "multipart/alternative"
    assert read["Subject"] == "Zou je Zoë willen ontmoeten?"
    assert text is not None
    assert html is not None
    assert (text.get_content().strip(), html.get_content().strip()) == (
        "Hallo Anna, één vraag.",
        "<p>Hallo Anna, één vraag.</p>",
    )


def test_a_mail_says_that_a_machine_sent_it() -> None:
    """So that no vacation reply comes back."""
    read = mail()

    assert (read["Auto-Submitted"], read["Content-Language"]) == ("auto-generated", "nl")
    assert read["Date"].datetime == NOW
    assert read["From"] == "De Werkplaats <hello@werkplaats.example>"


def test_a_mail_to_one_names_one_and_asks_for_no_other_reply() -> None:
    """Individual."""
    read = mail()

    assert read["To"] == "Anna Jansen <anna@example.org>"
    assert read["Reply-To"] is None


def test_the_mail_of_a_thread_is_addressed_to_both_and_answered_to_both() -> None:
    """Whichever button they press, both get it."""
    read = mail(thread=(ANNA, BRAM))

    for header in ("To", "Reply-To"):
        assert [address.addr_spec for address in read[header].addresses] == ["anna@example.org", "bram@example.org"]
    assert read["To"].addresses[1].display_name == "Bram de Vriès"


def test_the_message_id_is_the_same_at_every_attempt() -> None:
    """And differs between messages."""
    assert mail()["Message-ID"] == mail(subject="Again")["Message-ID"] == message_id("i-1:ask:anna", SENDER.domain)
    assert mail(id="i-2")["Message-ID"] != mail()["Message-ID"]


def test_one_click_unsubscribing_is_in_the_headers() -> None:
    """RFC 8058, on the wire: one line, not encoded, however long the link."""
    link = "https://example.org/unsubscribe/" + "x" * 90
    headers = {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    wire = built(headers=headers).as_bytes().split(b"\r\n")

    assert f"List-Unsubscribe: <{link}>".encode() in wire
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in wire
    assert f"Message-ID: {message_id('i-1:ask:anna', SENDER.domain)}".encode() in wire


def test_a_link_with_letters_that_headers_do_not_have_is_refused() -> None:
    """Rather than encoded, which no mailbox provider reads."""
    with pytest.raises(DeliveryRefused):
        built(headers={"List-Unsubscribe": "<https://exämple.org/>"})


NAMES = [
    'Bos, Kim "KB"',
    "Facturen (afdeling); <boze@evil.example>",
    "Анна Сергеевна Петрова-Водкина ÅÄÖ 漢字, ing.",
    "Line\r\nBcc: all@example.org",
    "Paragraph\u2029Bcc: all@example.org",
    "Separator\u2028X-Evil: yes",
    "=?utf-8?q?Fake?= <x@evil.example>",
    "x" * 300,
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_one_name_of_one_recipient(name: str) -> None:
    """Commas, quotes, brackets, other scripts, line breaks of every kind."""
    read = mail(Member(id="kim", name=name, email="kim@example.org"))
    [recipient] = read["To"].addresses

    assert recipient.addr_spec == "kim@example.org"
    assert recipient.display_name == one_line(name)
    assert {key.casefold() for key in read} & {"bcc", "x-evil"} == set()


INJECTION = "Eve\r\nBcc: everybody@example.org\r\n\r\n<script>"


@pytest.mark.parametrize(
    "changed",
    [
        {"to": Member(id="eve", name=INJECTION, email="eve@example.org")},
        {"subject": INJECTION},
        {"headers": {"X-Note": INJECTION}},
        {"locale": INJECTION},
    ],
    ids=["name", "subject", "header", "locale"],
)
def test_a_line_break_never_starts_a_header(changed: dict[str, Any]) -> None:
    """What people put into names stays in the name."""
    read = mail(**changed)

    assert read["Bcc"] is None
    assert read.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize("address", ["", "nobody", "a@b\r\nBcc: c@d", "two@example.org, three@example.org"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    """For good: a manager corrects it."""
    with pytest.raises(DeliveryRefused):
        mail(Member(id="eve", name="Eve", email=address))
