"""What learning from outcomes brings in communities whose tastes were planted: policies beside an oracle."""

import time

import numpy as np
from rich.console import Console
from rich.table import Table

from serendipity.lab.planted import plant_truth
from serendipity.lab.simulator import POLICIES, Policy, Report, simulate

MEMBERS, ROUNDS, SEEDS = 100, 26, range(1, 5)


def run(console: Console) -> list[tuple[str, ...]]:
    """Let each policy run half a year of weekly rounds in four communities; means over them."""
    found: dict[Policy, list[Report]] = {policy: [] for policy in POLICIES}
    seconds = dict.fromkeys(POLICIES, 0.0)
    for seed in SEEDS:
        community = plant_truth(MEMBERS, seed=seed)
        for policy in POLICIES:
            begun = time.process_time()
            found[policy].append(simulate(community, policy, rounds=ROUNDS, seed=seed))
            seconds[policy] += time.process_time() - begun
    rows = [_row(policy, reports, found["oracle"], seconds[policy]) for policy, reports in found.items()]
    titles = ("policy", "both accept", "later half", "regret", "exposure Gini", "coverage", "versions", "CPU s")
    table = Table(*titles, title=f"Learning: {len(SEEDS)} communities of {MEMBERS}, {ROUNDS} weekly rounds")
    for row in rows:
        table.add_row(*row)
    console.print(
        table, "Both accept: the true chance of the pairs proposed. Regret: how far below the oracle's, a pair."
    )
    return rows


def _row(policy: Policy, reports: list[Report], oracle: list[Report], seconds: float) -> tuple[str, ...]:
    later = [each.since(0.5) for each in reports]
    accepted = float(np.mean([each.expected for each in reports]))
    return (
        policy,
        f"{accepted:.3f}",
        f"{np.mean([each.expected for each in later]):.3f}",
        f"{np.mean([each.expected for each in oracle]) - accepted:.3f}",
        f"{np.mean([each.exposure for each in later]):.3f}",
        f"{np.mean([each.coverage for each in later]):.3f}",
        f"{np.mean([each.versions for each in reports]):.1f}",
        f"{seconds:.1f}",
    )
