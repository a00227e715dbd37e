"""Texts a second on one core beside spaCy with a phrase matcher alone, start-up and memory, in processor time."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from statistics import mean, median, quantiles
from time import process_time

from rich.table import Table

from bench.topics.texts import FIRST_TEXT, check_in_texts, many_labels, rows, tags, vocabulary_of
from serendipity.topics.pipeline import build_extractor

TEXTS = 4_000
AT_A_TIME = 100  # texts read by one before the other takes its turn, so that both meet the same machine
LABELS = 6_000
RANDOM_WORDS = 1_000_000
_START = (
    "from bench.topics.texts import FIRST_TEXT, many_labels, vocabulary_of\n"
    "from serendipity.topics.pipeline import build_extractor\n"
    "from time import process_time\n"
    "vocabulary = vocabulary_of([*many_labels(300), 'pottery'])\n"
    "before = process_time()\n"
    "build_extractor(vocabulary).understand(FIRST_TEXT)\n"
    "print(process_time() - before)\n"
)
_SIZE = (
    "import random\n"
    "from pathlib import Path\n"
    "from bench.topics.texts import FIRST_TEXT, many_labels, vocabulary_of\n"
    "from serendipity.topics.pipeline import build_extractor\n"
    "def resident():\n"
    "    return int(Path('/proc/self/statm').read_text().split()[1]) * 4096 / 2**20\n"
    f"extractor = build_extractor(vocabulary_of([*many_labels({LABELS}), 'pottery']))\n"
    "extractor.understand(FIRST_TEXT)\n"
    "print(resident())\n"
    "rng = random.Random(1)\n"
    f"for _ in range({RANDOM_WORDS} // 100):\n"
    "    words = [''.join(rng.choices('abcdefghijklmnopqrstuvwxyz', k=8)) for _ in range(100)]\n"
    "    extractor.understand(' '.join(words))\n"
    "print(resident())\n"
)


def speed_table() -> Table:
    """Measure ours and the peer in turns on the same texts, each text new to both."""
    table = Table("figure", "value", title="Topics: speed and size")
    texts = ([row["text"] for row in rows("stackexchange_valid")] or check_in_texts(TEXTS))[:TEXTS]
    labels = tags()[:LABELS] or many_labels(LABELS)
    extractor = build_extractor(vocabulary_of([*labels, "pottery"]))
    extractor.understand(FIRST_TEXT)
    peer = _bare_matcher(labels)
    ours, theirs = [], []
    for start in range(0, len(texts), AT_A_TIME):
        part = texts[start : start + AT_A_TIME]
        theirs.append(_seconds(lambda part=part: [peer(text) for text in part]) / len(part))  # type: ignore[misc]
        ours.append(_seconds(lambda part=part: extractor.understand_many(part)) / len(part))  # type: ignore[misc]
    ratios = [their / our for their, our in zip(theirs, ours, strict=True)]
    table.add_row("texts a second (38 words, 6,000 topics)", f"{1 / mean(ours):,.0f}")
    table.add_row("the same in the best tenth of the time", f"{1 / quantiles(ours, n=10)[0]:,.0f}")
    table.add_row("spaCy blank and PhraseMatcher alone", f"{1 / mean(theirs):,.0f}")
    table.add_row("the same in the best tenth of the time", f"{1 / quantiles(theirs, n=10)[0]:,.0f}")
    table.add_row("ratio, median", f"{median(ratios):.2f}")
    table.add_row("start-up, processor seconds", f"{_figures(_START)[0]:.2f}")
    before, after = _figures(_SIZE)
    table.add_row("memory with 6,000 topics, MB", f"{before:.0f}")
    table.add_row("after a million random words, MB", f"{after:.0f}")
    return table


def _bare_matcher(labels: Sequence[str]) -> Callable[[str], object]:
    import spacy
    from spacy.matcher import PhraseMatcher

    nlp = spacy.blank("en")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    matcher.add("topics", [nlp.make_doc(label) for label in labels])
    return lambda text: matcher(nlp(text))


def _seconds(work: Callable[[], object]) -> float:
    before = process_time()
    work()
    return process_time() - before


def _figures(program: str) -> list[float]:
    """Return the figures that a program prints in a process of its own."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return [float(line) for line in done.stdout.split()]
