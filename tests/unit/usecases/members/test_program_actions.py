"""Actions of programs on members."""

import pytest

from serendipity.domain.errors import Conflict, DifferentBody, UnknownMember
from serendipity.domain.model import MemberStatus
from serendipity.intake.inputs import MemberChanges, MemberInput
from serendipity.usecases.members.program_actions import change_parts, join_members, set_paused
from serendipity.usecases.services import Services


def test_members_who_join_again_are_told_apart_from_new_ones(services: Services) -> None:
    """The answers keep the order of the items; a known id with another body is refused."""
    first = join_members(services, [MemberInput(id="anna", name="Anna")], source="crm")
    again = join_members(
        services, [MemberInput(id="bram", name="Bram"), MemberInput(id="anna", name="Anna")], source="crm"
    )
    assert first.known == frozenset()
    assert again.known == {"anna"}
    assert [member.name for member in again.members] == ["Bram", "Anna"]
    with pytest.raises(DifferentBody):
        join_members(services, [MemberInput(id="anna", name="Anna Jansen")], source="crm")


def test_of_members_who_join_together_all_join_or_none(services: Services) -> None:
    """A taken address refuses the whole batch."""
    items = [MemberInput(id=id, name=id, email="same@example.org") for id in ("anna", "bram")]
    with pytest.raises(Conflict):
        join_members(services, items, source="crm")
    with services.ledger.read() as uow:
        assert uow.members.many(["anna", "bram"]) == {}


def test_a_change_keeps_the_parts_that_it_leaves_out(services: Services) -> None:
    """Only the given parts are replaced."""
    join_members(services, [MemberInput(id="anna", name="Anna", organisation="Acme")], source="crm")
    changed = change_parts(
        services.ledger, "anna", MemberChanges(name="Anna J."), scrub=services.scrub, now=services.clock.now()
    )
    assert (changed.name, changed.organisation) == ("Anna J.", "Acme")


def test_a_pause_is_set_and_ended(services: Services) -> None:
    """A member that is not known is an error."""
    join_members(services, [MemberInput(id="anna", name="Anna")], source="crm")
    states = [set_paused(services.ledger, "anna", paused=paused).status for paused in (True, False)]
    assert states == [MemberStatus.PAUSED, MemberStatus.ACTIVE]
    with pytest.raises(UnknownMember):
        set_paused(services.ledger, "nobody", paused=True)
