"""What leads to a member outside of their own records: names in phrases, and mails to and about them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from serendipity.domain.model import RecordKind
from serendipity.ports import UnitOfWork
from serendipity.topics.promotion import is_name, name_forms
from serendipity.topics.words import common_anywhere


@dataclass(frozen=True, kw_only=True, slots=True)
class Traces:
    """What leads to a member outside of their records: their names, what mails name them by, and the messages' ids."""

    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    messages: tuple[str, ...] = ()


def traces_of(uow: UnitOfWork, member: str) -> Traces:
    """Return what leads to a member, of those merged into them too.

    In mails a single word is many people's name: it would take others' mails along. What was sent under an earlier name
    or address is found by the messages.
    """
    ids = (member, *duplicates(uow, member))
    found = uow.members.many(ids).values()
    words = {one.email for one in found} | {one.name for one in found if " " in one.name}
    return Traces(
        names=frozenset(one.name for one in found if one.name),
        words=frozenset(word for word in words if word),
        messages=tuple(dict.fromkeys(message for id in ids for message in uow.outbox.concerning(id))),
    )


def names_of(names: Collection[str]) -> Callable[[str], bool]:
    """Return what tells whether a phrase holds one of these names, or is nothing but words of them.

    A single word of a name that is an everyday word stays: it says something else.

    >>> is_named = names_of(["May Visser"])
    >>> [is_named(phrase) for phrase in ("may visser", "with may visser", "visser", "may", "big data")]
    [True, True, True, False, False]
    """
    forms = name_forms(frozenset(names))

    def is_named(phrase: str) -> bool:
        return is_name(phrase, forms) and not (" " not in phrase and phrase in common_anywhere())

    return is_named


def duplicates(uow: UnitOfWork, member: str) -> list[str]:
    """Return those who were merged into a member, also by way of another."""
    found: dict[str, None] = {}
    waiting = [member]
    while waiting:
        into = waiting.pop()
        merges = uow.records.touching({f"member:{into}"}, upto=uow.records.head(), kinds={RecordKind.MEMBER_MERGED})
        merged = [each.member for each in merges if each.member and (each.data or {}).get("into") == into]
        waiting += [id for id in merged if id not in found]
        found.update(dict.fromkeys(merged))
    return list(found)
