"""Members, consents, codes, blocks and what an erasure takes away."""

from dataclasses import replace
from datetime import timedelta

import pytest

from serendipity.domain.errors import Conflict, NotFound, UnknownEvent, UnknownMember, UnknownPlace
from serendipity.domain.model import (
    AuditEntry,
    DeadLetter,
    Event,
    Link,
    LinkPurpose,
    Member,
    MemberStatus,
    MustNot,
    Place,
    Presence,
    Purpose,
    Session,
    Surprise,
    Verdict,
)
from serendipity.stores.ledger_sql import SqlLedger
from tests.contract.ledger.making import MONDAY, join, later
from tests.fakes import FakeClock

FULL = Member(
    id="m-1",
    name="José de Wit",
    email="Jose@Example.org",
    locale="nl",
    organisation="Acme",
    about="Law",
    skills=("tax",),
    seeks=("ai", "data"),
    offers=("law",),
    status=MemberStatus.GUEST,
    paused_until=MONDAY + timedelta(microseconds=1),
    joined_at=MONDAY,
    shares=frozenset({"name"}),
)


def test_a_member_comes_back_as_put_and_is_replaced(ledger: SqlLedger) -> None:
    """Every field survives; purposes are kept apart and stay."""
    with ledger.write() as unit:
        unit.members.put(FULL)
        assert unit.members.get("m-1") == FULL
        unit.members.set_consent("m-1", Purpose.MATCHING, given=True, wording="v1", at=MONDAY)
        unit.members.put(Member(id="m-1", name="Jo"))

    with ledger.read() as unit:
        assert unit.members.get("m-1") == Member(id="m-1", name="Jo", purposes=frozenset({Purpose.MATCHING}))


def test_an_unknown_member_is_an_error_except_among_many(ledger: SqlLedger) -> None:
    """`many` returns those that exist."""
    ada = join(ledger, "m-1", "Ada", Purpose.MATCHING)

    with ledger.read() as unit:
        assert unit.members.many(["m-1", "m-9"]) == {"m-1": ada}
        assert unit.members.profiles(["m-1", "m-9"]) == {"m-1": replace(ada, purposes=frozenset())}
        with pytest.raises(UnknownMember):
            unit.members.get("m-9")
    with pytest.raises(UnknownMember), ledger.write() as unit:
        unit.members.set_consent("m-9", Purpose.MATCHING, given=True, wording="v1", at=MONDAY)


def test_an_address_finds_its_member_however_it_is_written(ledger: SqlLedger) -> None:
    """Case does not matter; a second member cannot take the address, a merged one gives it up."""
    with ledger.write() as unit:
        unit.members.put(FULL)
        assert unit.members.find_by_email("jose@example.ORG") == FULL
        assert unit.members.find_by_email("no@example.org") is None
        with pytest.raises(Conflict):
            unit.members.put(Member(id="m-2", name="Ada", email="jose@example.org"))
        unit.members.put(Member(id="m-1", name="José", email="jose@example.org", status=MemberStatus.MERGED))
        unit.members.put(Member(id="m-2", name="Ada", email="jose@example.org"))
        found = unit.members.find_by_email("JOSE@example.org")

    assert found is not None
    assert found.id == "m-2"


@pytest.mark.parametrize(
    ("letters", "found"),
    [("jos", ["m-1"]), ("WIT", ["m-1"]), ("de w", ["m-1"]), ("ad", ["m-2", "m-3"]), ("ose", []), ("", []), ("%", [])],
)
def test_letters_find_those_whose_first_or_last_name_starts_so(
    ledger: SqlLedger, letters: str, found: list[str]
) -> None:
    """Case and accents do not matter; nobody appears who did not agree, is paused or gone."""
    join(ledger, "m-1", "José de Wit", Purpose.NAME_LOOKUP)
    join(ledger, "m-2", "Ada", Purpose.NAME_LOOKUP, status=MemberStatus.GUEST)
    join(ledger, "m-3", "Adam Smith", Purpose.NAME_LOOKUP)
    join(ledger, "m-4", "Adele", Purpose.MATCHING)
    join(ledger, "m-5", "Adil", Purpose.NAME_LOOKUP, status=MemberStatus.PAUSED)
    join(ledger, "m-6", "Adriana", Purpose.NAME_LOOKUP, status=MemberStatus.MERGED)

    with ledger.read() as unit:
        assert [member.id for member in unit.members.find_by_prefix(letters)] == found
        assert len(unit.members.find_by_prefix("ad", limit=1)) == 1


