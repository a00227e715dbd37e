"""The page of one topic: its names, use over time, history of decisions, and links to other topics."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import Response

from serendipity.domain.errors import Conflict, InvalidInput, NotFound, SerendipityError
from serendipity.domain.model import RecordKind, Topic
from serendipity.ports import UnitOfWork
from serendipity.usecases.audit import TOPICS
from serendipity.usecases.topics.curation import split, topic_of
from serendipity.usecases.topics.drift import LinkPoint, link_over_time
from serendipity.web import decisions, trends
from serendipity.web.audit import record_views
from serendipity.web.curation import curate, curator
from serendipity.web.forms import Form
from serendipity.web.pages import ManagerForm, ManagerPage, PageRequest
from serendipity.web.trend_chart import trend_picture
from serendipity.web.vocabulary import vocabulary

router = APIRouter(prefix="/manage/topics", include_in_schema=False)
PERIOD = timedelta(days=90)
DAY = timedelta(days=1)
FIELDS = {"rename": "label", "alias": "phrase", "parent": "parent", "merge": "into", "split": "phrases"}


@router.get("/{id}")
def show(page: ManagerPage, id: str) -> Response:
    """Show a topic, its trend over time, and its neighbours."""
    return _show(page, _find_topic(page, id))


@router.post("/{id}")
def change(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Rename, alias, split, merge, place, flag or retract a topic; each leaves a record, and counts for the past."""
    topic = _find_topic(page, id)
    try:
        lead = _change(page, form, topic)
    except (InvalidInput, NotFound, Conflict) as error:
        field = str(error.details.get("field", FIELDS.get(form.text("do"), "")))
        return _show(page, topic, status=422, errors={field: page.say(str(error))})
    return page.go(lead, done="saved")


def _change(page: PageRequest, form: Form, topic: Topic) -> str:
    """Do what the form says; returns the path of the next page."""
    here, known = f"/manage/topics/{topic.id}", vocabulary(page.services)
    match form.text("do"):
        case "rename":
            curate(page, RecordKind.TOPIC_RENAMED, {"topic": topic.id, "label": form.text("label")})
        case "alias":
            curate(page, RecordKind.TOPIC_ALIASED, {"topic": topic.id, "phrase": form.text("phrase")})
        case "split":
            id = split(page.services, topic.id, form.all("phrases"), form.text("new_label"), by=curator(page))
            return f"/manage/topics/{id}"
        case "merge":
            into = topic_of(known, form.text("into")).id
            curate(page, RecordKind.TOPIC_MERGED, {"topic": topic.id, "into": into})
            return f"/manage/topics/{into}"
        case "parent":
            parent = topic_of(known, form.text("parent")).id if form.text("parent") else None
            curate(page, RecordKind.TOPIC_PARENTED, {"topic": topic.id, "parent": parent})
        case "flag":
            curate(page, RecordKind.TOPIC_FLAGGED, {"topic": topic.id, "sensitive": form.flag("sensitive")})
        case "block":
            curate(page, RecordKind.PHRASE_BLOCKED, {"phrase": topic.label, "blocked": True})
            return "/manage/topics?list=blocked"
        case "retract":
            curate(page, RecordKind.TOPIC_RETRACTED, {"topic": topic.id})
            return "/manage/topics"
        case _:
            raise InvalidInput("Choose what to change.")
    return here


def _show(page: PageRequest, topic: Topic, *, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    known = vocabulary(page.services)
    neighbours = trends.neighbours(page.services, topic.id, page.now)
    other = _find_other(page, topic) or (neighbours[0][0] if neighbours else None)
    with page.services.ledger.read() as uow:
        points = trends.trend(page.services, uow, topic, now=page.now, period=PERIOD)
        link = _draw_link(page, uow, topic, other) if other and other.id != topic.id else {}
        members = trends.members(page.services, uow, topic.id, page.now)
        history = decisions.describe_history(page, uow, topic.id)
    record_views(page, TOPICS, (person.id for person, _ in members.latest))
    said = page.say("Mentions of %(topic)s over time", topic=topic.label)
    return page.show(
        "manage/topic.html",
        status=status,
        topic=topic,
        picture=trend_picture(points, locale=page.locale, label=said),
        neighbours=neighbours,
        other=other,
        link=link,
        members=members.latest,
        count=members.count,
        history=history,
        sensitive=known.is_sensitive(topic.id),
        parent=known.topic(topic.parent) if topic.parent else None,
        labels=sorted(each.label for each in known.topics() if each.id != topic.id),
        errors=errors or {},
    )


def _find_other(page: PageRequest, topic: Topic) -> Topic | None:
    """Return the other topic of the link that the address asks for, by id or label; None for an unknown one."""
    try:
        other = topic_of(vocabulary(page.services), page.query("with"))
    except SerendipityError:
        return None
    return None if other.id == topic.id else other


def _draw_link(page: PageRequest, uow: UnitOfWork, topic: Topic, other: Topic) -> dict[str, Any]:
    """Draw the co-occurrence of two topics over time: its count, and its NPMI."""
    days = [page.now - PERIOD + DAY * (n + 1) for n in range(PERIOD // DAY)]
    points = link_over_time(page.services, uow, topic, other, points=days)
    names = {"one": topic.label, "other": other.label}
    together = page.say("%(one)s and %(other)s mentioned together, over time", **names)
    beyond = page.say("%(one)s and %(other)s, together beyond chance, over time", **names)
    return {
        "together": trend_picture([(each.at, each.together) for each in points], locale=page.locale, label=together),
        "beyond": _draw_npmi(page, points, beyond),
        "now": points[-1],
    }


def _draw_npmi(page: PageRequest, points: list[LinkPoint], label: str) -> Markup:
    known: list[tuple[datetime, float]] = [(each.at, each.npmi) for each in points if each.npmi is not None]
    return trend_picture(known, locale=page.locale, label=label, top=1.0)


def _find_topic(page: PageRequest, id: str) -> Topic:
    topic = vocabulary(page.services).topic(id)
    if topic is None:
        raise NotFound
    return topic
