"""The managers' rules on who must not be introduced to whom: stated, with names turned into ids."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime

from serendipity.domain.errors import InvalidInput, UnknownMember
from serendipity.domain.model import AuditEntry, Member, MemberStatus, MustNot
from serendipity.domain.must_not import OF_ORGANISATION, organisation_of
from serendipity.intake.inputs import MustNotInput
from serendipity.ports import UnitOfWork

GONE = frozenset({MemberStatus.MERGED, MemberStatus.ERASED})
ALIKE = 50


def state(
    uow: UnitOfWork, item: MustNotInput, *, by: str, now: datetime, scrub: Callable[[str], str]
) -> tuple[MustNot, bool]:
    """Keep a rule, and tell whether it is new: the same sides again are the same rule.

    Raises UnknownMember, and InvalidInput for a name that several have and for a rule that keeps nobody apart.
    """
    one = _sort_sides(_id_of(uow, name, "one") for name in item.one)
    other = _sort_sides(_id_of(uow, name, "other") for name in item.other)
    if not other and len(one) == 1 and organisation_of(one[0]) is None:
        raise InvalidInput("Name at least two members, or an organisation.", field="one")
    if len({*one, *other}) == 1 and organisation_of(one[0]) is None:
        raise InvalidInput("A member cannot be kept apart from themselves; name two different ones.", field="other")
    rule = MustNot(id=_id(one, other), one=one, other=other, why=scrub(item.why), by=by, at=now)
    if any(known.id == rule.id for known in uow.members.must_nots()):
        return rule, False
    uow.members.put_must_not(rule)
    _audit(uow, rule.id, "rule.stated", by=by, now=now)
    return rule, True


def drop(uow: UnitOfWork, id: str, *, by: str, now: datetime) -> None:
    """Take a rule back. Raises NotFound."""
    uow.members.drop_must_not(id)
    _audit(uow, id, "rule.dropped", by=by, now=now)


def _id_of(uow: UnitOfWork, name: str, field: str) -> str:
    organisation = organisation_of(name)
    if organisation is not None:
        if not organisation.strip():
            raise InvalidInput('Write the name of the organisation behind "organisation:".', field=field)
        return f"{OF_ORGANISATION}{organisation.strip()}"
    known = uow.members.many([name]).get(name) or (uow.members.find_by_email(name) if "@" in name else None)
    found = [known] if known else describe_side(uow, name)
    present = [each for each in found if each.status not in GONE]
    if len(present) > 1:
        told = f"{len(present)} members are called {name!r}; give an e-mail address or an id."
        raise InvalidInput(told, field=field)
    if not present:
        told = f"There is no member {name!r}; give an id, an e-mail address or a whole name."
        raise UnknownMember(told, member=name, field=field)
    return present[0].id


def describe_side(uow: UnitOfWork, name: str) -> list[Member]:
    """Return the members of a whole name, whatever its case."""
    alike = uow.members.page(search=name, limit=ALIKE)
    return [each for each in alike if each.name.casefold() == name.casefold()]


def _sort_sides(side: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(side)))


def _id(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    """Return an id that follows from the sides, whichever is named first."""
    said = "\x1e".join(sorted("\x1f".join(side) for side in (one, other))).casefold()
    return "rule-" + hashlib.sha256(said.encode()).hexdigest()[:12]


def _audit(uow: UnitOfWork, id: str, what: str, *, by: str, now: datetime) -> None:
    uow.operations.audit(AuditEntry(at=now, who=by, what=what, subject=f"rule:{id}"))
