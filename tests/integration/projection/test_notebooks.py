"""The notebooks run on the code as it is."""

import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.waiting import PATIENCE

FOLDER = Path(__file__).parents[3] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def test_there_are_notebooks() -> None:
    """The story of January is told."""
    assert "01_decay_and_drift" in {notebook.stem for notebook in NOTEBOOKS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    """Outputs are made when it is run; in the repository they would only go stale."""
    cells: list[dict[str, Any]] = json.loads(path.read_text())["cells"]
    kept = [cell for cell in cells if cell.get("outputs") or cell.get("execution_count") is not None]
    assert kept == []


@pytest.mark.filterwarnings("default::DeprecationWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_its_plots(path: Path, tmp_path: Path) -> None:
    """Every cell is executed in a fresh kernel; one that fails fails the test."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    environment = os.environ | {"MPLCONFIGDIR": str(tmp_path), "PYTHONPATH": str(FOLDER.parent)}
    client = NotebookClient(
        notebook, timeout=int(PATIENCE), kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    executed = client.execute(env=environment)
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    assert [output for output in outputs if "image/png" in output.get("data", {})]
    assert [output for output in outputs if output.get("name") == "stderr"] == []
