"""Each number in a notebook's text, and the cell that asserts it, prints it or was given it.

python tests/notebook_numbers.py NOTEBOOK ...          list them; the exit code tells whether one has no cell

A number has a cell where a number in that cell's code, or in what the cell printed, rounds to it. The cell
stands in the same part of the notebook. It may stand anywhere for numbers of three digits and more, which are
not met by chance, for whole numbers up to ten, and for the parts without a number of their own (exercises).
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple

import nbformat

# What is no claim: code, links, names of notebooks and parts, years. Minutes and versions have other tests.
LEFT_OUT = re.compile(
    r"```.*?```|`[^`]*`|\]\([^)]*\)|<[^>]*>|https?://\S+|^#+ \d+\.|^\s*\d+\. |\b(?:19|20)\d\d\b"
    r"|\b(?:parts?|sections?|chapters?|notebooks?|exercises?|volumes?|§) ?\d+(?:(?:,| and| to|–) ?\d+)*"
    r"|\b(?:TensorFlow|Keras|PyTorch) \d+\.\d+|\| \[\d\d\w*"
    r"|about \d+ minutes|\| \d+ \|"
    r"|\b0\d(?:[–-]0\d)?\b(?![.,]\d)|arXiv:[\d.]+",
    flags=re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
POWER = re.compile(r"(?<![\d.])10\^\{?([-−]?\d+)\}?")
NUMBER = re.compile(r"(?<![\w.])\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\w.])\d+(?:\.\d+)?(?:e[-+]?\d+)?")
IN_CODE = re.compile(
    r"(?<![A-Za-z_\d.])(?:\d{1,3}(?:[,_]\d{3})+(?!\d)|\d+)(?:\.\d*)?(?:e[-+]?\d+)?|(?<![A-Za-z_\d.])\.\d+(?:e[-+]?\d+)?"
)
WORDS = {"million": 1e6, "thousand": 1e3}


class Found(NamedTuple):
    """A number in the text of cell `cell`; `by` is the cell that bears it out, or None."""

    cell: int
    text: str
    by: int | None


def numbers(notebook) -> list[Found]:
    """The numbers in a notebook's text, in their order."""
    cells = notebook.cells
    parts = _parts(cells)
    held = {index: _held(cell) for index, cell in enumerate(cells) if cell.cell_type == "code"}
    found = []
    for index, cell in enumerate(cells):
        if cell.cell_type == "markdown":
            for text, value, near_enough in _told(cell.source):
                digits = text.removesuffix(" %").split("e")[0].replace(",", "").replace(".", "").strip("0")
                anywhere = len(digits) > 2 or value in range(11) or not parts[index]
                near = [at for at in held if anywhere or parts[at] == parts[index]]
                near.sort(key=lambda at, index=index: abs(at - index))
                by = next(
                    (at for at in near if any(abs(each - value) <= near_enough for each in held[at])), None
                )
                found.append(Found(index, text, by))
    return found


def _parts(cells):
    """For each cell the part that it stands in, such as "3"; "" in those without a number."""
    part, parts = "", []
    for cell in cells:
        if cell.cell_type == "markdown":
            for title in re.findall(r"^## (.*)$", cell.source, re.MULTILINE):
                part = (re.match(r"\d+", title) or [""])[0]
        parts.append(part)
    return parts


def _told(source):
    """(as it stands, value, how near is near enough: half of its last place) for each number in a text."""
    text = POWER.sub(lambda power: f" 1e{power[1].replace('−', '-')} ", LEFT_OUT.sub(" ", source))
    for match in NUMBER.finditer(text.replace("{,}", ",").replace("\\,", "")):
        digits, after = match[0].replace(",", ""), match.string[match.end() :].lstrip()
        value = float(digits)
        decimals = len(digits.split("e")[0].partition(".")[2])
        half = 0.5001 * 10.0**-decimals if "e" not in digits else 0.5 * value
        if "." not in digits and "e" not in digits:
            half = 1e-9 if value < 100 else 0.5
        word = (after.split() or [""])[0].rstrip(".,;")
        scale = 0.01 if after.startswith(("%", "\\%")) else WORDS.get(word, 1)
        yield (
            match[0] + (" %" if scale == 0.01 else ""),
            value * scale,
            max(half * scale, 1e-12 * value * scale),
        )


def _held(cell):
    """The numbers in a cell's code and in what it printed; what is told in per cent as a part of one too."""
    texts = [cell.source]
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        page = re.sub(
            r"<(script|style).*?</\1>|<[^>]*>", " ", str(data.get("text/html", "")), flags=re.DOTALL
        )
        texts += [str(output.get("text", "")), str(data.get("text/plain", "")), page]
    values = set()
    for match in IN_CODE.finditer("\n".join(texts)):
        value = float(match[0].replace("_", "").replace(",", ""))
        per_cent = re.match(r"\s?%", match.string[match.end() :])
        values |= {value, value / 100} if per_cent else {value}
    return values


if __name__ == "__main__":
    left = 0
    for path in map(Path, sys.argv[1:]):
        for found in numbers(nbformat.read(path, 4)):
            left += found.by is None
            by = "NO CELL" if found.by is None else f"cell {found.by}"
            print(f"{path.stem} cell {found.cell:3}: {found.text:>12}  {by}")
    sys.exit(left > 0)
