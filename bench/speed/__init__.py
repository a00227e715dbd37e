"""Speed of matching: the kernel against its peers, how it grows, a snapshot kept up, and one member's wait.

SERENDIPITY_BENCH_MEMBERS names the largest community that is made up (100000 where it names none; 1000000 takes a
quarter of an hour and 6 GiB).
"""

import os

from rich.console import Console

from bench._rows import show
from bench.speed.keeping import keeping_rows
from bench.speed.kernel import growth_rows, peer_rows
from bench.speed.waiting import waiting_rows

MEMBERS = "SERENDIPITY_BENCH_MEMBERS"
USUAL = 100_000


def run(console: Console) -> None:
    """Print the tables of this part."""
    largest = int(os.environ.get(MEMBERS, USUAL))
    show(console, "The 20 nearest of every member, exactly (peer: the same by another library)", peer_rows(largest))
    show(console, "The same as communities grow (peer: sparse_dot_topn)", growth_rows(largest))
    show(console, "A snapshot kept up (peer: pickle of the whole)", keeping_rows(largest))
    show(console, "One member's wait, the snapshot warm (peer: one product of scipy)", waiting_rows(largest))
