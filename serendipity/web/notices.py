"""Notices of what was done, on the page that a form leads to."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlencode

from serendipity.web.labels import _
from serendipity.web.locale import texts

NOTICES = {
    "saved": _("Saved."),
    "added": _("Added."),
    "approved": _("Approved. They are asked, one after the other."),
    "reopened": _("Back among the proposals."),
    "declined": _("Declined."),
    "blocked": _("Blocked: it is never taken for a topic."),
    "undone": _("Undone."),
    "answered": _("Thank you, your answer is noted."),
    "struck": _("Struck out. It no longer counts."),
    "pinned": _("Pinned. It will not fade."),
    "hidden": _("Hidden. Only you see it, and it is not used."),
    "paused": _("Paused. You get no introductions until you resume."),
    "paused_a_while": _("Paused for a while. You get no introductions until then."),
    "resumed": _("You are back."),
    "member_erased": _("Everything about this member was erased."),
    "merged": _("Merged. The history of both counts as one now."),
    "imported": _("Imported."),
    "retried": _("Queued again."),
    "worked": _("It worked this time."),
    "failed_again": _("It failed again; what stopped it stands below."),
    "dismissed": _("Dismissed."),
    "revoked": _("Revoked."),
    "paired": _("Paired. This tablet can check members in now."),
    "started": _("The run has started; its result appears here when it is done."),
    "stopped": _("Stopped after the batch that it was at; what is proposed by then stays."),
    "run": _("The run is finished; its result is below."),
    "learned": _("Learned: the new version counts from the next run on."),
    "nothing_learned": _("Nothing better was found; all stays as it was."),
    "brought_back": _("Brought back, and held until somebody learns again."),
    "logged_out": _("You are logged out."),
    "password": _("Your password is changed."),
    "link_sent": _("If we know this address, a link is on its way to it."),
    "cancelled": _("Cancelled."),
    "promoted": _("It is a topic now; earlier mentions count as well."),
    "subscribed": _("You get introductions again."),
}


COOKIE, LASTS = "serendipity_done", timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Flash:
    """A notice of what was done, and the path that takes it back."""

    text: str
    undo: str


def write(done: str, *, about: str = "", undo: str = "") -> str:
    """Return the value of the cookie by which the next page says what was done: no link can make a page say it."""
    return urlencode({"done": done, "about": about, "undo": undo})


def read(cookie: str | None, locale: str) -> Flash | None:
    """Return what a cookie says, in a language; None for an unknown one."""
    values = {name: found[0] for name, found in parse_qs(cookie or "").items()}
    done = values.get("done", "")
    if done not in NOTICES:
        return None
    text = texts(locale).gettext(NOTICES[done])
    about = values.get("about", "")
    undo = values.get("undo", "")
    return Flash(text=f"{about}: {text}" if about else text, undo=undo if undo.startswith("/manage/") else "")
