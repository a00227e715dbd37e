"""Records ► fold ► graph, exactly once: the graph stores how far it is in the transaction of every batch."""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from serendipity.domain.decay import Weight, combine
from serendipity.domain.effects import Batch
from serendipity.domain.errors import GraphAhead, HalfLivesDiffer, LeaseLost, OffsetMoved
from serendipity.domain.graph import EdgeKey, EdgeKind, Fact, HalfLives, Head, NodeKind, Remap
from serendipity.domain.model import Record, RecordKind
from serendipity.domain.projection_state import MEMBER_KINDS, STANDING_KINDS, Standing
from serendipity.flow import EFFECT_KINDS, GRAPH, RECORDS
from serendipity.ports import GraphStore, GraphTransaction, Ledger, UnitOfWork

Progress = Callable[[int, int], None]
LEASE = "projector"
LEASE_SECONDS = 20.0
_PAGE = 5000


@dataclass(frozen=True, kw_only=True)
class Step:
    """All that one transaction on the graph does: sums and facts of `batch`, nodes that leave or became another."""

    before: Head
    after: Head
    batch: Batch
    leaving: list[tuple[NodeKind, str]]
    remaps: list[Remap]


class Projector:
    """Folds the ledger into a graph; any number may run, one wins per batch, and a killed one loses nothing."""

    def __init__(
        self,
        ledger: Ledger,
        graph: GraphStore,
        half_lives: HalfLives,
        empty_standing: Callable[[], Standing],
        *,
        batch: int = 500,
    ) -> None:
        """`empty_standing` makes a standing at position 0; `batch` is the number of records a transaction."""
        self._ledger, self._graph, self._half_lives, self._batch = ledger, graph, half_lives, batch
        self._empty_standing = empty_standing
        self._standing: Standing | None = None
        self._turn = threading.Lock()

    def catch_up(self, *, holder: str, progress: Progress | None = None) -> int:
        """Fold until nothing is left; returns how many records were folded, 0 at once when another has the lease.

        Raises HalfLivesDiffer, GraphAhead, GraphUnavailable, or LeaseLost (another took over: nothing is lost).
        """
        self._check_half_lives(head := self._graph.head())
        self._check_ledger(head)
        if not self.behind() or (fence := self._lease(holder)) is None:
            return 0
        try:
            return self._fold_all(holder, fence, progress)
        finally:
            self._release(holder)

    def _fold_all(self, holder: str, fence: int, progress: Progress | None) -> int:
        done = 0
        while folded := self.step(fence=fence):
            done += folded
            if progress:
                progress(done, done + self.behind())
            if self._lease(holder) != fence:
                raise LeaseLost
        return done

    def behind(self) -> int:
        """Return how many records the graph has yet to fold."""
        with self._ledger.read() as uow:
            return uow.records.head() - self._graph.head().offset

    def step(self, *, fence: int = 0) -> int:
        """Fold one batch; returns how many positions it moved on. Raises OffsetMoved when another was first.

        Threads of one process take turns, for they share the standing.
        """
        with self._turn:
            return self._step(fence)

    def _step(self, fence: int) -> int:
        before = self._graph.head()
        self._check_half_lives(before)
        try:
            with self._ledger.read() as uow:
                records = uow.records.after(before.offset, limit=self._batch, kinds=GRAPH.kinds)
                step = self._plan(uow, before, records, fence)
                if step.after.offset == before.offset:
                    return 0
            with self._graph.write() as transaction:
                _apply(transaction, step)
        except BaseException:
            self._standing = None
            raise
        return step.after.offset - before.offset

    def _lease(self, holder: str) -> int | None:
        with self._ledger.write() as uow:
            return uow.operations.lease(LEASE, holder=holder, seconds=LEASE_SECONDS)

    def _release(self, holder: str) -> None:
        """Let another process go on at once; one that is killed holds the lease until it runs out."""
        with self._ledger.write() as uow:
            uow.operations.release(LEASE, holder=holder)

    def _check_half_lives(self, head: Head) -> None:
        if head.half_lives is not None and head.half_lives != self._half_lives:
            raise HalfLivesDiffer

    def _check_ledger(self, head: Head) -> None:
        """Refuse a graph of another ledger (an older one was restored): what comes next would be passed over."""
        with self._ledger.read() as uow:
            if max(head.offset, head.standing) > uow.records.head():
                raise GraphAhead

    def _plan(self, uow: UnitOfWork, before: Head, records: Sequence[Record], fence: int) -> Step:
        standing = self._standing_at(uow, before.standing)
        head = uow.records.head()
        news = list(_pages(uow, standing.position, head, STANDING_KINDS))
        batch = Batch(self._half_lives)
        topics = _move(uow, standing, news, batch, upto=before.offset)
        fold(records, standing, batch)
        standing.position = head
        end = records[-1].position if len(records) == self._batch else head
        after = Head(offset=end, standing=head, fence=fence, half_lives=self._half_lives)
        return _step(before, after, batch, standing, _members_in(news), topics)

    def _standing_at(self, uow: UnitOfWork, position: int) -> Standing:
        standing = self._standing
        if standing is None or standing.position != position:
            standing = self._empty_standing()
            for record in _pages(uow, 0, position, STANDING_KINDS):
                standing.apply(record)
            standing.position = position
            self._standing = standing
        return standing


