"""The community's vocabulary: a pure fold over the records that curate topics."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from serendipity.domain.model import Mention, Record, RecordKind, Topic
from serendipity.topics.decisions import taken_back_by, undone_positions
from serendipity.topics.phrases import normalise, topic_id

VOCABULARY_KINDS = frozenset(
    {
        RecordKind.TOPIC_ADDED,
        RecordKind.TOPIC_MERGED,
        RecordKind.TOPIC_RENAMED,
        RecordKind.TOPIC_ALIASED,
        RecordKind.TOPIC_PARENTED,
        RecordKind.TOPIC_FLAGGED,
        RecordKind.TOPIC_RETRACTED,
        RecordKind.PHRASE_BLOCKED,
        RecordKind.PHRASE_KEPT_APART,
        RecordKind.CURATION_UNDONE,
    }
)


class _Claim(IntEnum):
    """Strength of a topic's claim to a phrase; of two explicit aliases the later holds, else of equals the earlier."""

    ADDED_ALIAS = 1
    LABEL = 2
    ALIASED = 3


@dataclass(kw_only=True, slots=True)
class _Entry:
    """One topic as the records describe it; `phrases` maps a normal form to how it is written and claimed."""

    label: str
    phrases: dict[str, tuple[str, _Claim]] = field(default_factory=dict)
    parent: str | None = None
    sensitive: bool = False
    labels: dict[str, str] = field(default_factory=dict)
    retracted: bool = False


