"""Read the hand-written lists in data/."""

from importlib.resources import files


def lines(name: str) -> list[str]:
    """Return the lines of a list, without comments and empty ones."""
    text = files(__package__).joinpath("data", name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def word_list(name: str) -> list[str]:
    """Return the words of a list."""
    return [word for line in lines(name) for word in line.split()]
