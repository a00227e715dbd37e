"""A use case holds its unit of work: pages, requests and commands open no write transaction."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent.parent / "serendipity"


def opens_write(path: Path) -> bool:
    """Tell whether a module opens a write transaction: calls `write` of a ledger, without an argument."""
    calls = (node for node in ast.walk(ast.parse(path.read_text(), str(path))) if isinstance(node, ast.Call))
    return any(
        isinstance(call.func, ast.Attribute) and call.func.attr == "write" and not call.args and not call.keywords
        for call in calls
    )


def test_pages_and_commands_open_no_write_transaction() -> None:
    """What is written together stands in one use case, where it can be called and tested without a page."""
    modules = [path for room in ("web", "cli") for path in (PACKAGE / room).rglob("*.py")]
    assert [str(path.relative_to(PACKAGE)) for path in modules if opens_write(path)] == []


def test_a_write_transaction_is_recognised(tmp_path: Path) -> None:
    """A ledger's `write()` counts, under whichever name; a stream's `write(text)` and a read do not."""
    sources = {
        "services.ledger.write() as uow": True,
        "ledger.write() as uow": True,
        "ledger.read() as uow": False,
        "open_stream().write('text') as done": False,
    }
    for number, (source, expected) in enumerate(sources.items()):
        module = tmp_path / f"{number}.py"
        module.write_text(f"with {source}:\n    pass\n")

        assert opens_write(module) is expected