class CurrentStanding:
    """The projection state at the end of the ledger, kept from one question to the next; threads take turns."""

    def __init__(self, empty_standing: Callable[[], Standing]) -> None:
        """Start without having read anything."""
        self._standing = empty_standing()
        self._turn = threading.Lock()

    @contextmanager
    def at_the_end(self, uow: UnitOfWork) -> Iterator[Standing]:
        """Bring the standing up to the ledger's head as this unit of work sees it, and lend it."""
        with self._turn:
            head = uow.records.head()
            for record in _pages(uow, self._standing.position, head, STANDING_KINDS):
                self._standing.apply(record)
            self._standing.position = max(head, self._standing.position)
            yield self._standing


def fold(records: Iterable[Record], standing: Standing, batch: Batch) -> None:
    """Add the effects of observations to a batch, under a standing."""
    for record in records:
        effect = RECORDS[record.kind].effect
        if effect is not None:
            effect(record, standing, batch)


def fold_into(
    graph: GraphStore,
    ledger: Ledger,
    standing: Standing,
    half_lives: HalfLives,
    *,
    before: datetime | None = None,
    upto: int | None = None,
) -> None:
    """Fold the observations made strictly before a time into an empty graph, under today's standing.

    With `upto`, the ledger ends at that position: the graph is as it was then, standing included.

    For an earlier `as_of`, other half-lives, back-tests and the simulator: the same effects as the live projection.
    """
    batch = Batch(half_lives)
    with ledger.read() as uow:
        head = uow.records.head() if upto is None else min(upto, uow.records.head())
        news = list(_pages(uow, standing.position, head, STANDING_KINDS))
        topics = _move(uow, standing, news, batch, upto=0)
        observed = _pages(uow, 0, head, EFFECT_KINDS)
        fold((record for record in observed if before is None or record.at < before), standing, batch)
    empty, after = Head(half_lives=half_lives), Head(offset=head, standing=head, half_lives=half_lives)
    with graph.write() as transaction:
        _apply(transaction, _step(empty, after, batch, standing, _members_in(news), topics))


def _move(uow: UnitOfWork, standing: Standing, news: Sequence[Record], batch: Batch, *, upto: int) -> set[str]:
    """Move a standing forward by `news`, and fold again the observations up to `upto` that count otherwise then.

    All sums are linear: what an observation brought under the old standing is taken back, and what it brings under
    the new one is added. Events are read anew where a topic of theirs is. Returns the topics that were touched.
    """
    refs = {ref for record in news for ref in standing.refs_touched_by(record)}
    events = {record.data["event"] for record in news if record.data and "event" in record.data}
    if refs:
        touched = uow.records.touching(refs, upto=standing.position, kinds={RecordKind.EVENT_UNDERSTOOD})
        events |= {record.data["event"] for record in touched if record.data}
    observed = _read_observations(uow, refs | {f"event:{id}" for id in events}, upto)
    narrower, pins = (standing.narrower(), standing.pins()) if news else (set(), set())
    about = _about(standing, events)
    with batch.taking_away():
        fold(observed, standing, batch)
    for record in news:
        standing.apply(record)
    fold(observed, standing, batch)
    if news:
        _state_differences(batch, EdgeKind.NARROWER_THAN, narrower, standing.narrower())
        _state_differences(batch, EdgeKind.PINNED, pins, standing.pins())
    _state_about(batch, standing, about, events)
    return {ref.removeprefix("topic:") for ref in refs if ref.startswith("topic:")}


