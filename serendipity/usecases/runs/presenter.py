"""A match for managers: in words, with names and a sentence per piece of evidence, or as data that they may see."""

from collections.abc import Sequence

from serendipity.domain.model import Match, names_by_id
from serendipity.introductions.evidence import events_of, read_names_between
from serendipity.introductions.match_summary import drop_sensitive_reasons, withhold_unnamed
from serendipity.introductions.sentences import SentenceContext, sentences_for_all
from serendipity.usecases.services import Services


def report_of(services: Services, match: Match, *, locale: str = "en") -> tuple[str, list[str]]:
    """Return who is matched with whom, and why."""
    with services.ledger.read() as uow:
        members = uow.members.many({*match.members, *(id for r in match.reasons for id in r.members)})
        events, between = events_of(uow, match.reasons), read_names_between(uow, match.reasons)
    known = SentenceContext(
        parties=match.members,
        topics=services.topics(),
        events=events,
        names=names_by_id(members.values()),
        locale=locale,
        now=services.clock.now(),
        between=between,
    )
    who = " ↔ ".join(
        f"{members[id].name} ({members[id].organisation})" if members[id].organisation else members[id].name
        for id in match.members
    )
    sentences = sentences_for_all(match.reasons, known, gettext=services.composer.gettext(locale))
    return who, [sentence.text for sentence in sentences]


def proposals_of(services: Services, matches: Sequence[Match]) -> list[Match]:
    """Return matches without topics that are covered, and on their paths only those who agreed to be named there."""
    topics = services.topics()
    found = [drop_sensitive_reasons(match, topics) for match in matches]
    with services.ledger.read() as uow:
        between = read_names_between(uow, [reason for match in found for reason in match.reasons])
    return [withhold_unnamed(match, between.keys()) for match in found]
