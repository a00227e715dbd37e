"""A folder of mails: what the demo sends, and what its mail page reads."""

import email
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

from serendipity.channels.mime import Sender, build, message_id
from serendipity.domain.errors import DeliveryFailed, NotFound
from serendipity.domain.mail import Mail
from serendipity.domain.model import Member, Message
from serendipity.ports import Clock
from serendipity.usecases.members.traces import Traces

_NAME = re.compile(r"[0-9a-zA-Z.-]{1,200}")
_PARTIAL = ".part"


@dataclass(frozen=True, kw_only=True, slots=True)
class FileChannel:
    """Writes each mail into a folder; the same message always into the same file."""

    folder: Path
    sender: Sender
    clock: Clock

    def send(self, message: Message, to: Member, reply_to: Sequence[Member]) -> None:
        """Write the mail in one step. Raises DeliveryFailed when the folder cannot be written."""
        mail = build(message, to, reply_to, sender=self.sender, date=self.clock.now())
        mail["Delivered-To"] = str(to.email)
        name = str(mail["Message-ID"]).strip("<>").partition("@")[0]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _write(self.folder / f"{name}.eml", mail.as_bytes())
        except OSError as error:
            raise DeliveryFailed(f"The mail folder cannot be written ({type(error).__name__}).") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class MailFolder:
    """The mails of a folder, for the page that shows them."""

    folder: Path

    def all(self) -> list[Mail]:
        """Return the mails, the latest first."""
        return list_mails(self.folder)

    def one(self, id: str) -> Mail:
        """Return one mail. Raises NotFound."""
        return read_mail(self.folder, id)

    def forget(self, traces: Traces) -> int:
        """Remove the mails of these messages, and every mail that says one of these words anywhere.

        Also those that a crash left half written. Returns how many. Raises OSError when the folder cannot be written.
        """
        sought = [word.casefold() for word in traces.words if word.strip()]
        files = {message_id(id, "").strip("<@>") for id in traces.messages}
        kept = [*self.folder.glob("*.eml"), *self.folder.glob(f"*{_PARTIAL}")]
        gone = [path for path in kept if path.stem in files or (sought and _says(path, sought))]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)


def list_mails(folder: Path) -> list[Mail]:
    """Return the mails of a folder, the latest first."""
    found = [(path.stat().st_mtime_ns, path.stem) for path in folder.glob("*.eml")]
    return [read_mail(folder, id) for _, id in sorted(found, reverse=True)]


def read_mail(folder: Path, id: str) -> Mail:
    """Return one mail. Raises NotFound."""
    path = folder / f"{id}.eml"
    if not _NAME.fullmatch(id) or not path.is_file():
        raise NotFound("There is no such mail in the folder.")
    return _parse(path)


def _parse(path: Path) -> Mail:
    parsed = email.message_from_bytes(path.read_bytes(), policy=default)
    date = parsed["Date"]
    return Mail(
        id=path.stem,
        subject=str(parsed["Subject"] or ""),
        sender=str(parsed["From"] or ""),
        to=str(parsed["To"] or ""),
        reply_to=str(parsed["Reply-To"] or ""),
        delivered_to=str(parsed["Delivered-To"] or ""),
        date=parsedate_to_datetime(str(date)) if date else None,
        text=_part(parsed, "plain"),
        html=_part(parsed, "html"),
    )


def _says(path: Path, words: Sequence[str]) -> bool:
    try:
        mail = _parse(path)
    except FileNotFoundError:  # somebody else removed it
        return False
    said = "\n".join((mail.subject, mail.to, mail.reply_to, mail.delivered_to, mail.text, mail.html)).casefold()
    return any(word in said for word in words)


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def _write(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=_PARTIAL)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
