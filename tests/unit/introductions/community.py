"""A small community over a real ledger: Anna and Bram, who should meet, and the mails that reach them."""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from serendipity.domain.model import (
    Answer,
    DeclineReason,
    Introduction,
    LinkPurpose,
    Match,
    Member,
    Message,
    NewRecord,
    Purpose,
    Reason,
    RecordKind,
    Topic,
)
from serendipity.introductions import queue
from serendipity.introductions.deadlines import advance_due, follow_up_due
from serendipity.introductions.feedback import FollowUp
from serendipity.introductions.settings import IntroductionSettings
from serendipity.introductions.workflow import OptIn
from serendipity.outreach.delivery import DeliveryReport, deliver_due
from serendipity.outreach.links import PATHS, open_link
from serendipity.outreach.render import MailComposer
from serendipity.outreach.settings import OutreachSettings
from serendipity.ports import Ledger
from serendipity.stores.ledger_sql import open_ledger
from tests.fakes import FakeChannel, FakeClock

TOPICS = {
    "big-data": Topic("big-data", "big data"),
    "marketing": Topic("marketing", "marketing"),
    "burnout": Topic("burnout", "burnout", sensitive=True),
}
AGREED = (Purpose.MATCHING, Purpose.INTRODUCTIONS)
MATCH = Match(
    member="anna",
    other="bram",
    score=0.7,
    relevance=0.8,
    unexpectedness=0.6,
    reasons=(Reason(kind="shared_topic", weight=0.8, topics=("big-data",)),),
)


@dataclass
class Community:
    """Anna, Bram and Carla, the ledger, the clock and the channel."""

    ledger: Ledger
    clock: FakeClock
    settings: IntroductionSettings = field(default_factory=IntroductionSettings)
    outreach: OutreachSettings = field(default_factory=lambda: OutreachSettings(base_url="https://example.org"))
    channel: FakeChannel = field(default_factory=FakeChannel)
    topics: Mapping[str, Topic] = field(default_factory=lambda: TOPICS)

    @property
    def opt_in(self) -> OptIn:
        return OptIn(composer=MailComposer(settings=self.outreach), topics=lambda: self.topics, settings=self.settings)

    def join(self, id: str, name: str, *, locale: str = "en", purposes: tuple[Purpose, ...] = AGREED) -> None:
        member = Member(id=id, name=name, email=f"{id}@example.org", locale=locale, organisation=f"{name} Ltd")
        with self.ledger.write() as uow:
            uow.members.put(member)
            for purpose in purposes:
                uow.members.set_consent(id, purpose, given=True, wording="v1", at=self.clock.now())

    def check_in(self, member: str, text: str = "big data") -> None:
        now = self.clock.now()
        record = NewRecord(
            kind=RecordKind.CHECK_IN,
            source="test",
            id=f"{member}:{now.isoformat()}",
            at=now,
            member=member,
            data={"text": text, "visibility": "matching"},
            refs=(f"member:{member}",),
        )
        with self.ledger.write() as uow:
            uow.records.append([record])

    def propose(self, match: Match = MATCH, run: str = "r-1") -> Introduction:
        with self.ledger.write() as uow:
            return queue.propose(uow, match, run=run, now=self.clock.now(), policy=self.settings)

    def approve(self, id: str, **texts: str) -> Introduction:
        now = self.clock.now()
        with self.ledger.write() as uow:
            queue.approve(uow, id, by="manager:m", now=now, texts=texts)
            return self.opt_in.advance(uow, id, now=now)

    def asked(self) -> Introduction:
        """Propose and approve, deliver, and return the introduction."""
        introduction = self.approve(self.propose().id)
        self.deliver()
        return introduction

    def answer(self, member: str, answer: Answer, reason: DeclineReason | None = None) -> Introduction:
        with self.ledger.write() as uow:
            link = open_link(uow, self.token(member, LinkPurpose.ANSWER), LinkPurpose.ANSWER, self.clock.now())
            return self.opt_in.answer(uow, link, answer, reason=reason, now=self.clock.now())

    def undo(self, member: str) -> Introduction:
        with self.ledger.write() as uow:
            link = open_link(uow, self.token(member, LinkPurpose.ANSWER), LinkPurpose.ANSWER, self.clock.now())
            return self.opt_in.undo(uow, link, now=self.clock.now())

    def later(self, **by: float) -> DeliveryReport:
        """Let time pass, then do what is due."""
        self.clock.forward(**by)
        return self.tick()

    def tick(self) -> DeliveryReport:
        advance_due(self.ledger, self.opt_in, now=self.clock.now())
        follow_up = FollowUp(composer=MailComposer(settings=self.outreach), settings=self.settings)
        follow_up_due(self.ledger, follow_up, now=self.clock.now())
        return self.deliver()

    def deliver(self) -> DeliveryReport:
        return deliver_due(
            self.ledger,
            {"email": self.channel},
            clock=self.clock,
            holder="test",
            settings=self.outreach,
            rng=random.Random(1),
        )

    def token(self, member: str, purpose: LinkPurpose) -> str:
        """Return the token of the latest link of a kind that a member was sent."""
        found = [re.search(rf"{PATHS[purpose]}([\w-]+)", message.text) for message in self.channel.to(member)]
        return [match[1] for match in found if match][-1]

    def inbox(self, member: str) -> list[str]:
        """Return the kinds of mails that a member got."""
        return [message.kind.removeprefix("introduction.") for message in self.channel.to(member)]

    def messages(self, member: str) -> list[Message]:
        return self.channel.to(member)

    def introduction(self, id: str) -> Introduction:
        with self.ledger.read() as uow:
            return uow.introductions.get(id)

    def change(self, member: str, **fields: object) -> None:
        with self.ledger.write() as uow:
            uow.members.put(replace(uow.members.get(member), **fields))  # type: ignore[arg-type]


def open_community(folder: Path) -> Community:
    """Return a community of three over a fresh ledger; Anna was active after Bram."""
    clock = FakeClock()
    ledger = open_ledger(f"sqlite:///{folder / 'ledger.db'}", clock=clock)
    ledger.migrate()
    community = Community(ledger=ledger, clock=clock)
    for id, name in (("anna", "Anna Jansen"), ("bram", "Bram de Vries"), ("carla", "Carla Smit")):
        community.join(id, name)
    community.check_in("bram")
    clock.time += timedelta(minutes=1)
    community.check_in("anna")
    return community
