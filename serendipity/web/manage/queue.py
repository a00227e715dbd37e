"""The queue of introductions with their reasons: a manager approves, edits or declines each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from starlette.responses import Response

from serendipity.domain.errors import Conflict, InvalidInput, NotFound
from serendipity.domain.model import Introduction, IntroductionState, Member, Run, Topic
from serendipity.introductions.approval import Approval, find_unedited_locales, readers_by_locale
from serendipity.introductions.disclosure import view_for_managers
from serendipity.introductions.evidence import read_sentence_context
from serendipity.introductions.reader_texts import ReaderText, TextContext, digest
from serendipity.introductions.sentences import SentenceContext, join_list, sentences_for_all
from serendipity.ports import UnitOfWork
from serendipity.usecases.audit import TEXTS
from serendipity.usecases.introductions import review
from serendipity.web.audit import by_manager, record_views
from serendipity.web.forms import Form, whole_number
from serendipity.web.labels import _
from serendipity.web.manage.score_breakdown import break_down_score
from serendipity.web.manage.score_steps import list_checks, list_steps
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

    `seen` is the digest of all texts that the parties read; the form of an approval sends it back.
    """

    introduction: Introduction
    people: list[Member]
    sentences: list[str]
    reads: list[tuple[Member, ReaderText]]
    seen: str

    @property
    def organisations(self) -> list[str]:
        """Return the organisations of the members."""
        return [each.organisation for each in self.people if each.organisation]


@router.get("")
def show(page: ManagerPage) -> Response:
    """List proposals, best first, or the introductions in another state."""
    wanted = page.query("state") or IntroductionState.PROPOSED.value
    states = None if wanted == "all" else {IntroductionState(wanted)} if wanted in tuple(IntroductionState) else None
    search, topics = page.query("search"), page.services.topics()
    limit = SEARCHED if search else SHOWN + 1
    with page.services.ledger.read() as uow:
        found = uow.introductions.search(states=states, member=page.query("member") or None, limit=limit)
        candidates = (present_introduction(page, uow, one, topics) for one in found)
        shown = list(islice((each for each in candidates if _contains(each, search)), SHOWN + 1))
    more = len(shown) > SHOWN
    record_views(page, TEXTS, (person.id for each in shown[:SHOWN] for person in each.people))
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
    """Show one introduction with its score, factors and text, to edit; its members see which manager looked."""
    return _show_one(page, id)


@router.get("/introductions/{id}/why")
def show_why(page: ManagerPage, id: str) -> Response:
    """Show how the score is computed, step by step."""
    with page.services.ledger.read() as uow:
        introduction = uow.introductions.get(id)
        run = _run_of(uow, introduction)
        people = uow.members.many([party.member for party in introduction.parties])
    record_views(page, TEXTS, people)
    names = [people[party.member].name for party in introduction.parties if party.member in people]
    context: dict[str, Any] = {
        "introduction": introduction,
        "names": names,
        "run": run,
        "steps": list_steps(introduction, run, page.say),
        "checks": list_checks(introduction, run, page.say),
    }
    return page.show("manage/why.html", **context)


