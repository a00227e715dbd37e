"""The graph on Neo4j 5.26 or later."""

from serendipity.stores.graph_neo4j.store import Neo4jGraph, open_neo4j_graph

__all__ = ["Neo4jGraph", "open_neo4j_graph"]
