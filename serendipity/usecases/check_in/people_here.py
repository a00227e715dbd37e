"""Members worth meeting who are here now, with the reason, for those who agreed to be shown."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from serendipity.domain.model import Match, Member, Mention, Purpose, Topic
from serendipity.domain.must_not import pairs_kept_apart
from serendipity.introductions.evidence import visible_profile
from serendipity.introductions.sentences import SentenceContext, sentences_for
from serendipity.matching.people_here import Said, cached_encounters, encounters
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.snapshot import Snapshot
from serendipity.ports import UnitOfWork
from serendipity.usecases.members.match_preferences import in_force, read_dials
from serendipity.usecases.services import Services

MOST = 3


@dataclass(frozen=True, kw_only=True)
class PersonHere:
    """Somebody worth meeting: what they agreed to show, and one sentence why."""

    member: str
    name: str
    organisation: str | None
    why: str


def worth_meeting(
    services: Services,
    uow: UnitOfWork,
    member: str,
    place: str,
    mentions: Sequence[Mention],
    *,
    dial: float,
    now: datetime,
    locale: str | None = None,
) -> tuple[PersonHere, ...]:
    """Return up to three people who are at the place where the member checks in.

    `dial` is how surprising it shall be; `locale` the language of the reasons, the member's where none is named. Only
    those who agreed to be matched and shown see each other; nobody who is away, paused or known already is named.
    """
    snapshot = services.snapshots.latest()
    if snapshot is None:
        return ()
    shown = uow.members.willing_at(place, (Purpose.SHOWN_HERE, Purpose.MATCHING), now=now, also=member)
    here = shown - {member}
    if member not in shown or not here:
        return ()
    settings = replace(services.matching, surprise=dial)
    # Whoever is being asked about somebody does not see them here: it would end with the other's no, and so tell it.
    on_their_way = uow.introductions.on_their_way(member)
    blocked = uow.members.blocks(of=[member]) | on_their_way | _apart(uow, member, here)
    matches = _matches(snapshot, member, _said(services, mentions), here, blocked, now, settings)
    return _people(services, uow, member, matches, now, locale)


def _said(services: Services, mentions: Sequence[Mention]) -> list[Said]:
    vocabulary = services.reader.vocabulary
    resolved = [(vocabulary.resolve(mention), mention) for mention in mentions if mention.weight > 0]
    return [
        Said(topic=topic, stance=mention.stance, weight=mention.weight)
        for topic, mention in resolved
        if topic is not None and not vocabulary.is_sensitive(topic)
    ]


def _matches(
    snapshot: Snapshot,
    member: str,
    said: list[Said],
    here: set[str],
    blocked: Collection[tuple[str, str]],
    now: datetime,
    settings: MatchSettings,
) -> list[Match]:
    """Return those who fit what was just said, then those who fit the member's history."""
    found: list[Match] = []
    for topics in (said, cached_encounters(snapshot, member, now)):
        if len(found) < MOST:
            found += encounters(
                snapshot, member, topics, among=here, now=now, blocked=blocked, settings=settings, most=MOST
            )
    unique = {match.other: match for match in reversed(found)}
    return [match for match in found if unique.pop(match.other, None) is not None][:MOST]


def dial_of(services: Services, uow: UnitOfWork, member: str) -> float:
    """Return how surprising it shall be for a member: their own dial, else the community's."""
    community, wish = in_force(services, uow).surprise, uow.members.profiles([member])[member].surprise
    return community if wish is None else read_dials(wish, community)


def _apart(uow: UnitOfWork, member: str, here: set[str]) -> frozenset[tuple[str, str]]:
    rules = uow.members.must_nots()
    if not rules:
        return frozenset()
    people = uow.members.many({member, *here}).values()
    return pairs_kept_apart(rules, {each.id: each.organisation for each in people})


def _people(
    services: Services, uow: UnitOfWork, member: str, matches: Sequence[Match], now: datetime, locale: str | None
) -> tuple[PersonHere, ...]:
    if not matches:
        return ()
    profiles = uow.members.profiles({member, *(match.other for match in matches)})
    topics = _topics(services, matches)
    profiles[member] = replace(profiles[member], locale=locale or profiles[member].locale)
    found = (_person(services, profiles[member], profiles[match.other], match, topics, now) for match in matches)
    return tuple(person for person in found if person is not None)


def _topics(services: Services, matches: Sequence[Match]) -> dict[str, Topic]:
    """Return the topics that the reasons name."""
    vocabulary = services.reader.vocabulary
    named = {id for match in matches for reason in match.reasons for id in reason.topics}
    return {id: topic for id in named if (topic := vocabulary.topic(id)) is not None}


def _person(
    services: Services, member: Member, other: Member, match: Match, topics: dict[str, Topic], now: datetime
) -> PersonHere | None:
    profile = visible_profile(other)
    known = SentenceContext(
        parties=(match.member, match.other),
        topics=topics,
        events={},
        locale=member.locale,
        names={other.id: other.first_name} if profile.name else {},
        now=now,
    )
    sentences = sentences_for(match.reasons, known, reader=member.id, gettext=services.composer.gettext(member.locale))
    if not sentences or not profile.name:
        return None
    return PersonHere(member=other.id, name=profile.name, organisation=profile.organisation, why=sentences[0].text)
