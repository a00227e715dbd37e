"""Implementations of the ledger and the graph: the only modules that speak to a database."""
