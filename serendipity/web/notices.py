"""What was done, said on the page that a form leads to."""

from serendipity.web.locale import texts
from serendipity.web.words import _

NOTICES = {
    "saved": _("Saved."),
    "added": _("Added."),
    "approved": _("Approved. Both members are asked, one after the other."),
    "declined": _("Declined."),
    "blocked": _("Blocked: it is never taken for a topic."),
    "undone": _("Undone."),
    "answered": _("Thank you, your answer is noted."),
    "struck": _("Struck out. It no longer counts."),
    "pinned": _("Pinned. It will not fade."),
    "hidden": _("Hidden. Only you see it, and it is not used."),
    "paused": _("Paused. You get no introductions until you resume."),
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


def notice(name: str, locale: str) -> str:
    """Return the notice of a name in a language; an unknown name says nothing."""
    return texts(locale).gettext(NOTICES[name]) if name in NOTICES else ""