class Vocabulary:
    """Topics with their phrases, as curated up to `version`.

    Records are applied in order of position; one that was applied before, or that cannot hold (a merge of a topic
    into itself, a parent below its own child), changes nothing, so that a fold always gets through. Use `check`
    before appending one.
    """

    def __init__(self, history: Iterable[Record] = ()) -> None:
        """Start with what these records say, in order of position."""
        self._history = list(history)
        self._version = self._history[-1].position if self._history else 0
        self._fold()

    def _fold(self) -> None:
        """Fold all decisions that hold from the beginning."""
        self._entries: dict[str, _Entry] = {}
        self._merged: dict[str, str] = {}
        self._blocked: set[str] = set()
        self._apart: set[tuple[str, str]] = set()
        self._index: dict[str, tuple[str, _Claim]] = {}
        self._topics: dict[str, str] = {}
        self._resolved: dict[str, str] = {}
        self._sensitive: dict[str, bool] = {}
        self._sorted: list[tuple[str, str]] | None = None
        self._undone = undone_positions(self._history)
        for record in self._history:
            if record.kind in _STEPS and record.data is not None and record.position not in self._undone:
                _STEPS[record.kind](self, record.data)

    @property
    def version(self) -> int:
        """Return the position of the last record applied."""
        return self._version

    # --- reading ----------------------------------------------------------------------------------------------

    def resolve(self, mention: Mention) -> str | None:
        """Return the topic that a mention stands for now, or None for a proposal, a blocked phrase, a retraction.

        The phrase decides, because promotions, aliases and merges count for the past as well; the topic noted at
        the time is followed where its phrase is claimed by nobody any more.
        """
        found = self._resolved.get(mention.phrase)
        if found is not None or mention.topic is None or mention.phrase in self._blocked:
            return found
        return self._topics.get(mention.topic)

    def find(self, phrase: str) -> str | None:
        """Return the topic that a phrase, written in any way, stands for."""
        return self._resolved.get(normalise(phrase))

    def topic(self, id: str) -> Topic | None:
        """Return a topic (a merged one: what it became); None when unknown or retracted."""
        root = self._topics.get(id)
        if root is None:
            return None
        entry = self._entries[root]
        aliases = tuple(
            spelling
            for form, (spelling, _) in entry.phrases.items()
            if spelling != entry.label and self._topics.get(self._index[form][0]) == root
        )
        return Topic(root, entry.label, aliases, self._parent(root), entry.sensitive, tuple(entry.labels.items()))

    def is_sensitive(self, id: str) -> bool:
        """Tell whether a topic, or one that it is narrower than, is flagged as sensitive."""
        known = self._sensitive.get(id)
        if known is None:
            known = self._sensitive[id] = any(self._entries[one].sensitive for one in self.line(id))
        return known

    def topics(self) -> list[Topic]:
        """Return all live topics, by label."""
        found = (self.topic(id) for id, root in self._topics.items() if id == root)
        return sorted((topic for topic in found if topic is not None), key=lambda t: (t.label.lower(), t.id))

    def phrases(self) -> Mapping[str, str]:
        """Return each phrase in normal form with its topic; a view, blocked phrases left out."""
        return self._resolved

    def parents(self) -> dict[str, str]:
        """Return each live topic that is narrower than another, with that other."""
        found = ((id, self._parent(id)) for id, root in self._topics.items() if id == root)
        return {id: parent for id, parent in found if parent is not None}

    def search(self, prefix: str, *, limit: int = 20) -> list[Topic]:
        """Return topics with a phrase that starts so, each once, in order of phrase."""
        start = normalise(prefix)
        if self._sorted is None:
            self._sorted = sorted(self._resolved.items())
        ids: dict[str, None] = {}
        for phrase, id in self._sorted[bisect_left(self._sorted, (start, "")) :]:
            if not phrase.startswith(start) or len(ids) >= limit:
                break
            ids[id] = None
        return [topic for topic in map(self.topic, ids) if topic is not None]

    def is_blocked(self, phrase: str) -> bool:
        """Tell whether a manager blocked a phrase."""
        return normalise(phrase) in self._blocked

    def is_known(self, phrase: str) -> bool:
        """Tell whether a phrase stands for a topic."""
        return normalise(phrase) in self._resolved

    def was_retracted(self, phrase: str) -> bool:
        """Tell whether the topic of this name was retracted; such a phrase is not promoted again by itself."""
        entry = self._entries.get(topic_id(phrase))
        return entry is not None and entry.retracted

    def has_heard_of(self, id: str) -> bool:
        """Tell whether there ever was a topic with this id, also one merged or retracted since."""
        return id in self._entries

    def refs_touched_by(self, record: Record) -> set[str]:
        """Return the refs ("topic:…", "phrase:…") whose mentions may mean something else once `record` is applied."""
        data = record.data or {}
        if record.kind is RecordKind.CURATION_UNDONE:
            return self._touched_by_undoing(record)
        if record.kind is RecordKind.PHRASE_KEPT_APART:
            return set()
        named = (data.get("phrase"), data.get("label"), *(data.get("aliases") or ()))
        phrases = {f"phrase:{normalise(str(each))}" for each in named if each}
        family = record.kind is not RecordKind.TOPIC_ADDED or self._was_named(str(data.get("topic")))
        topics = [str(data[key]) for key in ("topic", "into") if data.get(key)]
        return phrases.union(*(self._keys_of(id, family=family) for id in topics))

    def history(self) -> Sequence[Record]:
        """Return all decisions, in order, also those undone since."""
        return self._history

    def origins(self) -> dict[str, str]:
        """Return where each topic came from when it was last added: "seed", "promotion", "curation", "file"."""
        added = (record.data or {} for record in self._history if record.kind is RecordKind.TOPIC_ADDED)
        return {str(data["topic"]): str(data["origin"]) for data in added if data.get("origin")}

    def blocked(self) -> list[str]:
        """Return the phrases that are never taken for a topic."""
        return sorted(self._blocked)

    def decision(self, position: int) -> Record | None:
        """Return the decision at a position of the ledger, also one undone since; None where there is none."""
        return next((record for record in self._history if record.position == position), None)

    def holds(self, position: int) -> bool:
        """Tell whether a decision was not undone."""
        return position not in self._undone and self.decision(position) is not None

    def kept_apart(self) -> set[tuple[str, str]]:
        """Return the pairs of phrases of which a manager said that they do not mean the same."""
        return self._apart

    def line(self, id: str) -> list[str]:
        """Return a topic and all that it is narrower than, nearest first."""
        line: list[str] = []
        at = self._topics.get(id)
        while at is not None and at not in line:
            line.append(at)
            at = self._parent(at)
        return line

    # --- the fold ---------------------------------------------------------------------------------------------

    def apply(self, record: Record) -> None:
        """Take one record; kinds that do not curate, and records applied before, change nothing."""
        if record.kind not in VOCABULARY_KINDS or record.data is None or record.position <= self._version:
            return
        self._history.append(record)
        self._version = record.position
        if record.kind is RecordKind.CURATION_UNDONE:
            self._fold()
        else:
            _STEPS[record.kind](self, record.data)
            self._sensitive.clear()
            self._sorted = None

    def _apply_added(self, data: Mapping[str, Any]) -> None:
        id = str(data["topic"])
        entry = self._entries.get(id)
        if id in self._merged:
            return
        if entry is None or entry.retracted:
            entry = self._entries[id] = _Entry(label=str(data["label"]))
            self._topics[id] = id
        entry.parent = data.get("parent") or entry.parent
        entry.sensitive = entry.sensitive or bool(data.get("sensitive"))
        self._claim(id, str(data["label"]), _Claim.LABEL if entry.label == data["label"] else _Claim.ADDED_ALIAS)
        entry.labels |= data.get("labels") or {}
        for alias in data.get("aliases") or ():
            self._claim(id, str(alias), _Claim.ADDED_ALIAS)

    def _topic_merged(self, data: Mapping[str, Any]) -> None:
        id, into = self._topics.get(str(data["topic"])), self._topics.get(str(data["into"]))
        if id is None or into is None or id == into:
            return
        self._merged[id] = into
        target, gone = self._entries[into], self._entries[id]
        target.sensitive = target.sensitive or gone.sensitive
        for form, (spelling, claim) in gone.phrases.items():
            kept = target.phrases.get(form)
            target.phrases[form] = (spelling, max(claim, _Claim.LABEL)) if kept is None else kept
        if target.parent is not None and self._follow(target.parent) == into:
            target.parent = None
        self._rebuild()

    def _apply_renamed(self, data: Mapping[str, Any]) -> None:
        entry = self._entry(data)
        if entry is not None:
            entry.label = str(data["label"])
            self._claim(self._topics[str(data["topic"])], entry.label, _Claim.ALIASED)

    def _apply_aliased(self, data: Mapping[str, Any]) -> None:
        if self._entry(data) is not None:
            self._claim(self._topics[str(data["topic"])], str(data["phrase"]), _Claim.ALIASED)

    def _apply_parented(self, data: Mapping[str, Any]) -> None:
        entry = self._entry(data)
        if entry is None:
            return
        parent = data.get("parent")
        if parent is None or self._topics[str(data["topic"])] not in self.line(str(parent)):
            entry.parent = parent

    def _apply_flagged(self, data: Mapping[str, Any]) -> None:
        entry = self._entry(data)
        if entry is not None:
            entry.sensitive = bool(data["sensitive"])

    def _apply_retracted(self, data: Mapping[str, Any]) -> None:
        entry = self._entry(data)
        if entry is not None:
            entry.retracted = True
            self._rebuild()

    def _phrase_blocked(self, data: Mapping[str, Any]) -> None:
        phrase = normalise(str(data["phrase"]))
        if data.get("blocked", True):
            self._blocked.add(phrase)
            self._resolved.pop(phrase, None)
        else:
            self._blocked.discard(phrase)
            self._index_phrase(phrase)

    def _phrase_kept_apart(self, data: Mapping[str, Any]) -> None:
        self._apart.add((normalise(str(data["phrase"])), normalise(str(data["other"]))))

    # --- bookkeeping ------------------------------------------------------------------------------------------

    def _entry(self, data: Mapping[str, Any]) -> _Entry | None:
        root = self._topics.get(str(data["topic"]))
        return None if root is None else self._entries[root]

    def _claim(self, id: str, spelling: str, claim: _Claim) -> None:
        form = normalise(spelling)
        if not form:
            return
        mine = self._entries[id].phrases.get(form)
        if mine is None or claim > mine[1]:
            self._entries[id].phrases[form] = (spelling, claim)
        holder = self._index.get(form)
        if holder is None or claim > holder[1] or (claim == holder[1] == _Claim.ALIASED):
            self._index[form] = (id, claim)
        self._index_phrase(form)

    def _index_phrase(self, form: str) -> None:
        holder = self._index.get(form)
        if holder is not None and form not in self._blocked:
            self._resolved[form] = self._topics[holder[0]]

    def _rebuild(self) -> None:
        """Follow all merges again after one more, or after a retraction."""
        held = self._index
        self._topics = {id: root for id in self._entries if not self._entries[root := self._follow(id)].retracted}
        self._index, self._resolved = {}, {}
        for id, entry in self._entries.items():
            if self._topics.get(id) != id:
                continue
            for form, (_, claim) in entry.phrases.items():
                before = held.get(form)
                first = before is not None and self._topics.get(before[0]) == id
                holder = self._index.get(form)
                if holder is None or claim > holder[1] or (claim == holder[1] and first):
                    self._index[form] = (id, claim)
                self._index_phrase(form)

    def _keys_of(self, id: str, *, family: bool) -> set[str]:
        """Return the refs that mention a topic, with `family` also those merged into it or narrower than it.

        Kinship is taken as recorded, retracted topics included: one that comes back is a parent again.
        """
        root = self._follow(id)
        ids = {id, root}
        if family:
            ids |= {one for one in self._entries if root in self._describe_record(one)}
        forms = (form for one in ids if one in self._entries for form in self._entries[one].phrases)
        return {f"topic:{one}" for one in ids} | {f"phrase:{form}" for form in forms}

    def _touched_by_undoing(self, record: Record) -> set[str]:
        """Return what the undone decision names, and whatever means something else without it."""
        taken_back = self.decision(taken_back_by(record))
        if taken_back is None:
            return set()
        trial = Vocabulary([*self._history, record])
        named = self.refs_touched_by(taken_back)
        before, after = self._meanings(), trial._meanings()
        return named | {ref for ref in before.keys() | after.keys() if before.get(ref) != after.get(ref)}

    def _meanings(self) -> dict[str, tuple[str | None, bool]]:
        """Return what each phrase and each topic stands for now, and whether that is sensitive."""
        meanings: dict[str, tuple[str | None, bool]] = {f"phrase:{form}": (None, True) for form in self._blocked}
        meanings |= {f"phrase:{form}": (id, self.is_sensitive(id)) for form, id in self._resolved.items()}
        return meanings | {f"topic:{id}": (root, self.is_sensitive(root)) for id, root in self._topics.items()}

    def _was_named(self, id: str) -> bool:
        """Tell whether a topic, or one that is said to be narrower than it, was heard of."""
        return id in self._entries or any(entry.parent == id for entry in self._entries.values())

    def _describe_record(self, id: str) -> list[str]:
        line: list[str] = []
        at: str | None = self._follow(id)
        while at is not None and at not in line:
            line.append(at)
            parent = self._entries[at].parent if at in self._entries else None
            at = None if parent is None else self._follow(parent)
        return line

    def _follow(self, id: str) -> str:
        while id in self._merged:
            id = self._merged[id]
        return id

    def _parent(self, id: str) -> str | None:
        parent = self._entries[id].parent
        root = None if parent is None else self._topics.get(parent)
        return None if root == id else root


_STEPS: dict[RecordKind, Callable[[Vocabulary, Mapping[str, Any]], None]] = {
    RecordKind.TOPIC_ADDED: Vocabulary._apply_added,
    RecordKind.TOPIC_MERGED: Vocabulary._topic_merged,
    RecordKind.TOPIC_RENAMED: Vocabulary._apply_renamed,
    RecordKind.TOPIC_ALIASED: Vocabulary._apply_aliased,
    RecordKind.TOPIC_PARENTED: Vocabulary._apply_parented,
    RecordKind.TOPIC_FLAGGED: Vocabulary._apply_flagged,
    RecordKind.TOPIC_RETRACTED: Vocabulary._apply_retracted,
    RecordKind.PHRASE_BLOCKED: Vocabulary._phrase_blocked,
    RecordKind.PHRASE_KEPT_APART: Vocabulary._phrase_kept_apart,
}
