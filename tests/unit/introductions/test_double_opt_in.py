"""The private double opt-in, from the queue to the thread of both."""

import pytest

from serendipity.domain.errors import Conflict
from serendipity.domain.model import Answer, DeclineReason, IntroductionState, MemberStatus, Purpose, RecordKind
from tests.unit.introductions.community import Community

YES, NO = Answer.ACCEPTED, Answer.DECLINED


def test_two_yes_introduce_them_and_open_their_thread(community: Community) -> None:
    """Propose, approve, ask, accept, ask, accept, introduced: each gets one mail addressed to both."""
    id = community.asked().id
    community.answer("anna", YES)
    community.later(minutes=11)
    community.answer("bram", YES)
    community.later(minutes=11)

    assert community.introduction(id).state is IntroductionState.INTRODUCED
    assert (community.inbox("anna"), community.inbox("bram")) == (["ask", "made"], ["ask", "made"])
    made = [each for each in community.channel.delivered if each.message.kind == "introduction.made"]
    assert [[member.id for member in each.reply_to] for each in made] == [["anna", "bram"], ["anna", "bram"]]
    assert all("You both work on big data." in each.message.text for each in made)


def test_the_more_recently_active_is_asked_first_and_alone(community: Community) -> None:
    """Bram hears nothing as long as Anna has not answered."""
    community.asked()

    assert (community.inbox("anna"), community.inbox("bram")) == (["ask"], [])


def test_an_introduction_is_a_weak_tie_in_the_history(community: Community) -> None:
    """Both records name both members, once."""
    id = community.asked().id
    community.answer("anna", YES)
    community.later(minutes=11)
    community.answer("bram", YES)
    community.later(minutes=11)
    community.later(minutes=11)

    with community.ledger.read() as uow:
        kinds = {RecordKind.TIE, RecordKind.INTRODUCTION}
        records = uow.records.touching({"member:bram"}, upto=uow.records.head(), kinds=kinds)
    assert [dict(record.data or {}) for record in records] == [
        {"introduction": id, "other": "bram", "outcome": "introduced"},
        {"other": "bram", "why": "introduced"},
    ]


def test_nobody_else_hears_of_the_first_no(community: Community) -> None:
    """Anna declines; Bram never learns that there was a question."""
    id = community.asked().id
    community.answer("anna", NO, DeclineReason.NOT_RELEVANT)
    community.later(days=40)

    assert community.introduction(id).state is IntroductionState.EXPIRED
    assert community.inbox("bram") == []
    assert community.inbox("anna") == ["ask"]


def ending_for_anna(community: Community, *, bram_says_no: bool) -> list[tuple[str, str, object]]:
    """What Anna gets, and when, once she said yes and Bram did not."""
    community.asked()
    community.answer("anna", YES)
    community.later(minutes=11)
    if bram_says_no:
        community.clock.forward(hours=1)
        community.answer("bram", NO, DeclineReason.NEVER_THIS_PERSON)
    for _ in range(10 * 24):
        community.later(hours=1)
    with community.ledger.read() as uow:
        return [(m.kind, m.subject, m.sent_at) for m in uow.outbox.search(member="anna")]


