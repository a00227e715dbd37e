"""Pages from Jinja2 templates: one environment per language, autoescaped, and the filters that templates use."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time, format_timedelta
from jinja2 import Environment, PackageLoader, StrictUndefined

from serendipity.web.locale import texts
from serendipity.web.words import word


@cache
def environment(locale: str) -> Environment:
    """Return the environment that renders pages in one language."""
    env = Environment(
        loader=PackageLoader("serendipity.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_translations(texts(locale), newstyle=True)  # type: ignore[attr-defined]
    env.filters.update(_filters(locale))
    env.policies["ext.i18n.trimmed"] = True
    return env


def render(template: str, locale: str, context: Mapping[str, Any]) -> str:
    """Render one template."""
    return environment(locale).get_template(template).render(locale=locale, **context)


def _filters(locale: str) -> dict[str, Any]:
    def moment(value: datetime | None, zone: str = "UTC") -> str:
        return format_datetime(value, "d MMM y, HH:mm", ZoneInfo(zone), locale=locale) if value else "–"

    def day(value: datetime | None, zone: str = "UTC") -> str:
        return format_date(value.astimezone(ZoneInfo(zone)), "d MMM y", locale=locale) if value else "–"

    def clock(value: datetime, zone: str = "UTC") -> str:
        return format_time(value, "HH:mm", ZoneInfo(zone), locale=locale)

    def ago(value: datetime | None, now: datetime) -> str:
        return format_timedelta(value - now, add_direction=True, locale=locale) if value else "–"

    def said(value: str) -> str:
        return texts(locale).gettext(word(value))

    def field_time(value: datetime | None, zone: str = "UTC") -> str:
        return value.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M") if value else ""

    return {
        "moment": moment,
        "day": day,
        "clock": clock,
        "ago": ago,
        "said": said,
        "field_time": field_time,
        "pairword": lambda value: (value, said(value)),
        "percent": lambda value: f"{100 * value:.0f}%",
        "utc": lambda value: value.astimezone(UTC),
    }
