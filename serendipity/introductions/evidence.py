"""Gathers what may be said about two members to one of them, as it stands now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from serendipity.domain.covered import is_covered
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
    called,
)
from serendipity.domain.own_topics import OwnTopics, own_topics
from serendipity.domain.standing import OWN_TOPIC_KINDS
from serendipity.introductions.settings import IntroductionSettings
from serendipity.introductions.wording import Gettext, Known, Sentence, listed, quotation, to_both, to_one
from serendipity.ports import UnitOfWork

LONGEST_QUOTE = 200
NAME = "name"


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """What one member sees of another: what the other shares, and all of it only once both said yes."""

    name: str | None
    organisation: str | None
    about: str | None
    email: str | None = None


def seen(member: Member, *, introduced: bool = False) -> Profile:
    """Return what is shown of a member; the address only after both said yes."""
    shares = member.shares | {NAME} if introduced else member.shares
    return Profile(
        name=member.name if NAME in shares else None,
        organisation=member.organisation if "organisation" in shares else None,
        about=(member.about or None) if "about" in shares else None,
        email=member.email if introduced else None,
    )


def seen_together(others: Sequence[Member], gettext: Gettext, *, introduced: bool = False) -> Profile:
    """Return what is shown of the others: of one their profile, of several the names that they share."""
    if len(others) == 1:
        return seen(others[0], introduced=introduced)
    names = [profile.name for profile in (seen(each, introduced=introduced) for each in others) if profile.name]
    unnamed = [gettext("somebody else")] if len(names) < len(others) else []
    return Profile(name=listed([*names, *unnamed], gettext=gettext) if names else None, organisation=None, about=None)


def others_of(uow: UnitOfWork, introduction: Introduction, member: str) -> list[Member]:
    """Return the other parties, in order."""
    return [uow.members.get(party.member) for party in introduction.parties if party.member != member]


def together(introduction: Introduction) -> Introduction:
    """Return the introduction with those parties only who said yes, where it has more than two.

    What is said of the others in the reasons stays out too.
    """
    if len(introduction.parties) == 2:
        return introduction
    parties = tuple(party for party in introduction.parties if party.answer is Answer.ACCEPTED)
    ids = {party.member for party in parties}
    reasons = tuple(
        replace(reason, members=tuple(id for id in reason.members if id in ids))
        for reason in introduction.reasons
        if not reason.members or ids & set(reason.members)
    )
    return replace(introduction, parties=parties, reasons=reasons)


def gather(
    uow: UnitOfWork,
    introduction: Introduction,
    *,
    topics: Mapping[str, Topic],
    settings: IntroductionSettings,
    now: datetime,
    introduced: bool = False,
    quoted: bool = True,
) -> Known:
    """Look up what the reasons name; names that are not shared are left out until both said yes.

    What one of the two hides is not spoken of, also where the reasons are older than that. What is said to both at once
    quotes nobody, and needs no looking for it (`quoted`).
    """
    parties = tuple(party.member for party in introduction.parties)
    members = uow.members.many(parties)
    shown = [member for member in members.values() if introduced or NAME in member.shares]
    since = now - timedelta(days=settings.quote_days)
    hidden = frozenset().union(*(_own(uow, id).hidden for id in members))
    quotes = {id: _quote(uow, id, topics, since) for id in members} if quoted else {}
    named = {id for reason in introduction.reasons for id in reason.topics}
    kept_back = {id for id in named if id in hidden or is_covered(topics, id)}
    return Known(
        parties=parties,
        topics={id: topic for id, topic in topics.items() if id not in kept_back},
        events=events_of(uow, introduction.reasons),
        names=called(shown),
        quotes={id: quote for id, quote in quotes.items() if quote},
        between=named_between(uow, introduction.reasons),
        now=now,
    )


def named_between(uow: UnitOfWork, reasons: Iterable[Reason]) -> dict[str, str]:
    """Return the names of those on paths who agreed to be named there, as they stand now."""
    ids = {id for reason in reasons if reason.kind == "path" for id in reason.members}
    agreed = uow.members.with_purpose(Purpose.NAMED_BETWEEN, among=ids) if ids else set[str]()
    return {id: member.name for id, member in uow.members.many(agreed).items()}


def said_to(
    introduction: Introduction, known: Known, reader: Member, others: Sequence[Member], gettext: Gettext
) -> list[str]:
    """Return the sentences for one side: the manager's text where there is one that keeps the others' names."""
    known = replace(known, locale=reader.locale)
    edited = _edited(introduction, reader.locale)
    if edited and not any(_gives_away(edited, known, other) for other in others):
        return edited.splitlines()
    quote = quotation(known, others[0].id, gettext=gettext) if len(others) == 1 else None
    sentences = texts(to_one(introduction.reasons, known, reader=reader.id, gettext=gettext))
    return [*sentences, *([quote] if quote else [])]


def said_to_both(introduction: Introduction, known: Known, locale: str, gettext: Gettext) -> list[str]:
    """Return the sentences for both: the manager's text where there is one."""
    known = replace(known, locale=locale)
    edited = _edited(introduction, locale)
    return edited.splitlines() if edited else texts(to_both(introduction.reasons, known, gettext=gettext))


