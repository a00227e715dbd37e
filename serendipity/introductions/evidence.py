"""Gathers what may be said about two members to one of them, as it stands now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from serendipity.domain.errors import UnknownEvent
from serendipity.domain.model import (
    Answer,
    Event,
    Introduction,
    Member,
    Purpose,
    Reason,
    Record,
    RecordKind,
    Topic,
    Visibility,
    names_by_id,
)
from serendipity.domain.own_topics import OwnTopics, collect_own_topics
from serendipity.domain.projection_state import OWN_TOPIC_KINDS
from serendipity.domain.sensitive_topics import is_covered
from serendipity.introductions.sentences import Gettext, Quote, SentenceContext, join_list
from serendipity.introductions.settings import IntroductionSettings
from serendipity.ports import UnitOfWork

LONGEST_QUOTE = 200
CHECK_INS_LOOKED_AT = 30  # whoever said more since the proposal is not quoted
NAME = "name"


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """Profile of a member as another sees it: what they share, and all of it once both said yes."""

    name: str | None
    organisation: str | None
    about: str | None
    email: str | None = None


def visible_profile(member: Member, *, introduced: bool = False) -> Profile:
    """Return what is shown of a member; the address only after both said yes."""
    shares = member.shares | {NAME} if introduced else member.shares
    return Profile(
        name=member.name if NAME in shares else None,
        organisation=member.organisation if "organisation" in shares else None,
        about=(member.about or None) if "about" in shares else None,
        email=member.email if introduced else None,
    )


def visible_profile_of_several(others: Sequence[Member], gettext: Gettext, *, introduced: bool = False) -> Profile:
    """Return what is shown of the others: of one their profile, of several the names that they share."""
    if len(others) == 1:
        return visible_profile(others[0], introduced=introduced)
    names = [
        profile.name for profile in (visible_profile(each, introduced=introduced) for each in others) if profile.name
    ]
    unnamed = [gettext("somebody else")] if len(names) < len(others) else []
    return Profile(
        name=join_list([*names, *unnamed], gettext=gettext) if names else None, organisation=None, about=None
    )


def others_of(uow: UnitOfWork, introduction: Introduction, member: str) -> list[Member]:
    """Return the other parties, in order."""
    return [uow.members.get(party.member) for party in introduction.parties if party.member != member]


def hide_private_profiles(uow: UnitOfWork, members: Sequence[Member], topics: Mapping[str, Topic]) -> list[Member]:
    """Return members without what they wrote about themselves where it is theirs alone, or was not read yet."""
    return [each if not each.about or _is_open(uow, each.id, topics) else replace(each, about="") for each in members]


def _is_open(uow: UnitOfWork, member: str, topics: Mapping[str, Topic]) -> bool:
    profile = uow.records.recent(member=member, kinds={RecordKind.PROFILE_CHANGED}, limit=1)
    return bool(profile) and _harmless(uow, profile[0], topics)


def accepting_parties(introduction: Introduction) -> Introduction:
    """Return the introduction with those parties only who said yes, where it has more than two.

    What is said of the others in the reasons stays out too, and so does what was approved for all to read.
    """
    parties = tuple(party for party in introduction.parties if party.answer is Answer.ACCEPTED)
    if len(introduction.parties) == 2 or len(parties) == len(introduction.parties):
        return introduction
    ids = {party.member for party in parties}
    reasons = tuple(
        replace(reason, members=tuple(id for id in reason.members if id in ids))
        for reason in introduction.reasons
        if not reason.members or ids & set(reason.members)
    )
    return replace(introduction, parties=parties, reasons=reasons, reader_texts={}, texts={})


def read_sentence_context(
    uow: UnitOfWork,
    introduction: Introduction,
    *,
    topics: Mapping[str, Topic],
    settings: IntroductionSettings,
    now: datetime,
    introduced: bool = False,
    quoted: bool = True,
) -> SentenceContext:
    """Look up what the reasons name; names that are not shared are left out until both said yes.

    What one of the two hides is not spoken of, also where the reasons are older than that. Quoted is what was said and
    understood before the proposal: a manager has seen it then. What is said to both at once quotes nobody, and needs
    no looking for it (`quoted`).
    """
    parties = tuple(party.member for party in introduction.parties)
    members = uow.members.many(parties)
    shown = [member for member in members.values() if introduced or NAME in member.shares]
    since = introduction.proposed_at - timedelta(days=settings.quote_days)
    hidden = frozenset().union(*(_read_own_topics(uow, id).hidden for id in members))
    quotes = {id: _quote(uow, id, topics, since, introduction.proposed_at) for id in members} if quoted else {}
    kept_back = {id for id in topics_of(introduction.reasons) if id in hidden or is_covered(topics, id)}
    return SentenceContext(
        parties=parties,
        topics={id: topic for id, topic in topics.items() if id not in kept_back},
        events=events_of(uow, introduction.reasons),
        names=names_by_id(shown),
        quotes={id: quote for id, quote in quotes.items() if quote},
        between=read_names_between(uow, introduction.reasons),
        now=now,
    )


def topics_of(reasons: Iterable[Reason]) -> set[str]:
    """Return the ids of the topics that reasons name, in their data too."""
    found = {id for reason in reasons for id in reason.topics}
    sides = [side for reason in reasons for name in ("only_one", "only_other") for side in reason.data.get(name, ())]
    return found | {str(side["id"]) for side in sides if "id" in side}


def read_names_between(uow: UnitOfWork, reasons: Iterable[Reason]) -> dict[str, str]:
    """Return the names of those on paths who agreed to be named there, as they stand now."""
    ids = {id for reason in reasons if reason.kind == "path" for id in reason.members}
    agreed = uow.members.with_purpose(Purpose.NAMED_BETWEEN, among=ids) if ids else set[str]()
    return {id: member.name for id, member in uow.members.many(agreed).items()}


def events_of(uow: UnitOfWork, reasons: Iterable[Reason]) -> dict[str, Event]:
    """Return the events that reasons name, by id."""
    found = {}
    for id in {event for reason in reasons for event in reason.events}:
        try:
            found[id] = uow.places.event(id)
        except UnknownEvent:
            continue  # an event that is gone is not spoken of
    return found


def _quote(uow: UnitOfWork, member: str, topics: Mapping[str, Topic], since: datetime, until: datetime) -> Quote | None:
    latest = uow.records.recent(member=member, kinds={RecordKind.CHECK_IN}, limit=CHECK_INS_LOOKED_AT)
    said = next((each for each in latest if each.received_at <= until), None)
    if said is None or said.at < since or not said.data:
        return None
    text = str(said.data.get("text") or "").strip()
    allowed = said.data.get("visibility") == Visibility.MEMBERS
    short = 0 < len(text) <= LONGEST_QUOTE and "\n" not in text
    return Quote(text, said.position) if allowed and short and _harmless(uow, said, topics) else None


def _harmless(uow: UnitOfWork, check_in: Record, topics: Mapping[str, Topic]) -> bool:
    """Tell whether a text was understood, names nothing sensitive, and nothing in it was struck out or is hidden."""
    understood = uow.records.about([check_in.position]).get(check_in.position)
    if understood is None or not understood.data:
        return False
    own = _read_own_topics(uow, check_in.member or "")
    mentions = understood.data.get("mentions", ())
    named = {topic for _phrase, topic, *_ in mentions if topic}
    named |= _topics_called(topics, {phrase for phrase, *_ in mentions})
    struck = any(of == check_in.position or (of is None and id in named) for id, of in own.struck)
    return not (struck or own.hidden & named or any(is_covered(topics, id) for id in named))


def _topics_called(topics: Mapping[str, Topic], phrases: set[str]) -> set[str]:
    """Return the topics that are called so now, though they may not have been when it was said."""
    names = ((id, name) for id, topic in topics.items() for name in (topic.label, *topic.aliases))
    return {id for id, name in names if name.casefold() in phrases}


def _read_own_topics(uow: UnitOfWork, member: str) -> OwnTopics:
    return collect_own_topics(uow.records.recent(member=member, kinds=OWN_TOPIC_KINDS, limit=1000))
