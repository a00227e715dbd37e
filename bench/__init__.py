"""Benchmarks: figures of speed and quality, beside a peer in the same run. `make bench`, or `python -m bench NAME…`."""
