"""The REST interface under /v1: thin routers that parse, hand on, and answer."""

from fastapi import APIRouter

from serendipity.web.api import learning, members, places, records, rules, runs, signals, topics

routers: list[APIRouter] = [members.router, places.events_router, places.places_router, *records.routers]
routers += [signals.router, topics.router, topics.trends_router, runs.router, rules.router, learning.router]
