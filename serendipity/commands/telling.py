"""A match in words, for managers: names, and a sentence per piece of evidence."""

from serendipity.commands.services import Services
from serendipity.domain.model import Match, called
from serendipity.introductions.evidence import events_of, named_between
from serendipity.introductions.wording import Known, to_both


def told(services: Services, match: Match, *, locale: str = "en") -> tuple[str, list[str]]:
    """Return who is matched with whom, and why."""
    with services.ledger.read() as uow:
        members = uow.members.many({*match.members, *(id for r in match.reasons for id in r.members)})
        events, between = events_of(uow, match.reasons), named_between(uow, match.reasons)
    known = Known(
        parties=match.members,
        topics=services.topics(),
        events=events,
        names=called(members.values()),
        locale=locale,
        now=services.clock.now(),
        between=between,
    )
    who = " ↔ ".join(
        f"{members[id].name} ({members[id].organisation})" if members[id].organisation else members[id].name
        for id in match.members
    )
    sentences = to_both(match.reasons, known, gettext=services.composer.gettext(locale))
    return who, [sentence.text for sentence in sentences]
