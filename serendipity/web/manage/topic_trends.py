"""The page of topic trends: topics that rise and fade, and groups of related topics."""

from collections.abc import Sequence

from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import Response

from serendipity.topics.drift import WINDOWS_DAYS, Drift
from serendipity.usecases.topics.drift import latest_drift
from serendipity.web.pages import ManagerPage, PageRequest
from serendipity.web.trend_chart import sparkline
from serendipity.web.vocabulary import vocabulary

router = APIRouter(prefix="/manage/topic-trends", include_in_schema=False)


@router.get("")
def show(page: ManagerPage) -> Response:
    """Show what rose and faded over a window of days, and the topic groups."""
    drift = latest_drift(page.services)
    asked = page.query("days")
    days = int(asked) if asked in map(str, WINDOWS_DAYS) else WINDOWS_DAYS[1]
    known = vocabulary(page.services)
    found = [each for each in drift.drifts if each.days == days]
    labels = {topic.id: topic.called(page.locale) for topic in known.topics()}
    return page.show(
        "manage/topic_trends.html",
        days=days,
        windows=WINDOWS_DAYS,
        rising=[each for each in found if each.rising],
        fading=[each for each in found if not each.rising],
        lines={each.topic: _line(page, each, labels, drift.lines.get(each.topic, ())) for each in found},
        groups=[[(id, labels[id]) for id in group] for group in drift.groups],
        labels=labels,
        as_of=drift.as_of,
    )


def _line(page: PageRequest, drift: Drift, labels: dict[str, str], counts: Sequence[int]) -> Markup:
    said = page.say("Members who spoke of %(topic)s, over the last 90 days", topic=labels[drift.topic])
    return sparkline(counts, label=said)
