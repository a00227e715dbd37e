"""The embedded graph: a SQLite file of its own."""

from serendipity.stores.graph_embedded.store import EmbeddedGraph, open_embedded_graph

__all__ = ["EmbeddedGraph", "open_embedded_graph"]