def texts(sentences: list[Sentence]) -> list[str]:
    """Return what the sentences say."""
    return [sentence.text for sentence in sentences]


def _edited(introduction: Introduction, locale: str) -> str:
    return introduction.texts.get(locale, "").strip()


def _gives_away(text: str, known: Known, other: Member) -> bool:
    hidden = [] if other.id in known.names else other.name.casefold().split()
    return any(part in text.casefold() for part in hidden)


def events_of(uow: UnitOfWork, reasons: Iterable[Reason]) -> dict[str, Event]:
    """Return the events that reasons name, by id."""
    found = {}
    for id in {event for reason in reasons for event in reason.events}:
        try:
            found[id] = uow.places.event(id)
        except UnknownEvent:
            continue  # an event that is gone is not spoken of
    return found


def _quote(uow: UnitOfWork, member: str, topics: Mapping[str, Topic], since: datetime) -> str | None:
    latest = uow.records.recent(member=member, kinds={RecordKind.CHECK_IN}, limit=1)
    if not latest or latest[0].at < since or not latest[0].data:
        return None
    text = str(latest[0].data.get("text") or "").strip()
    allowed = latest[0].data.get("visibility") == Visibility.MEMBERS
    short = 0 < len(text) <= LONGEST_QUOTE and "\n" not in text
    return text if allowed and short and _harmless(uow, latest[0], topics) else None


def _harmless(uow: UnitOfWork, check_in: Record, topics: Mapping[str, Topic]) -> bool:
    """Tell whether a text was understood, names nothing sensitive, and nothing in it was struck out or is hidden."""
    understood = uow.records.about([check_in.position]).get(check_in.position)
    if understood is None or not understood.data:
        return False
    own = _own(uow, check_in.member or "")
    mentions = understood.data.get("mentions", ())
    named = {topic for _phrase, topic, *_ in mentions if topic}
    named |= _called(topics, {phrase for phrase, *_ in mentions})
    struck = any(of == check_in.position or (of is None and id in named) for id, of in own.struck)
    return not (struck or own.hidden & named or any(is_covered(topics, id) for id in named))


def _called(topics: Mapping[str, Topic], phrases: set[str]) -> set[str]:
    """Return the topics that are called so now, though they may not have been when it was said."""
    names = ((id, name) for id, topic in topics.items() for name in (topic.label, *topic.aliases))
    return {id for id, name in names if name.casefold() in phrases}


def _own(uow: UnitOfWork, member: str) -> OwnTopics:
    return own_topics(uow.records.recent(member=member, kinds=OWN_TOPIC_KINDS, limit=1000))
