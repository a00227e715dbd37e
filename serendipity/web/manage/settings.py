"""Pages of settings: the places where members meet; the other settings have modules of their own."""

from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import Response

from serendipity.intake.inputs import PlaceInput
from serendipity.usecases.events.manager_actions import save_place
from serendipity.web.audit import by_manager
from serendipity.web.forms import Form, errors_of
from serendipity.web.pages import ManagerForm, ManagerPage, PageRequest

router = APIRouter(prefix="/manage/settings", include_in_schema=False)


@router.get("")
def show(page: ManagerPage) -> Response:
    """Go to the first page of the settings."""
    return page.go("/manage/settings/kiosks")


@router.get("/places")
def show_places(page: ManagerPage) -> Response:
    """List places, and offer to add or change one."""
    return _show_places(page)


@router.post("/places")
def put_place(page: ManagerPage, form: ManagerForm) -> Response:
    """Add a place, or replace its name, zone and hours."""
    try:
        item = PlaceInput.model_validate(
            {
                "id": form.text("id"),
                "name": form.text("name"),
                "zone": form.text("zone") or "UTC",
                "hours": _parse_hours(form),
            }
        )
    except ValidationError as error:
        return _show_places(page, status=422, errors=errors_of(error, page.say), values=form.values)
    save_place(page.services.ledger, item, by=by_manager(page), now=page.now)
    return page.go("/manage/settings/places", done="saved")


def _parse_hours(form: Form) -> dict[str, tuple[str, str]]:
    pairs = {str(day): (form.text(f"opens_{day}"), form.text(f"closes_{day}")) for day in range(7)}
    return {day: pair for day, pair in pairs.items() if any(pair)}


def _show_places(page: PageRequest, *, status: int = 200, **more: Any) -> Response:
    with page.services.ledger.read() as uow:
        places = uow.places.places()
        present = uow.places.present(None, now=page.now)
        people = uow.members.many({each.member for each in present})
    chosen = next((each for each in places if each.id == page.query("id")), None)
    here = {
        place.id: [people[each.member] for each in present if each.place == place.id and each.member in people]
        for place in places
    }
    context = {
        "places": places,
        "here": here,
        "values": _form_values(chosen) if chosen else {"zone": page.services.settings.zone},
    }
    return page.show("manage/places.html", status=status, **(context | more))


def _form_values(place: Any) -> dict[str, str]:
    hours = {
        f"{name}_{day}": pair[index]
        for day, pair in place.hours.items()
        for index, name in enumerate(("opens", "closes"))
    }
    return {"id": place.id, "name": place.name, "zone": place.zone, **hours}
