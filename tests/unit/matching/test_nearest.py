"""The nearest members: the kernel gives what multiplying everything out gives, and nobody who is closed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse

from serendipity.domain.errors import InvalidInput
from serendipity.matching.candidates.nearest import Nearest, NearestFound, NotFindable, warm_up
from serendipity.matching.kernels.threads import cores
from serendipity.matching.snapshot.edges import Floats, Sparse

TOLERANCE = 2e-6


def unit(dense: Floats) -> Floats:
    """Rows of length 1; empty ones stay empty."""
    lengths = np.linalg.norm(dense, axis=1, keepdims=True)
    rows: Floats = np.divide(dense, lengths, out=np.zeros_like(dense), where=lengths > 0)
    return rows


def everyone_but_themselves(size: int) -> NotFindable:
    """Each query is of the member with its number."""
    return NotFindable(own=np.arange(size, dtype=np.int64))


def by_brute_force(products: Floats, count: int) -> Floats:
    """The greatest products of each row, 0 where there are fewer."""
    padded = np.hstack([np.maximum(products, 0.0), np.zeros((len(products), count))])
    return -np.sort(-padded, axis=1)[:, :count]


def assert_best(found: NearestFound, products: Floats, count: int) -> None:
    """Scores are those of brute force, belong to who is named, and nobody is named twice."""
    np.testing.assert_allclose(found.scores, by_brute_force(products, count), atol=TOLERANCE)
    queries, members, scores = found.pairs()
    np.testing.assert_allclose(scores, products[queries, members], atol=TOLERANCE)
    assert len(set(zip(queries.tolist(), members.tolist(), strict=True))) == len(queries)
    assert (np.diff(found.scores, axis=1) <= 0).all()


# Few different weights make many ties; mostly zeros make empty rows and topics of nobody.
weights = st.sampled_from([0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.5, 0.25, 0.1])
members = st.integers(1, 5).flatmap(
    lambda topics: arrays.arrays(np.float64, st.tuples(st.integers(1, 30), st.just(topics)), elements=weights)
)


@settings(deadline=None)
@given(dense=members, count=st.integers(1, 12), prepared_for=st.integers(1, 12))
def test_what_is_found_is_what_multiplying_everything_finds(dense: Floats, count: int, prepared_for: int) -> None:
    """Empty rows, ties, fewer candidates than asked for, and more asked for than prepared."""
    rows = unit(dense)

    found = Nearest.of(sparse.csr_array(rows), count=prepared_for).best(
        sparse.csr_array(rows), count, apart=everyone_but_themselves(len(rows))
    )

    products = rows @ rows.T
    np.fill_diagonal(products, 0.0)
    assert_best(found, products, count)


@settings(deadline=None)
@given(dense=members, data=st.data(), count=st.integers(1, 5))
def test_nobody_closed_is_found(dense: Floats, data: st.DataObject, count: int) -> None:
    """Closed pairs and one's own group leave room for those who come next."""
    rows, size = unit(dense), len(dense)
    closed = data.draw(arrays.arrays(np.bool_, (size, size)))
    groups = data.draw(arrays.arrays(np.int64, size, elements=st.integers(-1, 2)))
    apart = NotFindable(
        own=np.arange(size, dtype=np.int64), pairs=sparse.csr_array(closed, dtype=np.float64), groups=groups
    )

    found = Nearest.of(sparse.csr_array(rows), count=count).best(sparse.csr_array(rows), count, apart=apart)

    colleagues = (groups[:, None] == groups) & (groups >= 0)
    assert_best(found, np.where(closed | colleagues | np.eye(size, dtype=np.bool_), 0.0, rows @ rows.T), count)


@settings(deadline=None)
@given(dense=members, data=st.data(), count=st.integers(1, 5))
def test_only_the_eligible_are_found_by_anybody(dense: Floats, data: st.DataObject, count: int) -> None:
    """Twice, as a desk must be clean for the next search; also by those who are not eligible themselves."""
    rows, size = unit(dense), len(dense)
    eligible = data.draw(arrays.arrays(np.bool_, size))
    apart = NotFindable(own=np.arange(size, dtype=np.int64), eligible=eligible)
    nearest = Nearest.of(sparse.csr_array(rows), count=count)

    found = [nearest.best(sparse.csr_array(rows), count, apart=apart) for _ in range(2)]

    for each in found:
        assert_best(each, np.where(np.eye(size, dtype=np.bool_) | ~eligible, 0.0, rows @ rows.T), count)


