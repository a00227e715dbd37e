"""Topics: what the community works on, how that changes, and what may become a topic."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import Response

from serendipity.domain.errors import InvalidInput, NotFound
from serendipity.domain.model import RecordKind, Topic
from serendipity.ports import UnitOfWork
from serendipity.topics.phrases import normalise, topic_id
from serendipity.web import trends
from serendipity.web.curation import curate
from serendipity.web.drawing import trend_picture
from serendipity.web.known import vocabulary
from serendipity.web.pages import ManagerForm, ManagerPage, PageRequest

router = APIRouter(prefix="/manage/topics", include_in_schema=False)
SHOWN = 100
PERIOD = timedelta(days=90)


@router.get("")
def show(page: ManagerPage) -> Response:
    """List topics, the most mentioned first, and phrases that may become some."""
    search = page.query("search")
    counts = trends.counts(page.services, page.now)
    known = vocabulary(page.services)
    found = known.search(search) if search else [each for each in known.topics() if each.id in counts]
    found = sorted(found, key=lambda each: -counts.get(each.id, 0.0))[:SHOWN]
    with page.services.ledger.read() as uow:
        context: dict[str, Any] = {
            "proposals": trends.proposals(page.services, uow),
            "blocked": trends.blocked(page.services, uow),
        }
    return page.show(
        "manage/topics.html", found=found, counts=counts, search=search, all=len(known.topics()), **context
    )


@router.post("/add")
def add(page: ManagerPage, form: ManagerForm) -> Response:
    """Make a phrase a topic."""
    label = form.text("label")
    if not normalise(label):
        raise InvalidInput("Name a label with a word in it.")
    id = topic_id(label)
    data: dict[str, Any] = {
        "topic": id,
        "label": label,
        "aliases": [],
        "parent": None,
        "sensitive": False,
        "origin": "curation",
    }
    curate(page, RecordKind.TOPIC_ADDED, data, refs=(f"topic:{id}", f"phrase:{normalise(label)}"))
    return page.go("/manage/topics", done="promoted")


@router.post("/block")
def block(page: ManagerPage, form: ManagerForm) -> Response:
    """Never make a topic of a phrase, nor take it for one; or take that back."""
    phrase, back = normalise(form.text("phrase")), form.text("do") == "undo"
    curate(page, RecordKind.PHRASE_BLOCKED, {"phrase": phrase, "blocked": not back}, refs=(f"phrase:{phrase}",))
    return page.go("/manage/topics", done="undone" if back else "blocked")


@router.get("/{id}")
def show_one(page: ManagerPage, id: str) -> Response:
    """Show a topic, its trend over time, and its neighbours."""
    topic = _topic(page, id)
    neighbours = trends.neighbours(page.services, topic.id, page.now)
    other = vocabulary(page.services).topic(page.query("with")) or (neighbours[0][0] if neighbours else None)
    with page.services.ledger.read() as uow:
        points = trends.trend(page.services, uow, topic, now=page.now, period=PERIOD)
        link = _link(page, uow, topic, other) if other and other.id != topic.id else None
        members = trends.members(page.services, uow, topic.id, page.now)
    picture = trend_picture(
        points, locale=page.locale, label=page.say("Mentions of %(topic)s over time", topic=topic.label)
    )
    return page.show(
        "manage/topic.html",
        topic=topic,
        picture=picture,
        neighbours=neighbours,
        other=other,
        link=link,
        members=members,
        sensitive=vocabulary(page.services).is_sensitive(topic.id),
        choices=[
            ("", "–"),
            *((each.id, each.label) for each in vocabulary(page.services).topics() if each.id != topic.id),
        ],
    )


@router.post("/{id}")
def change(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Rename, alias, merge, place or flag a topic; each leaves a record, and counts for the past as well."""
    topic = _topic(page, id)
    refs = (f"topic:{topic.id}",)
    match form.text("do"):
        case "rename":
            curate(page, RecordKind.TOPIC_RENAMED, {"topic": topic.id, "label": form.text("label")}, refs=refs)
        case "alias":
            phrase = normalise(form.text("phrase"))
            data = {"topic": topic.id, "phrase": form.text("phrase")}
            curate(page, RecordKind.TOPIC_ALIASED, data, refs=(*refs, f"phrase:{phrase}"))
        case "merge":
            into = form.text("into")
            curate(page, RecordKind.TOPIC_MERGED, {"topic": topic.id, "into": into}, refs=(*refs, f"topic:{into}"))
            return page.go(f"/manage/topics/{into}", done="saved")
        case "parent":
            curate(
                page, RecordKind.TOPIC_PARENTED, {"topic": topic.id, "parent": form.text("parent") or None}, refs=refs
            )
        case "flag":
            flag = {"topic": topic.id, "sensitive": form.flag("sensitive")}
            curate(page, RecordKind.TOPIC_FLAGGED, flag, refs=refs)
        case "retract":
            curate(page, RecordKind.TOPIC_RETRACTED, {"topic": topic.id}, refs=refs)
            return page.go("/manage/topics", done="saved")
        case _:
            raise InvalidInput("Choose what to change.")
    return page.go(f"/manage/topics/{topic.id}", done="saved")


def _link(page: PageRequest, uow: UnitOfWork, topic: Topic, other: Topic) -> Markup:
    """Draw how often two topics are mentioned together, over time."""
    points = trends.link_trend(page.services, uow, topic, other, now=page.now, period=PERIOD)
    said = page.say("%(one)s and %(other)s mentioned together, over time", one=topic.label, other=other.label)
    return trend_picture(points, locale=page.locale, label=said)


def _topic(page: PageRequest, id: str) -> Topic:
    topic = vocabulary(page.services).topic(id)
    if topic is None:
        raise NotFound
    return topic
