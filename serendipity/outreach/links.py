"""Links in messages: purpose-bound, expiring, and stored as a hash only.

A message in the outbox holds placeholders; its links are issued at the moment of sending, so that no stored text
ever holds a token.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from serendipity.domain.errors import LinkUnusable
from serendipity.domain.model import Link, LinkPurpose, Message
from serendipity.outreach.settings import OutreachSettings
from serendipity.ports import UnitOfWork

PATHS: Mapping[LinkPurpose, str] = {
    LinkPurpose.ANSWER: "/answer/",
    LinkPurpose.FOLLOW_UP: "/met/",
    LinkPurpose.PROFILE: "/me/",
    LinkPurpose.UNSUBSCRIBE: "/unsubscribe/",
}
ONCE = frozenset({LinkPurpose.PROFILE})
TOKEN_BYTES = 32


def issue_link(
    uow: UnitOfWork, purpose: LinkPurpose, member: str, subject: str | None, *, now: datetime, ttl: timedelta
) -> str:
    """Store a new link and return its token, which is known to nobody else from now on."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = Link(token_hash=digest(token), purpose=purpose, member=member, subject=subject, expires_at=now + ttl)
    uow.access.add_link(link)
    return token


def open_link(uow: UnitOfWork, token: str, purpose: LinkPurpose, now: datetime) -> Link:
    """Return the link of a token without using it up.

    Raises LinkUnusable when it is unknown, expired, meant for something else, or serves once and has served.
    """
    link = uow.access.link(digest(token))
    if link is None or link.purpose is not purpose or link.expires_at <= now:
        raise LinkUnusable
    if purpose in ONCE and link.used_at is not None:
        raise LinkUnusable
    return link


def use_link(uow: UnitOfWork, token: str, purpose: LinkPurpose, now: datetime) -> Link:
    """Return the link of a token, once. Raises LinkUnusable the second time."""
    link = open_link(uow, token, purpose, now)
    if not uow.access.use_link(link.token_hash, now):
        raise LinkUnusable
    return link


def digest(token: str) -> str:
    """Return the SHA-256 (hexadecimal) under which a token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def placeholder(base_url: str, purpose: LinkPurpose) -> str:
    """Return what stands in a stored message for a link.

    >>> placeholder("https://example.org", LinkPurpose.ANSWER)
    'https://example.org/answer/~token~'
    """
    return f"{base_url.rstrip('/')}{PATHS[purpose]}~token~"


def issue_links(uow: UnitOfWork, message: Message, *, now: datetime, settings: OutreachSettings) -> Message:
    """Return a message with fresh links in place of its placeholders."""
    for purpose in LinkPurpose:
        mark = placeholder(settings.base_url, purpose)
        stands_in = (message.text, message.html, *message.headers.values())
        if message.member is not None and any(mark in text for text in stands_in):
            ttl = link_lifetime(purpose, settings)
            token = issue_link(uow, purpose, message.member, message.introduction, now=now, ttl=ttl)
            message = _fill(message, mark, mark.replace("~token~", token))
    return message


def link_lifetime(purpose: LinkPurpose, settings: OutreachSettings) -> timedelta:
    """Return how long a link can be opened."""
    return {
        LinkPurpose.ANSWER: timedelta(days=settings.answer_link_days),
        LinkPurpose.FOLLOW_UP: timedelta(days=settings.follow_up_link_days),
        LinkPurpose.PROFILE: timedelta(hours=settings.profile_link_hours),
        LinkPurpose.UNSUBSCRIBE: timedelta(days=settings.unsubscribe_link_days),
    }[purpose]


def _fill(message: Message, mark: str, link: str) -> Message:
    headers = {name: value.replace(mark, link) for name, value in message.headers.items()}
    return replace(
        message, text=message.text.replace(mark, link), html=message.html.replace(mark, link), headers=headers
    )
