"""Did you meet? What members say afterwards, and what it does."""

import pytest

from serendipity.domain.errors import InvalidInput
from serendipity.domain.model import Answer, IntroductionState, LinkPurpose, Purpose, RecordKind
from serendipity.introductions.feedback import give_feedback
from serendipity.outreach.links import open_link
from tests.unit.introductions.community import Community


@pytest.fixture
def introduced(community: Community) -> str:
    """Anna and Bram were introduced."""
    id = community.asked().id
    community.answer("anna", Answer.ACCEPTED)
    community.later(minutes=11)
    community.answer("bram", Answer.ACCEPTED)
    community.later(minutes=11)
    return id


def tell(community: Community, member: str, **said: int | None) -> None:
    with community.ledger.write() as uow:
        now = community.clock.now()
        link = open_link(uow, community.token(member, LinkPurpose.FOLLOW_UP), LinkPurpose.FOLLOW_UP, now)
        give_feedback(uow, link, **said, now=now)  # type: ignore[arg-type]


def ties(community: Community) -> list[str]:
    with community.ledger.read() as uow:
        records = uow.records.touching({"member:anna"}, upto=uow.records.head(), kinds={RecordKind.TIE})
    return [(record.data or {})["why"] for record in records]


def test_both_are_asked_some_days_later_and_once(community: Community, introduced: str) -> None:
    """Ten days, then silence is fine."""
    community.later(days=9)
    assert "follow_up" not in community.inbox("anna")
    community.later(days=2)
    community.later(days=20)

    assert [community.inbox(member).count("follow_up") for member in ("anna", "bram")] == [1, 1]
    assert community.introduction(introduced).state is IntroductionState.FOLLOWED_UP


def test_who_met_is_tied_once(community: Community, introduced: str) -> None:
    """Both say so, and clicking again changes nothing."""
    community.later(days=11)
    for member in ("anna", "bram", "anna"):
        tell(community, member, met=True)

    assert ties(community) == ["introduced", "met_after_introduction"]


def test_what_was_said_is_kept_and_completed(community: Community, introduced: str) -> None:
    """First the click in the mail, then the stars on the page."""
    community.later(days=11)
    tell(community, "anna", met=True)
    tell(community, "anna", relevance=5, surprise=4, known_before=False)

    (anna, bram) = community.introduction(introduced).parties
    assert (anna.met, anna.relevance, anna.surprise, anna.known_before) == (True, 5, 4, False)
    assert bram.met is None


def test_who_knew_the_other_before_is_tied(community: Community, introduced: str) -> None:
    """It is a tie that they said so."""
    community.later(days=11)
    tell(community, "bram", met=False, known_before=True)

    assert ties(community) == ["introduced", "said_so"]


def test_a_rating_is_one_to_five(community: Community, introduced: str) -> None:
    """Anything else is refused and nothing is kept."""
    community.later(days=11)

    with pytest.raises(InvalidInput):
        tell(community, "anna", relevance=6)
    assert community.introduction(introduced).parties[0].relevance is None


def test_who_withdrew_meanwhile_is_not_asked(community: Community, introduced: str) -> None:
    """Bram wants no more mails; Anna is asked all the same."""
    with community.ledger.write() as uow:
        uow.members.set_consent("bram", Purpose.INTRODUCTIONS, given=False, wording="v1", at=community.clock.now())
    community.later(days=11)

    assert ("follow_up" in community.inbox("anna"), "follow_up" in community.inbox("bram")) == (True, False)
