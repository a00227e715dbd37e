"""`serendipity check-in`: a check-in from the command line, answered as at the kiosk."""

import typer
from pydantic import ValidationError
from rich.markup import escape

from serendipity.cli.app import app, open_services
from serendipity.cli.output import AsJson, console, report_errors, show
from serendipity.domain.errors import InvalidInput
from serendipity.domain.model import Visibility
from serendipity.intake.inputs import CheckInInput
from serendipity.usecases.check_in.check_in import CheckInAnswer, check_in


@app.command("check-in")
@report_errors
def command(
    context: typer.Context,
    member: str = typer.Argument(help="The member's id."),
    text: str = typer.Argument(help="What are you working on?"),
    seeks: str = typer.Option("", help="What the member looks for."),
    offers: str = typer.Option("", help="What the member can help with."),
    place: str | None = typer.Option(None, help="Where."),
    visibility: Visibility = typer.Option(Visibility.MEMBERS, help="What the text may be used for."),
    id: str | None = typer.Option(None, help="An id of yours, so that a repeat is recognised."),
    as_json: bool = AsJson,
) -> None:
    """Record a check-in and print what was understood.

    Example: `serendipity check-in m-001 "a chatbot for the city library" --seeks "a Dutch copywriter"`
    """
    try:
        item = CheckInInput(
            id=id, member=member, text=text, seeks=seeks, offers=offers, place=place, visibility=visibility
        )
    except ValidationError as error:
        raise InvalidInput(
            "; ".join(f"{e['loc'][0]}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors())
        ) from error
    with open_services(context) as services:
        answer = check_in(services, item, source="command line").for_others()
    show(answer, as_json=as_json, text=lambda: _print(answer))


def _print(answer: CheckInAnswer) -> None:
    mark = "[green]✔[/]" if answer.understood else "[red]✘[/]"
    labels = ", ".join(topic.label for topic in answer.topics if topic.topic)
    choices = "No topic was understood; choose from: " + ", ".join(topic.label for topic in answer.choices)
    console.print(f"{mark} {escape(labels or ('' if answer.understood else choices))}".rstrip())
    if answer.noted:
        console.print(f"  Noted, and no topics yet: {escape(', '.join(answer.noted))}", highlight=False)
    for person in answer.people:
        console.print(f"  → {escape(person.name)}: {escape(person.why)}", highlight=False)
