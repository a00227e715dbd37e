"""Pages of the vocabulary: search, filter and change topics, one or several at once, and import or export a table."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from serendipity.domain.errors import Conflict, InvalidInput, NotFound
from serendipity.domain.model import RecordKind, Topic
from serendipity.topics.phrases import normalise
from serendipity.usecases.topics import curation
from serendipity.usecases.topics.curation import Decision, decide, search_topics, topic_of
from serendipity.usecases.topics.vocabulary_table import export_table, import_table
from serendipity.web import decisions, trends
from serendipity.web.curation import curate, curator
from serendipity.web.forms import Form, whole_number
from serendipity.web.pages import ManagerForm, ManagerPage, PageRequest
from serendipity.web.vocabulary import vocabulary

router = APIRouter(prefix="/manage", include_in_schema=False)
SHOWN = 50
LISTS = ("all", "curated", "promoted", "sensitive", "blocked")


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicRow:
    """A topic in the list: its recent mentions, its parent and its origin."""

    topic: Topic
    mentions: float
    parent: str
    sensitive: bool
    origin: str


@router.get("/topics")
def show(page: ManagerPage) -> Response:
    """List topics, the most mentioned first."""
    return _show_list(page)


@router.post("/topics")
def change_several(page: ManagerPage, form: ManagerForm) -> Response:
    """Change the chosen topics, or allow the chosen phrases again: all or none."""
    chosen = form.all("chosen")
    try:
        if not chosen:
            raise InvalidInput("Choose at least one.", field="chosen")
        planned = [_plan_decision(page, form, each) for each in chosen]
        decide(page.services, *(each for each in planned if each), by=curator(page))
    except (InvalidInput, NotFound, Conflict) as error:
        errors = {str(error.details.get("field", "chosen")): page.say(str(error))}
        return _show_list(page, status=422, errors=errors, chosen=frozenset(chosen))
    return page.go(f"/manage/topics?list={form.text('list') or 'all'}", done="saved")


@router.post("/topics/add")
def add(page: ManagerPage, form: ManagerForm) -> Response:
    """Make a phrase a topic."""
    curation.add(page.services, form.text("label"), by=curator(page))
    return page.go(_return_path(form), done="promoted")


@router.post("/topics/block")
def block(page: ManagerPage, form: ManagerForm) -> Response:
    """Block a phrase from becoming a topic or an alias, or allow it again."""
    phrase, back = normalise(form.text("phrase")), form.text("do") == "undo"
    curate(page, RecordKind.PHRASE_BLOCKED, {"phrase": phrase, "blocked": not back})
    return page.go(_return_path(form), done="undone" if back else "blocked")


@router.post("/topic-decisions/{position}/undo")
def undo(page: ManagerPage, form: ManagerForm, position: int) -> Response:
    """Undo a decision, or undo its undoing."""
    curation.undo(page.services, position, by=curator(page))
    return page.go(_return_path(form), done="undone")


@router.get("/topic-table")
def ask_table(page: ManagerPage) -> Response:
    """Show the page that exports and imports the vocabulary as a table."""
    return page.show("manage/topic_table.html", report=None)


@router.get("/topic-table.csv")
def export(page: ManagerPage) -> Response:
    """Return the vocabulary as CSV."""
    headers = {"Content-Disposition": 'attachment; filename="topics.csv"'}
    return Response(export_table(vocabulary(page.services)), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/topic-table")
def take_table(page: ManagerPage, form: ManagerForm) -> Response:
    """Import a table, or only report what an import would change, with errors by line."""
    try:
        content = form.upload("file").content
        report = import_table(page.services, content, by=curator(page), dry_run=form.flag("dry_run"))
    except InvalidInput as error:
        return page.show("manage/topic_table.html", status=422, report=None, errors={"file": page.say(str(error))})
    return page.show("manage/topic_table.html", report=report)


def _show_list(page: PageRequest, *, status: int = 200, **more: object) -> Response:
    known, counts = vocabulary(page.services), trends.counts(page.services, page.now)
    chosen, search = page.query("list") or "all", page.query("search")
    found = _list_rows(page, chosen, search, counts)
    begin = whole_number(page.query("from")) or 0
    blocked = [each for each in known.blocked() if normalise(search) in each] if chosen == "blocked" else []
    with page.services.ledger.read() as uow:
        latest = decisions.describe_latest(page, uow)
    context = {
        "rows": found[begin : begin + SHOWN],
        "found": len(found),
        "begin": begin,
        "step": SHOWN,
        "blocked": blocked,
        "lists": LISTS,
        "list": chosen,
        "search": search,
        "all": len(known.topics()),
        "labels": sorted(topic.label for topic in known.topics()),
        "latest": latest,
        "chosen": frozenset(),
    }
    return page.show("manage/topics.html", status=status, **(context | more))


def _list_rows(page: PageRequest, chosen: str, search: str, counts: Mapping[str, float]) -> list[TopicRow]:
    known = vocabulary(page.services)
    origins = known.origins()
    topics = search_topics(known, search) if search else known.topics()
    rows = [
        TopicRow(
            topic=topic,
            mentions=counts.get(topic.id, 0.0),
            parent=parent.called(page.locale) if topic.parent and (parent := known.topic(topic.parent)) else "",
            sensitive=known.is_sensitive(topic.id),
            origin=origins.get(topic.id, ""),
        )
        for topic in topics
    ]
    rows = [row for row in rows if _is_listed(row, chosen)]
    return rows if search else sorted(rows, key=lambda row: (-row.mentions, row.topic.label.casefold()))


def _is_listed(row: TopicRow, chosen: str) -> bool:
    match chosen:
        case "curated":
            return row.origin != "promotion"
        case "promoted":
            return row.origin == "promotion"
        case "sensitive":
            return row.sensitive
        case _:
            return chosen == "all"


def _plan_decision(page: PageRequest, form: Form, chosen: str) -> Decision | None:
    """Return the decision about one of the chosen topics; None for the topic that the others are merged into."""
    known, do = vocabulary(page.services), form.text("do")
    match do:
        case "merge" | "parent":
            if not form.text("other") and do == "merge":
                raise InvalidInput("Name the topic first.", field="other")
            other = topic_of(known, form.text("other")).id if form.text("other") else None
            if do == "parent":
                return Decision(kind=RecordKind.TOPIC_PARENTED, data={"topic": chosen, "parent": other})
            return None if other == chosen else _merge_decision(chosen, other)
        case "sensitive" | "not_sensitive":
            return Decision(kind=RecordKind.TOPIC_FLAGGED, data={"topic": chosen, "sensitive": do == "sensitive"})
        case "retract":
            return Decision(kind=RecordKind.TOPIC_RETRACTED, data={"topic": chosen})
        case "block":
            phrase = topic_of(known, chosen).label
            return Decision(kind=RecordKind.PHRASE_BLOCKED, data={"phrase": phrase, "blocked": True})
        case "allow":
            return Decision(kind=RecordKind.PHRASE_BLOCKED, data={"phrase": chosen, "blocked": False})
    raise InvalidInput("Choose what to change.", field="do")


def _merge_decision(topic: str, into: str | None) -> Decision:
    return Decision(kind=RecordKind.TOPIC_MERGED, data={"topic": topic, "into": into})


def _return_path(form: Form) -> str:
    """Return the path of the topic page that a form came from; a path of another site is refused."""
    back = form.text("back")
    return back if back.startswith("/manage/topic") else "/manage/topics"
