"""The queue: what runs propose, with the reasons; a manager approves, edits or declines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from starlette.responses import Response

from serendipity.domain.errors import Conflict, InvalidInput, NotFound
from serendipity.domain.model import Introduction, IntroductionState, Member, Run, Topic
from serendipity.introductions import queue
from serendipity.introductions.approval import Approval, approve, check_texts, readers_by_locale, unedited_locales
from serendipity.introductions.disclosure import view_for_managers
from serendipity.introductions.evidence import read_sentence_context
from serendipity.introductions.reader_texts import ReaderText, TextContext, digest
from serendipity.introductions.sentences import SentenceContext, join_list, sentences_for_all
from serendipity.ports import UnitOfWork
from serendipity.usecases.audit import TEXTS
from serendipity.web.audit import by_manager, tell_members
from serendipity.web.forms import Form, whole_number
from serendipity.web.labels import _
from serendipity.web.manage.why import why
from serendipity.web.manage.why_steps import checks, steps
from serendipity.web.pages import ManagerForm, ManagerPage, PageRequest, path_to
from serendipity.web.path_picture import path_picture

router = APIRouter(prefix="/manage", include_in_schema=False)
SHOWN, SEARCHED, NAMED = 60, 1000, 6
LONGEST_TEXT = 4000
WHY_NOT = (
    _("they know each other"),
    _("they do not fit"),
    _("not the right moment"),
    _("the reasons are not true"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownIntroduction:
    """An introduction as a manager sees it: in their language, and as each party reads it in theirs.

    `seen` stands for all that the parties read; who approves sends it back.
    """

    introduction: Introduction
    people: list[Member]
    sentences: list[str]
    reads: list[tuple[Member, ReaderText]]
    seen: str

    @property
    def organisations(self) -> list[str]:
        """Return where they work."""
        return [each.organisation for each in self.people if each.organisation]


@router.get("")
def show(page: ManagerPage) -> Response:
    """Show what waits, best first, or what stands in another state."""
    wanted = page.query("state") or IntroductionState.PROPOSED.value
    states = None if wanted == "all" else {IntroductionState(wanted)} if wanted in tuple(IntroductionState) else None
    search, topics = page.query("search"), page.services.topics()
    limit = SEARCHED if search else SHOWN + 1
    with page.services.ledger.read() as uow:
        found = uow.introductions.search(states=states, member=page.query("member") or None, limit=limit)
        told = (shown_to_manager(page, uow, one, topics) for one in found)
        shown = list(islice((each for each in told if _fits(each, search)), SHOWN + 1))
    more = len(shown) > SHOWN
    tell_members(page, TEXTS, (person.id for each in shown[:SHOWN] for person in each.people))
    return page.show(
        "manage/queue.html",
        shown=shown[:SHOWN],
        more=more,
        state=wanted,
        states=list(IntroductionState),
        reasons=WHY_NOT,
        search=search,
    )


@router.get("/introductions/{id}")
def show_one(page: ManagerPage, id: str) -> Response:
    """Show one introduction with its score, its factors and its text, to edit; its members see who looked."""
    return _one(page, id)


@router.get("/introductions/{id}/why")
def show_why(page: ManagerPage, id: str) -> Response:
    """Show how the score comes about, step by step."""
    with page.services.ledger.read() as uow:
        introduction = uow.introductions.get(id)
        run = _run_of(uow, introduction)
        people = uow.members.many([party.member for party in introduction.parties])
    tell_members(page, TEXTS, people)
    names = [people[party.member].name for party in introduction.parties if party.member in people]
    context: dict[str, Any] = {
        "introduction": introduction,
        "names": names,
        "run": run,
        "steps": steps(introduction, run, page.say),
        "checks": checks(introduction, run, page.say),
    }
    return page.show("manage/why.html", **context)


@router.post("/introductions/{id}")
def decide(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Approve, decline or keep the edited text of one introduction."""
    try:
        with page.services.ledger.write() as uow:
            done = _decide(page, uow, form, id, form.number("version"), form.text("seen"))
    except InvalidInput as error:
        return _one(page, id, status=422, errors={"": page.say(str(error))}, values=form.values)
    if done == "declined":
        undo = f"{path_to('/manage/introductions/', id)}/reopen"
        return page.go(_onwards(form), done=done, about=_named(page, id), undo=undo)
    if done == "approved":
        return page.go(_onwards(form), done=done, about=_named(page, id))
    return page.go(path_to("/manage/introductions/", id), done=done)


