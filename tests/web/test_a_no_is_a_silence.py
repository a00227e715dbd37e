"""Nobody is told of a no: all that the other, managers and programs can reach is the same as after a silence."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest
from fastapi.testclient import TestClient

from serendipity.bootstrap import build_services
from serendipity.domain.model import Answer, DeclineReason, Introduction, LinkPurpose, Match, Member, Reason
from serendipity.intake import members
from serendipity.intake.inputs import MemberInput
from serendipity.introductions import queue
from serendipity.outreach.links import PATHS, open_link
from serendipity.usecases.topics.reading import Reader
from serendipity.usecases.upkeep.worker_turns import advance_introductions, deliver
from serendipity.web.app import create_app
from tests.fakes import FakeClock
from tests.web.conftest import EVERYTHING, PASSWORD, Community, PhraseReader, form_token, settings_in
from tests.web.introduced import first_asked, link

STEPS = [timedelta(hours=hours) for hours in (0, 1, 24, 6 * 24, 6 * 24 + 23, 7 * 24 + 1, 8 * 24, 20 * 24, 21 * 24)]
# What differs from one time of looking to the next in any case: secrets made for each answer, and pictures of them.
VOLATILE = re.compile(
    r'value="[\w-]{20,}"|<svg.*?</svg>|data:image[^"]*|/answer/[\w-]+|csrf[^ ]*|"token":"[^"]*"', re.S
)
MANAGERS = (
    "/manage",
    "/manage?state=all",
    "/manage?state=asked",
    "/manage?state=expired",
    "/manage/settings/audit",
    "/manage/messages",
)


class World:
    """Nora and Bram (and Carla, in a group), the one who answers first, and the browsers of all who look."""

    def __init__(self, community: Community, open_browser: Callable[[], TestClient], *, group: bool) -> None:
        self.community = community
        names = ("Nora Visser", "Bram de Wit", "Carla Smit")[: 3 if group else 2]
        self.members: list[Member] = [self._member(name) for name in names]
        self.id = self._asked()
        self.willing = first_asked(self._introduction())
        self.others = [member.id for member in self.members if member.id != self.willing]
        self.browser, self.manager = open_browser(), open_browser()
        self.key = community.key()
        self._enter()

    def _member(self, name: str) -> Member:
        id = name.split()[0].lower()
        item = MemberInput(id=id, name=name, email=f"{id}@example.org", purposes=EVERYTHING)
        services = self.community.services
        with services.ledger.write() as uow:
            return members.join(uow, item, source="test", now=self.community.clock.now(), scrub=services.scrub)

    def _asked(self) -> str:
        services, now = self.community.services, self.community.clock.now()
        topic = services.reader.vocabulary.find("big data")
        assert topic
        one, other, *more = (member.id for member in self.members)
        reasons = (Reason(kind="shared_topic", weight=0.8, topics=(topic,)),)
        match = Match(
            member=one, other=other, more=tuple(more), score=0.7, relevance=0.8, unexpectedness=0.6, reasons=reasons
        )
        with services.ledger.write() as uow:
            id = queue.propose(uow, match, run="r-1", now=now, policy=services.introductions).id
            queue.approve(uow, id, by="manager:mgr", now=now, texts={})
            services.opt_in().advance(uow, id, now=now)
        deliver(services)
        return id

    def _introduction(self) -> Introduction:
        with self.community.services.ledger.read() as uow:
            return uow.introductions.get(self.id)

    def _enter(self) -> None:
        """Log both browsers in: the member by their link, the manager by password."""
        mine = PATHS[LinkPurpose.PROFILE] + link(self.community, LinkPurpose.PROFILE, self.willing)
        self.browser.post(mine, data={"csrf": form_token(self.browser.get(mine).text)})
        data = {
            "email": "ann@example.org",
            "password": PASSWORD,
            "csrf": form_token(self.manager.get("/manage/login").text),
        }
        assert self.manager.post("/manage/login", data=data).status_code == 200

    def answer(self, member: str, answer: Answer, reason: DeclineReason | None = None) -> None:
        services, now = self.community.services, self.community.clock.now()
        token = link(self.community, LinkPurpose.ANSWER, member, self.id)
        with services.ledger.write() as uow:
            services.opt_in().answer(
                uow, open_link(uow, token, LinkPurpose.ANSWER, now), answer, reason=reason, now=now
            )

    def tick(self) -> None:
        """The worker's turns."""
        advance_introductions(self.community.services)
        deliver(self.community.services)

    def reached_by_the_willing(self) -> dict[str, str]:
        """Everything that the one who said yes can open, the mails in their box, and what programs are told of them."""
        answer = PATHS[LinkPurpose.ANSWER]
        token = link(self.community, LinkPurpose.ANSWER, self.willing, self.id)
        pages = {path: self.browser.get(path).text for path in ("/me", "/me/export", "/me/topics")}
        pages[answer] = self.browser.get(f"{answer}{token}").text
        found = {path: VOLATILE.sub("", page) for path, page in pages.items()}
        with self.community.services.ledger.read() as uow:
            sent = [m for m in uow.outbox.search(member=self.willing, limit=100) if m.sent_at]
        found["mails"] = repr([(m.kind, m.subject, m.text, m.html, m.sent_at) for m in sent])
        for path in (f"/v1/members/{self.willing}", f"/v1/members/{self.willing}/matches"):
            found[path] = self.browser.get(path, auth=self.key).text
        return found

    def reached_by_managers(self) -> dict[str, str]:
        """Everything about the introduction on a manager's pages, and the pages of its members."""
        members = [f"/manage/members/{member.id}" for member in self.members]
        paths = [*MANAGERS, f"/manage/introductions/{self.id}", f"/manage/introductions/{self.id}/why", *members]
        return {path: VOLATILE.sub("", self.manager.get(path).text) for path in paths}


