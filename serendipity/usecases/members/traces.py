"""Traces of a member outside their own records: names in phrases, and mails to and about them."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

from serendipity.domain.model import RecordKind
from serendipity.ports import Ledger, UnitOfWork
from serendipity.topics.decisions import refs_of
from serendipity.topics.names import names_of

_AT_ONCE = 200  # understandings that are rewritten in one transaction, which others wait for
_ABOUT_PHRASES = frozenset({RecordKind.PHRASE_BLOCKED, RecordKind.PHRASE_KEPT_APART})
_NAMING_TOPICS = frozenset({RecordKind.TOPIC_ADDED, RecordKind.TOPIC_ALIASED, RecordKind.TOPIC_RENAMED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Traces:
    """Traces of a member: their names, what mails name them by, and the messages' ids."""

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


def names_in(uow: UnitOfWork, phrases: Collection[str]) -> set[str]:
    """Return names of members that may stand in these phrases, whole; and some more."""
    split = [phrase.split() for phrase in phrases]
    # A normal form has lost a plural's ending, which a name keeps.
    pairs = {(one[: max(3, len(one) - 2)], other[:3]) for words in split for one, other in pairwise(words)}
    return uow.members.names_with(pairs)


def find_named_phrases(ledger: Ledger, names: Collection[str]) -> set[str]:
    """Return the refs of the phrases that are one of these names; all there are are looked at, while nobody waits."""
    with ledger.read() as uow:
        return uow.records.phrases(names_of(names)) if names else set()


def forget_phrases(ledger: Ledger, named: Collection[str]) -> None:
    """Take phrases out of what texts were understood as, a few at a time, so that nobody waits for long."""
    done = _AT_ONCE
    while named and done == _AT_ONCE:
        with ledger.write() as uow:
            done = uow.records.forget_phrases(named, limit=_AT_ONCE)


def forget_decisions(uow: UnitOfWork, named: Collection[str]) -> None:
    """Blank what managers decided about phrases that name somebody, as that they are blocked.

    What is another word for a topic stays: else its mentions would count again.
    """
    upto = uow.records.head()
    naming = uow.records.touching(named, upto=upto, kinds=_NAMING_TOPICS)
    topics = {ref for record in naming for ref in refs_of(record.data or {})}
    found = uow.records.touching({*named} - topics, upto=upto, kinds=_ABOUT_PHRASES)
    uow.records.blank([record.position for record in found])
    subjects = {refs_of(record.data or {})[0] for record in found if record.data}
    uow.operations.forget_decisions({record.position for record in found}, subjects)


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
