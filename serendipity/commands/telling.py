"""A match in words, for managers: names, and a sentence per piece of evidence."""

from serendipity.commands.services import Services
from serendipity.domain.errors import UnknownEvent
from serendipity.domain.model import Event, Match
from serendipity.introductions.wording import Known, to_both
from serendipity.ports import UnitOfWork


def told(services: Services, match: Match, *, locale: str = "en") -> tuple[str, list[str]]:
    """Return who is matched with whom, and why."""
    with services.ledger.read() as uow:
        members = uow.members.many({match.member, match.other, *(id for r in match.reasons for id in r.members)})
        events = _events(uow, match)
    known = Known(
        parties=(match.member, match.other),
        topics=services.topics(),
        events=events,
        names={id: member.first_name for id, member in members.items()},
        locale=locale,
        now=services.clock.now(),
    )
    who = " ↔ ".join(
        f"{members[id].name} ({members[id].organisation})" if members[id].organisation else members[id].name
        for id in (match.member, match.other)
    )
    sentences = to_both(match.reasons, known, gettext=services.composer.gettext(locale))
    return who, [sentence.text for sentence in sentences]


def _events(uow: UnitOfWork, match: Match) -> dict[str, Event]:
    found = {}
    for id in {event for reason in match.reasons for event in reason.events}:
        try:
            found[id] = uow.places.event(id)
        except UnknownEvent:
            continue  # an event that is gone is not spoken of
    return found
