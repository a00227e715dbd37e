"""Small pictures as inline SVG: a topic's trend."""

from collections.abc import Sequence
from datetime import datetime

from babel.dates import format_date
from markupsafe import Markup, escape

WIDTH, HEIGHT, MARGIN = 460, 190, 30


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
