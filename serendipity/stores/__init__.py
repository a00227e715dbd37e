"""Databases behind the ports: the ledger (SQL) and the graph (embedded, Neo4j)."""
