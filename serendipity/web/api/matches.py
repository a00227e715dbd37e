"""Matches of a member on request: nobody is introduced; with the reasons as data and in words."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from serendipity.domain.errors import NoSnapshot
from serendipity.domain.model import Match, Member, Purpose, names_by_id
from serendipity.introductions.evidence import events_of, read_names_between, visible_profile
from serendipity.introductions.match_summary import drop_sensitive_reasons, summarise, withhold_unnamed
from serendipity.introductions.sentences import SentenceContext, sentences_for
from serendipity.matching.explanation.explanation import explain_matches
from serendipity.matching.matcher import MatchInputs, match_one
from serendipity.usecases.members.match_preferences import dials_of, in_force
from serendipity.usecases.runs.eligibility import apart_of
from serendipity.usecases.services import Services


def matches_of(services: Services, member: str, *, limit: int) -> list[Match]:
    """Return a member's best matches with their reasons, among those who agreed to matching and introductions.

    Raises UnknownMember, and NoSnapshot while there is none.
    """
    snapshot = services.snapshots.latest()
    if snapshot is None:
        raise NoSnapshot
    with services.ledger.read() as uow:
        uow.members.get(member)
        willing = uow.members.with_purpose(Purpose.MATCHING) & uow.members.with_purpose(Purpose.INTRODUCTIONS)
        settings = in_force(services, uow)
        dials = dials_of(uow.members.wishes(), settings.surprise)
        on_their_way = uow.introductions.on_their_way(member)  # else a no would be seen to end it
        blocked = uow.members.blocks() | on_their_way | apart_of(snapshot, uow.members.must_nots(), willing)
    if member not in willing or member not in snapshot.member_index:
        return []
    now = services.clock.now()
    found = match_one(
        snapshot, member, now=now, eligible=willing, settings=settings, inputs=MatchInputs(blocked=blocked, dials=dials)
    )
    topics = services.topics()
    return [drop_sensitive_reasons(match, topics) for match in found[:limit]]


def with_reasons(services: Services, matches: Sequence[Match], moment: datetime) -> list[Match]:
    """Return matches as a run wrote them down with the reasons that the graph gives for them now."""
    snapshot = services.snapshots.latest()
    if snapshot is None:
        raise NoSnapshot
    with services.ledger.read() as uow:
        settings = in_force(services, uow)
    return explain_matches(snapshot, matches, now=moment, settings=settings)


def with_explanations(services: Services, matches: Sequence[Match]) -> list[dict[str, Any]]:
    """Return matches as JSON, each with its account and what is said to either side in every language.

    Names are those that members share before a yes.
    """
    topics = services.topics()
    with services.ledger.read() as uow:
        members = uow.members.many({id for match in matches for id in match.members})
        reasons = [reason for match in matches for reason in match.reasons]
        events, between = events_of(uow, reasons), read_names_between(uow, reasons)
    names = names_by_id([each for each in members.values() if visible_profile(each).name])
    told = []
    for match in (withhold_unnamed(match, between.keys()) for match in matches):
        known = SentenceContext(
            parties=match.members,
            topics=topics,
            events=events,
            names=names,
            between=between,
            now=services.clock.now(),
        )
        people = [members[id] for id in match.members if id in members]
        said = {"explanation": summarise(match, topics), "sentences": _sentences(services, match, known, people)}
        told.append({**asdict(match), **said})
    return told


def _sentences(services: Services, match: Match, known: SentenceContext, people: Sequence[Member]) -> dict[str, Any]:
    def one(reader: Member, locale: str) -> list[str]:
        gettext = services.composer.gettext(locale)
        found = sentences_for(match.reasons, replace(known, locale=locale), reader=reader.id, gettext=gettext)
        return [sentence.text for sentence in found]

    return {locale: {each.id: one(each, locale) for each in people} for locale in services.settings.languages}
