"""Run the benchmarks: all of them, or those named; each is a module with `run(console)`, which prints its table."""

import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module

from rich.console import Console

import bench


def parts() -> list[str]:
    """Return the names of the modules and packages in bench/, each with a `run`, without importing what they need."""
    return sorted(module.name for module in pkgutil.iter_modules(bench.__path__) if not module.name.startswith("_"))


def main(names: Sequence[str], console: Console) -> int:
    """Run the named parts (all when none is named); returns the exit status."""
    known = parts()
    unknown = sorted(set(names) - set(known))
    if unknown:
        console.print(f"There is no benchmark {unknown[0]!r}; there are {', '.join(known)}.", highlight=False)
        return 2
    for name in names or known:
        import_module(f"bench.{name}").run(console)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Console(width=None if sys.stdout.isatty() else 140)))