@contextmanager
def _world(prepared: Path, folder: Path, *, group: bool) -> Iterator[World]:
    copytree(prepared, folder)
    services = build_services(settings_in(folder), clock=FakeClock(), prepare=False)
    services = replace(services, reader=Reader(services.ledger, PhraseReader))
    services.reader.refresh()
    clock = services.clock
    assert isinstance(clock, FakeClock)
    browsers: list[TestClient] = []

    def open_one() -> TestClient:
        browsers.append(TestClient(create_app(services), follow_redirects=True))
        return browsers[-1]

    try:
        yield World(Community(services=services, clock=clock), open_one, group=group)
    finally:
        for browser in browsers:
            browser.close()
        services.graph.close()
        services.ledger.close()


def _seen(world: World, said: Callable[[World], None]) -> list[dict[str, str]]:
    """Play it, and look at everything after each step."""
    world.answer(world.willing, Answer.ACCEPTED)
    world.tick()
    said(world)
    begun, found = world.community.clock.now(), []
    for step in STEPS:
        world.community.clock.time = begun + step
        world.tick()
        found.append(world.reached_by_the_willing() | world.reached_by_managers())
    return found


@pytest.mark.parametrize("group", [False, True])
@pytest.mark.parametrize("reason", [None, *DeclineReason])
def test_all_that_anybody_else_reaches_after_a_no_is_as_after_a_silence(
    prepared: Path, tmp_path: Path, reason: DeclineReason | None, group: bool
) -> None:
    """Pages, export, API and mails, at every step until weeks after, to the letter."""

    def decline(world: World) -> None:
        world.answer(world.others[0], Answer.DECLINED, reason)
        world.tick()

    with _world(prepared, tmp_path / "no", group=group) as world:
        after_no = _seen(world, decline)
        declined = world.others[0]
    with _world(prepared, tmp_path / "silence", group=group) as world:
        after_silence = _seen(world, lambda world: world.tick())

    # Who said "not now" is paused for a while, which managers see as any pause: not why.
    own = f"/manage/members/{declined}" if reason is DeclineReason.NOT_NOW else ""
    for number, (one, other) in enumerate(zip(after_no, after_silence, strict=True)):
        for path in one.keys() - {own}:
            assert one[path] == other[path], (STEPS[number], path)
    assert "did not come together" in after_no[-1]["mails"] or group
