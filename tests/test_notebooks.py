"""Stored notebooks: executed, clean, in the house's skeleton; and the check itself can fail."""

import base64
import io
import re
from pathlib import Path

import nbformat
import pytest
from exercise_cells import generated, solved, tagged, unfilled
from notebook_hygiene import HEADINGS, faults, mend, minutes, without_deeper
from notebook_numbers import numbers
from PIL import Image

from gdlib.exercises import loops
from gdlib.exercises.catalogue import EXERCISES
from gdlib.explorer import widget

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
#: The notebook that has no exercise with a check, and so no solutions.
OWN = "10_your_own_data"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_hygiene(path):
    assert faults(nbformat.read(path, as_version=4)) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_file_is_valid_and_small(path):
    nbformat.validate(nbformat.read(path, as_version=4))
    assert path.stat().st_size < 1_300_000


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_number_in_the_text_has_its_cell(path):
    found = numbers(nbformat.read(path, as_version=4))
    few = path.stem == OWN  # its numbers are the reader's
    assert (few or len(found) > 20) and [(each.cell, each.text) for each in found if each.by is None] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_read_in_a_lesson(path):
    assert minutes(nbformat.read(path, as_version=4)) <= (15 if path.stem.startswith(("00", "10")) else 45)


def test_every_stored_figure_has_the_script_and_the_looks_of_today():
    """A notebook, and the site, show the script that is stored."""
    figures = [
        (path.parent.name, path.name, "".join(output.data["text/html"]))
        for path in [*NOTEBOOKS, *(solutions for solutions, _ in solved())]
        for cell in nbformat.read(path, 4).cells
        for output in cell.get("outputs", [])
        if 'class="gd ' in output.get("data", {}).get("text/html", "")
    ]
    script, looks = widget._script(), widget._css()
    old = {each[:2] for each in figures if script not in each[2] or looks not in each[2]}
    assert figures and not old, "run `make notebooks`"


def test_the_first_four_are_there():
    assert [path.name[:2] for path in NOTEBOOKS][:4] == ["00", "01", "02", "03"]


