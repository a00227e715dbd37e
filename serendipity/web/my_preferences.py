"""A member's own preferences: how surprising introductions are, and how many a month at most."""

from fastapi import APIRouter
from starlette.responses import Response

from serendipity.domain.model import Surprise
from serendipity.intake.inputs import MemberChanges
from serendipity.usecases.members.own_profile import change_profile
from serendipity.usecases.services import Services
from serendipity.web.pages import MemberForm, MemberPage, PageRequest

router = APIRouter(prefix="/me", include_in_schema=False)


@router.post("/wishes")
def wish(page: MemberPage, form: MemberForm) -> Response:
    """Keep what the member chose; it counts from the next run on."""
    assert page.member is not None
    most = form.text("per_month")
    changes = MemberChanges(
        surprise=Surprise(form.text("surprise")) if form.text("surprise") in tuple(Surprise) else None,
        per_month=int(most) if most in dict(numbers(page.services)) and most else None,
    )
    change_profile(page.services.ledger, page.member.id, changes, scrub=page.services.scrub, now=page.now)
    return page.go("/me#wishes", done="")


def choices(page: PageRequest) -> list[tuple[str, str, str]]:
    """Return the three ways to turn one's own dial: what is sent, its name, and what it means."""
    return [
        (
            Surprise.CLOSER.value,
            page.say("Closer to what I do"),
            page.say("More in common: people who work on the same."),
        ),
        ("", page.say("As the community"), page.say("What the managers chose for all.")),
        (
            Surprise.MORE.value,
            page.say("More surprising"),
            page.say("People from further off, as long as there is a reason to meet."),
        ),
    ]


def numbers(services: Services) -> list[tuple[str, str]]:
    """Return how many introductions in 30 days can be chosen: fewer than the community's number."""
    return [("", ""), *((str(n), str(n)) for n in range(1, services.settings.per_month))]
