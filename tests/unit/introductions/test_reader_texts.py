"""What is sent is what was approved: for each reader, in their language, and nothing that was said or changed since."""

from dataclasses import replace
from datetime import timedelta

import pytest

from serendipity.domain.errors import Conflict, InvalidInput
from serendipity.domain.model import Answer, Introduction, IntroductionState, Purpose, Reason, Topic
from serendipity.introductions.approval import Approval, approve
from serendipity.introductions.question import view_for_member
from serendipity.introductions.reader_texts import ReaderText, digest
from tests.unit.introductions.community import MATCH, Community
from tests.unit.introductions.saying import say, write


def texts(community: Community, id: str) -> dict[str, ReaderText]:
    """What each party would read now."""
    with community.ledger.read() as uow:
        return community.opt_in.text_context(community.clock.now()).reader_texts(uow, uow.introductions.get(id))


def looked_at(community: Community, id: str) -> str:
    """What a page sends back of what a manager saw."""
    return digest(texts(community, id))


def approved(community: Community, id: str, seen: str | None = None, **options: object) -> Introduction:
    """Approve as a manager's page does, and ask."""
    approval = Approval(by="manager:m", seen=seen, **options)  # type: ignore[arg-type]
    now = community.clock.now()
    with community.ledger.write() as uow:
        approve(uow, id, approval, context=community.opt_in.text_context(now))
        introduction = community.opt_in.advance(uow, id, now=now)
    community.deliver()
    return introduction


def test_the_mail_and_page_of_the_introduced_keep_the_approved_profile(community: Community) -> None:
    """An organisation and a profile text that were changed after the approval reach nobody; a new name does."""
    write(community, "bram", "I build data pipelines.")
    community.check_in("anna")
    id = community.propose().id
    approved(community, id)
    community.change("bram", organisation="Buy now Ltd", about="Buy now!", name="Bram Bakker")
    for member in ("anna", "bram"):
        community.answer(member, Answer.ACCEPTED)
        community.later(minutes=11)

    mails = [community.messages(member)[-1] for member in ("anna", "bram")]
    with community.ledger.read() as uow:
        context = community.opt_in.text_context(community.clock.now())
        shown = view_for_member(uow, uow.introductions.get(id), "anna", context=context).other
    assert [mail.kind for mail in mails] == ["introduction.made"] * 2
    assert all(
        "Bram Bakker (Bram de Vries Ltd)" in mail.text and "Buy now" not in mail.text + mail.html for mail in mails
    )
    assert (shown.name, shown.organisation, shown.about) == (
        "Bram Bakker",
        "Bram de Vries Ltd",
        "I build data pipelines.",
    )


def test_the_manager_sees_every_line_of_the_mail(community: Community) -> None:
    """The quotation, the name, the organisation and the profile's words are among what is looked at."""
    write(community, "bram", "I build data pipelines.")
    say(community, "bram", "Cleaning sensor data")
    community.check_in("anna")
    id = community.propose().id
    shown = texts(community, id)["anna"]
    approved(community, id)

    mail = community.messages("anna")[-1].text
    assert [line.text for line in shown.asked] == [
        "You and Bram both work on big data.",
        "Bram wrote: “Cleaning sensor data”",
    ]
    assert all(line.text in mail for line in shown.asked)
    assert (shown.name, shown.organisation, shown.about) == (
        "Bram de Vries",
        "Bram de Vries Ltd",
        "I build data pipelines.",
    )
    assert str(shown.about) in mail


def test_what_somebody_wrote_about_themselves_is_kept_back_where_it_is_theirs_alone(community: Community) -> None:
    """It mentions something sensitive, or was not read yet: neither the manager nor the other party reads it."""
    write(community, "bram", "I build data pipelines, after a burnout.", topic="burnout")
    community.change("anna", about="Not read yet.")
    shown = texts(community, community.propose().id)

    assert (shown["anna"].about, shown["bram"].about) == (None, None)


def test_what_is_said_and_changed_after_the_approval_is_not_sent(community: Community) -> None:
    """Bram's mail was approved a day before he is asked; Anna's newest words and new profile are not in it."""
    id = approved(community, community.propose().id).id
    before = texts(community, id)
    community.clock.forward(hours=1)
    say(community, "anna", "Something nobody approved")
    community.change("anna", about="New words that nobody approved.", organisation="Elsewhere")

    assert texts(community, id) == before


