"""The hand-written word lists of this package: words that join topics, everyday words, and cues of stance."""

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

from serendipity.domain.model import Stance
from serendipity.topics.phrases import normalise_word, plain

WRITTEN = ("en", "nl")

# Longest cue first; each is a sequence of plain words. What follows, up to the next boundary or reset, takes the stance.
SEEK_CUES = (
    "looking for", "in search of", "searching for", "seeking", "seek", "in need of", "could use", "need", "needs", "wanted",
    "need help with", "need help on", "help needed with", "help wanted", "wanted", "hiring", "who can", "who knows",
    "does anyone", "anyone who", "anyone with", "can anyone", "can someone", "interested in meeting", "want to meet",
    "would like to meet", "hoping to meet", "op zoek naar", "zoek", "zoeken", "zoeken naar", "zoeken nog", "zoek nog", "gezocht", "hulp nodig bij",
    "hulp nodig met", "hulp gezocht", "heb nodig", "wie kan", "wie weet", "wie kent", "wie heeft", "iemand die", "kan iemand",
    "ken je iemand", "wil graag in contact met", "nood aan",
)  # fmt: skip
OFFER_CUES = (
    "can help with", "can help you with", "can help others with", "can help", "happy to help with", "glad to help with", "i offer", "we offer", "offering",
    "can offer", "available for", "ask me about", "can teach", "can share", "to give away", "happy to share", "happy to explain", "i can explain",
    "kan helpen met", "kan helpen bij", "kan je helpen met", "kan jullie helpen met", "kan iemand helpen met", "kan anderen helpen met", "help graag met", "help je graag met", "help graag bij", "help je graag bij", "ik bied",
    "wij bieden", "we bieden", "bied", "bied aan", "aangeboden", "te geef", "beschikbaar voor", "vraag me over", "vraag mij over", "geef graag les in",
    "deel graag", "wil graag helpen met",
)  # fmt: skip
RESET_CUES = (
    "working on", "work on", "busy with", "interested in", "i am", "i'm", "we are", "we're", "but", "because", "bezig met", "werk aan", "werken aan",
    "werk ik aan", "geinteresseerd in", "ik ben", "we zijn", "maar", "want", "omdat",
)  # fmt: skip
# These deny what follows them closely …
DENIALS = (
    "not", "no", "never", "nothing with", "niet", "geen", "nooit", "niks met", "niets met", "not interested in", "niet geinteresseerd in",
    "not doing", "not working on", "don't do", "hate",
)  # fmt: skip
# … and these the whole clause, where nothing follows them what came before.
FAREWELLS = (
    "no longer", "not anymore", "anymore", "any more", "any longer", "no more", "stopped", "stopped with", "stopped doing", "stopped working on", "quit",
    "gave up", "gave up on", "done with", "niet meer", "niet langer", "geen meer", "nooit meer", "gestopt met", "ben gestopt", "opgehouden met",
)  # fmt: skip
NOT_DENYING = (
    "not only", "not just", "not sure", "not yet", "why not", "no idea", "no problem", "don't forget", "no more than", "no time", "no budget",
    "whether or not", "or not", "niet alleen", "niet zeker", "nog niet", "waarom niet", "geen idee", "geen probleem", "niet vergeten", "geen tijd",
    "of niet", "geen zin", "need no", "niet te vergeten", "can't wait", "niet goed", "not good", "not well",
)  # fmt: skip


def _lines(name: str) -> list[str]:
    text = files(__package__).joinpath("data", name).read_text(encoding="utf-8")
    return [word for line in text.splitlines() if not line.startswith("#") for word in line.split()]


@lru_cache(maxsize=16)
def glue_words(language: str) -> frozenset[str]:
    """Return the plain words of a language that stand between topics; none for a language without a list."""
    return frozenset(map(plain, _lines(f"glue-{language}.txt"))) if language in WRITTEN else frozenset()


@lru_cache(maxsize=16)
def common_words(language: str) -> frozenset[str]:
    """Return the everyday words of a language in normal form, joining words included."""
    if language not in WRITTEN:
        return frozenset()
    everyday = _lines(f"common-{language}.txt")
    return frozenset(normalise_word(word) for word in everyday) | glue_words(language)


@lru_cache(maxsize=4)
def common_anywhere() -> frozenset[str]:
    """Return the everyday words of all languages that have a list."""
    return frozenset().union(*map(common_words, WRITTEN))


def cue_table() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Return the cues by their first word, longest first, each with "seek", "offer", "reset", "deny", "farewell" or "none"."""
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    groups: Iterable[tuple[Iterable[str], str]] = (
        (SEEK_CUES, Stance.SEEK.value),
        (OFFER_CUES, Stance.OFFER.value),
        (RESET_CUES, "reset"),
        (DENIALS, "deny"),
        (FAREWELLS, "farewell"),
        (NOT_DENYING, "none"),
    )
    for cues, kind in groups:
        for cue in dict.fromkeys(cues):
            words = tuple(plain(cue).split())
            table.setdefault(words[0], []).append((words, kind))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return table
