"""The example community is whole, believable and the same every time."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest

from serendipity.demo.community import DemoCommunity, load_community
from serendipity.demo.dating import ZONE
from serendipity.demo.speech import read_storylines
from serendipity.domain.model import Purpose, Role, Visibility

ENDS = (
    datetime(2026, 5, 13, 13, 0, tzinfo=UTC),
    datetime(2026, 11, 22, 7, 30, tzinfo=UTC),
    datetime(2027, 1, 20, 8, 0, tzinfo=UTC),
    datetime(2028, 2, 1, 0, 0, tzinfo=UTC),
)


@pytest.fixture(scope="module", params=ENDS, ids=lambda end: end.date().isoformat())
def community(request: pytest.FixtureRequest) -> DemoCommunity:
    """The example as of several days: a weekday, a Sunday, within January and just after it."""
    return load_community(request.param, seed=1)


def ids_of(community: DemoCommunity) -> set[str]:
    return {member.id for member in community.members}


def test_there_are_about_150_members_of_about_60_organisations(community: DemoCommunity) -> None:
    """The size of the community is the promised one, with freelancers among it."""
    assert 145 <= len(community.members) <= 155
    assert 55 <= len({member.organisation for member in community.members if member.organisation}) <= 65
    assert sum(member.organisation is None for member in community.members) >= 10


def test_there_are_2500_to_3500_check_ins_and_a_dozen_events(community: DemoCommunity) -> None:
    """Ninety days of check-ins and some gatherings, one of them large and some of six people."""
    sizes = Counter(one.event for one in community.attendances if one.attended_at)

    assert 2500 <= len(community.check_ins) <= 3500
    assert 12 <= len(community.events) <= 14
    assert max(sizes.values()) >= 90
    assert sum(size == 6 for size in sizes.values()) >= 3
    assert 110 <= len(community.ties) <= 135


def test_every_id_refers_to_something(community: DemoCommunity) -> None:
    """No check-in, attendance, tie, pair or event names a member, place, event or organisation that is not there."""
    members, places = ids_of(community), {place.id for place in community.places}
    organisations = {organisation.name for organisation in community.organisations}

    assert {said.member for said in community.check_ins} <= members
    assert {said.place for said in community.check_ins} | {event.place for event in community.events} <= places
    assert {member.place for member in community.members} <= places
    assert {member.organisation for member in community.members if member.organisation} == organisations
    assert {one.member for one in community.attendances} <= members
    assert {one.event for one in community.attendances} == {event.id for event in community.events}
    assert {m for tie in community.ties for m in (tie.member_a, tie.member_b)} <= members
    assert {m for pair in community.pairs for m in (pair.member_a, pair.member_b)} <= members
    assert {m for event in community.events for m in (event.host, *event.speakers)} <= members


def test_every_storyline_that_a_member_follows_is_written_and_every_one_is_followed(community: DemoCommunity) -> None:
    """Members and storylines fit each other."""
    followed = {name for member in community.members for name in (*member.storylines, member.drifts_to) if name}

    assert followed == set(read_storylines())


def test_ids_and_addresses_are_given_once(community: DemoCommunity) -> None:
    """Members, mail addresses, check-ins, events, attendances and ties are each there once."""
    for keys in (
        [member.id for member in community.members],
        [member.email for member in community.members],
        [said.id for said in community.check_ins],
        [event.id for event in community.events],
        [(one.event, one.member) for one in community.attendances],
        [frozenset((tie.member_a, tie.member_b)) for tie in community.ties],
    ):
        assert len(set(keys)) == len(keys)


def test_dates_are_in_order(community: DemoCommunity) -> None:
    """Nobody checks in before joining or after the end; check-ins come in order; events end after they start."""
    joined = {member.id: member.joined_at for member in community.members}
    times = [said.at for said in community.check_ins]

    assert times == sorted(times)
    assert times[-1] <= community.end
    assert all(joined[said.member] < said.at for said in community.check_ins)
    assert all(event.starts_at < event.ends_at for event in community.events)
    assert all(joined[tie.member_a] <= tie.at <= community.end for tie in community.ties)
    assert all(joined[tie.member_b] <= tie.at for tie in community.ties)
    assert all(moment.utcoffset() == timedelta(0) for moment in times)


def test_attendance_follows_registration_and_the_coming_event_has_none_yet(community: DemoCommunity) -> None:
    """Registration comes after joining and before attendance; who neither registered nor came is not listed."""
    joined = {member.id: member.joined_at for member in community.members}
    starts = {event.id: event.starts_at for event in community.events}
    for one in community.attendances:
        first = one.registered_at or one.attended_at
        assert first is not None
        assert joined[one.member] < first <= community.end
        assert one.attended_at is None or one.attended_at == starts[one.event] < community.end
    coming = {event.id for event in community.events if event.starts_at > community.end}
    assert len(coming) == 1


def test_hosts_and_speakers_have_their_role_in_the_attendance(community: DemoCommunity) -> None:
    """What an event says of its host and speakers, its attendance says too."""
    roles = {(one.event, one.member): one.role for one in community.attendances}
    for event in community.events:
        assert roles[event.id, event.host] is Role.HOST
        assert all(roles[event.id, speaker] is Role.SPEAKER for speaker in event.speakers)
    assert sum(role is not Role.ATTENDEE for role in roles.values()) == sum(
        1 + len(event.speakers) for event in community.events
    )


def test_check_ins_are_short_and_distinct(community: DemoCommunity) -> None:
    """Texts have 3 to 40 words; at least 60 % are said exactly once, and no text is said often."""
    counts = Counter(said.text for said in community.check_ins)

    assert all(3 <= len(text.split()) <= 40 for text in counts)
    assert sum(count == 1 for count in counts.values()) >= 0.6 * len(community.check_ins)
    assert max(counts.values()) <= 12


def test_both_languages_are_present(community: DemoCommunity) -> None:
    """Dutch and English lines are each behind at least a third of what is said, in members' own languages."""
    storylines = read_storylines().values()
    lines = {language: {line for s in storylines for line in s.lines[language]} for language in ("en", "nl")}
    spoken: Counter[str] = Counter()
    languages = {member.id: member.languages for member in community.members}
    for said in community.check_ins:
        for language, known in lines.items():
            if said.origin == "routine" and said.text in known:
                spoken[language] += 1
                assert language in languages[said.member]
    assert min(spoken["en"], spoken["nl"]) >= sum(spoken.values()) / 3
    assert {event.language for event in community.events} == {"en", "nl"}
    assert {member.locale for member in community.members} == {"en", "nl"}


