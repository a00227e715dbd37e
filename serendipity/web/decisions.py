"""Decisions about topics as a page says them: what was decided, by whom, and whether it can be undone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from serendipity.domain.errors import NotFound
from serendipity.domain.model import RecordKind
from serendipity.ports import UnitOfWork
from serendipity.topics.decisions import name_of
from serendipity.usecases.topics.curation import PastDecision, history, latest_decisions
from serendipity.web.labels import _
from serendipity.web.pages import PageRequest
from serendipity.web.vocabulary import vocabulary

LATEST = 12


SAID = {
    RecordKind.TOPIC_ADDED: _("“%(label)s” became a topic"),
    RecordKind.TOPIC_MERGED: _("“%(topic)s” was merged into “%(into)s”"),
    RecordKind.TOPIC_RENAMED: _("“%(topic)s” was renamed “%(label)s”"),
    RecordKind.TOPIC_ALIASED: _("“%(phrase)s” became another word for “%(topic)s”"),
    RecordKind.TOPIC_PARENTED: _("“%(topic)s” became part of “%(parent)s”"),
    RecordKind.TOPIC_FLAGGED: _("“%(topic)s” was flagged as sensitive"),
    RecordKind.TOPIC_RETRACTED: _("“%(topic)s” was retracted"),
    RecordKind.PHRASE_BLOCKED: _("“%(phrase)s” was blocked"),
    RecordKind.PHRASE_KEPT_APART: _("“%(phrase)s” and “%(other)s” are kept apart"),
}
TAKEN_BACK = {
    RecordKind.TOPIC_PARENTED: ("parent", _("“%(topic)s” is part of nothing")),
    RecordKind.TOPIC_FLAGGED: ("sensitive", _("“%(topic)s” is not sensitive")),
    RecordKind.PHRASE_BLOCKED: ("blocked", _("“%(phrase)s” is allowed again")),
}
TOPICS, TEXTS = ("topic", "into", "parent"), ("label", "phrase", "other")


@dataclass(frozen=True, kw_only=True, slots=True)
class DescribedDecision:
    """A decision in words; `holds` tells whether it was not undone."""

    position: int
    text: str
    who: str
    at: datetime
    holds: bool


def describe_latest(page: PageRequest, uow: UnitOfWork) -> list[DescribedDecision]:
    """Return what was decided last, without what the community started with."""
    return [_describe(page, uow, each) for each in latest_decisions(page.services, uow, limit=LATEST)]


def describe_history(page: PageRequest, uow: UnitOfWork, id: str) -> list[DescribedDecision]:
    """Return the history of a topic, the latest first, with that of what was merged into it."""
    return [_describe(page, uow, each) for each in history(page.services, uow, {f"topic:{id}"})]


def _describe(page: PageRequest, uow: UnitOfWork, each: PastDecision) -> DescribedDecision:
    return DescribedDecision(
        position=each.position,
        text=_text(page, each.kind, each.data),
        who=_name_author(page, uow, each.who),
        at=each.at,
        holds=each.holds,
    )


def _text(page: PageRequest, kind: RecordKind, data: Mapping[str, Any]) -> str:
    known = vocabulary(page.services)
    if kind is RecordKind.CURATION_UNDONE:
        undone = known.decision(int(data["record"]))
        return page.say("Undone: %(what)s", what=_text(page, undone.kind, undone.data or {})) if undone else ""
    field, otherwise = TAKEN_BACK.get(kind, ("", ""))
    text = otherwise if field and not data.get(field, True) else SAID[kind]
    names = {key: name_of(str(data[key]), known.history()) for key in TOPICS if data.get(key)}
    return page.say(text, **(names | {key: str(data[key]) for key in TEXTS if key in data}))


def _name_author(page: PageRequest, uow: UnitOfWork, who: str) -> str:
    if who.startswith("manager:"):
        try:
            return uow.access.manager(who.removeprefix("manager:")).name
        except NotFound:
            return page.say("a manager")
    named = {"promotion": _("by itself, enough members used it"), "seed": _("came with the product")}
    return page.say(named[who]) if who in named else who