def test_two_words_in_their_order_find_the_names_with_both(ledger: SqlLedger) -> None:
    """However they are written, and whatever the member agreed to; who was erased has no name."""
    for id, name in (("m-1", "José de Wit"), ("m-2", "Anne-Marie Peeters"), ("m-3", "Wit José")):
        join(ledger, id, name=name)
    with ledger.write() as unit:
        unit.members.erase("m-3")
    with ledger.read() as unit:
        assert unit.members.names_with([("jos", "wit"), ("anne", "mar"), ("nora", "v")]) == {
            "José de Wit",
            "Anne-Marie Peeters",
        }
        assert unit.members.names_with([("wit", "jos")]) == unit.members.names_with([]) == set()


def test_a_renamed_member_is_no_longer_found_under_the_old_name(ledger: SqlLedger) -> None:
    """The letters follow the name."""
    join(ledger, "m-1", "Ada", Purpose.NAME_LOOKUP)
    join(ledger, "m-1", "Grace")

    with ledger.read() as unit:
        assert unit.members.find_by_prefix("ada") == []
        assert [member.id for member in unit.members.find_by_prefix("gra")] == ["m-1"]


def test_pages_go_by_id_bytewise_and_search_in_name_organisation_and_address(ledger: SqlLedger) -> None:
    """Merged and erased members are on no page and in no count."""
    join(ledger, "a", "Ada", organisation="Analytical Engines")
    join(ledger, "B", "Bob 100%", email="bob@example.org")
    join(ledger, "é", "Zoë")
    join(ledger, "gone", "Ada", status=MemberStatus.MERGED)

    with ledger.read() as unit:
        page = unit.members.page
        assert [member.id for member in page()] == ["B", "a", "é"]
        assert [member.id for member in page(after="B", limit=1)] == ["a"]
        assert [member.id for member in page(search="ENGINES")] == ["a"]
        assert [member.id for member in page(search="bob@")] == ["B"]
        assert [member.id for member in page(search="0%")] == ["B"]
        assert [member.id for member in page(search="zoe")] == ["é"]
        assert unit.members.count() == 3


def test_consent_given_and_withdrawn_stands_as_it_is_now(ledger: SqlLedger, clock: FakeClock) -> None:
    """Guests, paused and withdrawn members are not among those who agreed; a pause ends by itself."""
    for id, status in [("m-1", MemberStatus.ACTIVE), ("m-2", MemberStatus.GUEST), ("m-3", MemberStatus.PAUSED)]:
        join(ledger, id, id, Purpose.MATCHING, status=status)
    join(ledger, "m-4", "Ada", Purpose.MATCHING, paused_until=clock.time + timedelta(days=1))
    join(ledger, "m-5", "Bob", Purpose.MATCHING)
    with ledger.write() as unit:
        unit.members.set_consent("m-5", Purpose.MATCHING, given=False, wording="v2", at=later(days=1))

    with ledger.read() as unit:
        assert unit.members.with_purpose(Purpose.MATCHING) == {"m-1"}
        assert unit.members.with_purpose(Purpose.SHOWN_HERE) == set()
        clock.forward(days=2)
        assert unit.members.with_purpose(Purpose.MATCHING) == {"m-1", "m-4"}


def test_a_personal_code_belongs_to_one_member(ledger: SqlLedger) -> None:
    """A new code replaces the old one; another's code is refused."""
    join(ledger, "m-1", "Ada")
    join(ledger, "m-2", "Bob")
    with ledger.write() as unit:
        unit.members.set_code("m-1", "old")
        unit.members.set_code("m-1", "new")
        with pytest.raises(Conflict):
            unit.members.set_code("m-2", "new")

    with ledger.read() as unit:
        found = unit.members.find_by_code("new")
        assert found is not None
        assert found.id == "m-1"
        assert unit.members.find_by_code("old") is None


def test_a_block_counts_for_both_whoever_said_it(ledger: SqlLedger) -> None:
    """The smaller id comes first, and twice is once."""
    with ledger.write() as unit:
        unit.members.block("m-2", "m-1", why="never this person", at=MONDAY)
        unit.members.block("m-1", "m-2", why="rule", at=MONDAY)

        unit.members.block("m-3", "m-4", why="rule", at=MONDAY)

    with ledger.read() as unit:
        assert unit.members.blocks() == {("m-1", "m-2"), ("m-3", "m-4")}
        assert unit.members.blocks(of=["m-2", "m-9"]) == {("m-1", "m-2")}
        assert unit.members.blocks(of=[]) == set()


