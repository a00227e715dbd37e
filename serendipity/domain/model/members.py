"""Members, what they say, where they meet."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Purpose(StrEnum):
    """Purposes that a member may agree to; each is asked separately and versioned by its wording."""

    MATCHING = "matching"  # use what I say and attend to find matches
    INTRODUCTIONS = "introductions"  # send me introductions by e-mail
    SHOWN_HERE = "shown_here"  # show me, with what we share, to others who are here now
    NAME_LOOKUP = "name_lookup"  # find my name at the kiosk by its first letters
    NAMED_BETWEEN = "named_between"  # name me as somebody whom two others know who are introduced


class Visibility(StrEnum):
    """Uses that a member allows of the text of a check-in."""

    MEMBERS = "members"  # matched and quoted
    MATCHING = "matching"  # matched, never quoted
    PRIVATE = "private"  # kept for the member only


class Role(StrEnum):
    """Ways to take part in an event."""

    SPEAKER = "speaker"
    HOST = "host"
    ATTENDEE = "attendee"


class Surprise(StrEnum):
    """A member's own choice of surprise, relative to the community's setting."""

    CLOSER = "closer"  # closer to what I do
    MORE = "more"  # more surprising


class MemberStatus(StrEnum):
    """States of a member."""

    GUEST = "guest"
    ACTIVE = "active"
    PAUSED = "paused"
    MERGED = "merged"
    ERASED = "erased"


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A member as they stand now. Name and e-mail live here only, never in a record or in the graph."""

    id: str
    name: str
    email: str | None = None
    locale: str = "en"
    organisation: str | None = None
    about: str = ""
    skills: tuple[str, ...] = ()
    seeks: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    status: MemberStatus = MemberStatus.ACTIVE
    paused_until: datetime | None = None  # also of an active member who wants to be left in peace for a while
    merged_into: str | None = None
    joined_at: datetime | None = None
    purposes: frozenset[Purpose] = frozenset()
    shares: frozenset[str] = frozenset({"name", "organisation", "about"})  # what one met through us sees before a yes
    surprise: Surprise | None = None  # None: as the community
    per_month: int | None = None  # introductions in 30 days at most, where the member wants fewer than the community

    def is_paused(self, now: datetime) -> bool:
        """Tell whether they get no introductions for now: by pausing, or for a while after a "not now"."""
        if self.status is MemberStatus.PAUSED and self.paused_until is None:
            return True
        away = self.status in (MemberStatus.PAUSED, MemberStatus.ACTIVE)
        return away and self.paused_until is not None and self.paused_until > now

    @property
    def first_name(self) -> str:
        """Return the name to greet by."""
        return self.name.split()[0] if self.name.split() else self.name


def names_by_id(members: Collection[Member]) -> dict[str, str]:
    """Return by id what to call people who are spoken of together: first names, whole ones where first names meet.

    >>> names = {"m1": "Anna de Wit", "m2": "Anna Smit", "m3": "Bo Li"}
    >>> names_by_id([Member(id=id, name=name) for id, name in names.items()])
    {'m1': 'Anna de Wit', 'm2': 'Anna Smit', 'm3': 'Bo'}
    """
    known = Counter(member.first_name for member in members)
    return {each.id: each.first_name if known[each.first_name] == 1 else each.name for each in members}


@dataclass(frozen=True, kw_only=True, slots=True)
class MustNot:
    """A managers' rule: nobody of `one` is introduced to anybody of `other`; without `other`, those of `one` mutually.

    A side holds ids of members and "organisation:NAME" for all who work there. `why` is for managers only.
    """

    id: str
    one: tuple[str, ...]
    other: tuple[str, ...] = ()
    why: str = ""
    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A meeting place; `zone` is an IANA name, `hours` maps a weekday (0 is Monday) to ("08:00", "18:00")."""

    id: str
    name: str
    zone: str = "UTC"
    hours: Mapping[int, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """A gathering as it stands now."""

    id: str
    title: str
    starts_at: datetime
    ends_at: datetime | None = None
    description: str = ""
    place: str | None = None
    cancelled: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Presence:
    """A member is at a place since a time, until it expires or they leave."""

    member: str
    place: str
    since: datetime
    until: datetime
