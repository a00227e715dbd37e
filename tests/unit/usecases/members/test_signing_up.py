"""Signing up, and the mail that lets a member in."""

from serendipity.domain.model import MessageKind
from serendipity.intake.inputs import MemberInput
from serendipity.usecases.access.tokens import code_digest
from serendipity.usecases.members.signing_up import PersonalCode, send_link, sign_up
from serendipity.usecases.services import Services

CODE = PersonalCode(code="7KQF-29XM", digest=code_digest("7KQF-29XM"))
ANNA = MemberInput(name="Anna", email="anna@example.org")


def queued_kinds(services: Services) -> list[str]:
    """Return the kinds of the queued mails, sorted."""
    with services.ledger.read() as uow:
        return sorted(each.kind for each in uow.outbox.search())


def test_a_new_member_gets_a_code_and_a_welcome(services: Services) -> None:
    """The code finds them from then on."""
    member = sign_up(services, ANNA, CODE, source="page")
    assert member is not None
    with services.ledger.read() as uow:
        found = uow.members.find_by_code(CODE.digest)
    assert found is not None
    assert found.id == member.id
    assert queued_kinds(services) == [MessageKind.WELCOME]


def test_a_known_address_gets_a_link_and_no_second_member(services: Services) -> None:
    """The page cannot tell the two cases apart, so nobody learns by it that an address is known."""
    sign_up(services, ANNA, CODE, source="page")
    other = PersonalCode(code="8KQF-29XM", digest=code_digest("8KQF-29XM"))
    assert sign_up(services, ANNA, other, source="page") is None
    assert queued_kinds(services) == sorted([MessageKind.WELCOME, MessageKind.PROFILE_LINK])


def test_an_unknown_address_gets_no_mail(services: Services) -> None:
    """Nothing is queued for it."""
    assert not send_link(services, "nobody@example.org")
    assert queued_kinds(services) == []