BREAKS = {
    "not stored as run": lambda nb, code: code[2].update(execution_count=None),
    "its metadata hold": lambda nb, code: nb.metadata.update(widgets={}),
    "metadata ['execution']": lambda nb, code: code[1].metadata.update(
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
    "tells what is seen": lambda nb, code: code[-1].outputs.append(
        nbformat.v4.new_output("display_data", {"image/png": ""})
    ),
    "the part 'Exercises' is missing": lambda nb, code: remove(nb, "## Exercises"),
    "2 H1 headings": lambda nb, code: nb.cells.append(nbformat.v4.new_markdown_cell("# Another")),
    "skips a level": lambda nb, code: nb.cells.append(nbformat.v4.new_markdown_cell("#### Deep")),
    "**Time:** is missing": lambda nb, code: remove(nb, "**Time:**"),
    "minutes, not 95": lambda nb, code: replace(nb, r"about \d+ minutes", "about 95 minutes"),
    "**Predict.** is missing": lambda nb, code: remove(nb, "**Predict.**"),
    "its metadata hold ['kernelspec', 'language_info', 'orig_nbformat']": lambda nb, code: nb.metadata.update(
        orig_nbformat=4
    ),
    "its metadata hold ['kernelspec', 'language_info']": lambda nb, code: nb.metadata.language_info.update(
        version="3.12"
    ),
    "the median code cell": lambda nb, code: [cell.update(source="a = 1\n" * 9) for cell in code],
}


def remove(notebook, text):
    replace(notebook, re.escape(text), "")


def replace(notebook, pattern, text):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(pattern, text, cell.source)


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


def test_mending_packs_a_picture_and_tells_what_it_shows():
    drawn = io.BytesIO()
    Image.effect_noise((64, 64), 50).convert("RGB").save(drawn, "PNG")
    png = base64.b64encode(drawn.getvalue()).decode()
    figure = nbformat.v4.new_output("display_data", {"image/png": png})
    code = nbformat.v4.new_code_cell(outputs=[figure])
    texts = ["*Predict.* No.", "*The figure:* a `curve`,\n$w^2$.\n\nMore.", "*The figure:* the next."]
    cells = [code, *map(nbformat.v4.new_markdown_cell, texts)]
    mend(nbformat.v4.new_notebook(cells=cells))
    assert figure.metadata["image/png"] == {"alt": "a curve, w^2."}
    small = figure.data["image/png"]
    assert len(small) < len(png) and Image.open(io.BytesIO(base64.b64decode(small))).mode == "P"
    mend(nbformat.v4.new_notebook(cells=cells))
    assert figure.data["image/png"] == small


def test_a_number_without_a_cell_is_found():
    text, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    cells = [
        text("## 1. A part"),
        text("It takes 173 steps, 12.5 % of 1,384, to $10^{-6}$ or 0.36; see part 12, [it](a97.md), `99`."),
        code(
            "steps = 173\nassert near < 1e-6", outputs=[nbformat.v4.new_output("stream", text="0.125 0.3579")]
        ),
        text("## 2. Another"),
        code("print(1384, 77)"),
        text("Not 78, nor 0.358, nor 0.3579 or 0.357."),
    ]
    found = numbers(nbformat.v4.new_notebook(cells=cells))
    told = {each.text: each.by for each in found}
    assert told == {
        "173": 2,
        "12.5 %": 2,
        "1,384": 4,
        "1e-6": 2,
        "0.36": 2,
        "78": None,
        "0.358": 2,
        "0.3579": 2,
        "0.357": None,
    }


@pytest.mark.parametrize(
    ("told", "code", "printed", "missing"),
    [
        ("stays at 7", "print(5)", "5", ["7"]),
        ("stays at 8", "print(5)", "5", ["8"]),  # which another part holds
        ("after 64 steps", "print(5)", "5", ["64"]),
        ("after 1900 steps", "steps = 2000", "", ["1900"]),
        ("in 1900 steps, of 2000", "steps = 2000", "", ["1900"]),
        ("(Ruder, 2016), in 1964, ICML 2013: and of 2023.", "", "", []),
        ("| 4711 |", "", "", ["4711"]),
        ("0.5 < 0.7 and > 0.9", "a, b = 0.5, 0.9", "", ["0.7"]),
        ("at −0.3, $-0.4$ and 0.6", "a, b, c = 0.3, -0.4, 1 - 0.6", "", ["−0.3"]),
        ("0.6", "", "it is -0.6", ["0.6"]),
        ("the last 30", "late = path[-30:]", "", []),
        ("12, 13 and 14", "from a import b12, c  # 12\nax.set(ylim=13)\nfig, ax = plt.subplots(14)", "", 3),
        ("12, 13 and 14", "import a\nassert b == 12 and f(13)\nif 14:\n    ax.plot(9)", "", []),
    ],
)
def test_a_number_is_borne_out_by_its_own_part_and_its_own_sign(told, code, printed, missing):
    output = nbformat.v4.new_output("stream", text=printed)
    cells = [
        nbformat.v4.new_markdown_cell("## 1. A part\n\n" + told),
        nbformat.v4.new_code_cell(code, outputs=[output]),
        nbformat.v4.new_markdown_cell("## 2. Another"),
        nbformat.v4.new_code_cell("print(8, 64, 33)"),
    ]
    found = [each.text for each in numbers(nbformat.v4.new_notebook(cells=cells)) if each.by is None]
    assert found == (["12", "13", "14"] if missing == 3 else missing)


def test_what_is_deeper_is_left_out_up_to_the_next_title():
    text = nbformat.v4.new_markdown_cell
    cells = [
        text(title)
        for title in ("## 1", "## 2 *Deeper*", "more", "### in it", "## 3", "### 3a *Deeper*", "## 4")
    ]
    assert [cell.source for cell in without_deeper(cells)] == ["## 1", "## 3", "## 4"]


# --- exercises ---------------------------------------------------------------------------------


def test_every_notebook_but_one_has_its_solutions():
    assert {path.name for path in NOTEBOOKS} - {path.name for _, path in solved()} == {f"{OWN}.ipynb"}


SOLVED = [pytest.param(*pair, id=pair[0].stem) for pair in solved()]


@pytest.mark.parametrize(("solutions", "notebook"), SOLVED)
def test_exercise_cells_are_those_of_the_solutions(solutions, notebook):
    pairs = generated(nbformat.read(solutions, 4), nbformat.read(notebook, 4))
    assert pairs and all(cell.source == source for cell, source in pairs), "run `make exercises`"


@pytest.mark.parametrize(("solutions", "notebook"), SOLVED)
def test_solutions_are_stored_as_right_and_exercises_as_open(solutions, notebook):
    for path, right in ((solutions, True), (notebook, False)):
        stored = tagged(nbformat.read(path, 4))
        assert [tag.removeprefix("exercise ") for tag in stored] == [
            name for name in EXERCISES if name[:2] == path.name[:2]
        ]
        for cells in stored.values():
            said = cells[-1].outputs[-1].data["text/plain"]
            assert said.startswith("Right" if right else "Not attempted yet")
    parts = [f"the part {part!r} is missing" for part in HEADINGS]
    allowed = [*parts, "**Time:** is missing", "**Predict.** is missing"]
    assert set(faults(nbformat.read(solutions, 4))) <= set(allowed)


@pytest.mark.parametrize(
    ("solution", "left"),
    [
        ("a = 1  # solution", "a = ..."),
        ("def f(w):\n    return 2 * w  # solution", "def f(w):\n    return ..."),
        ("for i in b:\n    w = i  # solution\n    p.append(w)  # solution", "for i in b:\n    ..."),
        (
            "def f(w):\n    while w:  # solution\n        w -= 1  # solution\n    return w  # solution",
            "def f(w):\n    ...\n    return ...",
        ),
        ("a = 1\nb = 2", "a = 1\nb = 2"),
    ],
)
def test_a_solution_is_left_out_line_by_line(solution, left):
    assert unfilled(solution) == left


# --- teaching ----------------------------------------------------------------------------------

TEACHING = (NOTEBOOKS[0].parent / "TEACHING.md").read_text("utf-8")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_minutes_of_a_notebook_are_computed_wherever_they_stand(path):
    taken = minutes(nbformat.read(path, 4))
    for text in (TEACHING, (path.parent.parent / "README.md").read_text("utf-8")):
        row = next(line for line in text.splitlines() if line.startswith("|") and f"{path.name})" in line)
        assert f"| {taken} |" in row
    start = "\n".join(cell.source for cell in nbformat.read(NOTEBOOKS[0], 4).cells)
    assert re.search(rf"\({path.name}\) \|[^|]*\| {taken} \|", start)


def test_the_teaching_paths_add_up():
    by_number = {path.name[:2]: minutes(nbformat.read(path, 4)) for path in NOTEBOOKS}
    half = sum(by_number[number] for number in ("00", "01", "02", "03"))
    assert f"{half} minutes of notebook" in TEACHING
    assert f"{sum(by_number.values())} minutes in all" in TEACHING
    lesson = TEACHING.split("**One lesson, 50 minutes")[1].split("**Half a day")[0]
    assert sum(map(int, re.findall(r"^\| (\d+) \|", lesson, re.MULTILINE))) == 50


def test_the_mistakes_that_teaching_names_are_those_of_the_checks():
    known = {*loops.WRONG, *loops.RETURNS, *(name for each in EXERCISES.values() for name in each.mistakes)}
    part = TEACHING.split("## The questions, the mistakes")[1].split("## A class's record")[0]
    told = [
        name
        for line in re.findall(r"^- ((?:`[^`]+`,? ?)+)", part, re.MULTILINE)
        for name in re.findall("`([^`]+)`", line)
    ]
    assert len(told) >= 30 and {*told} <= known


def test_every_notebook_links_the_glossary():
    assert all("(GLOSSARY.md)" in path.read_text("utf-8") for path in NOTEBOOKS)
