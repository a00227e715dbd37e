"""Follow-up of introductions: some days later both are asked, and their answers go into the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from serendipity.domain.errors import InvalidInput
from serendipity.domain.may_meet import PRESENT
from serendipity.domain.model import (
    AuditEntry,
    Introduction,
    IntroductionState,
    Link,
    Member,
    MessageKind,
    Party,
    Purpose,
)
from serendipity.introductions.evidence import accepting_parties
from serendipity.introductions.outcomes import record_feedback, record_known_before
from serendipity.introductions.sentences import join_list
from serendipity.introductions.settings import IntroductionSettings
from serendipity.ports import Composer, UnitOfWork

FOLLOW_UP = MessageKind.INTRODUCTION_FOLLOW_UP
RATINGS = range(1, 6)


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowUp:
    """Asks whether they met; with who words the messages, and the settings."""

    composer: Composer
    settings: IntroductionSettings = field(default_factory=IntroductionSettings)

    def ask(self, uow: UnitOfWork, id: str, *, now: datetime) -> Introduction:
        """Ask both, once; who does not want mails any more is not asked, and silence is fine."""
        introduction = uow.introductions.get(id)
        if introduction.state is not IntroductionState.INTRODUCED:
            return introduction
        members = uow.members.many([party.member for party in introduction.parties])
        for party in accepting_parties(introduction).parties:
            if _can_be_asked(members.get(party.member)):
                self._queue(uow, introduction, members, party, now)
        asked = replace(introduction, state=IntroductionState.FOLLOWED_UP, followed_up_at=now, changed_at=now)
        uow.introductions.save(asked)
        return replace(asked, version=asked.version + 1)

    def _queue(
        self, uow: UnitOfWork, introduction: Introduction, members: dict[str, Member], party: Party, now: datetime
    ) -> None:
        to = members[party.member]
        parties = [each.member for each in accepting_parties(introduction).parties]
        others = [members[id] for id in parties if id != to.id and id in members and members[id].status in PRESENT]
        if not others:
            return
        names = join_list([other.first_name for other in others], gettext=self.composer.gettext(to.locale))
        id = f"{introduction.id}:follow_up:{to.id}"
        message = self.composer.compose(FOLLOW_UP, to, {"other": {"name": names}}, id=id)
        queued = replace(
            message, purpose=Purpose.INTRODUCTIONS, introduction=introduction.id, queued_at=now, next_at=now
        )
        uow.outbox.add(queued)


def give_feedback(
    uow: UnitOfWork,
    link: Link,
    *,
    met: bool | None = None,
    relevance: int | None = None,
    surprise: int | None = None,
    known_before: bool | None = None,
    now: datetime,
) -> Introduction:
    """Take what a member says afterwards; later answers complete earlier ones, the same again changes nothing.

    None is what they did not say. Raises InvalidInput for a rating that is not 1 to 5.
    """
    said = _validate_answers(met=met, relevance=relevance, surprise=surprise, known_before=known_before)
    introduction = uow.introductions.get(str(link.subject))
    party = next(party for party in introduction.parties if party.member == link.member)
    told = replace(party, **said)
    if told == party or introduction.introduced_at is None:
        return introduction
    parties = tuple(told if each.member == told.member else each for each in introduction.parties)
    uow.introductions.save(replace(introduction, parties=parties, changed_at=now))
    uow.access.use_link(link.token_hash, now)
    _record_answers(uow, accepting_parties(introduction), said, link.member, now)
    return uow.introductions.get(introduction.id)


def _validate_answers(**answers: int | None) -> dict[str, Any]:
    for rating in (answers["relevance"], answers["surprise"]):
        if rating is not None and rating not in RATINGS:
            raise InvalidInput("A rating is a whole number from 1 to 5.", rating=rating)
    return {name: answer for name, answer in answers.items() if answer is not None}


def _record_answers(
    uow: UnitOfWork, introduction: Introduction, said: Mapping[str, Any], member: str, now: datetime
) -> None:
    if "met" in said:
        record_feedback(uow, introduction, member, met=said["met"], now=now)
    if said.get("known_before"):
        record_known_before(uow, introduction, member, now=now)
    subject = f"introduction:{introduction.id}"
    uow.operations.audit(AuditEntry(at=now, who=f"member:{member}", what="introduction.feedback", subject=subject))


def _can_be_asked(member: Member | None) -> bool:
    return member is not None and member.status in PRESENT and Purpose.INTRODUCTIONS in member.purposes
