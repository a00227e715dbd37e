"""Topics: quality on labelled texts, speed beside a bare matcher, start-up, memory, and the worst inputs."""

from rich.console import Console

from bench.topics.quality import quality_table
from bench.topics.speed import speed_table
from bench.topics.typos import typo_table
from bench.topics.worst import worst_table


def run(console: Console) -> None:
    """Print the tables of this part; the slowest inputs first, before the heap is large and its collection slow."""
    console.print(worst_table())
    console.print(quality_table())
    console.print(typo_table())
    console.print(speed_table())