def test_storylines_are_rich_and_never_repeat_each_other() -> None:
    """At least 45 storylines of 12 to 30 lines in both languages, no line written twice."""
    storylines = read_storylines().values()
    lines = [line for storyline in storylines for told in storyline.lines.values() for line in told]

    assert len(storylines) >= 45
    assert all(12 <= sum(len(told) for told in storyline.lines.values()) <= 30 for storyline in storylines)
    assert all(min(len(told) for told in storyline.lines.values()) >= 7 for storyline in storylines)
    assert len(set(lines)) == len(lines) >= 1000


def test_planted_pairs_are_strangers_of_different_organisations(community: DemoCommunity) -> None:
    """At least twenty pairs are planted; none shares an organisation, a tie or a small event."""
    organisation = {member.id: member.organisation for member in community.members}
    ties = {frozenset((tie.member_a, tie.member_b)) for tie in community.ties}
    guests: dict[str, set[str]] = {}
    for one in community.attendances:
        guests.setdefault(one.event, set()).add(one.member)
    together = {
        frozenset(two) for crowd in guests.values() if len(crowd) < 45 for two in combinations(sorted(crowd), 2)
    }
    pairs = [frozenset((pair.member_a, pair.member_b)) for pair in community.pairs]

    assert len(set(pairs)) == len(pairs) >= 20
    assert not set(pairs) & (ties | together)
    for pair in community.pairs:
        first, second = organisation[pair.member_a], organisation[pair.member_b]
        assert first is None or first != second


def test_both_of_a_planted_pair_speak_of_its_topics_and_may_be_introduced(community: DemoCommunity) -> None:
    """Each of a pair mentions one of its topics in the last five weeks, one seeks, and both agreed to be introduced."""
    agreed = {member.id: member.purposes for member in community.members if not (member.paused or member.guest)}
    for pair in community.pairs:
        sought = False
        for member in (pair.member_a, pair.member_b):
            said = [one for one in community.check_ins if one.member == member and one.origin == "pair"]
            words = " ".join(f"{one.text} {one.seeks} {one.offers}" for one in said).lower()
            assert any(topic in words for topic in pair.topics), (pair, member)
            assert min(one.at for one in said) > community.end - timedelta(days=40)
            assert {Purpose.MATCHING, Purpose.INTRODUCTIONS} <= agreed[member]
            sought = sought or any(one.seeks for one in said)
        assert sought


