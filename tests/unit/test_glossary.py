"""Every module is named by words that the glossary explains."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent / "serendipity"
ROW = re.compile(r"^\| (?P<word>[^|]*) \|(?P<term>[^|]*)\|")
SMALL = frozenset({"of", "to", "in", "is", "by", "a", "the", "and", "not"})
MODULES = sorted(
    path
    for path in ROOT.rglob("*.py")
    if not path.stem.startswith("__") and path.parent.name != "versions" and not path.is_symlink()
)


def forms(word: str) -> set[str]:
    """A word, and what it may be without the ending of a plural or gerund."""
    lower = word.casefold()
    root = lower.removesuffix("ing")
    return {lower, lower.removesuffix("s"), lower.removesuffix("es"), re.sub("ies$", "y", lower), root, f"{root}e"}


def glossary_words() -> set[str]:
    """The words of the first two columns, all tables together."""
    rows = [match for line in (ROOT / "glossary.md").read_text().splitlines() if (match := ROW.match(line))]
    words = {word for row in rows for word in re.findall(r"\w+", f"{row['word']} {row['term']}")}
    return {form for word in words for form in forms(word)}


WORDS = glossary_words()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_named_by_words_of_the_glossary(path: Path) -> None:
    """A new word gets a line there first, with the field's term."""
    unknown = [word for word in path.stem.split("_") if word not in SMALL and not forms(word) & WORDS]
    assert not unknown, f"{path.stem}: put {unknown} into serendipity/glossary.md, or use the word that is there"


def test_folders_are_named_by_words_of_the_glossary() -> None:
    """A new room as well."""
    folders = {path.parent for path in MODULES} - {ROOT}
    unknown = {
        word
        for folder in folders
        for word in folder.name.split("_")
        if word not in SMALL | {"sql", "neo4j"} and not forms(word) & WORDS
    }
    assert unknown == set()


def test_a_word_stands_for_one_thing() -> None:
    """No first column names a word twice, but for the few that the field itself uses twice."""
    lines = [match["word"] for line in (ROOT / "glossary.md").read_text().splitlines() if (match := ROW.match(line))]
    words = [word.strip().casefold() for line in lines for word in line.split(",")]
    twice = {word for word in words if words.count(word) > 1} - {"word", "---"}
    assert twice <= {"link", "event", "answers"}, twice