@router.post("/introductions/{id}/reopen")
def take_back(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Take a decline back: it is a proposal again."""
    assert page.manager is not None
    policy = page.services.introductions
    with page.services.ledger.write() as uow:
        queue.reopen(uow, id, by=f"manager:{page.manager.id}", now=page.now, policy=policy)
    return page.go(path_to("/manage/introductions/", id), done="reopened", about=_named(page, id))


def _onwards(form: Form, *, left: int = 0) -> str:
    """Return the queue as it was looked at, at the introduction that follows; `left` are as they were."""
    shown = {name: form.text(name) for name in ("state", "search") if form.text(name)}
    shown |= {"left": str(left)} if left else {}
    query, anchor = f"?{urlencode(shown)}" if shown else "", form.text("next")
    return f"/manage{query}" + (f"#{quote(anchor, safe='')}" if anchor else "")


def _named(page: PageRequest, id: str) -> str:
    with page.services.ledger.read() as uow:
        ids = [party.member for party in uow.introductions.get(id).parties]
        people = uow.members.many(ids)
    return join_list([people[id].name for id in ids], gettext=page.services.composer.gettext(page.locale))


def _all_named(page: PageRequest, ids: Sequence[str]) -> str:
    """Name the pairs, the first few of many."""
    named = "; ".join(_named(page, id) for id in ids[:NAMED])
    return named + (" …" if len(ids) > NAMED else "")


@router.post("/queue")
def decide_many(page: ManagerPage, form: ManagerForm) -> Response:
    """Approve or decline all that are ticked; one that changed meanwhile is left as it is."""
    began, decided, ticked = page.now, [], form.all("ids")
    for each in ticked:
        id, version, seen = (*each.split(" "), "", "")[:3]
        try:
            with page.services.ledger.write() as uow:
                done = _decide(page, uow, form, id, whole_number(version) or 0, seen)
            decided.append(id)
        except (Conflict, InvalidInput):
            pass  # told by `left`
    if not decided:
        return page.go(_onwards(form, left=len(ticked)))
    meanwhile = urlencode({"since": began.isoformat(), "until": page.now.isoformat()})
    undo = f"/manage/queue/reopen?{meanwhile}" if done == "declined" else ""
    return page.go(
        _onwards(form, left=len(ticked) - len(decided)), done=done, about=_all_named(page, decided), undo=undo
    )


@router.post("/queue/reopen")
def take_many_back(page: ManagerPage, form: ManagerForm) -> Response:
    """Take what this manager declined at once back, all or, where one cannot be taken back any more, none."""
    by, since, until = by_manager(page), page.query("since"), page.query("until")
    with page.services.ledger.write() as uow:
        lately = uow.introductions.search(states={IntroductionState.DECLINED}, limit=SEARCHED)
        ids = [each.id for each in lately if each.by == by and since <= each.changed_at.isoformat() <= until]
        for id in ids:
            queue.reopen(uow, id, by=by, now=page.now, policy=page.services.introductions)
    return page.go("/manage", done="reopened" if ids else "", about=_all_named(page, ids))


def shown_to_manager(
    page: PageRequest, uow: UnitOfWork, introduction: Introduction, topics: Mapping[str, Topic]
) -> ShownIntroduction:
    """Return an introduction with its members and its sentences in the manager's language."""
    people = uow.members.many([party.member for party in introduction.parties])
    known = replace(_known(page, uow, introduction, topics), locale=page.locale)
    generated = sentences_for_all(introduction.reasons, known, gettext=page.services.composer.gettext(page.locale))
    edited = introduction.texts.get(page.locale, "").splitlines()
    texts = _context(page, topics).reader_texts(uow, introduction)
    return ShownIntroduction(
        introduction=view_for_managers(introduction),
        people=[people[party.member] for party in introduction.parties],
        sentences=edited or [sentence.text for sentence in generated],
        reads=[(people[id], text) for id, text in texts.items()],
        seen=digest(texts),
    )


def _context(page: PageRequest, topics: Mapping[str, Topic]) -> TextContext:
    return replace(page.services.opt_in().text_context(page.now), topics=topics)


def _known(
    page: PageRequest, uow: UnitOfWork, introduction: Introduction, topics: Mapping[str, Topic]
) -> SentenceContext:
    """Look up what is said to both at once, as a manager may read it."""
    policy = page.services.introductions
    return read_sentence_context(
        uow, introduction, topics=topics, settings=policy, now=page.now, introduced=True, quoted=False
    )


def _fits(shown: ShownIntroduction, search: str) -> bool:
    said = [*(each.name for each in shown.people), *shown.organisations, *shown.sentences]
    return search.casefold() in " ".join(said).casefold()


def _decide(page: PageRequest, uow: UnitOfWork, form: Form, id: str, version: int, seen: str) -> str:
    by = by_manager(page)
    match form.text("do"):
        case "approve":
            approval = Approval(
                by=by, version=version, texts=_texts(page, form), seen=seen, as_generated=form.all("as_generated")
            )
            approve(uow, id, approval, context=page.services.opt_in().text_context(page.now))
            page.services.opt_in().advance(uow, id, now=page.now)
            return "approved"
        case "decline":
            queue.decline(uow, id, by=by, reason=form.text("why") or form.text("reason"), now=page.now, version=version)
            return "declined"
        case "cancel":
            page.services.opt_in().cancel(uow, id, by=by, why=form.text("reason") or "a manager ended it", now=page.now)
            return "cancelled"
        case _:
            edited = queue.edit(uow, id, by=by, texts=_texts(page, form), now=page.now, version=version)
            check_texts(uow, edited, as_generated=unedited_locales(uow, edited))
            return "saved"


def _texts(page: PageRequest, form: Form) -> dict[str, str]:
    """Return the edited texts; one left as it was generated stays generated."""
    fields = [name.removeprefix("text_") for name in form.fields if name.startswith("text_")]
    typed = {locale: form.text(f"text_{locale}").replace("\r\n", "\n") for locale in fields}
    if any(len(text) > LONGEST_TEXT for text in typed.values()):
        raise InvalidInput("The text is too long; keep it under 4000 characters.")
    return {
        locale: typed[locale]
        for locale in typed
        if typed[locale] != form.text(f"generated_{locale}").replace("\r\n", "\n")
    }


def _run_of(uow: UnitOfWork, introduction: Introduction) -> Run | None:
    try:
        return uow.operations.run(introduction.run or "")
    except NotFound:
        return None  # an old run is forgotten; its introductions stay


def _one(page: PageRequest, id: str, *, status: int = 200, **more: Any) -> Response:
    topics = page.services.topics()
    with page.services.ledger.read() as uow:
        introduction = uow.introductions.get(id)
        shown = shown_to_manager(page, uow, introduction, topics)
        known = _known(page, uow, introduction, topics)
        history = uow.operations.audited(subject=f"introduction:{id}", limit=30)
        managers = {f"manager:{each.id}": each.name for each in uow.access.managers()}
        messages = [
            each for person in shown.people for each in uow.outbox.search(member=person.id) if each.introduction == id
        ]
        run = _run_of(uow, introduction)
        languages = readers_by_locale(uow, introduction)
        lacking = unedited_locales(uow, introduction) if introduction.texts else set()
    tell_members(page, TEXTS, (person.id for person in shown.people))
    generated = {locale: _generated(page, introduction, known, locale) for locale in languages}
    first = shown.people[0]
    picture = path_picture(page, introduction, known, first.id, first.first_name)
    context = {
        "shown": shown,
        "generated": generated,
        "languages": languages,
        "lacking": lacking,
        "picture": picture,
        "history": history,
        "managers": managers,
        "messages": messages,
        "why": why(introduction, run),
        "reasons": WHY_NOT,
        "values": {},
    }
    return page.show("manage/introduction.html", status=status, **(context | more))


def _generated(page: PageRequest, introduction: Introduction, known: SentenceContext, locale: str) -> str:
    gettext = page.services.composer.gettext(locale)
    sentences = sentences_for_all(introduction.reasons, replace(known, locale=locale), gettext=gettext)
    return "\n".join(sentence.text for sentence in sentences)
