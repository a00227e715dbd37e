"""Speed of matching: the kernel against its peers, how it and whole runs grow, a snapshot kept up, a member's wait.

The peers are in requirements-bench.txt, which `make bench` installs.
SERENDIPITY_BENCH_MEMBERS names the largest community that is made up (100000 where it names none; 1000000 takes a
quarter of an hour and 6 GiB).
"""

import os
from importlib.util import find_spec

from rich.console import Console

from bench._rows import show
from bench.speed.keeping import keeping_rows
from bench.speed.kernel import growth_rows, peer_rows
from bench.speed.waiting import waiting_rows
from bench.speed.whole import whole_rows

MEMBERS = "SERENDIPITY_BENCH_MEMBERS"
USUAL = 100_000
PEERS = ("implicit", "sparse_dot_topn")


def run(console: Console) -> None:
    """Print the tables of this part."""
    missing = [name for name in PEERS if find_spec(name) is None]
    if missing:
        console.print(f"Speed is compared with {' and '.join(missing)}; run `make bench`, which installs them.")
        return
    largest = int(os.environ.get(MEMBERS, USUAL))
    show(console, "The 20 nearest of every member, exactly (peer: the same by another library)", peer_rows(largest))
    show(console, "The same as communities grow (peer: sparse_dot_topn)", growth_rows(largest))
    show(console, "A whole scheduled run (peer: the nearest alone, by sparse_dot_topn)", whole_rows(largest))
    show(console, "A snapshot kept up (peer: pickle of the whole)", keeping_rows(largest))
    show(console, "One member's wait, the snapshot warm (peer: one product of scipy)", waiting_rows(largest))
