"""`serendipity manager` and `serendipity key`: who may run the community, and which programs may write."""

import secrets
import uuid

import typer

from serendipity.cli.app import app, services_of
from serendipity.cli.output import AsJson, console, show, table, told_errors
from serendipity.domain.addresses import normal_address
from serendipity.domain.errors import InvalidInput, NotFound
from serendipity.domain.model import ApiKey, Manager
from serendipity.web.api.scopes import SCOPES
from serendipity.web.passwords import hash_password
from serendipity.web.tokens import digest, new_token

KNOWN_SCOPES = ", ".join(SCOPES)
managers = typer.Typer(no_args_is_help=True, help="Managers: who may log in.")
keys = typer.Typer(no_args_is_help=True, help="API keys for programs.")
app.add_typer(managers, name="manager")
app.add_typer(keys, name="key")


@managers.command("add")
@told_errors
def add_manager(
    context: typer.Context,
    email: str = typer.Argument(help="The address to log in with."),
    name: str = typer.Option(..., help="Their name."),
    password: str | None = typer.Option(None, envvar="SERENDIPITY_NEW_PASSWORD", help="A random one when left out."),
    as_json: bool = AsJson,
) -> None:
    """Add a manager, or give one a new password.

    Example: `serendipity manager add mila@example.org --name Mila`
    """
    email = normal_address(email)
    secret = password or secrets.token_urlsafe(12)
    with services_of(context) as services, services.ledger.write() as uow:
        before = uow.access.manager_by_email(email)
        id = before.id if before else f"manager-{uuid.uuid4()}"
        uow.access.put_manager(Manager(id=id, email=email, name=name, password_hash=hash_password(secret)))
        for who in ("manager", "known_browser"):  # whoever is logged in with the earlier password is not any more
            uow.access.end_sessions(f"{who}:{id}")
    shown = {"id": id, "email": email} | ({} if password else {"password": secret})
    told = "" if password else f" with the password {secret} (shown once)"
    show(shown, as_json=as_json, text=lambda: console.print(f"{email} can log in{told}.", highlight=False))


@keys.command("add")
@told_errors
def add_key(
    context: typer.Context,
    label: str = typer.Argument(help="What the key is for."),
    scope: list[str] = typer.Option(..., "--scope", help=f"What it may do: {KNOWN_SCOPES}."),
    as_json: bool = AsJson,
) -> None:
    """Make a key; it is shown once.

    Example: `serendipity key add "door system" --scope check-ins:write`
    """
    unknown = sorted(set(scope) - set(SCOPES))
    if unknown:
        raise InvalidInput(f"There is no scope {unknown[0]!r}; choose from {KNOWN_SCOPES}.")
    secret = new_token()
    with services_of(context) as services, services.ledger.write() as uow:
        key = ApiKey(
            id=f"key-{uuid.uuid4().hex[:12]}",
            key_hash=digest(secret),
            label=label,
            scopes=frozenset(scope),
            created_at=services.clock.now(),
        )
        uow.access.add_key(key)
    text = f"Key id {key.id}, key {secret} (shown once; HTTP Basic takes them as user and password)."
    show({"id": key.id, "key": secret}, as_json=as_json, text=lambda: console.print(text, highlight=False))


@keys.command("list")
@told_errors
def list_keys(context: typer.Context, as_json: bool = AsJson) -> None:
    """List keys.

    Example: `serendipity key list`
    """
    with services_of(context) as services, services.ledger.read() as uow:
        found = uow.access.keys()
    rows = [(key.id, key.label, ", ".join(sorted(key.scopes)), key.created_at, key.revoked_at) for key in found]
    data = [{"id": key.id, "label": key.label, "scopes": key.scopes, "revoked_at": key.revoked_at} for key in found]
    show(data, as_json=as_json, text=lambda: table(("id", "label", "scopes", "made", "revoked"), rows))


@keys.command("revoke")
@told_errors
def revoke_key(context: typer.Context, id: str, as_json: bool = AsJson) -> None:
    """Revoke a key at once.

    Example: `serendipity key revoke key-0123456789ab`
    """
    with services_of(context) as services, services.ledger.write() as uow:
        if uow.access.key(id) is None:
            raise NotFound(f"There is no key {id!r}; `serendipity key list` lists them.")
        uow.access.revoke_key(id, services.clock.now())
    show({"revoked": id}, as_json=as_json, text=lambda: console.print(f"{id} is revoked."))
