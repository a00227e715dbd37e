"""/v1/topics: the vocabulary, and how it moves. Sensitive topics are left out: no program needs them."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from serendipity.domain.errors import NotFound
from serendipity.domain.model import Topic
from serendipity.usecases.topics.curation import search_topics
from serendipity.usecases.topics.drift import latest_drift
from serendipity.web.api.json_route import JsonRoute
from serendipity.web.api.keys import Client, require_scope
from serendipity.web.trends import counts, neighbours

router = APIRouter(route_class=JsonRoute, prefix="/v1/topics", tags=["topics"])
trends_router = APIRouter(route_class=JsonRoute, prefix="/v1/topic-trends", tags=["topics"])
Reader = Annotated[Client, Depends(require_scope("topics:read"))]
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("")
def page(client: Reader, search: str = "", after: str = "", limit: Limit = 100) -> dict[str, Any]:
    """List topics by id, or those with a word that holds a text; `next` goes into `after`."""
    known = client.services.reader.refresh()
    found = search_topics(known, search) if search else known.topics()
    open_to_all = sorted((each for each in found if not known.is_sensitive(each.id)), key=lambda each: each.id)
    shown = [each for each in open_to_all if each.id > after][:limit]
    mentions = counts(client.services, client.services.clock.now())
    following = shown[-1].id if len(shown) == limit else None
    return {"topics": [_show_topic(each, mentions.get(each.id, 0.0)) for each in shown], "next": following}


@router.get("/{id}")
def one(client: Reader, id: str) -> dict[str, Any]:
    """Return a topic (a merged one: what it became), and those it is mentioned together with."""
    services = client.services
    known, now = services.reader.refresh(), services.clock.now()
    topic = known.topic(id)
    if topic is None or known.is_sensitive(topic.id):
        raise NotFound
    related = [{"topic": each.id, "together": round(weight, 4)} for each, weight in neighbours(services, topic.id, now)]
    return {**_show_topic(topic, counts(services, now).get(topic.id, 0.0)), "related": related}


@trends_router.get("")
def trends(client: Reader) -> dict[str, Any]:
    """Return which topics rose and faded beyond chance when that was last counted, and the topic groups."""
    drift = latest_drift(client.services)
    return {
        "as_of": drift.as_of.isoformat(),
        "rising": [asdict(each) for each in drift.drifts if each.rising],
        "fading": [asdict(each) for each in drift.drifts if not each.rising],
        "groups": [list(group) for group in drift.groups],
    }


def _show_topic(topic: Topic, mentions: float) -> dict[str, Any]:
    return {
        "id": topic.id,
        "label": topic.label,
        "labels": dict(topic.labels),
        "aliases": list(topic.aliases),
        "parent": topic.parent,
        "mentions": round(mentions, 4),
    }
