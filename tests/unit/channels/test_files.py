"""The folder of mails that the demo sends into."""

from datetime import timedelta
from pathlib import Path

import pytest

from serendipity.channels.files import FileChannel, MailFolder
from serendipity.channels.mime import Sender
from serendipity.domain.errors import DeliveryFailed, NotFound
from serendipity.domain.model import Member, Message
from tests.fakes import FakeClock

ANNA = Member(id="anna", name="Anna", email="anna@example.org")
BRAM = Member(id="bram", name="Bram", email="bram@example.org")


def channel(folder: Path) -> FileChannel:
    return FileChannel(folder=folder, sender=Sender(address="hello@example.org"), clock=FakeClock())


def message(id: str = "m-1", subject: str = "Hello") -> Message:
    return Message(
        id=id, member="anna", kind="welcome", subject=subject, text="Hé Anna\n", html="<p>Hé Anna</p>", locale="en"
    )


def test_a_mail_can_be_read_as_it_was_sent(tmp_path: Path) -> None:
    """With whom it was delivered to, and whom it is addressed to."""
    channel(tmp_path / "mails").send(message(), ANNA, (ANNA, BRAM))
    (mail,) = MailFolder(folder=tmp_path / "mails").all()

    assert (mail.subject, mail.text.strip(), mail.html.strip()) == ("Hello", "Hé Anna", "<p>Hé Anna</p>")
    assert (mail.delivered_to, mail.date) == ("anna@example.org", FakeClock().now())
    assert mail.to == mail.reply_to == "Anna <anna@example.org>, Bram <bram@example.org>"
    assert MailFolder(folder=tmp_path / "mails").one(mail.id) == mail


def test_the_same_message_again_is_the_same_file(tmp_path: Path) -> None:
    """A repeat after a crash leaves one mail, and nothing half-written."""
    for subject in ("First", "Again"):
        channel(tmp_path).send(message(subject=subject), ANNA, ())

    assert [mail.subject for mail in MailFolder(folder=tmp_path).all()] == ["Again"]
    assert [path.suffix for path in tmp_path.iterdir()] == [".eml"]


def test_an_empty_folder_holds_no_mails(tmp_path: Path) -> None:
    """Nor does one that is not there yet."""
    assert MailFolder(folder=tmp_path / "none").all() == []


def test_a_folder_that_cannot_be_written_is_tried_again_later(tmp_path: Path) -> None:
    """A file stands in its place."""
    (tmp_path / "mails").write_text("")

    with pytest.raises(DeliveryFailed):
        channel(tmp_path / "mails").send(message(), ANNA, ())


@pytest.mark.parametrize("id", ["", "missing", "../secret", "a/b", "\0"])
def test_only_mails_of_the_folder_can_be_read(tmp_path: Path, id: str) -> None:
    """No path leads out of it."""
    (tmp_path / "secret.eml").write_text("Subject: secret\n\n")
    (tmp_path / "mails").mkdir()

    with pytest.raises(NotFound):
        MailFolder(folder=tmp_path / "mails").one(id)


def test_mails_are_listed_latest_first(tmp_path: Path) -> None:
    """By the time they were written, newest on top."""
    import os

    clock = FakeClock()
    for n in range(3):
        channel(tmp_path).send(message(f"m-{n}", f"Mail {n}"), ANNA, ())
        moment = (clock.now() + timedelta(hours=n)).timestamp()
        newest = max(tmp_path.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (moment, moment))

    listed = [mail.subject for mail in MailFolder(folder=tmp_path).all()]
    assert sorted(listed, reverse=True) == ["Mail 2", "Mail 1", "Mail 0"]
