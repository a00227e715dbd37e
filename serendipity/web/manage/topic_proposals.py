"""The page of proposals: phrases that may become topics, and topics that may mean the same."""

from fastapi import APIRouter
from starlette.responses import Response

from serendipity.domain.errors import InvalidInput
from serendipity.domain.model import RecordKind
from serendipity.usecases.topics import proposals
from serendipity.usecases.topics.curation import add, topic_of
from serendipity.web.curation import curate, curator
from serendipity.web.pages import ManagerForm, ManagerPage
from serendipity.web.vocabulary import vocabulary

router = APIRouter(prefix="/manage/topic-proposals", include_in_schema=False)
SHOWN = 30


@router.get("")
def show(page: ManagerPage) -> Response:
    """List phrases with their example sentences, and suggestions with their reason."""
    page.services.reader.refresh()
    with page.services.ledger.read() as uow:
        found = proposals.proposals(page.services, uow, limit=SHOWN)
        suggested = proposals.suggestions(page.services, uow, limit=SHOWN)
    labels = sorted(topic.label for topic in vocabulary(page.services).topics())
    return page.show("manage/topic_proposals.html", proposals=found, suggestions=suggested, labels=labels)


@router.post("")
def decide_on(page: ManagerPage, form: ManagerForm) -> Response:
    """Make a phrase a topic or an alias of one, or block it for good."""
    phrase = form.text("phrase")
    match form.text("do"):
        case "accept":
            add(page.services, phrase, by=curator(page))
            done = "promoted"
        case "merge":
            into = topic_of(vocabulary(page.services), form.text("into"))
            curate(page, RecordKind.TOPIC_ALIASED, {"topic": into.id, "phrase": phrase})
            done = "saved"
        case "block":
            curate(page, RecordKind.PHRASE_BLOCKED, {"phrase": phrase, "blocked": True})
            done = "blocked"
        case _:
            raise InvalidInput("Choose what to do.")
    return page.go("/manage/topic-proposals", done=done)


@router.post("/suggestions")
def decide_on_names(page: ManagerPage, form: ManagerForm) -> Response:
    """Merge two topics that mean the same, or keep them apart for good."""
    match form.text("do"):
        case "accept":
            proposals.accept(page.services, kept=form.text("kept"), gone=form.text("gone"), by=curator(page))
        case "dismiss":
            proposals.keep_apart(page.services, form.text("phrase"), form.text("other"), by=curator(page))
        case _:
            raise InvalidInput("Choose what to do.")
    return page.go("/manage/topic-proposals#suggestions", done="")
