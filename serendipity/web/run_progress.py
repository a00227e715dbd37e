"""Progress of a run in words and as data: for the bar on its page, and for programs."""

from dataclasses import asdict
from typing import Any

from serendipity.usecases.runs.requests import RunPhase, RunProgress
from serendipity.web.pages import PageRequest

MINUTE, HOUR = 60, 3600


def as_data(progress: RunProgress) -> dict[str, Any]:
    """Return it as JSON."""
    return {**asdict(progress), "ended": progress.ended}


def in_words(page: PageRequest, progress: RunProgress) -> str:
    """Say how far it is, how fast, and how long it still takes."""
    match progress.state:
        case RunPhase.STARTING:
            return page.say("It starts in a moment.")
        case RunPhase.FINISHED:
            return page.say("It is finished.")
        case RunPhase.FAILED:
            return page.say("It failed; what stopped it stands below.")
        case RunPhase.CUT_OFF if not progress.resumable:
            return page.say("Its process is gone, and nothing was decided by then; start a new one.")
        case RunPhase.CUT_OFF:
            return f"{page.say('Its process is gone.')} {_far(page, progress)}"
        case RunPhase.STOPPED:
            return f"{page.say('A manager stopped it.')} {_far(page, progress)}"
        case _:
            return " · ".join(filter(None, (_far(page, progress), _pace(page, progress), _left(page, progress))))


def _far(page: PageRequest, progress: RunProgress) -> str:
    values = {"done": f"{progress.done:,}", "total": f"{progress.total:,}"}
    if progress.stage == "delivering":
        return page.say("%(done)s of %(total)s introductions delivered", **values)
    if progress.total:
        return page.say("%(done)s of %(total)s members matched", **values)
    return page.say("Members are being matched.")


def _pace(page: PageRequest, progress: RunProgress) -> str:
    return page.say("%(pace)s a minute", pace=f"{progress.per_minute:,}") if progress.per_minute else ""


def _left(page: PageRequest, progress: RunProgress) -> str:
    seconds = progress.seconds_left
    if seconds is None:
        return ""
    if seconds < MINUTE:
        return page.say("less than a minute left")
    if seconds < 2 * HOUR:
        return page.say("about %(minutes)s minutes left", minutes=round(seconds / MINUTE))
    return page.say("about %(hours)s hours left", hours=round(seconds / HOUR))
