"""Every error of the product; a docstring is the default message and says what to do."""

from collections.abc import Mapping
from typing import Any

DISK_FULL = (
    "The disk is full: nothing can be stored until there is room again. What was acknowledged is kept. "
    "Tell whoever runs this service."
)


class SerendipityError(Exception):
    """Something went wrong in Serendipity; see the log of the service for the cause."""

    def __init__(self, message: str | None = None, **details: Any) -> None:
        """Keep `details` (JSON-ready values) beside the message, for problem+json answers."""
        super().__init__(message or type(self).__doc__ or "")
        self.details: Mapping[str, Any] = details


class InvalidInput(SerendipityError):
    """The input cannot be read; correct what the detail names and send it again."""


class NotJson(InvalidInput):
    """The text is not JSON in UTF-8; send one JSON object."""


class NotFound(SerendipityError):
    """There is nothing under this id; check the id, or create it first."""


class UnknownMember(NotFound):
    """There is no member with this id; add the member first (POST /v1/members)."""


class UnknownEvent(NotFound):
    """There is no event with this id; add the event first (POST /v1/events)."""


class UnknownPlace(NotFound):
    """There is no place with this id; add the place first (POST /v1/places)."""


class DifferentBody(SerendipityError):
    """The id was used before with another body; send it under a new id, or send the first body again."""


class Conflict(SerendipityError):
    """What you ask cannot be done in the present state; reload and look at what changed."""


class NotAllowed(SerendipityError):
    """These credentials do not allow this; use a key or an account that has the needed scope."""


class NotAuthenticated(SerendipityError):
    """Credentials are missing or wrong; send an API key (Authorization: Basic or Bearer), or log in."""


class LinkUnusable(SerendipityError):
    """The link is unknown, used up or expired; ask for a new one."""


class TooMany(SerendipityError):
    """Too many attempts; wait a little and try again."""


class ConsentMissing(SerendipityError):
    """The member has not agreed to this; ask for their consent first."""


class LeaseLost(SerendipityError):
    """Another process took over this work; nothing is lost, it goes on there."""


class OffsetMoved(SerendipityError):
    """Another projector applied this batch first; read the graph's offset again and go on from there."""


class HalfLivesDiffer(SerendipityError):
    """The graph was built with other half-lives than the settings name; run `serendipity graph rebuild`."""


class GraphAhead(SerendipityError):
    """The graph is further than the ledger, so it is of another history; run `serendipity graph rebuild`."""


class GraphUnavailable(SerendipityError):
    """The graph store does not answer; check-ins are kept and it catches up by itself once it is back."""


class GraphDamaged(GraphUnavailable):
    """The graph's file is damaged; run `serendipity graph rebuild`: it is put aside, and folded again."""


class LedgerUnavailable(SerendipityError):
    """The ledger database does not answer or is not migrated; run `serendipity doctor`."""


class NoSnapshot(SerendipityError):
    """There is no snapshot of the graph yet; start the worker, or run `serendipity graph catch-up`."""


class DeliveryFailed(SerendipityError):
    """The message could not be delivered this time; it is tried again later."""


class DeliveryRefused(SerendipityError):
    """The message was refused for good; look at the parked messages and correct the address."""


class TemplateBroken(SerendipityError):
    """The template cannot be rendered; correct it where the detail points."""


class MisconfiguredSetting(SerendipityError):
    """A setting is missing or wrong; `serendipity doctor` names it and what to do."""
