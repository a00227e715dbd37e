"""Topics: quality on labelled texts, speed beside a bare matcher, start-up, memory, and the worst inputs."""

from rich.console import Console

from bench.topics.quality import quality_table
from bench.topics.speed import speed_table
from bench.topics.worst import worst_table


def run(console: Console) -> None:
    """Print the tables of this part."""
    console.print(quality_table())
    console.print(speed_table())
    console.print(worst_table())
