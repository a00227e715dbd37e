"""The path between members as a small picture: who, through what, to whom; it names only whom its page names."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from serendipity.domain.model import Introduction, Reason
from serendipity.domain.sensitive_topics import is_covered
from serendipity.introductions.sentences import SentenceContext
from serendipity.web.pages import PageRequest

MOST_STEPS, STEP, LONGEST_LABEL, LONGEST_NAME = 4, 54, 34, 9
LEFT, RIGHT, MIDDLE, WIDTH = 46, 594, 320, 640
COLOURS = {"topic": "#e3f0ee", "want": "#fbeed8", "event": "#e9e5da", "people": "#ece6f4"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Stepping:
    """One way from one side to the other: its look, what it is called, and a few words beneath."""

    look: str
    label: str
    note: str


def path_picture(
    page: PageRequest, introduction: Introduction, known: SentenceContext, reader: str, you: str
) -> Markup:
    """Draw the reader, what is in between, and the others; nothing where there is nothing in between.

    Titled and described for those who do not see it. A member without a name in `known` is a question mark.
    """
    steps = [step for reason in introduction.reasons if (step := _step(page, reason, known, reader))]
    unique = list({_alike(step): step for step in reversed(steps)}.values())[::-1][:MOST_STEPS]
    others = [known.names.get(id, "?") for id in known.parties if id != reader]
    return _drawn(page, introduction.id, you, others, unique) if unique else Markup("")


def _alike(step: Stepping) -> str:
    """Return what steps that say the same have in common: of topics the first word, as in the sentences."""
    words = step.label.casefold().split()
    return words[0] if step.look in ("topic", "want") and "~" not in words else step.label


def _step(page: PageRequest, reason: Reason, known: SentenceContext, reader: str) -> Stepping | None:
    labels = [
        known.topics[id].called(page.locale)
        for id in reason.topics
        if id in known.topics and not is_covered(known.topics, id)
    ]
    match reason.kind:
        case "shared_topic" if labels:
            return Stepping(look="topic", label=labels[0], note=page.say("shared"))
        case "adjacent_topics" if len(labels) > 1:
            mine_first = labels if known.parties[0] == reader else labels[::-1]
            return Stepping(look="topic", label=" ~ ".join(mine_first), note=page.say("close to each other"))
        case "seek_offer" if labels:
            gives = reason.data.get("giver") == reader
            note = page.say("from left to right") if gives else page.say("from right to left")
            return Stepping(look="want", label=labels[0], note=page.say("offered") + ", " + note)
        case "shared_event":
            titles = [known.events[id].title for id in reason.events if id in known.events]
            note = page.say("were all there") if len(known.parties) > 2 else page.say("were both there")
            return Stepping(look="event", label=titles[0], note=note) if titles else None
        case "path":
            between = set(reason.members) - set(known.parties)
            unnamed = page.say("somebody both know") if len(between) == 1 else page.say("acquaintances")
            label = " – ".join(known.names_on_path(reason) or [unnamed])
            return Stepping(look="people", label=label, note=page.say("people")) if between else None
        case _:
            return None


def _drawn(page: PageRequest, id: str, left: str, others: Sequence[str], steps: Sequence[Stepping]) -> Markup:
    height = max(100, STEP * max(len(steps), 2 * len(others) - 1) + 10)
    rows = _spread(len(steps), height)
    ends = _spread(len(others), height)
    boxes = "".join(_box(y, step) for y, step in zip(rows, steps, strict=True))
    radius = 42 if len(others) == 1 else 28
    lines = "".join(_line(height / 2, y, end, RIGHT - radius) for y in rows for end in ends)
    circles = _end(LEFT, height / 2, left, "#0b625b", 42)
    circles += "".join(_end(RIGHT, y, name, "#8a5a00", radius) for y, name in zip(ends, others, strict=True))
    title = page.say("What connects %(one)s and %(others)s", one=left, others=", ".join(others))
    said = "; ".join(f"{step.label} ({step.note})" for step in steps)
    return Markup(
        f'<svg class="path" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{escape(id)}-t {escape(id)}-d">'
        f'<title id="{escape(id)}-t">{escape(title)}</title><desc id="{escape(id)}-d">{escape(said)}</desc>'
        f"{lines}{boxes}{circles}</svg>"
    )


def _spread(count: int, height: float) -> list[float]:
    return [height * (place + 0.5) / count for place in range(count)]


def _line(middle: float, y: float, end: float, to: int) -> str:
    return (
        f'<path d="M90 {middle} Q 140 {y} 180 {y} M460 {y} Q 510 {y} {to} {end}"'
        ' fill="none" stroke="#9cc4bf" stroke-width="2"/>'
    )


def _box(y: float, step: Stepping) -> str:
    return (
        f'<rect x="180" y="{y - 20}" width="280" height="40" rx="20" fill="{COLOURS[step.look]}"/>'
        f'<text x="{MIDDLE}" y="{y - 1}" text-anchor="middle" font-size="15" fill="#084a45">'
        f"{escape(_cut(step.label, LONGEST_LABEL))}</text>"
        f'<text x="{MIDDLE}" y="{y + 14}" text-anchor="middle" font-size="11" fill="#4a5160">{escape(step.note)}</text>'
    )


def _end(x: float, y: float, name: str, colour: str, radius: int) -> str:
    return (
        f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}"/>'
        f'<text x="{x}" y="{y + 5}" text-anchor="middle" font-size="{15 if radius > 30 else 11}" fill="#fff">'
        f"{escape(_cut(name, LONGEST_NAME))}</text>"
    )


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
