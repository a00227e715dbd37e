"""Words messages from templates: a text and an HTML one per kind, in the reader's language."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jinja2 import PackageLoader, StrictUndefined, TemplateError, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from serendipity.domain.errors import TemplateBroken
from serendipity.domain.model import LinkPurpose, Member, Message, MessageKind
from serendipity.outreach.catalogue import CATALOGUE
from serendipity.outreach.links import placeholder
from serendipity.outreach.settings import OutreachSettings
from serendipity.outreach.translations import translations

_BLANKS = re.compile(r"\n\s*\n\s*\n")


@dataclass(frozen=True, kw_only=True, slots=True)
class MailComposer:
    """Renders the templates of this package; see `Composer` in ports."""

    settings: OutreachSettings = field(default_factory=OutreachSettings)

    def gettext(self, locale: str) -> Callable[[str], str]:
        """Return what translates a text of the catalogue into a language."""
        return translations(locale).gettext

    def compose(self, kind: str, member: Member, context: Mapping[str, Any], *, id: str) -> Message:
        """Return the rendered message of a kind; the first line of its text template is the subject."""
        told = {"first_name": member.first_name, **context, **self._surroundings(kind, member)}
        subject, _, text = _render(kind, "txt", member.locale, told).partition("\n")
        html = _render(kind, "html", member.locale, {**told, "subject": subject.strip()})
        return Message(
            id=id,
            member=member.id,
            kind=kind,
            subject=subject.strip(),
            text=_BLANKS.sub("\n\n", text.strip()) + "\n",
            html=html,
            locale=member.locale,
            headers=self._headers(kind),
        )

    def _surroundings(self, kind: str, member: Member) -> dict[str, Any]:
        links = {purpose.value: placeholder(self.settings.base_url, purpose) for purpose in LinkPurpose}
        return {
            "community": self.settings.community,
            "links": links,
            "locale": member.locale,
            "on_request": CATALOGUE[MessageKind(kind)].is_critical,
        }

    def _headers(self, kind: str) -> dict[str, str]:
        """RFC 8058: one click in the mail program unsubscribes, by POST."""
        if CATALOGUE[MessageKind(kind)].is_critical:
            return {}
        link = placeholder(self.settings.base_url, LinkPurpose.UNSUBSCRIBE)
        return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _render(kind: str, form: str, locale: str, context: Mapping[str, Any]) -> str:
    template = f"{kind.replace('.', '_')}.{form}"
    try:
        return _environment(locale).get_template(template).render(context)
    except TemplateError as error:
        raise TemplateBroken(f"The template {template} cannot be rendered: {error}", template=template) from error


@cache
def _environment(locale: str) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=PackageLoader("serendipity.outreach"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(translations(locale), newstyle=True)  # type: ignore[attr-defined]
    return environment
