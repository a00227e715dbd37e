"""The page of a manager's own account, which also adds other managers."""

import uuid
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from serendipity.domain.addresses import normal_address
from serendipity.domain.errors import InvalidInput
from serendipity.domain.model import Manager
from serendipity.usecases.access import managers
from serendipity.web import sessions
from serendipity.web.audit import by_manager
from serendipity.web.forms import Form
from serendipity.web.pages import ManagerForm, ManagerPage, PageRequest
from serendipity.web.passwords import SHORTEST, hash_password, password_fits

router = APIRouter(prefix="/manage/account", include_in_schema=False)


@router.get("")
def show(page: ManagerPage) -> Response:
    """Show the account."""
    return _show(page)


@router.post("")
def change(page: ManagerPage, form: ManagerForm) -> Response:
    """Change name and language."""
    assert page.manager is not None
    if not form.text("name"):
        return _show(page, status=422, errors={"name": page.say("Please fill this in.")})
    locale = form.text("locale") if form.text("locale") in page.services.settings.languages else page.manager.locale
    managers.change_manager(page.services.ledger, page.manager, name=form.text("name")[:200], locale=locale)
    return page.go("/manage/account", done="saved")


@router.post("/password")
def change_password(page: ManagerPage, form: ManagerForm) -> Response:
    """Change the password; the old one is asked for."""
    assert page.manager is not None
    fits = password_fits(page.manager.password_hash, _raw_field(form, "old"))
    errors = {} if fits else {"old": page.say("The password is wrong.")}
    errors |= _check_length(page, form, "new")
    if errors:
        return _show(page, status=422, errors=errors)
    password_hash = hash_password(_raw_field(form, "new"))
    session = sessions.token_hash_of(page.request, "manager")
    managers.change_password(page.services.ledger, page.manager, password_hash, session=session, now=page.now)
    return page.go("/manage/account", done="password")


@router.post("/managers")
def add_manager(page: ManagerPage, form: ManagerForm) -> Response:
    """Add another manager."""
    email, errors = _parse_address(page, form.text("email"))
    errors |= _check_length(page, form, "password")
    with page.services.ledger.read() as uow:
        if uow.access.manager_by_email(email) is not None:
            errors["email"] = page.say("There is a manager with this address.")
    if errors:
        return _show(page, status=422, errors=errors, values=form.values)
    id = f"manager-{uuid.uuid4().hex[:12]}"
    name = form.text("other_name") or email.partition("@")[0]
    manager = Manager(
        id=id,
        email=email,
        name=name[:200],
        password_hash=hash_password(_raw_field(form, "password")),
        locale=page.locale,
    )
    managers.add_manager(page.services.ledger, manager, by=by_manager(page), now=page.now)
    return page.go("/manage/account", done="added")


def _parse_address(page: PageRequest, text: str) -> tuple[str, dict[str, str]]:
    """Return an address in its normal form, and an error by field where it is none."""
    if not text:
        return "", {"email": page.say("Please fill this in.")}
    try:
        return normal_address(text), {}
    except InvalidInput as error:
        return text, {"email": page.say(str(error))}


def _show(page: PageRequest, *, status: int = 200, **more: Any) -> Response:
    with page.services.ledger.read() as uow:
        known = uow.access.managers()
    return page.show("manage/account.html", status=status, **({"managers": known, "values": {}} | more))


def _raw_field(form: Form, name: str) -> str:
    return (form.fields.get(name) or [""])[-1]


def _check_length(page: PageRequest, form: Form, name: str) -> dict[str, str]:
    if len(_raw_field(form, name)) >= SHORTEST:
        return {}
    return {name: page.say("A password has at least %(count)s characters.", count=SHORTEST)}
