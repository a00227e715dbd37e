"""Small pictures as inline SVG: the path between two members, and a topic's trend."""

from collections.abc import Sequence
from datetime import datetime

from babel.dates import format_date
from markupsafe import Markup, escape

from serendipity.domain.model import Introduction
from serendipity.introductions.wording import Known

WIDTH, HEIGHT, MARGIN = 460, 190, 30
SHOWN_TOPICS = 4


def path_picture(introduction: Introduction, known: Known, reader: str, you: str) -> Markup:
    """Draw the reader, the topics in between, and the other; nothing where no topic is on the path."""
    ids = list(
        dict.fromkeys(topic for reason in introduction.reasons for topic in reason.topics if topic in known.topics)
    )
    labels = [known.topics[id].label for id in ids[:SHOWN_TOPICS]]
    other = next(id for id in known.parties if id != reader)
    return _path(you, known.names.get(other, "?"), labels) if labels else Markup("")


def _path(left: str, right: str, labels: Sequence[str]) -> Markup:
    height = max(90, 44 * len(labels) + 10)
    middle = height / 2
    rows = [22 + 44 * index + (height - 44 * len(labels)) / 2 for index in range(len(labels))]
    lines = "".join(
        f'<path d="M90 {middle} Q 140 {y} 180 {y} M460 {y} Q 500 {y} 550 {middle}"'
        ' fill="none" stroke="#9cc4bf" stroke-width="2"/>'
        for y in rows
    )
    boxes = "".join(
        f'<rect x="180" y="{y - 16}" width="280" height="32" rx="16" fill="#e3f0ee"/>'
        f'<text x="320" y="{y + 5}" text-anchor="middle" font-size="15" fill="#084a45">{escape(label[:34])}</text>'
        for y, label in zip(rows, labels, strict=True)
    )
    ends = _end(46, middle, left, "#0b625b") + _end(594, middle, right, "#8a5a00")
    said = escape(f"{left} – {', '.join(labels)} – {right}")
    return Markup(
        f'<svg class="path" viewBox="0 0 640 {height}" role="img" aria-label="{said}">{lines}{boxes}{ends}</svg>'
    )


def _end(x: float, y: float, name: str, colour: str) -> str:
    return (
        f'<circle cx="{x}" cy="{y}" r="42" fill="{colour}"/>'
        f'<text x="{x}" y="{y + 5}" text-anchor="middle" font-size="15" fill="#fff">{escape(name[:9])}</text>'
    )


def trend_picture(
    points: Sequence[tuple[datetime, float]], *, locale: str, label: str, top: float | None = None
) -> Markup:
    """Draw a weight over time (points in order), with its scale up to `top` and the first, middle and last day."""
    if len(points) < 2:
        return Markup("")
    top = top or max(max(value for _, value in points), 1e-9)
    xs = [MARGIN + (WIDTH - 2 * MARGIN) * index / (len(points) - 1) for index in range(len(points))]
    ys = [HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * max(value, 0.0) / top for _, value in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    area = f"{xs[0]:.1f},{HEIGHT - MARGIN} {line} {xs[-1]:.1f},{HEIGHT - MARGIN}"
    return Markup(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">'
        f'<line x1="{MARGIN}" y1="{HEIGHT - MARGIN}" x2="{WIDTH - MARGIN}" y2="{HEIGHT - MARGIN}" stroke="#8c8778"/>'
        f'<polygon points="{area}" fill="#e3f0ee"/>'
        f'<polyline points="{line}" fill="none" stroke="#0b625b" stroke-width="2.5"/>'
        f'<text x="{MARGIN}" y="{MARGIN - 12}" font-size="13" fill="#5a6170">{top:.1f}</text>'
        f"{_days(points, xs, locale)}</svg>"
    )


def sparkline(counts: Sequence[int], *, label: str) -> Markup:
    """Draw a small line without axes; `label` says in words what it shows."""
    top, last = max([*counts, 1]), max(len(counts) - 1, 1)
    line = " ".join(f"{2 + 116 * n / last:.1f},{30 - 26 * count / top:.1f}" for n, count in enumerate(counts))
    return Markup(
        f'<svg class="spark" viewBox="0 0 120 34" role="img" aria-label="{escape(label)}">'
        f'<polyline points="{line}" fill="none" stroke="#0b625b" stroke-width="2" stroke-linejoin="round"/></svg>'
    )


def _days(points: Sequence[tuple[datetime, float]], xs: Sequence[float], locale: str) -> str:
    last = len(points) - 1
    anchors = {0: "start", last // 2: "middle", last: "end"}
    return "".join(
        f'<text x="{xs[index]:.1f}" y="{HEIGHT - 10}" font-size="13" text-anchor="{anchor}" fill="#5a6170">'
        f"{escape(format_date(points[index][0], 'd MMM', locale=locale))}</text>"
        for index, anchor in anchors.items()
    )
