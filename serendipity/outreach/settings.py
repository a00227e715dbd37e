"""Community settings of messages."""

from dataclasses import dataclass
from datetime import time, timedelta

RETRIES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class OutreachSettings:
    """Settings of how messages look, where their links lead, and when they may go out.

    Between `quiet_from` and `quiet_until`, in the member's zone, nothing goes out that nobody is waiting for; equal
    times mean no quiet hours. `per_day` caps what a member gets in 24 hours; 0 means no cap. `zone` (IANA) is that of
    members of whom no place is known. A lease lasts longer than the slowest delivery.
    """

    community: str = "Serendipity"
    base_url: str = "http://localhost:8000"
    zone: str = "UTC"
    quiet_from: time = time(21)
    quiet_until: time = time(8)
    per_day: int = 3
    lease_seconds: float = 600.0
    retries: tuple[timedelta, ...] = RETRIES
    jitter: float = 0.2
    answer_link_days: float = 60.0
    follow_up_link_days: float = 60.0
    profile_link_hours: float = 24.0
    unsubscribe_link_days: float = 730.0