def test_consent_varies(community: DemoCommunity) -> None:
    """Most members agree to everything; some not to be found by name; some are paused; guests get no introductions."""
    members = community.members
    everything = frozenset(Purpose)

    assert sum(member.purposes == everything for member in members) > len(members) * 0.6
    assert sum(Purpose.NAME_LOOKUP not in member.purposes for member in members) >= 8
    assert sum(Purpose.MATCHING not in member.purposes for member in members) >= 1
    assert 2 <= sum(member.paused for member in members) <= 8
    assert 4 <= sum(member.guest for member in members) <= 15
    assert all(Purpose.INTRODUCTIONS not in member.purposes for member in members if member.guest)


def test_the_january_story_is_told_by_the_days_of_a_whole_january(community: DemoCommunity) -> None:
    """Before 10 January "marketing" goes with "big data"; later that month "marketing automation" does, more often."""
    story = [said for said in community.check_ins if said.origin == "january"]
    days = [said.at.astimezone(ZONE) for said in story]
    automation = [day.day for day, said in zip(days, story, strict=True) if "marketing automation" in said.text]
    marketing = [
        day.day
        for day, said in zip(days, story, strict=True)
        if "marketing" in said.text and "marketing automation" not in said.text
    ]

    assert {(day.year, day.month) for day in days} == {(days[0].year, 1)}
    assert datetime(days[0].year, 2, 1, tzinfo=ZONE) <= community.end < datetime(days[0].year + 1, 2, 1, tzinfo=ZONE)
    assert all("big data" in said.text for said in story)
    assert max(marketing) < 10 < min(automation)
    assert len(marketing) >= 5
    assert len(automation) >= 2 * len(marketing)


def test_big_data_is_mentioned_in_the_january_story_only(community: DemoCommunity) -> None:
    """Nothing else can drown the affinities of the story."""
    elsewhere = [f"{said.text} {said.seeks} {said.offers}" for said in community.check_ins if said.origin != "january"]
    profiles = [" ".join((m.about, *m.skills, *m.seeks, *m.offers)) for m in community.members]
    events = [f"{event.title} {event.description}" for event in community.events]

    assert not [text for text in (*elsewhere, *profiles, *events) if "big data" in text.lower()]


def test_visibilities_contact_data_and_sensitive_remarks_occur(community: DemoCommunity) -> None:
    """What has to be scrubbed, hidden or flagged is there to be shown, with invented contact data only."""
    seen = Counter(said.visibility for said in community.check_ins)
    words = " ".join(said.text for said in community.check_ins)

    assert seen[Visibility.MEMBERS] > 10 * seen[Visibility.PRIVATE] > 0 < seen[Visibility.MATCHING]
    assert len(re.findall(r"\S+@\S+\.\w+", words)) >= 4
    assert all(address.endswith("@example.org") for address in re.findall(r"\S+@\S+\.\w+", words))
    for sensitive in ("burn-out", "migraine", "union", "ramadan"):
        assert sensitive in words


def test_somebody_is_here_when_the_demo_starts(community: DemoCommunity) -> None:
    """At least a dozen members checked in within the last three hours, whatever the day and hour."""
    recent = {said.member for said in community.check_ins if said.at > community.end - timedelta(hours=3)}
    shown = {member.id for member in community.members if Purpose.SHOWN_HERE in member.purposes}

    assert len(recent & shown) >= 12


def test_the_same_end_and_seed_give_the_same_community() -> None:
    """Loading is a function of its arguments."""
    assert load_community(ENDS[0], seed=4) == load_community(ENDS[0], seed=4)


def test_another_seed_gives_other_visits_of_the_same_people() -> None:
    """The seed changes what chance decides and nothing that is written down."""
    first, second = load_community(ENDS[0], seed=1), load_community(ENDS[0], seed=2)

    assert first.members == second.members
    assert first.pairs == second.pairs
    assert first.check_ins != second.check_ins
    assert 2500 <= len(second.check_ins) <= 3500


def test_the_zone_of_the_end_does_not_matter() -> None:
    """The same moment in another zone gives the same community."""
    assert load_community(ENDS[0].astimezone(ZONE)) == load_community(ENDS[0])


def test_members_who_drift_end_with_another_subject() -> None:
    """A drift shows: in the last weeks its lines come from the new storyline more often than in the first."""
    storylines = read_storylines()
    early = late = 0
    community = load_community(ENDS[0])
    drifting = {member.id: member.drifts_to for member in community.members if member.drifts_to}
    for said in community.check_ins:
        target = drifting.get(said.member)
        if target is None or said.origin != "routine":
            continue
        told = any(line in said.text for told in storylines[target].lines.values() for line in told)
        early += told and said.at < community.end - timedelta(days=60)
        late += told and said.at > community.end - timedelta(days=30)
    assert late > 2 * early
    assert len(drifting) >= 6