def test_an_id_is_followed_to_who_is_there_now(ledger: SqlLedger) -> None:
    """Through merges, however many; nobody stands behind an erased, unknown or circular one."""
    merged = [("m-1", "m-2"), ("m-2", "m-3"), ("m-5", "m-4"), ("m-6", "m-7"), ("m-7", "m-6")]
    with ledger.write() as unit:
        unit.members.put(Member(id="m-3", name="Ada"))
        unit.members.put(Member(id="m-4", name="", status=MemberStatus.ERASED))
        for id, into in merged:
            unit.members.put(Member(id=id, name="Ada", status=MemberStatus.MERGED, merged_into=into))

    with ledger.read() as unit:
        found = unit.members.followed(["m-1", "m-2", "m-3", "m-4", "m-5", "m-6", "m-9"])
        assert found == {"m-1": "m-3", "m-2": "m-3", "m-3": "m-3"}


def test_those_willing_at_a_place_agreed_to_everything_asked(ledger: SqlLedger) -> None:
    """Elsewhere, paused, gone by then or agreed to half of it: left out; the one asked for need not be there."""
    both = (Purpose.SHOWN_HERE, Purpose.MATCHING)
    for id in ("here", "elsewhere", "left", "asking"):
        join(ledger, id, id, *both)
    join(ledger, "half", "half", Purpose.SHOWN_HERE)
    join(ledger, "paused", "paused", *both, status=MemberStatus.PAUSED)
    hours = {"here": 2, "left": 1, "half": 2, "paused": 2}
    stays = [Presence(member=id, place="p-1", since=MONDAY, until=later(hours=n)) for id, n in hours.items()]
    with ledger.write() as unit:
        unit.places.set_presence(
            [*stays, Presence(member="elsewhere", place="p-2", since=MONDAY, until=later(hours=2))]
        )

    with ledger.read() as unit:
        now = later(hours=1)
        assert unit.members.willing_at("p-1", both, now=now, also="asking") == {"here", "asking"}
        assert unit.members.willing_at("p-1", both, now=now, also="half") == {"here"}


def test_what_members_wish_is_told_of_those_who_wish(ledger: SqlLedger) -> None:
    """A dial, a number, or both; who chose neither is not named."""
    join(ledger, "m-1", surprise=Surprise.MORE)
    join(ledger, "m-2", per_month=2)
    join(ledger, "m-3")

    with ledger.read() as unit:
        assert unit.members.wishes() == {"m-1": (Surprise.MORE, None), "m-2": (None, 2)}
        assert unit.members.get("m-1").surprise is Surprise.MORE


def test_who_agreed_and_paused_is_told_apart_from_who_never_agreed(ledger: SqlLedger) -> None:
    """Both consents and a pause that lasts."""
    both = (Purpose.MATCHING, Purpose.INTRODUCTIONS)
    join(ledger, "away", "", *both, status=MemberStatus.PAUSED)
    join(ledger, "till-noon", "", *both, status=MemberStatus.PAUSED, paused_until=later(hours=2))
    join(ledger, "back", "", *both, status=MemberStatus.PAUSED, paused_until=later(hours=-1))
    join(ledger, "half", "", Purpose.MATCHING, status=MemberStatus.PAUSED)
    join(ledger, "here", "", *both)

    with ledger.read() as unit:
        assert unit.members.paused() == {"away", "till-noon"}


def test_a_rule_is_kept_replaced_dropped_and_forgets_the_erased(ledger: SqlLedger) -> None:
    """Newest first; a side that is left empty takes the rule along, but an empty other side means each other."""
    for id in ("m-1", "m-2", "m-3"):
        join(ledger, id)
    two = MustNot(id="r-1", one=("m-1",), other=("m-2", "m-3"), why="a note", by="manager:a", at=MONDAY)
    mutual = MustNot(id="r-2", one=("m-2", "organisation:Acme"), by="key:k", at=later(hours=1))
    with ledger.write() as unit:
        for rule in (two, mutual):
            unit.members.put_must_not(rule)
    with ledger.read() as unit:
        assert unit.members.must_nots() == [mutual, two]

    with ledger.write() as unit:
        unit.members.erase("m-2")
    with ledger.read() as unit:
        left = [replace(mutual, one=("organisation:Acme",)), replace(two, other=("m-3",), why="")]
        assert unit.members.must_nots() == left
    with ledger.write() as unit:
        unit.members.erase("m-3")
        unit.members.drop_must_not("r-2")
        assert unit.members.must_nots() == []
        with pytest.raises(NotFound):
            unit.members.drop_must_not("r-2")


