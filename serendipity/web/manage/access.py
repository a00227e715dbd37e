"""Pages of kiosks and API keys; each secret is shown once."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from serendipity.usecases.access import keys, kiosks
from serendipity.web.api.scopes import SCOPES
from serendipity.web.audit import by_manager
from serendipity.web.pages import ManagerForm, ManagerPage, PageRequest
from serendipity.web.qr import qr_picture

router = APIRouter(prefix="/manage/settings", include_in_schema=False)


@router.get("/kiosks")
def show_kiosks(page: ManagerPage) -> Response:
    """List kiosks, and offer to pair one."""
    return _show_kiosks(page)


@router.post("/kiosks")
def make_pairing_code(page: ManagerPage, form: ManagerForm) -> Response:
    """Make a pairing code for a new kiosk, shown once."""
    if not form.text("label") or not form.text("place"):
        errors = {name: page.say("Please fill this in.") for name in ("label", "place") if not form.text(name)}
        return _show_kiosks(page, status=422, errors=errors, values=form.values)
    label, place = form.text("label")[:100], form.text("place")
    code = kiosks.add_kiosk(page.services.ledger, label=label, place=place, by=by_manager(page), now=page.now)
    address = f"{page.services.settings.base_url}/kiosk/pair?code={code}"
    qr = qr_picture(address, page.say("Pair this tablet"))
    title = page.say("Pairing code; it works once, within half an hour")
    return page.show(
        "manage/secret.html", title=title, secret=code, address=address, qr=qr, back="/manage/settings/kiosks"
    )


@router.post("/kiosks/{id}/revoke")
def revoke_kiosk(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Revoke a kiosk: its tablet can do nothing from now on."""
    kiosks.revoke_kiosk(page.services.ledger, id, by=by_manager(page), now=page.now)
    return page.go("/manage/settings/kiosks", done="revoked")


@router.get("/keys")
def show_keys(page: ManagerPage) -> Response:
    """List API keys, and offer to make one."""
    return _show_keys(page)


@router.post("/keys")
def make_key(page: ManagerPage, form: ManagerForm) -> Response:
    """Make an API key with the scopes chosen; the key is shown once and stored hashed."""
    scopes = frozenset(form.all("scopes")) & set(SCOPES)
    errors = {} if form.text("label") else {"label": page.say("Please fill this in.")}
    errors |= {} if scopes else {"scopes": page.say("Choose at least one.")}
    if errors:
        return _show_keys(page, status=422, errors=errors, values=form.values, chosen=scopes)
    label = form.text("label")[:100]
    key = keys.add_key(page.services.ledger, label=label, scopes=scopes, by=by_manager(page), now=page.now)
    return page.show("manage/key.html", id=key.id, secret=key.secret)


@router.post("/keys/{id}/revoke")
def revoke_key(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Revoke an API key."""
    keys.revoke_key(page.services.ledger, id, by=by_manager(page), now=page.now)
    page.request.app.state.keys.forget(id)
    return page.go("/manage/settings/keys", done="revoked")


def _show_kiosks(page: PageRequest, *, status: int = 200, **more: Any) -> Response:
    with page.services.ledger.read() as uow:
        paired, places = uow.access.kiosks(), uow.places.places()
    shown = [(each, kiosks.waits_for_tablet(each, page.now), kiosks.was_never_paired(each)) for each in paired]
    context = {"kiosks": shown, "places": [(each.id, each.name) for each in places], "values": {}}
    return page.show("manage/kiosks.html", status=status, **(context | more))


def _show_keys(page: PageRequest, *, status: int = 200, **more: Any) -> Response:
    with page.services.ledger.read() as uow:
        known = uow.access.keys()
    context = {"keys": known, "scopes": SCOPES, "values": {}, "chosen": frozenset()}
    return page.show("manage/keys.html", status=status, **(context | more))
