"""The managers' pages: one router for each group of pages."""

from fastapi import APIRouter

from serendipity.web.manage import (
    access,
    account,
    emergency,
    events,
    imports,
    login,
    matching,
    members,
    messages,
    operations,
    outcome_model,
    queue,
    re_ranker,
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
    outcome_model.router,
    re_ranker.router,
    messages.router,
    settings.router,
    matching.router,
    access.router,
    operations.router,
    account.router,
]
