"""A mail as it was handed over, to be read again."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """A mail as it lies in a folder; `id` is its file's name without the ending."""

    id: str
    subject: str
    sender: str
    to: str
    reply_to: str
    delivered_to: str
    date: datetime | None
    text: str
    html: str
