"""Signals: the stream of what happened."""
