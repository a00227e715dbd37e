"""Whatever happens in whatever order, the promises to members hold."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from serendipity.domain.errors import Conflict, LinkUnusable
from serendipity.domain.model import (
    Answer,
    DeclineReason,
    IntroductionState,
    Link,
    LinkPurpose,
    MemberStatus,
    Party,
    Purpose,
)
from serendipity.outreach.links import issue_link, open_link
from serendipity.outreach.settings import OutreachSettings
from serendipity.ports import UnitOfWork
from serendipity.stores.ledger_sql import open_ledger
from tests.fakes import FakeClock
from tests.unit.introductions.community import Community, open_community

PAIR = ("anna", "bram")
MEMBERS = st.sampled_from(PAIR)
IN_MEMORY = Path("/dev/shm")  # thousands of durable commits, where that costs least
# No quiet hours and no cap: nothing else keeps a mail back.
LOUD = OutreachSettings(base_url="https://example.org", quiet_until=OutreachSettings().quiet_from, per_day=0)


class Promises(RuleBasedStateMachine):
    """Managers, members and time do what they like to one introduction; `kinds` are those of the mails sent."""

    template: ClassVar[Path]
    kinds: ClassVar[set[str]]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=IN_MEMORY if IN_MEMORY.is_dir() else None))
        shutil.copy(self.template / "ledger.db", self.folder / "ledger.db")
        clock = FakeClock()
        clock.time += timedelta(hours=1)
        ledger = open_ledger(f"sqlite:///{self.folder / 'ledger.db'}", clock=clock)
        self.community = Community(ledger=ledger, clock=clock, outreach=LOUD)
        self.id = self.community.propose().id
        self.consents = dict.fromkeys(PAIR, True)
        self.seen = 0

    def teardown(self) -> None:
        """Let it come to its end, and look once more."""
        for _ in range(2):
            self.time_passes(9 * 1440)
        self.addresses_are_shared_only_after_both_said_yes()
        self.nobody_hears_of_a_no_before_a_silence_would_end()
        self.each_kind_reaches_a_member_once()
        self.community.ledger.close()
        shutil.rmtree(self.folder)

    @initialize(so_far=st.integers(min_value=0, max_value=4))
    def start(self, so_far: int) -> None:
        """Begin with a proposal, the first asked, the second asked, the second almost out of time, or two fresh yes."""
        if so_far >= 1:
            self.community.approve(self.id)
        if so_far >= 2:
            self.answer("anna", Answer.ACCEPTED, DeclineReason.NOT_NOW)
            self.time_passes(11)
        if so_far == 3:
            self.time_passes(7 * 1440 - 5)
        if so_far == 4:
            self.answer("bram", Answer.ACCEPTED, DeclineReason.NOT_NOW)

    @rule()
    def approve(self) -> None:
        try:
            self.community.approve(self.id)
        except Conflict:
            assert self.community.introduction(self.id).state is not IntroductionState.PROPOSED

    @rule(
        member=MEMBERS,
        answer=st.sampled_from([Answer.ACCEPTED, Answer.ACCEPTED, Answer.DECLINED]),
        why=st.sampled_from(DeclineReason),
    )
    def answer(self, member: str, answer: Answer, why: DeclineReason) -> None:
        with self.community.ledger.write() as uow:
            self.community.opt_in.answer(
                uow, self.link(uow, member), answer, reason=why, now=self.community.clock.now()
            )

    @rule(member=MEMBERS)
    def undo(self, member: str) -> None:
        try:
            with self.community.ledger.write() as uow:
                self.community.opt_in.undo(uow, self.link(uow, member), now=self.community.clock.now())
        except Conflict:
            assert self.party(member).answer in {Answer.ACCEPTED, Answer.DECLINED}

    @rule(minutes=st.sampled_from([1, 11, 11, 60, 1440, 8 * 1440]))
    def time_passes(self, minutes: int) -> None:
        self.community.later(minutes=minutes)
        self.kinds.update(sent.message.kind for sent in self.community.channel.delivered)

    @rule(member=MEMBERS, given=st.booleans())
    def consent(self, member: str, given: bool) -> None:
        self.consents[member] = given
        with self.community.ledger.write() as uow:
            now = self.community.clock.now()
            uow.members.set_consent(member, Purpose.INTRODUCTIONS, given=given, wording="v1", at=now)

    @rule(member=MEMBERS, status=st.sampled_from([MemberStatus.ACTIVE, MemberStatus.PAUSED]))
    def pause(self, member: str, status: MemberStatus) -> None:
        self.community.change(member, status=status)

    @rule()
    def block(self) -> None:
        with self.community.ledger.write() as uow:
            uow.members.block("bram", "anna", why="must not", at=self.community.clock.now())

    @invariant()
    def addresses_are_shared_only_after_both_said_yes(self) -> None:
        for sent in self.community.channel.delivered:
            if sent.message.kind == "introduction.made":
                assert all(self.party(member).answer is Answer.ACCEPTED for member in PAIR)
            else:
                other = "bram" if sent.to.id == "anna" else "anna"
                assert sent.reply_to == ()
                assert f"{other}@example.org" not in sent.message.text + sent.message.html

    @invariant()
    def nobody_without_consent_gets_mail(self) -> None:
        fresh = self.community.channel.delivered[self.seen :]
        assert all(self.consents[sent.to.id] for sent in fresh)
        self.seen = len(self.community.channel.delivered)

    @invariant()
    def nobody_hears_of_a_no_before_a_silence_would_end(self) -> None:
        """Only who said yes is told, and not before the other's time to answer was over."""
        with self.community.ledger.read() as uow:
            closing = [m for m in uow.outbox.search(limit=100) if m.kind == "introduction.closed"]
        for message in closing:
            other = self.party("bram" if message.member == "anna" else "anna")
            assert self.party(str(message.member)).answer is Answer.ACCEPTED
            if other.asked_at is not None and message.sent_at is not None:
                assert message.sent_at >= other.asked_at + self.community.settings.time_to_answer

    @invariant()
    def the_second_hears_nothing_unless_the_first_said_yes(self) -> None:
        asked = [member for member in PAIR if self.party(member).asked_at is not None]
        reached = {sent.to.id for sent in self.community.channel.delivered}
        assert reached <= set(asked)
        if len(asked) == 2:
            assert any(self.party(member).answer is Answer.ACCEPTED for member in PAIR)

    @invariant()
    def each_kind_reaches_a_member_once(self) -> None:
        sent = [(each.to.id, each.message.kind) for each in self.community.channel.delivered]
        assert len(sent) == len(set(sent))

    def party(self, member: str) -> Party:
        parties = self.community.introduction(self.id).parties
        return next(party for party in parties if party.member == member)

    def link(self, uow: UnitOfWork, member: str) -> Link:
        """The link that a member would have; whether they were asked is not its business."""
        now = self.community.clock.now()
        token = issue_link(uow, LinkPurpose.ANSWER, member, self.id, now=now, ttl=timedelta(days=1))
        return open_link(uow, token, LinkPurpose.ANSWER, now)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated ledger with three members, closed, so that its one file can be copied."""
    folder = tmp_path_factory.mktemp("template")
    open_community(folder).ledger.close()
    return folder


def test_no_order_of_events_breaks_a_promise(template: Path) -> None:
    """No private no is heard of, no address shared before both yes, no mail without consent."""
    kinds: set[str] = set()
    run_state_machine_as_test(
        type("PromisesOfOneLedger", (Promises,), {"template": template, "kinds": kinds}),
        settings=settings(
            max_examples=30,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            phases=(Phase.generate,),  # no search for the shortest way to fail: a way is enough
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert kinds >= {"introduction.ask", "introduction.made", "introduction.closed"}


def test_a_made_up_token_opens_nothing(community: Community) -> None:
    """The answer's page is for whoever has the link."""
    with pytest.raises(LinkUnusable), community.ledger.read() as uow:
        open_link(uow, "made-up", LinkPurpose.ANSWER, community.clock.now())
