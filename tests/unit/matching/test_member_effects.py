"""What earlier introductions tell of members and topics, and when it is known."""

import json

import numpy as np

from serendipity.matching.learning.member_effects import MemberEffects, training_sides
from serendipity.matching.learning.propensity import PAIR_TRAITS, TRAITS
from serendipity.matching.learning.training_examples import TrainingExample
from tests.unit.matching.outcomes import days, lesson

ASKED, ANSWERS, TASTES, TOPICS = (TRAITS.index(name) for name in ("asked", "answers", "tastes", "topics"))
UNEXPECTED = PAIR_TRAITS.index("unexpectedness")


def history() -> list[TrainingExample]:
    """Ann says yes to the unexpected only, bob to everything, whoever else to every second; about felt nobody does."""
    lessons = []
    for n in range(40):
        unexpected, felt = n % 2, n % 4 > 1
        topics = {"felt": 1.0} if felt else {"oats": 1.0}
        ann = lesson(4 * n, "ann", f"x{n}", (float(unexpected), 0.5), unexpectedness=float(unexpected))
        bob = lesson(4 * n + 1, "bob", f"y{n}", (1.0, 0.5), unexpectedness=float(unexpected))
        other = lesson(4 * n + 2, f"z{n}", f"w{n}", (0.0, 0.1) if felt else (0.9, 0.8), topics=topics)
        lessons += [ann, bob, other]
    return lessons


def test_members_and_topics_are_known_by_what_came_of_their_introductions() -> None:
    """Ann's taste is for the unexpected, bob's answers are better than usual, felt goes badly."""
    _, regards = training_sides(history(), now=days(160))

    assert regards.tastes["ann"][UNEXPECTED] > 0.3
    assert abs(regards.tastes["bob"][UNEXPECTED]) < 0.2
    assert regards.answers["bob"] > 0.3 > 0.1 > abs(regards.answers["ann"])
    assert regards.topics["felt"] < -0.2 < 0.2 < regards.topics["oats"]


def test_an_introduction_is_told_only_what_was_known_when_it_was_proposed() -> None:
    """Of the first nothing is known, of a later one what came before it, of its own outcome nothing."""
    lessons = [lesson(n, "ann", f"x{n}", (1.0, 0.0)) for n in range(6)]

    sides, _ = training_sides(lessons, now=days(10))
    ann = sides.table[::2]

    assert ann[0, [ASKED, ANSWERS, TASTES, TOPICS]].tolist() == [0.0, 0.0, 0.0, 0.0]
    assert (np.diff(ann[:, ASKED]) > 0).all()
    assert ann[1, ANSWERS] > 0
    assert (sides.table[1::2, [ASKED, ANSWERS]] == 0.0).all()


def test_what_came_of_an_introduction_counts_from_when_it_was_known() -> None:
    """The second pair is proposed before the first one's answer, the third after it."""
    first, second, third = (lesson(n, "ann", f"x{n}", (1.0, 0.0)) for n in (0, 1, 2))
    priority = TrainingExample(**{**vars(first), "known_at": days(1.5)})

    sides, _ = training_sides([priority, second, third], now=days(5))

    assert sides.table[2, ANSWERS] == 0.0
    assert sides.table[4, ANSWERS] != 0.0


def test_being_asked_is_forgotten_after_sixty_days() -> None:
    """Ann was asked three times in the first days."""
    lessons = [lesson(n, "ann", f"x{n}", (None, None)) for n in range(3)]

    soon, later = (training_sides(lessons, now=days(at))[1] for at in (10, 100))

    assert soon.asked["ann"] > 1.3
    assert "ann" not in later.asked


def test_lessons_without_outcomes_tell_nothing_but_that_members_were_asked() -> None:
    """Nor does no lesson at all."""
    _, regards = training_sides([lesson(0, "ann", "bob", (None, None))], now=days(1))
    _, nothing = training_sides([], now=days(1))

    assert (regards.answers, regards.tastes, regards.topics) == ({}, {}, {})
    assert nothing == MemberEffects()


def test_what_was_written_down_is_read_as_it_was() -> None:
    """Digit for digit, so that a replay weighs the same; also by a release with other traits."""
    _, regards = training_sides(history(), now=days(160))
    data = json.loads(json.dumps(regards.as_data()))
    assert MemberEffects.from_data(data) == regards

    older = {**data, "traits": ["humour", *data["traits"][1:]]}
    read = MemberEffects.from_data(older)

    assert read.tastes["ann"][0] == 0.0
    assert read.tastes["ann"][1:] == regards.tastes["ann"][1:]