def test_a_no_and_a_silence_look_the_same_to_the_other(
    community: Community, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same words at the same time."""
    from tests.unit.introductions.community import open_community

    silent = open_community(tmp_path_factory.mktemp("silent"))
    after_no = ending_for_anna(community, bram_says_no=True)
    after_silence = ending_for_anna(silent, bram_says_no=False)
    silent.ledger.close()

    assert after_no == after_silence
    assert [kind for kind, _, _ in after_no] == ["introduction.closed", "introduction.ask"]


def test_a_decision_can_be_taken_back_for_a_while(community: Community) -> None:
    """Nothing happened yet, and the question is open again."""
    community.asked()
    community.answer("anna", YES)
    community.later(minutes=5)
    community.undo("anna")
    community.later(minutes=30)
    assert community.inbox("bram") == []

    community.answer("anna", NO)
    community.later(minutes=11)
    with pytest.raises(Conflict):
        community.undo("anna")


def test_a_decision_that_took_effect_stays(community: Community) -> None:
    """Bram was asked: Anna's yes cannot be taken back."""
    community.asked()
    community.answer("anna", YES)
    community.later(minutes=11)

    with pytest.raises(Conflict):
        community.undo("anna")


def test_a_second_answer_changes_nothing(community: Community) -> None:
    """The first POST counts; the second is answered with how things stand."""
    community.asked()
    first = community.answer("anna", YES)
    second = community.answer("anna", NO, DeclineReason.NEVER_THIS_PERSON)

    assert second == first


@pytest.mark.parametrize("reason", DeclineReason)
def test_every_reason_to_decline_acts(community: Community, reason: DeclineReason) -> None:
    """A pause, a record, or the two are kept apart; a tie would tell others."""
    community.asked()
    community.answer("anna", NO, reason)
    community.later(minutes=11)

    with community.ledger.read() as uow:
        records = uow.records.recent(member="anna", kinds={RecordKind.TIE, RecordKind.INTRODUCTION})
        anna, blocked = uow.members.get("anna"), uow.members.blocks()
    assert [(record.data or {}).get("reason") for record in records if record.kind is RecordKind.INTRODUCTION] == [
        reason
    ]
    assert (anna.paused_until is not None) == (reason is DeclineReason.NOT_NOW)
    assert [record.kind for record in records] == [RecordKind.INTRODUCTION]
    assert (("anna", "bram") in blocked) == (reason in {DeclineReason.NEVER_THIS_PERSON, DeclineReason.KNOW_ALREADY})


def test_a_no_without_a_reason_pauses_nobody_and_keeps_nobody_apart(community: Community) -> None:
    """A pause is seen by managers, so only a member who chose it gets one."""
    community.asked()
    community.answer("anna", NO)
    community.later(minutes=11)

    with community.ledger.read() as uow:
        [record] = uow.records.recent(member="anna", kinds={RecordKind.INTRODUCTION})
        anna, blocked = uow.members.get("anna"), uow.members.blocks()
    assert record.data == {
        "introduction": record.data and record.data["introduction"],
        "other": "bram",
        "outcome": "declined",
    }
    assert (anna.paused_until, blocked) == (None, set())


def test_the_reason_of_a_no_acts_once(community: Community) -> None:
    """Anna said not now, and came back by herself: the end of the question does not pause her again."""
    community.asked()
    community.answer("anna", NO, DeclineReason.NOT_NOW)
    community.later(minutes=11)
    community.change("anna", paused_until=None)
    community.later(days=8)

    with community.ledger.read() as uow:
        assert uow.members.get("anna").paused_until is None


def test_a_withdrawn_consent_cancels_before_the_next_step(community: Community) -> None:
    """Bram withdrew while Anna thought about it: he is not asked, and she hears the gentle words."""
    id = community.asked().id
    community.answer("anna", YES)
    with community.ledger.write() as uow:
        uow.members.set_consent("bram", Purpose.INTRODUCTIONS, given=False, wording="v1", at=community.clock.now())
    community.later(minutes=11)
    assert community.introduction(id).state is IntroductionState.CANCELLED

    community.later(days=8)
    assert (community.inbox("anna"), community.inbox("bram")) == (["ask", "closed"], [])


@pytest.mark.parametrize("status", [MemberStatus.PAUSED, MemberStatus.ACTIVE])
def test_who_pauses_is_asked_when_they_are_back(community: Community, status: MemberStatus) -> None:
    """The introduction waits for Bram, also after a "not now" of his to somebody else."""
    community.asked()
    community.answer("anna", YES)
    back = community.clock.now().replace(day=10)
    community.change("bram", status=status, paused_until=back)
    community.later(minutes=11)
    assert community.inbox("bram") == []

    community.clock.time = back
    community.later(minutes=1)
    assert community.inbox("bram") == ["ask"]


def test_an_introduction_ends_when_somebody_stays_away(community: Community) -> None:
    """Patience has an end."""
    id = community.asked().id
    community.answer("anna", YES)
    community.change("bram", status=MemberStatus.PAUSED)
    community.later(minutes=11)
    community.later(days=31)
    community.later(minutes=1)

    assert community.introduction(id).state is IntroductionState.EXPIRED
    assert community.inbox("anna") == ["ask", "closed"]


def test_a_tie_said_meanwhile_cancels(community: Community) -> None:
    """They told us that they know each other: there is nobody to introduce."""
    from serendipity.domain.model import NewRecord

    id = community.asked().id
    community.answer("anna", YES)
    refs = ("member:anna", "member:bram")
    now = community.clock.now()
    said = NewRecord(
        kind=RecordKind.TIE,
        source="t",
        id="1",
        at=now,
        member="bram",
        refs=refs,
        data={"other": "anna", "why": "said_so"},
    )
    with community.ledger.write() as uow:
        uow.records.append([said])
    community.later(minutes=11)

    assert community.introduction(id).state is IntroductionState.CANCELLED
