"""Why two should meet, as data: what is shared and what not, what each could give, why they did not meet yet."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from serendipity.domain.model import Match, Reason, Topic
from serendipity.domain.sensitive_topics import is_covered

WITHHELD = "(withheld)"


def summarise(match: Match, topics: Mapping[str, Topic], *, locale: str = "en") -> dict[str, Any]:
    """Return the account of a match; no sensitive topic is in it, nor any that is unknown by now."""
    open_ones = {id: topic for id, topic in topics.items() if not is_covered(topics, id)}

    def named(ids: Any) -> list[dict[str, str]]:
        return [{"id": id, "label": open_ones[id].called(locale)} for id in ids if id in open_ones]

    of_kind: dict[str, list[Reason]] = {}
    for reason in match.reasons:
        of_kind.setdefault(reason.kind, []).append(reason)
    distance = next(iter(of_kind.get("distance", ())), None)
    return {
        "shared": {
            "topics": named(id for reason in of_kind.get("shared_topic", ()) for id in reason.topics),
            "events": [id for reason in of_kind.get("shared_event", ()) for id in reason.events],
        },
        "adjacent": [pair for reason in of_kind.get("adjacent_topics", ()) if len(pair := named(reason.topics)) == 2],
        "different": _differences(match, of_kind.get("difference", ()), named),
        "could_give": {
            member: named(
                id
                for reason in of_kind.get("seek_offer", ())
                if reason.data.get("giver") == member
                for id in reason.topics
            )
            for member in match.members
        },
        "path": [list(reason.members) for reason in of_kind.get("path", ())],
        "why_not_met": dict(distance.data) if distance else {},
    }


def drop_sensitive_reasons(match: Match, topics: Mapping[str, Topic]) -> Match:
    """Return the match with those reasons only that name no sensitive topic, in data either."""
    return replace(match, reasons=tuple(reason for reason in match.reasons if not _is_sensitive(reason, topics)))


def withhold_unnamed(match: Match, named: Collection[str]) -> Match:
    """Return the match with those on its paths who did not agree to be `named` there withheld, ids too."""
    open_ids = {*match.members, *named}

    def seen(reason: Reason) -> Reason:
        return replace(reason, members=tuple(id if id in open_ids else WITHHELD for id in reason.members))

    return replace(match, reasons=tuple(seen(reason) for reason in match.reasons))


def _is_sensitive(reason: Reason, topics: Mapping[str, Topic]) -> bool:
    return any(is_covered(topics, id) for id in (*reason.topics, *_difference_topic_ids(reason.data)))


def _differences(match: Match, reasons: Any, named: Any) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {member: [] for member in match.members}
    for reason in reasons:
        if reason.members:
            found[reason.members[0]] += named(reason.topics)
            continue
        for member, side in ((match.member, "only_one"), (match.other, "only_other")):
            found[member] += named(each["id"] for each in reason.data.get(side, ()))
    return found


def _difference_topic_ids(data: Mapping[str, Any]) -> list[str]:
    return [str(each["id"]) for side in ("only_one", "only_other") for each in data.get(side, ()) if "id" in each]
