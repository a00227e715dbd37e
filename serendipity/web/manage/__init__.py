"""The managers' pages, one router a group."""

from fastapi import APIRouter

from serendipity.web.manage import (
    access,
    account,
    emergency,
    events,
    first_ties,
    imports,
    learning,
    login,
    matching,
    members,
    messages,
    operations,
    queue,
    runs,
    settings,
    topic,
    topic_proposals,
    topic_trends,
    topics,
)

routers: list[APIRouter] = [
    login.router,
    queue.router,
    members.router,
    imports.router,
    topics.router,
    topic.router,
    topic_proposals.router,
    topic_trends.router,
    events.router,
    emergency.router,
    runs.router,
    learning.router,
    first_ties.router,
    messages.router,
    settings.router,
    matching.router,
    access.router,
    operations.router,
    account.router,
]
