"""Pages from Jinja2 templates: one environment per language, autoescaped, and the filters that templates use."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from serendipity.web.labels import word
from serendipity.web.locale import texts


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
    @pass_context
    def moment(context: Context, value: datetime | None, zone: str = "") -> str:
        return format_datetime(value, "d MMM y, HH:mm", _zone(context, zone), locale=locale) if value else "–"

    @pass_context
    def day(context: Context, value: datetime | None, zone: str = "") -> str:
        return format_date(value.astimezone(_zone(context, zone)), "d MMM y", locale=locale) if value else "–"

    def said(value: str) -> str:
        return texts(locale).gettext(word(value))

    return {
        "moment": moment,
        "day": day,
        "said": said,
        "part": lambda id: quote(str(id), safe=""),
        "pairtext": lambda value: (value, texts(locale).gettext(value)),
        "pairword": lambda value: (value, said(value)),
    }


def _zone(context: Context, zone: str) -> ZoneInfo:
    """Return the zone that times are shown in: the one named, else the community's."""
    return ZoneInfo(zone or context["settings"].zone)
