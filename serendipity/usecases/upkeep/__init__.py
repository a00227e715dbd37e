"""Upkeep: keeping the graph up with the ledger, the worker's turns, and dead letters."""
