"""Whole double opt-ins, mail by mail: when each goes out, to whom, and what it says.

The texts lie beside this module. After a change that is meant to change mails, look at the difference, and write them
again with `python -m tests.golden.test_opt_in_mails`.
"""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from serendipity.domain.model import Answer, DeclineReason, Introduction, Match, MessageState, Reason
from serendipity.outreach.settings import OutreachSettings
from tests.unit.introductions.community import MATCH, Community, open_community

FOLDER = Path(__file__).parent
YES, NO = Answer.ACCEPTED, Answer.DECLINED
GROUP = (Reason(kind="shared_topic", weight=0.8, topics=("big-data",), members=("anna", "bram", "carla")),)


def pass_days(community: Community, days: float) -> None:
    """Let time pass as the worker sees it, two hours at a time."""
    for _ in range(round(days * 12)):
        community.later(hours=2)


def both_say_yes(community: Community) -> None:
    """Anna at once, Bram a day later; weeks after, both are asked how it went."""
    community.asked()
    community.later(minutes=5)
    community.answer("anna", YES)
    pass_days(community, 1)
    community.answer("bram", YES)
    pass_days(community, 30)


def second_says_no(community: Community) -> None:
    """Bram declines on the second day; Anna hears at the end of the term that it did not come together."""
    community.asked()
    community.answer("anna", YES)
    pass_days(community, 1)
    community.answer("bram", NO, DeclineReason.NOT_RELEVANT)
    pass_days(community, 30)


def second_is_silent(community: Community) -> None:
    """The same mails at the same moments as after a no."""
    community.asked()
    community.answer("anna", YES)
    pass_days(community, 31)


def first_is_silent(community: Community) -> None:
    """Bram never hears of it."""
    community.asked()
    pass_days(community, 31)


def an_answer_is_taken_back(community: Community) -> None:
    """Anna undoes her yes within the ten minutes, and says it again the next day."""
    community.asked()
    community.answer("anna", YES)
    community.later(minutes=5)
    community.undo("anna")
    pass_days(community, 1)
    community.answer("anna", YES)
    pass_days(community, 1)
    community.answer("bram", YES)
    pass_days(community, 20)


def at_night(community: Community) -> None:
    """What falls due in the quiet hours goes out in the morning."""
    community.later(hours=8)
    community.asked()
    community.later(hours=2)
    community.answer("anna", YES)
    pass_days(community, 1)
    community.answer("bram", YES)
    pass_days(community, 20)


def one_a_day(community: Community) -> None:
    """With a cap of one mail a day the second introduction's question waits for the next day."""
    community.outreach = OutreachSettings(base_url="https://example.org", per_day=1)
    community.asked()
    second = community.propose(match_with("anna", "carla"), run="r-2")
    community.approve(second.id)
    pass_days(community, 3)


def a_group(community: Community) -> None:
    """Three are asked at once; two say yes and are introduced when the term is over."""
    community.check_in("carla")
    found: Introduction = community.propose(match_with("anna", "bram", "carla"), run="r-3")
    community.approve(found.id)
    community.later(minutes=5)
    community.answer("anna", YES)
    pass_days(community, 1)
    community.answer("carla", YES)
    pass_days(community, 30)


def match_with(one: str, other: str, *more: str) -> Match:
    """A match of these members."""
    return replace(MATCH, member=one, other=other, more=more, reasons=GROUP if more else MATCH.reasons)


SCENARIOS: dict[str, Callable[[Community], None]] = {
    each.__name__: each
    for each in (
        both_say_yes,
        second_says_no,
        second_is_silent,
        first_is_silent,
        an_answer_is_taken_back,
        at_night,
        one_a_day,
        a_group,
    )
}


def mails(name: str, folder: Path) -> str:
    """Play a scenario and return its mails as text."""
    community = open_community(folder)
    community.clock.time += timedelta(hours=1)
    SCENARIOS[name](community)
    with community.ledger.read() as uow:
        found = [each for each in uow.outbox.search(limit=1000) if each.state is MessageState.SENT]
    community.ledger.close()
    sent = sorted((f"{each.sent_at:%Y-%m-%d %H:%M}", str(each.member), each) for each in found)
    return "".join(f"== {at} {mail.kind} to {to}\nSubject: {mail.subject}\n\n{mail.text}\n" for at, to, mail in sent)


@pytest.mark.parametrize("name", SCENARIOS)
def test_mails_go_out_when_and_as_they_did(name: str, tmp_path: Path) -> None:
    """To the letter and to the minute."""
    assert mails(name, tmp_path) == (FOLDER / f"{name}.txt").read_text()


def test_a_no_and_a_silence_send_the_same_mails() -> None:
    """At the same moments."""
    assert (FOLDER / "second_says_no.txt").read_text() == (FOLDER / "second_is_silent.txt").read_text()


if __name__ == "__main__":
    for each in SCENARIOS:
        with tempfile.TemporaryDirectory() as folder:
            (FOLDER / f"{each}.txt").write_text(mails(each, Path(folder)))
