"""Versions of something learned: each a record, the last one in force, any of them to be taken back.

Taking back is a record too, which brings an earlier version back and holds it: what learns by itself changes nothing
until somebody learns by hand again. When somebody is erased whose data a version may have had, the next learning
replaces it, or takes it out of use.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from serendipity.domain.errors import NotFound
from serendipity.domain.model import AuditEntry, NewRecord, Record, RecordKind
from serendipity.ports import UnitOfWork
from serendipity.usecases.services import Services

MOST_VERSIONS = 1_000
AS_IT_IS = 0  # the version before the first: nothing learned is used


class StorableModel(Protocol):
    """A model that can be stored as JSON."""

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON."""
        ...


Learned = TypeVar("Learned", bound=StorableModel)


@dataclass(frozen=True, kw_only=True)
class Version(Generic[Learned]):
    """One version: `learned` is None where nothing learned is used; `restores` names the one it brings back."""

    number: int
    position: int
    at: datetime
    upto: int
    learned: Learned | None
    restores: int | None = None
    tried: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class TrainingOutcome(Generic[Learned]):
    """Result of training on the ledger up to a position.

    `learned` is None where nothing better was found, `retire` says that what is in force does worse than nothing,
    `erased` that somebody is gone whose data it may have had; `tried` is kept with the version.
    """

    present: Version[Learned] | None
    learned: Learned | None
    upto: int
    tried: dict[str, Any]
    retire: bool = False
    erased: bool = False
    automatic: bool = False

    @property
    def held(self) -> bool:
        """Tell whether a version was taken back, which what learns by itself leaves alone."""
        return self.automatic and self.present is not None and self.present.restores is not None

    def as_data(self, name: str) -> dict[str, Any] | None:
        """Return what a new version holds; None where the one in force stays."""
        present = self.present.learned if self.present else None
        learned = None if self.held else self.learned
        retired = present is not None and (self.erased or (self.retire and not self.held))
        if (learned is None and not retired) or (learned is not None and learned == present):
            return None
        data = {name: learned.as_data() if learned else None, "upto": self.upto, "tried": self.tried}
        # What was taken back stays so, also without the erased.
        return data | ({"restores": AS_IT_IS} if self.held else {})


@dataclass(frozen=True, kw_only=True)
class Versions(Generic[Learned]):
    """The versions of one kind of what is learned: what it is called in records and audit, and how it is read."""

    kind: RecordKind
    source: str
    name: str
    read: Callable[[Mapping[str, Any]], Learned]

    def all(self, uow: UnitOfWork) -> list[Version[Learned]]:
        """Return all versions, the latest first."""
        return [self._version(each) for each in uow.records.recent(kinds={self.kind}, limit=MOST_VERSIONS)]

    def in_force(self, uow: UnitOfWork) -> Version[Learned] | None:
        """Return the version in force, None while there was none."""
        found = uow.records.recent(kinds={self.kind}, limit=1)
        return self._version(found[0]) if found else None

    def put_to_use(self, services: Services, finding: TrainingOutcome[Learned], *, by: str) -> Version[Learned] | None:
        """Make what was learned the version in force, or take the one in force out of use; None where it stays.

        It stays as well where another came into force, or was brought back, since the finding began.
        """
        data = finding.as_data(self.name)
        if data is None:
            return None
        with services.ledger.write() as uow:
            latest = self.in_force(uow)
            if (latest and latest.position) != (finding.present and finding.present.position):
                return None
            what = "learned" if data[self.name] else "retired"
            return self._keep(uow, data, what=what, by=by, now=services.clock.now())

    def roll_back(self, services: Services, number: int | None = None, *, by: str) -> Version[Learned]:
        """Bring an earlier version back (default: the one before; 0: nothing learned). Raises NotFound."""
        with services.ledger.write() as uow:
            known = {version.number: version for version in self.all(uow)}
            wanted = max(known, default=AS_IT_IS) - 1 if number is None else number
            if not known or wanted < AS_IT_IS or (wanted != AS_IT_IS and wanted not in known):
                raise NotFound("There is no such version of what was learned.")
            earlier = known.get(wanted)
            learned = earlier.learned.as_data() if earlier and earlier.learned else None
            data = {self.name: learned, "upto": earlier.upto if earlier else 0, "restores": wanted}
            return self._keep(uow, data, what="rolled_back", by=by, now=services.clock.now())

    def _version(self, record: Record) -> Version[Learned]:
        data = record.data or {}
        learned = data.get(self.name)
        return Version(
            number=int(data["version"]),
            position=record.position,
            at=record.at,
            upto=int(data["upto"]),
            learned=None if learned is None else self.read(learned),
            restores=data.get("restores"),
            tried=data.get("tried"),
        )

    def _keep(self, uow: UnitOfWork, data: dict[str, Any], *, what: str, by: str, now: datetime) -> Version[Learned]:
        latest = self.in_force(uow)
        number = latest.number + 1 if latest else AS_IT_IS + 1
        new = NewRecord(kind=self.kind, source=self.source, id=str(number), at=now, data={**data, "version": number})
        record = uow.records.append([new])[0].record
        noted: dict[str, Any] = {name: data[name] for name in ("tried", "restores") if name in data}
        subject = f"record:{record.position}"
        uow.operations.audit(AuditEntry(at=now, who=by, what=f"{self.name}.{what}", subject=subject, data=noted))
        return self._version(record)


def has_erased_since(uow: UnitOfWork, position: int, *, among: Collection[str] | None = None) -> bool:
    """Tell whether somebody was erased after a position; `among` names those whose data may have been learned from."""
    while page := uow.records.after(position, limit=MOST_VERSIONS, kinds={RecordKind.MEMBER_ERASED}):
        if among is None or any(record.member in among for record in page):
            return True
        position = page[-1].position
    return False


def describe_test(used: Version[Learned] | None, known: list[Version[Learned]]) -> dict[str, Any] | None:
    """Return how the version in force was tried; of one brought back, how that one was."""
    by_number = {each.number: each for each in known}
    while used is not None and used.restores is not None:
        used = by_number.get(used.restores)
    return used.tried if used is not None and used.tried and used.tried["before"] else None
