"""Stored notebooks: executed, clean, in the house's skeleton; and the check itself can fail."""

from pathlib import Path

import nbformat
import pytest
from notebook_hygiene import faults, mend

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_hygiene(path):
    assert faults(nbformat.read(path, as_version=4)) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_file_is_valid_and_small(path):
    nbformat.validate(nbformat.read(path, as_version=4))
    assert path.stat().st_size < 1_200_000


def test_the_first_four_are_there():
    assert [path.name[:2] for path in NOTEBOOKS][:4] == ["00", "01", "02", "03"]


BREAKS = {
    "not stored as run": lambda nb, code: code[2].update(execution_count=None),
    "its metadata hold": lambda nb, code: nb.metadata.update(widgets={}),
    "metadata ['execution']": lambda nb, code: code[0].metadata.update(
        execution={"iopub.execute_input": "now"}
    ),
    "an error or a warning": lambda nb, code: code[0].outputs.append(
        nbformat.v4.new_output("stream", name="stderr")
    ),
    "a path of one machine": lambda nb, code: code[0].outputs.append(
        nbformat.v4.new_output("stream", text="saved in /home/me/run")
    ),
    "last digits, which differ": lambda nb, code: code[0].outputs.append(
        nbformat.v4.new_output("stream", text="start 0.5864501344746891")
    ),
    "the part 'Exercises' is missing": lambda nb, code: remove(nb, "## Exercises"),
    "2 H1 headings": lambda nb, code: nb.cells.append(nbformat.v4.new_markdown_cell("# Another")),
    "skips a level": lambda nb, code: nb.cells.append(nbformat.v4.new_markdown_cell("#### Deep")),
    "**Time:** is missing": lambda nb, code: remove(nb, "**Time:**"),
    "the median code cell": lambda nb, code: [cell.update(source="a = 1\n" * 9) for cell in code],
}


def remove(notebook, text):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace(text, "")


@pytest.mark.parametrize("told", BREAKS)
def test_a_broken_notebook_is_told(told):
    notebook = nbformat.read(NOTEBOOKS[0], as_version=4)
    BREAKS[told](notebook, [cell for cell in notebook.cells if cell.cell_type == "code"])
    assert any(told in fault for fault in faults(notebook))


def test_mending_takes_out_what_jupyter_adds():
    notebook = nbformat.read(NOTEBOOKS[0], as_version=4)
    notebook.metadata.update(widgets={})
    notebook.cells[0].metadata.update(execution={}, tags=["kept"])
    mend(notebook)
    assert faults(notebook) == []
    assert notebook.cells[0].metadata == {"tags": ["kept"]}
