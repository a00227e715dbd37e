"""Consumers of streams, and ticks of the clock."""
