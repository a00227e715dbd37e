"""The workflow of introductions: who, in which state, answered how."""

from collections.abc import Collection
from datetime import datetime
from itertools import combinations
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, case, delete, func, insert, or_, select, update

from serendipity.domain.errors import Conflict, NotFound
from serendipity.domain.model import Answer, Funnel, Introduction, IntroductionState, Party, TrialArm
from serendipity.stores.ledger_sql.columns import among
from serendipity.stores.ledger_sql.compiled_statements import CompiledStatements
from serendipity.stores.ledger_sql.rows import introduction_of, party_of
from serendipity.stores.ledger_sql.schema import introduction_parties as parties
from serendipity.stores.ledger_sql.schema import introduction_paths as paths
from serendipity.stores.ledger_sql.schema import introductions
from serendipity.stores.ledger_sql.transaction import Transaction, row_of

OPEN = (IntroductionState.PROPOSED, IntroductionState.APPROVED, IntroductionState.ASKED)
SERENDIPITOUS_FROM = 4  # of 5, for relevance and for surprise
_ENDED_UNASKED = (IntroductionState.DECLINED, IntroductionState.EXPIRED)

_GET = select(introductions).where(introductions.c.id == bindparam("id"))
_PARTIES = (
    select(parties)
    .where(among(parties.c.introduction, "introductions"))
    .order_by(parties.c.introduction, parties.c.ordinal)
)
_SAVE = update(introductions).where(
    introductions.c.id == bindparam("stored_id"), introductions.c.version == bindparam("stored_version")
)
_NEWEST_FIRST = (introductions.c.changed_at.desc(), introductions.c.id)
_BEST_FIRST = (introductions.c.score.desc(), introductions.c.id)


# The sides of each introduction together, then all introductions of a time, by the arm of the trial.
_RATED = parties.c.relevance.is_not(None) & parties.c.surprise.is_not(None)
_SERENDIPITOUS = (
    (parties.c.relevance >= SERENDIPITOUS_FROM)
    & (parties.c.surprise >= SERENDIPITOUS_FROM)
    & func.coalesce(parties.c.known_before, False).is_(False)
)
_SIDES = (
    select(
        parties.c.introduction,
        func.max(case((parties.c.asked_at.is_not(None), 1), else_=0)).label("asked"),
        func.max(case((parties.c.met, 1), else_=0)).label("met"),
        func.sum(case((_RATED, 1), else_=0)).label("ratings"),
        func.sum(case((_SERENDIPITOUS, 1), else_=0)).label("serendipitous"),
    )
    .join(introductions, introductions.c.id == parties.c.introduction)
    .where(introductions.c.proposed_at >= bindparam("since"), introductions.c.proposed_at < bindparam("until"))
    .group_by(parties.c.introduction)
    .subquery()
)
_OTHERS = parties.alias("others")
# Every check-in at a place asks this.
_ON_THEIR_WAY = CompiledStatements(
    statement=select(_OTHERS.c.member)
    .join(parties, parties.c.introduction == _OTHERS.c.introduction)
    .join(introductions, introductions.c.id == parties.c.introduction)
    .where(
        parties.c.member == bindparam("member"),
        _OTHERS.c.member != parties.c.member,
        or_(*(introductions.c.state == state for state in OPEN)),
    )
)
_FUNNELS = (
    select(
        introductions.c.arm,
        func.count().label("proposed"),
        func.sum(case((introductions.c.state.in_(OPEN), 1), else_=0)).label("open"),
        func.sum(case((introductions.c.introduced_at.is_not(None), 1), else_=0)).label("introduced"),
        *(func.sum(_SIDES.c[name]).label(name) for name in ("asked", "met", "ratings", "serendipitous")),
    )
    .join(_SIDES, _SIDES.c.introduction == introductions.c.id)
    .group_by(introductions.c.arm)
)


