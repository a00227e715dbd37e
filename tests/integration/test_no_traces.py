"""After an erasure no file of the data folder holds what was erased: not while it runs, and not after a restore."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from serendipity.bootstrap import build_services
from serendipity.channels.files import MailFolder
from serendipity.config import Settings
from serendipity.domain.model import Answer, LinkPurpose, Match, Purpose, Reason, Visibility
from serendipity.intake import members
from serendipity.intake.inputs import CheckInInput, MemberChanges, MemberInput
from serendipity.introductions import queue
from serendipity.outreach.links import issue_link, open_link
from serendipity.stores.ledger_sql import open_ledger
from serendipity.upkeep.backup import backup
from serendipity.upkeep.erasure import finish_erasures, leave_no_traces
from serendipity.upkeep.restore import restore
from serendipity.usecases.check_in.check_in import check_in
from serendipity.usecases.members import personal_data
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import catch_up, publish, read_and_project
from serendipity.usecases.upkeep.worker_turns import advance_introductions, deliver
from tests.fakes import FakeClock

PLANTED = {
    "earlier name": "Zwaantje Oudekerk",
    "name": "Zwaantje Nieuwkoop",
    "earlier address": "zwaantje.oud@voorbeeld.example",
    "address": "zwaantje.nieuw@voorbeeld.example",
    "organisation": "Oudekerk Orgelbouw",
    "about": "I restore barrel organs from Wijnegem",
    "skill": "leather bellows of Wijnegem",
    "check-in": "Tuning the Wijnegem barrel organ with big data",
    "sought": "somebody with a Wijnegem lathe",
    "offered": "a tour of the Wijnegem workshop",
    "private": "The Wijnegem secret of my own",
    "edited text": "You two must meet because of the Wijnegem organ",
}


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """An installation in which Zwaantje did all that leaves something behind, under two names and addresses."""
    settings = {"data_dir": tmp_path / "data", "undo_minutes": 0, "quiet_from": 0, "quiet_until": 0}
    found = build_services(Settings.model_validate(settings), clock=FakeClock())
    found.graph.migrate()
    yield found
    found.graph.close()
    found.ledger.close()


def live(services: Services) -> str:
    """Let Zwaantje join, say things, be introduced, and change her name and address; return her id."""
    zwaantje = _join(services, "zwaantje", PLANTED["earlier name"], PLANTED["earlier address"])
    bram = _join(services, "bram", "Bram de Wit", "bram@example.org")
    _introduce(services, zwaantje, bram)
    changed = MemberChanges(name=PLANTED["name"], email=PLANTED["address"])
    with services.ledger.write() as uow:
        members.change(uow, zwaantje, changed, now=services.clock.now(), scrub=services.scrub)
    said = CheckInInput(member=zwaantje, text=PLANTED["check-in"], seeks=PLANTED["sought"], offers=PLANTED["offered"])
    check_in(services, said, source="test")
    check_in(
        services, CheckInInput(member=zwaantje, text=PLANTED["private"], visibility=Visibility.PRIVATE), source="test"
    )
    about = f"Met {PLANTED['name']} and talked about big data"
    check_in(services, CheckInInput(member=bram, text=about, visibility=Visibility.MATCHING), source="test")
    catch_up(services)
    return zwaantje


def _join(services: Services, id: str, name: str, email: str) -> str:
    item = MemberInput(
        id=id,
        name=name,
        email=email,
        organisation=PLANTED["organisation"] if id == "zwaantje" else None,
        about=PLANTED["about"] if id == "zwaantje" else "",
        skills=(PLANTED["skill"],) if id == "zwaantje" else (),
        purposes=frozenset(Purpose),
    )
    with services.ledger.write() as uow:
        return members.join(uow, item, source="test", now=services.clock.now(), scrub=services.scrub).id


def _introduce(services: Services, one: str, other: str) -> None:
    reasons = (Reason(kind="shared_topic", weight=1, topics=("big-data",)),)
    match = Match(member=one, other=other, score=0.7, relevance=0.8, unexpectedness=0.6, reasons=reasons)
    now = services.clock.now()
    with services.ledger.write() as uow:
        id = queue.propose(uow, match, run="r-1", now=now, policy=services.introductions).id
        queue.approve(uow, id, by="manager:m", now=now, texts={"en": PLANTED["edited text"]})
        services.opt_in().advance(uow, id, now=now)
    for _ in range(2):
        deliver(services)
        with services.ledger.write() as uow:
            asked = next(p.member for p in uow.introductions.get(id).parties if p.answer is Answer.ASKED)
            token = issue_link(uow, LinkPurpose.ANSWER, asked, id, now=now, ttl=timedelta(days=1))
            services.opt_in().answer(uow, open_link(uow, token, LinkPurpose.ANSWER, now), Answer.ACCEPTED, now=now)
    advance_introductions(services)
    deliver(services)


def work(services: Services) -> None:
    """What the worker does within a minute."""
    read_and_project(services)
    finish_erasures(services.ledger, services.graph)
    publish(services)
    services.snapshots.tidy()
    assert leave_no_traces(services)


def readable(folder: Path) -> list[tuple[str, str]]:
    """Which planted text stands in which file, in any encoding that a file of ours has."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes().lower()
        for what, text in PLANTED.items():
            words = [text, text.replace(" ", "=20"), text.replace(" ", "_")]
            if any(each.lower().encode(code) in content for each in words for code in ("utf-8", "utf-16-le")):
                found.append((what, path.name))
    return found