def test_what_changed_since_the_manager_looked_is_looked_at_again(community: Community) -> None:
    """Bram took his name back between the look and the approval."""
    id = community.propose().id
    seen = looked_at(community, id)
    community.change("bram", shares=frozenset())

    with pytest.raises(Conflict):
        approved(community, id, seen)
    assert community.introduction(id).state is IntroductionState.PROPOSED


def test_what_is_taken_back_after_the_approval_is_left_out(community: Community) -> None:
    """A quoted check-in whose topic is hidden, a name and a profile that are not shared any more."""
    write(community, "bram", "I build data pipelines.")
    say(community, "bram", "Cleaning sensor data")
    community.check_in("anna")
    id = community.propose().id
    approved(community, id, looked_at(community, id))
    community.change("bram", shares=frozenset())
    left = texts(community, id)["anna"]

    assert (left.name, left.organisation, left.about) == (None, None, None)
    assert "Bram" not in " ".join(line.text for line in left.asked)
    assert "big data" in left.asked[0].text

    community.topics = {**community.topics, "big-data": Topic("big-data", "big data", sensitive=True)}
    assert texts(community, id)["anna"].asked == ()


def test_somebody_on_a_path_is_named_only_as_long_as_they_agree(community: Community) -> None:
    """Carla agreed to be named when it was approved, and not when Anna reads it."""
    path = Reason(kind="path", weight=0.5, members=("anna", "carla", "bram"))
    named = replace(MATCH, reasons=(*MATCH.reasons, path))
    with community.ledger.write() as uow:
        uow.members.set_consent("carla", Purpose.NAMED_BETWEEN, given=True, wording="v1", at=community.clock.now())
    id = approved(community, community.propose(named).id).id
    before = [line.text for line in texts(community, id)["anna"].asked]
    with community.ledger.write() as uow:
        uow.members.set_consent("carla", Purpose.NAMED_BETWEEN, given=False, wording="v1", at=community.clock.now())

    assert "You both know Carla Smit." in before
    assert "Carla" not in " ".join(line.text for line in texts(community, id)["anna"].asked)


def test_an_edit_in_one_language_does_not_leave_the_other_reader_with_another_text(community: Community) -> None:
    """Bram reads Dutch: the manager edits his text too, or says that it goes out as generated."""
    community.change("bram", locale="nl")
    id = community.propose().id
    edit = {"en": "You two should talk about floods."}

    with pytest.raises(InvalidInput, match="somebody reads another"):
        approved(community, id, texts=edit)
    assert community.introduction(id).state is IntroductionState.PROPOSED
    approved(community, id, texts=edit, as_generated=["nl"])

    shown = texts(community, id)
    assert [line.text for line in shown["anna"].asked] == ["You two should talk about floods."]
    assert [line.text for line in shown["bram"].asked] == ["Jij en Anna werken allebei aan big data."]


def test_a_text_that_names_whom_it_may_not_is_refused(community: Community) -> None:
    """Bram is not named before a yes: Anna would read the generated text, and the manager would not know."""
    community.change("bram", shares=frozenset())

    with pytest.raises(InvalidInput, match="names somebody"):
        approved(community, community.propose().id, texts={"en": "Bram and you should talk."})


def test_a_text_that_is_emptied_is_generated_again(community: Community) -> None:
    """Emptying a text at the approval is no edit."""
    id = approved(community, community.propose().id, texts={"en": "  "}).id

    assert community.introduction(id).texts == {}
    assert "both work on big data" in community.messages("anna")[-1].text


def test_what_the_policy_lets_out_is_frozen_when_it_goes_out(community: Community) -> None:
    """Nobody looked; the second reads what was true when the first was asked."""
    id = community.asked().id
    stored = community.introduction(id).reader_texts
    community.clock.forward(days=1)
    community.change("anna", about="Words of the day after.")

    assert set(stored) == {"anna", "bram"}
    assert texts(community, id)["bram"].about is None
    assert community.clock.now() - community.introduction(id).proposed_at == timedelta(days=1)
