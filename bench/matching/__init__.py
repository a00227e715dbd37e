"""Matching: what the matcher would have said at earlier times, scored against what happened later.

`python -m bench matching` takes about an hour: every split reads its history afresh. SERENDIPITY_BENCH names the folder
of packs; SERENDIPITY_BENCH_SPLITS narrows the splits, such as "uboot:2018,acl:2016".
"""

import os
from itertools import chain, groupby

from rich.console import Console

from bench.matching.splits import SPLITS, Where
from bench.matching.table import ablations, frontier, pooled, reading
from bench.matching.truth import folder


def run(console: Console) -> None:
    """Print each split's frontier and ablations as CSV, and what the splits of a pack come to together."""
    here = folder()
    if here is None:
        console.print("Matching: set SERENDIPITY_BENCH to the folder of the packs.")
        return
    console.print("split,what,hit@10,serUsers,gini,coverage")
    for pack, splits in groupby(wanted(), key=lambda where: where.pack):
        those = []
        with reading(here / pack) as measured:
            for where in splits:
                one = measured(where)
                for line in chain(frontier(one), ablations(one)):
                    console.print(line, highlight=False)
                those.append(one.scores)
        for line in pooled(pack, those):
            console.print(line, highlight=False)


def wanted() -> list[Where]:
    """Return the splits that the environment names; all where it names none."""
    named = {name.strip() for name in os.environ.get("SERENDIPITY_BENCH_SPLITS", "").split(",")} - {""}
    return [where for where in SPLITS if not named or where.name in named]
