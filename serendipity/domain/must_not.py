"""Rules of the managers on who must not be introduced to whom: which pairs they are about."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations

from serendipity.domain.errors import Conflict
from serendipity.domain.model import Member, MustNot

OF_ORGANISATION = "organisation:"
MOST_PAIRS = 2_000_000
Pair = tuple[str, str]


def pairs_kept_apart(rules: Iterable[MustNot], organisations: Mapping[str, str | None]) -> frozenset[Pair]:
    """Return the pairs (smaller id first) that rules keep apart among members, given by id with where they work.

    Raises Conflict where rules name more than two million pairs.

    >>> from datetime import datetime
    >>> rule = MustNot(id="r", one=("organisation:acme",), other=("m-3",), by="manager:1", at=datetime.min)
    >>> sorted(pairs_kept_apart([rule], {"m-1": "Acme", "m-2": None, "m-3": "Acme"}))
    [('m-1', 'm-3')]
    """
    found: set[Pair] = set()
    staff = _staff(organisations)
    for rule in rules:
        one, other = (_members(side, organisations, staff) for side in (rule.one, rule.other))
        if len(one) * max(len(other), len(one) if not rule.other else 0) > MOST_PAIRS:
            raise Conflict(f"The rule {rule.id!r} keeps too many pairs apart; name smaller groups.", id=rule.id)
        ends = ((a, b) for a in one for b in other) if rule.other else combinations(one, 2)
        found |= {(min(pair), max(pair)) for pair in ends if pair[0] != pair[1]}
    return frozenset(found)


def is_kept_apart(rules: Iterable[MustNot], members: Iterable[Member]) -> bool:
    """Tell whether a rule keeps any two of these members apart."""
    return bool(pairs_kept_apart(rules, {each.id: each.organisation for each in members}))


def organisation_of(name: str) -> str | None:
    """Return the organisation that a side's entry names, None for a member's id."""
    return name.removeprefix(OF_ORGANISATION) if name.startswith(OF_ORGANISATION) else None


def _staff(organisations: Mapping[str, str | None]) -> dict[str, list[str]]:
    staff: dict[str, list[str]] = {}
    for id, organisation in organisations.items():
        if organisation:
            staff.setdefault(organisation.casefold(), []).append(id)
    return staff


def _members(side: Sequence[str], known: Collection[str], staff: Mapping[str, Sequence[str]]) -> list[str]:
    found: set[str] = set()
    for name in side:
        organisation = organisation_of(name)
        found.update([name] if organisation is None else staff.get(organisation.strip().casefold(), ()))
    return sorted(found & set(known))
