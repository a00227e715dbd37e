"""Runs of the matcher: requesting, executing, queueing proposals, resuming and replaying."""