@settings(deadline=None)
@given(dense=members, stretch=st.floats(0.1, 10.0), count=st.integers(1, 5))
def test_queries_may_be_of_any_length_and_of_nobody(dense: Floats, stretch: float, count: int) -> None:
    """A widened profile is longer than 1; a query of no member finds everybody."""
    rows = unit(dense)

    found = Nearest.of(sparse.csr_array(rows), count=count).best(sparse.csr_array(rows * stretch), count)

    assert_best(found, rows @ rows.T * stretch, count)


def community(size: int, seed: int) -> Sparse:
    """Members with up to eight of 300 topics, a few of which are everybody's."""
    rng = np.random.default_rng(seed)
    topics = np.minimum(rng.zipf(1.3, (size, 8)), 300) - 1
    dense = np.zeros((size, 300))
    np.put_along_axis(dense, topics, rng.random((size, 8)) + 0.1, axis=1)
    return sparse.csr_array(unit(dense))


@pytest.mark.parametrize("seed", range(3))
def test_long_lists_are_left_unread_without_a_difference(seed: int) -> None:
    """With 3,000 members the bounds stop nearly every search early."""
    rows = community(3000, seed)

    found = Nearest.of(rows, count=10).best(rows, 10, apart=everyone_but_themselves(3000))

    products = (rows @ rows.T).toarray()
    np.fill_diagonal(products, 0.0)
    assert_best(found, products, 10)


def test_two_threads_find_what_one_finds() -> None:
    """Each writes on a desk of its own."""
    rows = community(5000, 1)
    nearest, told = Nearest.of(rows, count=5), []

    alone = nearest.best(rows, 5, apart=everyone_but_themselves(5000))
    together = nearest.best(
        rows, 5, apart=everyone_but_themselves(5000), threads=2, progress=lambda done, total: told.append((done, total))
    )

    np.testing.assert_array_equal(alone.rows, together.rows)
    np.testing.assert_array_equal(alone.scores, together.scores)
    assert told[-1] == (5000, 5000)


def test_one_member_finds_the_same_alone_as_in_a_round() -> None:
    """A desk is clean again after each search."""
    rows = community(500, 2)
    nearest = Nearest.of(rows, count=5)
    all_at_once = nearest.best(rows, 5, apart=everyone_but_themselves(500))

    for member in (0, 250, 499, 0):
        one = nearest.best(rows[[member]], 5, apart=NotFindable(own=np.array([member])))
        np.testing.assert_array_equal(one.rows[0], all_at_once.rows[member])


def test_equals_come_in_the_order_of_their_rows() -> None:
    """Of six clones the first three are found."""
    clones = sparse.csr_array(np.ones((6, 1)))

    found = Nearest.of(clones, count=3).best(clones, 3, apart=everyone_but_themselves(6))

    assert found.rows.tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2], [0, 1, 2], [0, 1, 2]]


@pytest.mark.parametrize("dense", [[[1.0, 1.0]], [[-0.5, 0.5]]])
def test_rows_that_the_bounds_do_not_hold_for_are_refused(dense: list[list[float]]) -> None:
    """A bound that is wrong would lose the best in silence."""
    with pytest.raises(InvalidInput):
        Nearest.of(sparse.csr_array(np.array(dense)))


def test_queries_over_other_topics_are_refused() -> None:
    """Numbers of topics mean nothing in another snapshot."""
    with pytest.raises(InvalidInput):
        Nearest.of(sparse.csr_array(np.eye(2))).best(sparse.csr_array(np.eye(3)), 1)


def test_a_community_of_nobody_finds_nobody() -> None:
    """Neither members nor topics, and it answers."""
    empty = sparse.csr_array((0, 0))

    found = Nearest.of(empty).best(empty, 3)

    assert found.rows.shape == (0, 3)
    assert [len(part) for part in found.pairs()] == [0, 0, 0]


def test_the_kernel_is_warm_before_anybody_waits() -> None:
    """The worker and each web process call it at their start."""
    warm_up()

    assert cores() >= 1
