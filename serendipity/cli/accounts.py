"""`serendipity manager` and `serendipity key`: managers who may log in, and API keys of programs."""

import secrets

import typer

from serendipity.cli.app import app, open_services
from serendipity.cli.output import AsJson, console, print_table, report_errors, show
from serendipity.domain.addresses import normal_address
from serendipity.domain.errors import InvalidInput, NotFound
from serendipity.usecases.access import keys
from serendipity.usecases.access.managers import put_manager
from serendipity.web.api.scopes import SCOPES
from serendipity.web.passwords import hash_password

KNOWN_SCOPES = ", ".join(SCOPES)
manager_commands = typer.Typer(no_args_is_help=True, help="Managers: who may log in.")
key_commands = typer.Typer(no_args_is_help=True, help="API keys for programs.")
app.add_typer(manager_commands, name="manager")
app.add_typer(key_commands, name="key")


@manager_commands.command("add")
@report_errors
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
    with open_services(context) as services:
        id = put_manager(services.ledger, email=email, name=name, password_hash=hash_password(secret))
    shown = {"id": id, "email": email} | ({} if password else {"password": secret})
    once = "" if password else f" with the password {secret} (shown once)"
    show(shown, as_json=as_json, text=lambda: console.print(f"{email} can log in{once}.", highlight=False))


@key_commands.command("add")
@report_errors
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
    with open_services(context) as services:
        key = keys.add_key(services.ledger, label=label, scopes=scope, now=services.clock.now())
    text = f"Key id {key.id}, key {key.secret} (shown once; HTTP Basic takes them as user and password)."
    show({"id": key.id, "key": key.secret}, as_json=as_json, text=lambda: console.print(text, highlight=False))


@key_commands.command("list")
@report_errors
def list_keys(context: typer.Context, as_json: bool = AsJson) -> None:
    """List keys.

    Example: `serendipity key list`
    """
    with open_services(context) as services, services.ledger.read() as uow:
        found = uow.access.keys()
    rows = [(key.id, key.label, ", ".join(sorted(key.scopes)), key.created_at, key.revoked_at) for key in found]
    data = [{"id": key.id, "label": key.label, "scopes": key.scopes, "revoked_at": key.revoked_at} for key in found]
    show(data, as_json=as_json, text=lambda: print_table(("id", "label", "scopes", "made", "revoked"), rows))


@key_commands.command("revoke")
@report_errors
def revoke_key(context: typer.Context, id: str, as_json: bool = AsJson) -> None:
    """Revoke a key at once.

    Example: `serendipity key revoke key-0123456789ab`
    """
    with open_services(context) as services:
        with services.ledger.read() as uow:
            if uow.access.key(id) is None:
                raise NotFound(f"There is no key {id!r}; `serendipity key list` lists them.")
        keys.revoke_key(services.ledger, id, now=services.clock.now())
    show({"revoked": id}, as_json=as_json, text=lambda: console.print(f"{id} is revoked."))
