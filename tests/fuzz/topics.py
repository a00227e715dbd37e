"""Fuzz the reading of texts: `pip install atheris`, then `python -m tests.fuzz.topics -max_total_time=60`."""

import importlib
import sys
from collections.abc import Callable
from time import process_time
from typing import Any

SECONDS = 0.2  # more than any input may take: instrumented code is slow


def reading(atheris: Any) -> Callable[[bytes], None]:
    """Return what is fuzzed, instrumented."""
    with atheris.instrument_imports(include=["serendipity.topics"]):
        from serendipity.topics.pipeline import build_extractor
        from serendipity.topics.scrub import has_contact, scrub_for_ledger
        from tests.unit.topics.history import seeded
    extractor = build_extractor(seeded())

    def read(data: bytes) -> None:
        text = atheris.FuzzedDataProvider(data).ConsumeUnicode(4_000)
        begun = process_time()
        understanding, stored = extractor.understand(text), scrub_for_ledger(text)
        if process_time() - begun > SECONDS:
            raise AssertionError("too slow")
        for mention in understanding.mentions:
            if not (0 <= mention.start < mention.end <= len(text) and mention.phrase and 0 < abs(mention.weight) <= 1):
                raise AssertionError(mention)
        if has_contact(stored) or scrub_for_ledger(stored) != stored:
            raise AssertionError(stored)

    return read


def main() -> None:
    """Fuzz until a finding, or for as long as the arguments say. Raises ImportError without atheris."""
    atheris = importlib.import_module("atheris")
    atheris.Setup(sys.argv, reading(atheris))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
