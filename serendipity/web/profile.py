"""“What you know about me”: profile, consents, check-ins, interests, introductions and messages of one member."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import Response

from serendipity.domain.errors import Conflict
from serendipity.domain.model import LinkPurpose, Purpose
from serendipity.intake.inputs import MemberChanges
from serendipity.introductions.disclosure import sent_messages
from serendipity.outreach.links import PATHS
from serendipity.ports import UnitOfWork
from serendipity.usecases.access.passes import make_pass
from serendipity.usecases.check_in.check_in import strike
from serendipity.usecases.members.consents import update_consents
from serendipity.usecases.members.data_views import read_data_views, summarise_views, viewer_names
from serendipity.usecases.members.own_profile import (
    change_profile,
    make_answer_link,
    pause_self,
    renew_personal_code,
    resume_self,
)
from serendipity.usecases.members.personal_data import find_asked_introductions, may_be_told
from serendipity.usecases.members.private_texts import private_profiles
from serendipity.usecases.members.traces import duplicates
from serendipity.usecases.runs.eligibility import TOLD_AS
from serendipity.web import my_preferences, sessions
from serendipity.web.forms import Form, errors_of
from serendipity.web.interests import check_ins, interests
from serendipity.web.introductions import introduction_context
from serendipity.web.join import CONSENTS
from serendipity.web.labels import word
from serendipity.web.pages import MemberForm, MemberPage, PageRequest
from serendipity.web.qr import qr_picture
from serendipity.web.run_outcomes import verdicts_on

router = APIRouter(prefix="/me", include_in_schema=False)


@router.get("")
def show(page: MemberPage) -> Response:
    """Show everything that is known about the member."""
    return _show(page)


@router.post("/profile")
def change(page: MemberPage, form: MemberForm) -> Response:
    """Change the profile."""
    try:
        changes = changes_of(form)
        mine = sessions.token_hash_of(page.request, "member")
        change_profile(page.services.ledger, _me(page), changes, scrub=page.services.scrub, now=page.now, session=mine)
    except ValidationError as error:
        return _show(page, status=422, errors=errors_of(error, page.say), values=form.values)
    except Conflict as error:
        return _show(page, status=409, errors={"email": page.say(str(error))}, values=form.values)
    return page.go("/me", done="saved")


@router.post("/consents")
def consent(page: MemberPage, form: MemberForm) -> Response:
    """Give or withdraw consent, purpose by purpose."""
    given = set(form.all("purposes"))
    wanted = {purpose: purpose.value in given for purpose in Purpose}
    me = _me(page)
    update_consents(page.services.ledger, page.services.opt_in(), me, wanted, by=f"member:{me}", now=page.now)
    return page.go("/me#consents", done="")


@router.post("/strike")
def strike_out(page: MemberPage, form: MemberForm) -> Response:
    """Strike out a topic that was understood wrongly."""
    strike(page.services, _me(page), form.number("position"), form.text("topic"))
    return page.go("/me", done="struck")


@router.post("/pause")
def pause(page: MemberPage, form: MemberForm) -> Response:
    """Pause: no matches and no messages, until they resume or for as long as a "not now" lasts."""
    until = page.now + page.services.introductions.not_now if form.flag("a_while") else None
    pause_self(page.services.ledger, _me(page), until=until)
    return page.go("/me", done="paused_a_while" if until else "paused")


@router.post("/resume")
def resume(page: MemberPage, form: MemberForm) -> Response:
    """End the pause."""
    resume_self(page.services.ledger, _me(page))
    return page.go("/me", done="resumed")


@router.post("/code")
def make_code(page: MemberPage, form: MemberForm) -> Response:
    """Make a new personal code and show it, with its QR code, this once."""
    code = renew_personal_code(page.services.ledger, _me(page))
    return page.show("code.html", code=code, qr=qr_picture(code, page.say("Your personal code")))


@router.post("/introductions/{id}")
def open_introduction(page: MemberPage, form: MemberForm, id: str) -> Response:
    """Go to the page of one's own introduction, through a fresh link."""
    lasts = page.services.settings.session_lasts
    token = make_answer_link(page.services.ledger, _me(page), id, now=page.now, lasts=lasts)
    return page.go(f"{PATHS[LinkPurpose.ANSWER]}{token}")


def changes_of(form: Form) -> MemberChanges:
    """Return the profile that a form describes; a text that it has no field for stays. Raises ValidationError."""
    lists = {name: form.lines(name) for name in ("skills", "seeks", "offers") if name in form.fields}
    return MemberChanges.model_validate(
        {
            "name": form.text("name"),
            "email": form.text("email") or None,
            "organisation": form.text("organisation") or None,
            **({"about": form.text("about")} if "about" in form.fields else {}),
            **lists,
            "locale": form.text("locale") or "en",
            "shares": form.all("shares"),
        }
    )


def _me(page: PageRequest) -> str:
    assert page.member is not None
    return page.member.id


def _show(page: PageRequest, *, status: int = 200, **more: Any) -> Response:
    with page.services.ledger.read() as uow:
        context = _read_profile(page, uow)
    scan = make_pass(page.services.ledger, _me(page), now=page.now)
    context |= {"qr": qr_picture(scan, page.say("Your QR code for the kiosk"))}
    return page.show("me.html", status=status, **(context | {"values": {}} | more))


def _read_profile(page: PageRequest, uow: UnitOfWork) -> dict[str, Any]:
    member = uow.members.get(_me(page))
    asked = find_asked_introductions(uow, member.id)
    return {
        "person": member,
        "days_in_peace": round(page.services.introductions.not_now_days),
        "own": bool(private_profiles(page.services, uow, [member])),
        "consents": CONSENTS,
        "wishes": my_preferences.choices(page),
        "numbers": my_preferences.numbers(page.services),
        "interests": interests(page.services, uow, member.id, page.now),
        "check_ins": check_ins(page.services, uow, member.id),
        "introductions": [introduction_context(page, uow, each, member.id) for each in asked[:50]],
        "messages": sent_messages(uow.outbox.search(member=member.id, limit=60))[:30],
        "seen_by": _read_viewers(page, uow, member.id),
        "why": [each for each in verdicts_on(uow, member.id, told_as=TOLD_AS) if may_be_told(each.introduction, asked)],
    }


def _read_viewers(page: PageRequest, uow: UnitOfWork, member: str) -> list[dict[str, Any]]:
    """Return who looked, by name, what they saw, how often and when last, the latest first."""
    views = summarise_views(read_data_views(uow, (member, *duplicates(uow, member))))
    names = viewer_names(uow)
    return [
        {
            "name": _name_of_viewer(page, each.who, names),
            "what": each.what,
            "at": each.last_at,
            "count": each.count,
        }
        for each in views
    ]


def _name_of_viewer(page: PageRequest, who: str, names: Mapping[str, str]) -> str:
    kind = who.partition(":")[0]
    if who not in names:
        return word(kind)
    return page.say("the program “%(label)s”", label=names[who]) if kind == "key" else names[who]
