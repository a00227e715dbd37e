"""Addresses have one normal form, whichever door they come in by."""

from email import message_from_bytes
from email.policy import SMTPUTF8

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serendipity.channels.mime import Sender, build, one_line
from serendipity.domain.addresses import address_key, normal_address
from serendipity.domain.errors import InvalidInput
from serendipity.domain.model import Member, Message
from tests.fakes import MONDAY_MORNING


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("kees@werkplaats.example.", "kees@werkplaats.example"),
        ("\u200bkees@werkplaats.example\ufeff", "kees@werkplaats.example"),
        ("kees@werk\u00adplaats.example", "kees@werkplaats.example"),
        ("\u00a0 kees@WERKPLAATS.example ,", "kees@werkplaats.example"),
        ("Kees Bos <kees@werkplaats.example>;", "kees@werkplaats.example"),
        ("mailto:kees@werkplaats.example", "kees@werkplaats.example"),
        ("kees@café.example", "kees@xn--caf-dma.example"),
        ("kees@XN--CAF-DMA.example", "kees@xn--caf-dma.example"),
        ("o'brien+serendipity@team.example", "o'brien+serendipity@team.example"),
        ("Андрей@пример.example", "Андрей@xn--e1afmkfd.example"),
    ],
)
def test_what_people_paste_becomes_one_form(typed: str, normal: str) -> None:
    """Dots of a sentence, signs that nobody sees, names around it, and other scripts."""
    assert normal_address(typed) == normal
    assert address_key(typed) == normal.casefold()


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "nobody",
        "a@b@c.example",
        "kim@example..org",
        "kim..bos@example.org",
        "]@ex.org",
        "kim@-.example",
        "kim@localhost",
        "@example.org",
        "kim@",
        "kim bos@",
        "two@example.org, three@example.org",
        "a@" + "b" * 300 + ".org",
    ],
)
def test_what_no_mail_can_be_sent_to_is_refused(typed: str) -> None:
    """With what an address should look like."""
    with pytest.raises(InvalidInput, match="it should look like"):
        normal_address(typed)


@given(st.text(max_size=40), st.text(alphabet="ab.-_@ <>\u200b.é", max_size=40))
def test_a_mail_can_be_built_for_whatever_is_taken_in(name: str, address: str) -> None:
    """No address passes the door and then stops the outbox; it has exactly one recipient."""
    try:
        taken = normal_address(address)
    except InvalidInput:
        return
    member = Member(id="m", name=name or "-", email=taken)
    message = Message(id="1", member="m", kind="welcome", subject=name, text="x", html="x", locale="en")
    mail = build(message, member, (), sender=Sender(address="hello@example.org"), date=MONDAY_MORNING)

    read = message_from_bytes(mail.as_bytes(), policy=SMTPUTF8)
    assert [(each.display_name, each.addr_spec) for each in read["To"].addresses] == [(one_line(member.name), taken)]
    assert read["Subject"] == one_line(name)[:200]
    assert normal_address(taken) == taken
