"""Fuzz the reading of texts: `pip install atheris`, then `python -m tests.fuzz.topics -max_total_time=60`."""

import importlib
import sys
from time import process_time
from typing import Any

atheris: Any = importlib.import_module("atheris")
with atheris.instrument_imports(include=["serendipity.topics"]):
    from serendipity.topics.pipeline import build_extractor
    from serendipity.topics.scrub import has_contact, scrub_for_ledger
    from tests.unit.topics.history import seeded

SECONDS = 0.2  # more than any input may take: instrumented code is slow
EXTRACTOR = build_extractor(seeded())


def read(data: bytes) -> None:
    """Read and scrub one text; whatever breaks a promise is a finding."""
    text = atheris.FuzzedDataProvider(data).ConsumeUnicode(4_000)
    begun = process_time()
    understanding = EXTRACTOR.understand(text)
    stored = scrub_for_ledger(text)
    if process_time() - begun > SECONDS:
        raise AssertionError("too slow")
    for mention in understanding.mentions:
        if not (0 <= mention.start < mention.end <= len(text) and mention.phrase and 0 < abs(mention.weight) <= 1):
            raise AssertionError(mention)
    if has_contact(stored) or scrub_for_ledger(stored) != stored:
        raise AssertionError(stored)


if __name__ == "__main__":
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
