"""How the domain's values are said on a page (English; the catalogue has the other languages)."""


def _(text: str) -> str:
    """Mark a text for the catalogue; it is translated where it is shown."""
    return text


WORDS = {
    "proposed": _("waiting for review"),
    "approved": _("approved"),
    "declined": _("declined"),
    "expired": _("expired"),
    "asked": _("asked"),
    "introduced": _("introduced"),
    "followed_up": _("followed up"),
    "cancelled": _("cancelled"),
    "waiting": _("waiting"),
    "accepted": _("accepted"),
    "not_now": _("not now"),
    "not_relevant": _("not relevant to me"),
    "know_already": _("we know each other already"),
    "never_this_person": _("never this person"),
    "guest": _("guest"),
    "active": _("active"),
    "paused": _("paused"),
    "merged": _("merged"),
    "erased": _("erased"),
    "members": _("members may read it"),
    "matching": _("for finding people only"),
    "private": _("for me only"),
    "speaker": _("speaker"),
    "host": _("host"),
    "attendee": _("attendee"),
    "queued": _("queued"),
    "sent": _("sent"),
    "parked": _("parked"),
    "scheduled": _("scheduled"),
    "triggered": _("triggered"),
    "emergency": _("emergency"),
    "by_hand": _("by hand"),
    "nothing_said_yet": _("has said too little yet"),
    "nobody_good_enough": _("nobody good enough today"),
    "no_consent": _("has not agreed to matching"),
    "away": _("has not been here for a while"),
    "quota_reached": _("had enough introductions lately"),
    "introduction.ask": _("would you like to meet?"),
    "introduction.made": _("you are introduced"),
    "introduction.follow_up": _("did you meet?"),
    "introduction.closed": _("nothing came of it"),
    "seek_offer": _("one seeks what the other offers"),
    "shared_topic": _("both work on"),
    "adjacent_topics": _("topics that often go together"),
    "shared_event": _("were at the same event"),
    "difference": _("fresh eyes"),
    "path": _("linked through others"),
    "bridge": _("each from another circle"),
    "distance": _("would not have met by themselves"),
    "introductions": _("introductions"),
    "reading": _("reading of texts"),
    "login.link": _("link to your page"),
    "name": _("name"),
    "organisation": _("organisation"),
    "about": _("about"),
    "all": _("all"),
    "curated": _("curated"),
    "promoted": _("promoted"),
    "sensitive": _("sensitive"),
    "blocked": _("blocked"),
    "reason.spacing": _("the same word, written in one or in two"),
    "reason.country": _("another country's spelling"),
    "reason.inflection": _("another form of the word"),
    "reason.spelling": _("nearly the same spelling"),
    "reason.language": _("said alike: perhaps another language"),
    "topic.added": _("a new topic, or words for one"),
    "topic.merged": _("merged"),
    "topic.renamed": _("renamed"),
    "topic.aliased": _("another word"),
    "topic.parented": _("part of another topic"),
    "topic.flagged": _("sensitive or not"),
    "phrase.blocked": _("never a topic"),
    "interest": _("works on"),
    "seek": _("seeks"),
    "offer": _("offers"),
    "INTERESTED_IN": _("works on"),
    "SEEKS": _("seeks"),
    "OFFERS": _("offers"),
}


def word(value: str) -> str:
    """Return how a value is said; what has no words of its own is said with spaces.

    >>> word("parked"), word("left_early")
    ('parked', 'left early')
    """
    return WORDS.get(value, value.replace("_", " ").replace(".", ": "))
