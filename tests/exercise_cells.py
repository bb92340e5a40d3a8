"""The exercise cells of the notebooks, made from notebooks/solutions: the solutions are the source.

python tests/exercise_cells.py          write them into the notebooks (make exercises)

A cell with the tag "exercise NAME" in a solutions notebook is copied over the cell with the same tag in the
notebook of the same name, in their order. What a line marked `# solution` holds is left for the reader.
"""

import re
from pathlib import Path

import nbformat

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


def unfilled(source):
    """A solution with its marked lines left out: `x = ...`, `return ...`, or `...` alone."""
    lines = []
    for line in source.splitlines():
        if line.endswith("  # solution"):
            indent = re.match(" *", line)[0]
            kept = (
                re.match(r"(\w+ = |return )", line[len(indent) :])
                if not indent
                else re.match(r"return ", line[len(indent) :])
            )
            line = f"{indent}{kept[0] if kept else ''}..."
            if lines and (lines[-1] == line or _holds(lines[-1], indent)):
                continue
        lines.append(line)
    return "\n".join(lines)


def _holds(before, indent):
    """Whether what is left out in the line before has this line in its block."""
    return before.strip() == "..." and before.index(".") < len(indent)


def tagged(notebook):
    """The cells of exercises by their tag, in their order."""
    found = {}
    for cell in notebook.cells:
        for tag in cell.metadata.get("tags", []):
            if tag.startswith("exercise "):
                found.setdefault(tag, []).append(cell)
    return found


def generated(solutions, notebook):
    """The sources that the exercise cells of a notebook should have: pairs (cell, source)."""
    source, target = tagged(solutions), tagged(notebook)
    if source.keys() != target.keys():
        raise ValueError(f"the exercises {sorted(source.keys() ^ target.keys())} are in one of the two only")
    pairs = []
    for tag, cells in source.items():
        if [cell.cell_type for cell in cells] != [cell.cell_type for cell in target[tag]]:
            raise ValueError(f"{tag!r} has other cells in the solutions than in the notebook")
        pairs += [(mine, unfilled(cell.source)) for mine, cell in zip(target[tag], cells, strict=True)]
    return pairs


def solved():
    """The solutions notebooks, and with each the notebook that it solves."""
    return [(path, NOTEBOOKS / path.name) for path in sorted((NOTEBOOKS / "solutions").glob("*.ipynb"))]


if __name__ == "__main__":
    for solutions, path in solved():
        notebook = nbformat.read(path, 4)
        for cell, source in generated(nbformat.read(solutions, 4), notebook):
            cell.source = source
        nbformat.write(notebook, path)
