"""Which pairs the managers' rules are about."""

from datetime import UTC, datetime

import pytest

from serendipity.domain.errors import Conflict
from serendipity.domain.model import Member, MustNot
from serendipity.domain.must_not import is_kept_apart, pairs_kept_apart

NOW = datetime(2026, 1, 5, tzinfo=UTC)
PEOPLE = {"ann": "Acme", "bob": "ACME ", "cas": None, "dov": "Rival"}


def rule(one: str, other: str = "") -> MustNot:
    """A rule with one name a word; names of organisations have one word here."""
    return MustNot(id="r", one=tuple(one.split()), other=tuple(other.split()), by="manager:mgr", at=NOW)


@pytest.mark.parametrize(
    ("given", "pairs"),
    [
        (rule("ann", "cas"), {("ann", "cas")}),
        (rule("cas", "ann"), {("ann", "cas")}),
        (rule("ann cas dov"), {("ann", "cas"), ("ann", "dov"), ("cas", "dov")}),
        (rule("organisation:acme", "organisation:Rival"), {("ann", "dov")}),
        (rule("organisation:Acme", "ann cas"), {("ann", "cas")}),
        (rule("ann", "gone"), set()),
        (rule("organisation:Nowhere", "ann"), set()),
    ],
)
def test_a_rule_keeps_apart_those_of_its_two_sides(given: MustNot, pairs: set[tuple[str, str]]) -> None:
    """By id or by organisation, each other where no other side is named; nobody from themselves."""
    people = PEOPLE | {"bob": None}

    assert pairs_kept_apart([given], people) == pairs


def test_a_rule_on_too_many_pairs_is_refused_before_it_fills_the_memory() -> None:
    """Two thousand against two thousand are four million pairs."""
    people = {f"m-{n}": "Left" if n % 2 else "Right" for n in range(4000)}

    with pytest.raises(Conflict):
        pairs_kept_apart([rule("organisation:Left", "organisation:Right")], people)


def test_any_two_of_a_group_count() -> None:
    """A group of three holds a pair that a rule keeps apart."""
    group = [Member(id=id, name=id) for id in ("ann", "cas", "dov")]

    assert is_kept_apart([rule("ann", "dov")], group)
    assert not is_kept_apart([rule("ann", "bob")], group)