@router.post("/introductions/{id}")
def decide(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Approve, decline or keep the edited text of one introduction."""
    try:
        done = _decide(page, form, id, form.number("version"), form.text("seen"))
    except InvalidInput as error:
        return _show_one(page, id, status=422, errors={"": page.say(str(error))}, values=form.values)
    if done == "declined":
        undo = f"{path_to('/manage/introductions/', id)}/reopen"
        return page.go(_queue_path(form), done=done, about=_names_of(page, id), undo=undo)
    if done == "approved":
        return page.go(_queue_path(form), done=done, about=_names_of(page, id))
    return page.go(path_to("/manage/introductions/", id), done=done)


@router.post("/introductions/{id}/reopen")
def reopen(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Take a decline back: it is a proposal again."""
    policy = page.services.introductions
    review.reopen_introduction(page.services.ledger, id, policy=policy, by=by_manager(page), now=page.now)
    return page.go(path_to("/manage/introductions/", id), done="reopened", about=_names_of(page, id))


def _queue_path(form: Form, *, left: int = 0) -> str:
    """Return the address of the queue as it was shown, at the next introduction; `left` of them were not decided."""
    shown = {name: form.text(name) for name in ("state", "search") if form.text(name)}
    shown |= {"left": str(left)} if left else {}
    query, anchor = f"?{urlencode(shown)}" if shown else "", form.text("next")
    return f"/manage{query}" + (f"#{quote(anchor, safe='')}" if anchor else "")


def _names_of(page: PageRequest, id: str) -> str:
    with page.services.ledger.read() as uow:
        ids = [party.member for party in uow.introductions.get(id).parties]
        people = uow.members.many(ids)
    return join_list([people[id].name for id in ids], gettext=page.services.composer.gettext(page.locale))


def _names_of_all(page: PageRequest, ids: Sequence[str]) -> str:
    """Return the names of the first few pairs."""
    named = "; ".join(_names_of(page, id) for id in ids[:NAMED])
    return named + (" …" if len(ids) > NAMED else "")


@router.post("/queue")
def decide_many(page: ManagerPage, form: ManagerForm) -> Response:
    """Approve or decline all that are ticked; one that changed meanwhile is left as it is."""
    began, decided, ticked = page.now, [], form.all("ids")
    for each in ticked:
        id, version, seen = (*each.split(" "), "", "")[:3]
        try:
            done = _decide(page, form, id, whole_number(version) or 0, seen)
            decided.append(id)
        except (Conflict, InvalidInput):
            pass  # `left` counts it
    if not decided:
        return page.go(_queue_path(form, left=len(ticked)))
    meanwhile = urlencode({"since": began.isoformat(), "until": page.now.isoformat()})
    undo = f"/manage/queue/reopen?{meanwhile}" if done == "declined" else ""
    return page.go(
        _queue_path(form, left=len(ticked) - len(decided)), done=done, about=_names_of_all(page, decided), undo=undo
    )


@router.post("/queue/reopen")
def reopen_many(page: ManagerPage, form: ManagerForm) -> Response:
    """Take back what this manager declined together: all, or none where one cannot be taken back any more."""
    policy, by, since, until = page.services.introductions, by_manager(page), page.query("since"), page.query("until")
    ids = review.reopen_declined_between(page.services.ledger, since, until, policy=policy, by=by, now=page.now)
    return page.go("/manage", done="reopened" if ids else "", about=_names_of_all(page, ids))


def present_introduction(
    page: PageRequest, uow: UnitOfWork, introduction: Introduction, topics: Mapping[str, Topic]
) -> ShownIntroduction:
    """Return an introduction with its members and its sentences in the manager's language."""
    people = uow.members.many([party.member for party in introduction.parties])
    known = replace(_sentence_context(page, uow, introduction, topics), locale=page.locale)
    generated = sentences_for_all(introduction.reasons, known, gettext=page.services.composer.gettext(page.locale))
    edited = introduction.texts.get(page.locale, "").splitlines()
    texts = _text_context(page, topics).reader_texts(uow, introduction)
    return ShownIntroduction(
        introduction=view_for_managers(introduction),
        people=[people[party.member] for party in introduction.parties],
        sentences=edited or [sentence.text for sentence in generated],
        reads=[(people[id], text) for id, text in texts.items()],
        seen=digest(texts),
    )


def _text_context(page: PageRequest, topics: Mapping[str, Topic]) -> TextContext:
    return replace(page.services.opt_in().text_context(page.now), topics=topics)


def _sentence_context(
    page: PageRequest, uow: UnitOfWork, introduction: Introduction, topics: Mapping[str, Topic]
) -> SentenceContext:
    """Read the context of the sentences that both members read, as a manager may see it."""
    policy = page.services.introductions
    return read_sentence_context(
        uow, introduction, topics=topics, settings=policy, now=page.now, introduced=True, quoted=False
    )


def _contains(shown: ShownIntroduction, search: str) -> bool:
    said = [*(each.name for each in shown.people), *shown.organisations, *shown.sentences]
    return search.casefold() in " ".join(said).casefold()


def _decide(page: PageRequest, form: Form, id: str, version: int, seen: str) -> str:
    """Do what the form says with one introduction; returns the name of the notice that says so."""
    ledger, opt_in, by, now = page.services.ledger, page.services.opt_in(), by_manager(page), page.now
    match form.text("do"):
        case "approve":
            approval = Approval(
                by=by,
                version=version,
                texts=_parse_edited_texts(form),
                seen=seen,
                as_generated=form.all("as_generated"),
            )
            review.approve_introduction(ledger, opt_in, id, approval, now=now)
            return "approved"
        case "decline":
            reason = form.text("why") or form.text("reason")
            review.decline_introduction(ledger, id, reason=reason, version=version, by=by, now=now)
            return "declined"
        case "cancel":
            review.cancel_introduction(ledger, opt_in, id, reason=form.text("reason"), by=by, now=now)
            return "cancelled"
        case _:
            review.edit_introduction(ledger, id, _parse_edited_texts(form), version=version, by=by, now=now)
            return "saved"


def _parse_edited_texts(form: Form) -> dict[str, str]:
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


def _show_one(page: PageRequest, id: str, *, status: int = 200, **more: Any) -> Response:
    topics = page.services.topics()
    with page.services.ledger.read() as uow:
        introduction = uow.introductions.get(id)
        shown = present_introduction(page, uow, introduction, topics)
        known = _sentence_context(page, uow, introduction, topics)
        history = uow.operations.audit_entries(subject=f"introduction:{id}", limit=30)
        managers = {f"manager:{each.id}": each.name for each in uow.access.managers()}
        messages = [
            each for person in shown.people for each in uow.outbox.search(member=person.id) if each.introduction == id
        ]
        run = _run_of(uow, introduction)
        languages = readers_by_locale(uow, introduction)
        lacking = find_unedited_locales(uow, introduction) if introduction.texts else set()
    record_views(page, TEXTS, (person.id for person in shown.people))
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
        "why": break_down_score(introduction, run),
        "reasons": WHY_NOT,
        "values": {},
    }
    return page.show("manage/introduction.html", status=status, **(context | more))


def _generated(page: PageRequest, introduction: Introduction, known: SentenceContext, locale: str) -> str:
    gettext = page.services.composer.gettext(locale)
    sentences = sentences_for_all(introduction.reasons, replace(known, locale=locale), gettext=gettext)
    return "\n".join(sentence.text for sentence in sentences)