def test_what_was_planted_is_in_the_files_before(services: Services) -> None:
    """Else the other tests would find nothing to begin with."""
    live(services)
    assert {what for what, _ in readable(services.settings.data_dir)} == set(PLANTED)


def test_no_file_holds_it_once_the_worker_has_run(services: Services) -> None:
    """Ledger, its log, graph, snapshots, mails under either name: while everything is open."""
    member = live(services)
    said_by_bram = f"Met {PLANTED['name']} and talked about big data"

    personal_data.erase(services, member, by=f"member:{member}")
    work(services)

    left = readable(services.settings.data_dir)
    # What Bram wrote is Bram's; nothing else holds the name, and no phrase was made of it.
    assert set(left) <= {("name", "ledger.db")}
    with services.ledger.read() as uow:
        texts = [str((each.data or {}).get("text")) for each in uow.records.recent(member="bram", limit=50)]
        assert said_by_bram in texts
        assert uow.records.members_mentioning(["phrase:zwaantje nieuwkoop", "phrase:nieuwkoop"]) == {}
    content = (services.settings.data_dir / "ledger.db").read_bytes()
    assert content.lower().count(PLANTED["name"].lower().encode()) == 1


def test_a_restored_backup_holds_it_no_more_before_anything_runs(services: Services, tmp_path: Path) -> None:
    """The backup was made before; the erasures since are carried out before the folder is in place."""
    member = live(services)
    made = backup(
        f"sqlite:///{services.settings.data_dir / 'ledger.db'}",
        services.settings.data_dir,
        tmp_path / "backups",
        now=services.clock.now(),
        mails=True,
    )
    personal_data.erase(services, member, by=f"member:{member}")
    restore(
        made.archive,
        tmp_path / "restored",
        erasures=services.settings.data_dir / "erasures.jsonl",
        open_ledger=open_ledger,
        now=services.clock.now(),
        forget_mails=lambda folder, traces: MailFolder(folder=folder).forget(traces),
    )

    assert set(readable(tmp_path / "restored")) <= {("name", "ledger.db")}
    assert len(list((tmp_path / "restored" / "mails").glob("*.eml"))) == 0


def test_mails_between_others_stay(services: Services) -> None:
    """Only what was sent to or about the erased member goes."""
    member = live(services)
    carla = _join(services, "carla", "Carla Smit", "carla@example.org")
    with services.ledger.write() as uow:
        message = services.composer.compose("welcome", uow.members.get(carla), {}, id="welcome:carla")
        uow.outbox.add(replace(message, queued_at=services.clock.now(), next_at=services.clock.now()))
    deliver(services)
    personal_data.erase(services, member, by=f"member:{member}")

    assert services.mails is not None
    assert [mail.delivered_to for mail in services.mails.all()] == ["carla@example.org"]
