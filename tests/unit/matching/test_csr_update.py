"""Numbers and edges that change in few places, against doing everything anew."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serendipity.domain.decay import Weight
from serendipity.domain.graph import Changes, EdgeKey, EdgeKind, Head, NodeKind, TopicNode
from serendipity.matching.snapshot.csr_update import update_csr
from serendipity.matching.snapshot.edges import Edges, Triples
from serendipity.matching.snapshot.files import SavedSnapshot, load, save
from serendipity.matching.snapshot.index_map import IndexMap, IndexMaps
from serendipity.stores.snapshots import SnapshotFolder
from tests.unit.matching.test_snapshot import assert_equal
from tests.unit.matching.worlds import HALF_LIVES, NOW, World

IDS = st.lists(st.sampled_from("abcdefgh"), unique=True)
CELLS = st.dictionaries(st.tuples(st.integers(0, 7), st.integers(0, 7)), st.floats(-2, 2), max_size=20)


def edges_of(cells: dict[tuple[int, int], float], rows: int, columns: int) -> Edges:
    """Edges with these weights, at a time that their weight tells."""
    found = [(row, column, weight, weight + 1) for (row, column), weight in cells.items()]
    return Triples.of(found).edges((rows, columns))


def cells_of(edges: Edges) -> dict[tuple[int, int], float]:
    """The weights again."""
    triples = edges.triples()
    np.testing.assert_array_equal(triples.at, triples.weights + 1)
    return dict(zip(zip(triples.rows.tolist(), triples.columns.tolist(), strict=True), triples.weights, strict=True))


def numbered(old: list[str], gone: list[str], there: list[str]) -> IndexMap:
    """A numbering of ids in order."""
    return IndexMap.of(sorted(old), gone=gone, there=there)


def works_on(member: str, topic: str) -> Changes:
    """What a check-in of one topic changes."""
    key = EdgeKey(EdgeKind.INTERESTED_IN, member, topic)
    return Changes(
        head=Head(offset=9, half_lives=HALF_LIVES),
        nodes=[TopicNode(id=topic, label=topic)],
        weights={key: Weight(weight=1.0, updated_at=NOW)},
    )


@given(old=IDS, gone=IDS, there=IDS)
def test_who_leaves_and_who_comes_are_numbered_in_the_order_of_ids(
    old: list[str], gone: list[str], there: list[str]
) -> None:
    """Values go along; whoever left and came back is new."""
    numbering = numbered(old, gone, there)

    expected = sorted({*old, *there} - (set(gone) - set(there)))
    assert list(numbering.ids) == expected
    moves = dict(zip(sorted(old), numbering.moves().tolist(), strict=True))
    assert moves == {id: -1 if id in gone else expected.index(id) for id in old}
    carried = numbering.carried([id.upper() for id in sorted(old)], {id: id.upper() for id in there})
    assert list(carried) == [id.upper() for id in expected]


@given(rows=st.tuples(IDS, IDS, IDS), columns=st.tuples(IDS, IDS, IDS), data=st.data())
def test_spliced_edges_are_those_of_a_dictionary(
    rows: tuple[list[str], ...], columns: tuple[list[str], ...], data: st.DataObject
) -> None:
    """Numbers move, some edges are dropped, some written: the matrix stays in order."""
    down, across = (numbered(*each) for each in (rows, columns))
    old = {cell: w for cell, w in data.draw(CELLS).items() if cell[0] < down.before and cell[1] < across.before}
    fits = len(down.ids), len(across.ids)
    new, dropped = (
        {cell: w for cell, w in data.draw(CELLS).items() if cell[0] < fits[0] and cell[1] < fits[1]} for _ in range(2)
    )

    result = update_csr(
        edges_of(old, down.before, across.before),
        down,
        across,
        Triples.of((*cell, w, w + 1) for cell, w in new.items()),
        Triples.of((*cell, 0.0, 0.0) for cell in dropped),
    )

    moved = {(down.moves()[r], across.moves()[c]): w for (r, c), w in old.items()}
    expected = {cell: w for cell, w in moved.items() if min(cell) >= 0 and cell not in dropped} | new
    assert cells_of(result) == expected
    assert result.matrix.shape == fits
    assert result.matrix.has_canonical_format


def test_edges_that_nothing_happened_to_are_the_same_edges() -> None:
    """So that what was worked out from them holds, and their files too."""
    edges, still, nothing = edges_of({(0, 1): 1.0}, 2, 2), numbered(["a", "b"], [], []), Triples.of([])

    assert update_csr(edges, still, still, nothing, nothing) is edges


@given(old=st.integers(100, 400), wanted=st.sets(st.integers(0, 500)))
def test_few_new_edges_go_between_many(old: int, wanted: set[int]) -> None:
    """Whether each is inserted by itself or all are at once."""
    row = numbered(["a"], [], [])
    columns = IndexMap.of([f"{n:03d}" for n in range(501)], gone=[], there=[])
    before = {(0, n): 1.0 for n in range(0, old, 2)}
    new = {(0, n): 2.0 for n in wanted}

    after = update_csr(edges_of(before, 1, 501), row, columns, edges_of(new, 1, 501).triples(), Triples.of([]))

    assert cells_of(after) == before | new


@pytest.mark.parametrize("wanted", [["cas"], ["cas", "zoe", "ann", "bob"] * 10])
def test_numbers_are_the_same_by_bisection_and_by_table(wanted: list[str]) -> None:
    """Of few or many."""
    numbers = IndexMaps([*(f"a{n:03d}" for n in range(20)), "ann", "cas"])

    expected = {"ann": 20, "cas": 21}
    assert numbers.of(wanted).tolist() == [expected.get(id, -1) for id in wanted]
    assert dict(numbers)["cas"] == numbers["cas"] == 21
    assert "zoe" not in numbers
    assert len(numbers) == 22


def test_what_has_not_changed_is_neither_written_nor_opened_again(tmp_path: Path) -> None:
    """A second name of the same file, and the same arrays; what changed is read anew."""
    first = World().works_on("ann", "tea").know("ann", "bob").snapshot()
    save(first, tmp_path / "one")
    opened = load(tmp_path / "one")
    ties = opened.knows
    second = first.refreshed(works_on("ann", "ink"))
    save(second, tmp_path / "two", before=SavedSnapshot(snapshot=first, folder=tmp_path / "one"))

    again = load(tmp_path / "two", before=SavedSnapshot(snapshot=opened, folder=tmp_path / "one"))

    assert_equal(again, second)
    assert (tmp_path / "two" / "members.json").samefile(tmp_path / "one" / "members.json")
    assert again.members is opened.members
    assert again.knows is ties
    assert again.edges[EdgeKind.INTERESTED_IN] is not opened.edges[EdgeKind.INTERESTED_IN]
    assert again.ids(NodeKind.TOPIC) != opened.ids(NodeKind.TOPIC)


def test_a_folder_follows_another_that_publishes(tmp_path: Path) -> None:
    """Each version equals what was published, though most of its files are shared; old folders go."""
    writer, reader = SnapshotFolder(tmp_path), SnapshotFolder(tmp_path)
    kept = World().know("ann", "bob").snapshot()
    for topic in ("tea", "ink", "jam", "oak"):
        kept = kept.refreshed(works_on("ann", topic))
        writer.publish(kept)
        seen = reader.latest()
        assert seen is not None
        assert_equal(seen, kept)
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 2