class SqlIntroductions:
    """The workflow of introductions."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    # --- writing ---

    def add(self, introduction: Introduction) -> None:
        """Insert; the same id twice is a Conflict."""
        if not self._transaction.add(introductions, _row(introduction)):
            raise Conflict(f"There is an introduction {introduction.id!r} already.", id=introduction.id)
        self._add_members(introduction)

    def save(self, introduction: Introduction) -> None:
        """Replace if `introduction.version` is the stored one (it is counted up), else Conflict."""
        stored = {"stored_id": introduction.id, "stored_version": introduction.version}
        row = {**_row(introduction), "version": introduction.version + 1}
        if self._transaction.run(_SAVE.values(row), stored).rowcount == 0:
            found = self.get(introduction.id)
            raise Conflict(id=introduction.id, version=introduction.version, stored=found.version)
        for table in (parties, paths):
            self._transaction.run(delete(table).where(table.c.introduction == introduction.id))
        self._add_members(introduction)

    def _add_members(self, introduction: Introduction) -> None:
        id, named = introduction.id, {party.member for party in introduction.parties}
        rows = [
            {**row_of(party), "introduction": id, "ordinal": ordinal}
            for ordinal, party in enumerate(introduction.parties)
        ]
        self._transaction.run_many(insert(parties), rows)
        on_paths = {member for reason in introduction.reasons for member in reason.members} - named
        self._transaction.run_many(
            insert(paths), [{"member": member, "introduction": id} for member in sorted(on_paths)]
        )

    def erase(self, member: str) -> None:
        """Cancel the open ones, and blank texts and reasons of all that name the member.

        An introduction names its parties and those on the paths of its reasons: without its evidence it cannot go on.
        """
        named = or_(*(introductions.c.id.in_(_naming(table, member)) for table in (parties, paths)))
        cancelled = {"state": IntroductionState.CANCELLED, "changed_at": self._transaction.now()}
        open_ones = update(introductions).where(named, introductions.c.state.in_(OPEN))
        self._transaction.run(open_ones.values(cancelled))
        blank: dict[str, Any] = {
            "texts": {},
            "reader_texts": {},
            "reasons": [],
            "reason": None,
            "version": introductions.c.version + 1,
        }
        self._transaction.run(update(introductions).where(named).values(blank))
        self._transaction.run(delete(paths).where(paths.c.member == member))

    # --- reading ---

    def get(self, id: str) -> Introduction:
        """Return one."""
        found = self._read(_GET, {"id": id})
        if not found:
            raise NotFound(f"There is no introduction {id!r}.", id=id)
        return found[0]

    def search(
        self, *, states: Collection[IntroductionState] | None = None, member: str | None = None, limit: int = 100
    ) -> list[Introduction]:
        """Return introductions, best score first for PROPOSED only, else newest change first."""
        only_proposed = states is not None and set(states) == {IntroductionState.PROPOSED}
        statement = select(introductions).order_by(*(_BEST_FIRST if only_proposed else _NEWEST_FIRST)).limit(limit)
        if states is not None:
            statement = statement.where(introductions.c.state.in_(sorted(set(states))))
        if member is not None:
            statement = statement.where(introductions.c.id.in_(_naming(parties, member)))
        return self._read(statement)

    def due(self, now: datetime, *, limit: int = 100) -> list[Introduction]:
        """Return open ones (PROPOSED, APPROVED, ASKED) whose deadline has passed, the oldest deadline first."""
        passed = introductions.c.deadline <= now
        by_deadline = (introductions.c.deadline, introductions.c.id)
        return self._read(
            select(introductions).where(introductions.c.state.in_(OPEN), passed).order_by(*by_deadline).limit(limit)
        )

    def to_follow_up(self, introduced_before: datetime, *, limit: int = 100) -> list[Introduction]:
        """Return INTRODUCED ones from before a time that were not followed up, oldest first."""
        statement = select(introductions).where(
            introductions.c.state == IntroductionState.INTRODUCED,
            introductions.c.introduced_at < introduced_before,
            introductions.c.followed_up_at.is_(None),
        )
        return self._read(statement.order_by(introductions.c.introduced_at, introductions.c.id).limit(limit))

    def pairs_since(self, since: datetime) -> dict[tuple[str, str], datetime]:
        """Return each pair (smaller id first) with an introduction changed since, and when (the latest)."""
        statement = (
            select(introductions.c.id, introductions.c.changed_at, parties.c.member)
            .join(parties, parties.c.introduction == introductions.c.id)
            .where(introductions.c.changed_at >= since)
        )
        together: dict[tuple[str, datetime], list[str]] = {}
        for id, changed_at, member in self._transaction.run(statement):
            together.setdefault((id, changed_at), []).append(member)
        latest: dict[tuple[str, str], datetime] = {}
        for (_, changed_at), members in together.items():
            for first, second in combinations(sorted(members), 2):
                latest[first, second] = max(changed_at, latest.get((first, second), changed_at))
        return latest

    def on_their_way(self, member: str) -> set[tuple[str, str]]:
        """Return each pair (smaller id first) of a member with another party of an open introduction."""
        found = self._transaction.ask(_ON_THEIR_WAY, {"member": member})
        return {(min(member, other), max(member, other)) for (other,) in found}

    def counts_since(self, since: datetime) -> dict[str, int]:
        """Count, per member, introductions proposed since (declined by a manager or expired unreviewed left out)."""
        asked = select(parties.c.introduction).where(parties.c.answer != Answer.WAITING)
        left_out = introductions.c.state.in_(_ENDED_UNASKED) & introductions.c.id.not_in(asked)
        statement = (
            select(parties.c.member, func.count().label("number"))
            .join(introductions, introductions.c.id == parties.c.introduction)
            .where(introductions.c.proposed_at >= since, ~left_out)
            .group_by(parties.c.member)
        )
        return {row.member: row.number for row in self._transaction.run(statement)}

    def funnels(self, since: datetime, until: datetime) -> dict[TrialArm, Funnel]:
        """Count how far introductions of a time of proposal came, by the arm of the trial."""
        found = {arm: Funnel() for arm in TrialArm}
        for row in self._transaction.run(_FUNNELS, {"since": since, "until": until}):
            counts = {name: int(value) for name, value in row._mapping.items() if name != "arm"}
            found[row.arm] = Funnel(**counts)
        return found

    def answered(self, member: str, answer: Answer, since: datetime) -> int:
        """Count a member's answers of a kind since a time (of ASKED: the times they were asked)."""
        at = func.coalesce(parties.c.answered_at, parties.c.asked_at)
        statement = select(func.count()).where(parties.c.member == member, parties.c.answer == answer, at >= since)
        return int(self._transaction.run(statement).scalar_one())

    def _read(self, statement: sa.Select[Any], values: dict[str, Any] | None = None) -> list[Introduction]:
        rows = self._transaction.run(statement, values).all()
        of = self._parties([row.id for row in rows])
        return [introduction_of(row, of.get(row.id, [])) for row in rows]

    def _parties(self, ids: Collection[str]) -> dict[str, list[Party]]:
        found: dict[str, list[Party]] = {}
        for row in self._transaction.run(_PARTIES, {"introductions": ids}):
            found.setdefault(row.introduction, []).append(party_of(row))
        return found


def _row(introduction: Introduction) -> dict[str, Any]:
    row = row_of(introduction)
    del row["parties"]
    return row


def _naming(table: sa.Table, member: str) -> sa.Select[Any]:
    return select(table.c.introduction).where(table.c.member == member)
