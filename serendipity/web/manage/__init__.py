"""The managers' pages, one router a group."""

from fastapi import APIRouter

from serendipity.web.manage import (
    access,
    account,
    events,
    imports,
    login,
    members,
    messages,
    operations,
    queue,
    runs,
    settings,
    topics,
)

routers: list[APIRouter] = [
    login.router,
    queue.router,
    members.router,
    imports.router,
    topics.router,
    events.router,
    runs.router,
    messages.router,
    settings.router,
    access.router,
    operations.router,
    account.router,
]
