"""Topic groups: topics that hang together, found in how often they are mentioned together."""

from collections.abc import Iterable, Mapping, Sequence

import networkx as nx

from serendipity.topics.drift import npmi

SEED = 20
SMALLEST = 3
_LEAST_TOGETHER = 0.5  # decayed count


def topic_groups(
    together: Iterable[tuple[str, str, float]], counts: Mapping[str, float], total: float
) -> list[Sequence[str]]:
    """Return groups of at least three topics, the most mentioned group and topic first.

    `together`: (topic, topic, decayed count of check-ins with both); `counts` of each topic and the `total` are too.
    Louvain's method (Blondel et al. 2008) over the count times NPMI of the pairs that are together more than by chance;
    the seed is fixed, so the same counts give the same groups.

    >>> pairs = [("a", "b", 4.0), ("b", "c", 4.0), ("a", "c", 4.0), ("x", "y", 5.0), ("c", "x", 0.6)]
    >>> topic_groups(pairs, {"a": 8, "b": 8, "c": 9, "x": 5, "y": 5}, 40)
    [['c', 'a', 'b']]
    """
    graph: nx.Graph[str] = nx.Graph()
    for one, other, count in sorted(together):
        worth = npmi(count, counts.get(one, 0.0), counts.get(other, 0.0), total)
        if count >= _LEAST_TOGETHER and worth is not None and worth > 0:
            graph.add_edge(one, other, weight=count * worth)
    if not graph:
        return []
    found = nx.community.louvain_communities(graph, weight="weight", seed=SEED)
    groups = [sorted(group, key=lambda id: (-counts.get(id, 0.0), id)) for group in found if len(group) >= SMALLEST]
    return sorted(groups, key=lambda group: (-sum(counts.get(id, 0.0) for id in group), group))
