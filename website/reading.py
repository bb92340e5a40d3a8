"""A lesson for those who read it where nothing can be run: no word of a check that did not run, and what was
measured is folded below its prediction, so that there is time to predict.
"""

import copy
import html
import re
from itertools import groupby
from urllib.parse import quote

import nbformat


def lesson(notebook, solutions):
    """A copy of a notebook as its page shows it; `solutions` is the address of the page of its solutions."""
    notebook = copy.deepcopy(notebook)
    notebook.cells = [part for cell in notebook.cells for part in _parts(cell)]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            told = [_told(cell.source, output, solutions) for output in cell.outputs]
            cell.outputs = [output for output in told if output]
    folded = zip(notebook.cells, _answers(notebook.cells), strict=True)
    for answers, run in groupby(folded, lambda pair: pair[1]):
        run = [cell for cell, _ in run]
        if answers and any(cell.cell_type == "markdown" or cell.outputs for cell in run):
            run[0].metadata["fold_from"] = run[-1].metadata["fold_to"] = True
    return notebook


def _parts(cell):
    """A text that goes on to a prediction is cut before it."""
    if cell.cell_type != "markdown":
        return [cell]
    parts = re.split(r"\n\n(?=\*\*Predict\.\*\*)", cell.source)
    return [nbformat.v4.new_markdown_cell(part, metadata=copy.copy(cell.metadata)) for part in parts]


def _told(source, output, solutions):
    """What an output says to those who have no Python; None where it is nothing."""
    said = output.get("text") or output.get("data", {}).get("text/plain", "")
    if source == "progress()":
        return None
    if re.match(r"Not attempted yet|write .* first$", said):
        (name,) = re.findall(r'check\(\w+, "(.+?)"\)', source)[:1]
        anchor = html.escape(quote(f"{solutions}#exercise-{name.replace(' ', '-')}", safe="/#"))
        words = (
            '<p class="needs">This needs Python: <a href="index.html#How-to-run-it">how to run it</a> · '
            f'<a href="{anchor}">its solution</a></p>'
        )
        return nbformat.v4.new_output("display_data", {"text/html": words})
    if "text" in output:
        output.text = said.replace(" You made no prediction.", "")
    return output


def _answers(cells):
    """For each cell whether it gives away what a reader is to predict; a live figure waits for a hand."""
    asked = told = False  # a prediction is asked for; its answer was told
    for cell in cells:
        source, text = cell.source, cell.cell_type == "markdown"
        if text and source.startswith(("**Predict.**", "#")):
            asked, told = source.startswith("**Predict.**"), False
            yield False
        elif not asked or _is_exercise(cell) or _is_live(cell) or re.match(r"\w+ = \.\.\.", source):
            yield False
        elif text:
            figure, measured = source.startswith("*The figure"), "**Measured.**" in source
            yield figure or measured or (told and not source.startswith("*The live figure"))
            asked = not (measured if figure else told)
        else:
            told = told or "compare(" in source
            yield True


def _is_exercise(cell):
    return any(tag.startswith("exercise ") for tag in cell.metadata.get("tags", []))


def _is_live(cell):
    return any(
        '<div class="gd ' in output.get("data", {}).get("text/html", "") for output in cell.get("outputs", [])
    )
