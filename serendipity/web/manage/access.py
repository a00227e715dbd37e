"""Who and what may come in: kiosks and API keys; each secret is shown once."""

import uuid
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from serendipity.domain.model import ApiKey
from serendipity.web import pairing
from serendipity.web.api.scopes import SCOPES
from serendipity.web.audit import note
from serendipity.web.pages import ManagerForm, ManagerPage, PageRequest
from serendipity.web.qr import qr_picture
from serendipity.web.tokens import digest, new_token

router = APIRouter(prefix="/manage/settings", include_in_schema=False)


@router.get("/kiosks")
def show_kiosks(page: ManagerPage) -> Response:
    """List kiosks, and offer to pair one."""
    return _kiosks(page)


@router.post("/kiosks")
def make_pairing_code(page: ManagerPage, form: ManagerForm) -> Response:
    """Make a pairing code for a new kiosk, shown once."""
    if not form.text("label") or not form.text("place"):
        errors = {name: page.say("Please fill this in.") for name in ("label", "place") if not form.text(name)}
        return _kiosks(page, status=422, errors=errors, values=form.values)
    id = f"k-{uuid.uuid4()}"
    with page.services.ledger.write() as uow:
        place = uow.places.place(form.text("place"))
        code = pairing.make_code(uow, id=id, label=form.text("label")[:100], place=place.id, now=page.now)
        note(page, uow, "kiosk.added", f"kiosk:{id}")
    address = f"{page.services.settings.base_url}/kiosk/pair?code={code}"
    qr = qr_picture(address, page.say("Pair this tablet"))
    title = page.say("Pairing code; it works once, within half an hour")
    return page.show(
        "manage/secret.html", title=title, secret=code, address=address, qr=qr, back="/manage/settings/kiosks"
    )


@router.post("/kiosks/{id}/revoke")
def revoke_kiosk(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Revoke a kiosk: its tablet can do nothing from now on."""
    with page.services.ledger.write() as uow:
        pairing.revoke(uow, id, now=page.now)
        note(page, uow, "kiosk.revoked", f"kiosk:{id}")
    return page.go("/manage/settings/kiosks", done="revoked")


@router.get("/keys")
def show_keys(page: ManagerPage) -> Response:
    """List API keys, and offer to make one."""
    return _keys(page)


@router.post("/keys")
def make_key(page: ManagerPage, form: ManagerForm) -> Response:
    """Make an API key with the scopes chosen; the key is shown once and stored hashed."""
    scopes = frozenset(form.all("scopes")) & set(SCOPES)
    errors = {} if form.text("label") else {"label": page.say("Please fill this in.")}
    errors |= {} if scopes else {"scopes": page.say("Choose at least one.")}
    if errors:
        return _keys(page, status=422, errors=errors, values=form.values, chosen=scopes)
    id, secret = f"key-{uuid.uuid4().hex[:12]}", new_token()
    key = ApiKey(id=id, key_hash=digest(secret), label=form.text("label")[:100], scopes=scopes, created_at=page.now)
    with page.services.ledger.write() as uow:
        uow.access.add_key(key)
        note(page, uow, "key.added", f"key:{id}", scopes=sorted(scopes))
    return page.show("manage/key.html", id=id, secret=secret)


@router.post("/keys/{id}/revoke")
def revoke_key(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Revoke an API key."""
    with page.services.ledger.write() as uow:
        uow.access.revoke_key(id, page.now)
        note(page, uow, "key.revoked", f"key:{id}")
    page.request.app.state.keys.forget(id)
    return page.go("/manage/settings/keys", done="revoked")


def _kiosks(page: PageRequest, *, status: int = 200, **more: Any) -> Response:
    with page.services.ledger.read() as uow:
        kiosks, places = uow.access.kiosks(), uow.places.places()
    shown = [(each, pairing.waits(each, page.now), each.token_hash.startswith(pairing.WAITING)) for each in kiosks]
    context = {"kiosks": shown, "places": [(each.id, each.name) for each in places], "values": {}}
    return page.show("manage/kiosks.html", status=status, **(context | more))


def _keys(page: PageRequest, *, status: int = 200, **more: Any) -> Response:
    with page.services.ledger.read() as uow:
        keys = uow.access.keys()
    context = {"keys": keys, "scopes": SCOPES, "values": {}, "chosen": frozenset()}
    return page.show("manage/keys.html", status=status, **(context | more))