def test_erasing_a_member_leaves_an_empty_row_and_nothing_about_them(ledger: SqlLedger) -> None:
    """Profile, consents, codes, blocks, presence, sessions, links go; audit, parked work and verdicts are blanked."""
    join(ledger, "m-1", "Ada Lovelace", Purpose.NAME_LOOKUP, email="ada@example.org", organisation="Acme")
    with ledger.write() as unit:
        unit.members.set_code("m-1", "code")
        unit.members.block("m-0", "m-1", why="asked", at=MONDAY)
        unit.places.set_presence([Presence(member="m-1", place="p", since=MONDAY, until=later(hours=1))])
        unit.access.add_session(Session(token_hash="t", subject="member:m-1", csrf="c", expires_at=later(days=1)))
        unit.access.add_link(
            Link(token_hash="l", purpose=LinkPurpose.PROFILE, member="m-1", subject=None, expires_at=later(days=1))
        )
        unit.operations.audit(AuditEntry(at=MONDAY, who="service", what="edit", subject="member:m-1", data={"n": "A"}))
        unit.dead_letters.add(
            DeadLetter(id="p", consumer="c", subject="member:m-1", error="Ada", attempts=1, at=MONDAY)
        )
        unit.operations.add_verdicts([Verdict(run="r", member="m-1", outcome="paused", detail="Ada")])

    with ledger.write() as unit:
        unit.members.erase("m-1")

    with ledger.read() as unit:
        erased = Member(id="m-1", name="", status=MemberStatus.ERASED, shares=frozenset())
        assert unit.members.get("m-1") == erased
        assert unit.members.find_by_email("ada@example.org") is None
        assert unit.members.find_by_code("code") is None
        assert (unit.members.find_by_prefix("ada"), unit.members.blocks(), unit.members.count()) == ([], set(), 0)
        assert unit.places.present(None, now=MONDAY) == []
        assert unit.access.session("t", now=MONDAY) is None
        assert unit.access.link("l") is None
        assert [entry.data for entry in unit.operations.audit_entries()] == [{}]
        assert [parked.error for parked in unit.dead_letters.list()] == [""]
        assert [verdict.detail for verdict in unit.operations.verdicts()] == [""]


# --- places ---


def test_a_place_keeps_its_zone_and_hours(ledger: SqlLedger) -> None:
    """Weekdays stay numbers; the list goes by id; an unknown place is an error."""
    here = Place(id="p-2", name="Loft", zone="Europe/Amsterdam", hours={0: ("08:00", "18:00"), 4: ("09:00", "12:00")})
    with ledger.write() as unit:
        unit.places.put_place(Place(id="p-2", name="Attic"))
        unit.places.put_place(here)
        unit.places.put_place(Place(id="p-1", name="Hall"))

    with ledger.read() as unit:
        assert unit.places.place("p-2") == here
        assert [place.id for place in unit.places.places()] == ["p-1", "p-2"]
        with pytest.raises(UnknownPlace):
            unit.places.place("p-9")


def test_presence_replaces_an_earlier_one_and_expires(ledger: SqlLedger) -> None:
    """Present from `since` on and before `until`, at one place at a time."""
    with ledger.write() as unit:
        unit.places.set_presence([Presence(member="m-1", place="p-1", since=MONDAY, until=later(hours=9))])
        moved = Presence(member="m-1", place="p-2", since=later(hours=1), until=later(hours=2))
        unit.places.set_presence([moved])
        other = Presence(member="m-2", place="p-1", since=MONDAY, until=later(hours=2))
        unit.places.set_presence([other])

    with ledger.read() as unit:
        present = unit.places.present
        assert present(None, now=later(hours=1)) == [other, moved]
        assert present("p-2", now=later(hours=1)) == [moved]
        assert present("p-2", now=later(minutes=59)) == []
        assert present(None, now=later(hours=2)) == []


def test_events_go_by_start_and_are_replaced(ledger: SqlLedger) -> None:
    """A cancelled one stays, marked; unknown ones are errors or left out."""
    with ledger.write() as unit:
        for id, days in [("e-1", 3), ("e-2", 1), ("e-3", 2)]:
            unit.places.put_event(Event(id=id, title=id, starts_at=later(days=days)))
        cancelled = Event(
            id="e-3", title="Law", starts_at=later(days=2), ends_at=later(days=2, hours=1), place="p", cancelled=True
        )
        unit.places.put_event(cancelled)

    with ledger.read() as unit:
        assert [event.id for event in unit.places.events()] == ["e-2", "e-3", "e-1"]
        assert [event.id for event in unit.places.events(after=later(days=2), limit=1)] == ["e-3"]
        assert [event.id for event in unit.places.events(latest=True, limit=2)] == ["e-3", "e-1"]
        assert unit.places.event("e-3") == cancelled
        assert unit.places.known_events(["e-1", "e-9"]) == {"e-1"}
        with pytest.raises(UnknownEvent):
            unit.places.event("e-9")