def _read_observations(uow: UnitOfWork, refs: set[str], upto: int) -> list[Record]:
    return uow.records.touching(refs, upto=upto, kinds=EFFECT_KINDS) if refs and upto else []


def _about(standing: Standing, events: Iterable[str]) -> dict[tuple[str, str], float]:
    return {(event, topic): weight for event in events for topic, weight in standing.event_topics(event)}


def _state_about(batch: Batch, standing: Standing, before: dict[tuple[str, str], float], events: set[str]) -> None:
    for event in sorted(events & standing.events.keys()):
        batch.node(NodeKind.EVENT, standing.events[event])
    now = _about(standing, events)
    _state_differences(batch, EdgeKind.ABOUT, set(before), set())
    for (event, topic), weight in now.items():
        if (node := standing.topic(topic)) is not None:
            batch.node(NodeKind.TOPIC, node)
            batch.facts[EdgeKey(EdgeKind.ABOUT, event, topic)] = Fact(weight=weight)


def _state_differences(batch: Batch, kind: EdgeKind, before: set[tuple[str, str]], after: set[tuple[str, str]]) -> None:
    batch.facts |= {EdgeKey(kind, *ends): None for ends in before - after}
    batch.facts |= {EdgeKey(kind, *ends): Fact() for ends in after - before}


def _members_in(news: Sequence[Record]) -> set[str]:
    return {record.member for record in news if record.member and record.kind in MEMBER_KINDS}


def _step(
    before: Head, after: Head, batch: Batch, standing: Standing, members: Iterable[str], topics: Iterable[str]
) -> Step:
    """Add to a batch what became of these members and topics: who is there, who leaves, who became another."""
    leaving: list[tuple[NodeKind, str]] = []
    remaps: list[Remap] = []
    for member in sorted(members):
        if standing.member(member) == member:
            batch.node(NodeKind.MEMBER, standing.member_node(member))
        else:
            leaving.append((NodeKind.MEMBER, member))
        if (into := standing.merged_into(member)) is not None:
            remaps.append(Remap(kind=NodeKind.MEMBER, old=member, new=into))
    for topic in sorted(topics):
        if (node := standing.topic(topic)) is not None:
            batch.node(NodeKind.TOPIC, node)
        else:
            leaving.append((NodeKind.TOPIC, topic))
        if (known := standing.curation.topic(topic)) is not None and known.id != topic:
            remaps.append(Remap(kind=NodeKind.TOPIC, old=topic, new=known.id))
    return Step(before=before, after=after, batch=batch, leaving=leaving, remaps=remaps)


def _apply(transaction: GraphTransaction, step: Step) -> None:
    """Do a step if the graph still stands where it was planned for; the store keeps it whole or not at all."""
    head = transaction.head()
    if (head.offset, head.standing) != (step.before.offset, step.before.standing):
        raise OffsetMoved
    if head.fence > step.after.fence:
        raise LeaseLost
    batch = step.batch
    gone = set(step.leaving)
    transaction.put_nodes(node for key, node in batch.nodes.items() if key not in gone)
    transaction.put_weights(_sum_weights(transaction, batch))
    transaction.put_facts(batch.facts)
    for kind, id in step.leaving:
        transaction.drop_node(kind, id)
    for remap in step.remaps:
        transaction.remap(remap)
    transaction.advance(step.after)


def _sum_weights(transaction: GraphTransaction, batch: Batch) -> dict[EdgeKey, Weight]:
    """Add what the graph holds to the sums of a batch; an edge of no observations left is dropped."""
    existing = transaction.weights(batch.weights.keys())
    half_life = {kind: batch.half_lives.of(kind) for kind in EdgeKind}
    summed = {
        key: combine(existing[key], new, half_life[key.kind]) if key in existing else new
        for key, new in batch.weights.items()
    }
    return {key: weight for key, weight in summed.items() if weight.count or key in existing}


def _pages(uow: UnitOfWork, after: int, upto: int, kinds: Collection[RecordKind]) -> Iterator[Record]:
    while records := uow.records.after(after, limit=_PAGE, kinds=kinds):
        for record in records:
            if record.position > upto:
                return
            yield record
        after = records[-1].position
