"""Each number in a notebook's text, and the cell that asserts it, prints it or was given it.

python tests/notebook_numbers.py NOTEBOOK ...          list them; the exit code tells whether one has no cell

A number has a cell where a number in that cell's code, or in what the cell printed, rounds to it; what draws
and what imports bears out nothing. The cell stands in the same part of the notebook. It may stand anywhere
for numbers of three digits and more, which are not met by chance, for 0, 1 and 2, which are in every formula,
and for the parts without a number of their own (exercises).

Not looked at: what stands in backticks, numbers in words, and whether the cell says the same thing of its
number. Of whole numbers to ten about half could be another, of those with two digits one in ten.
"""

import ast
import re
import sys
from pathlib import Path
from typing import NamedTuple

import nbformat

# What is no claim: code, links, names of notebooks and parts, exponents. Minutes and versions have other
# tests. A year stands in brackets or after a name, and no word follows that it could be the number of.
LEFT_OUT = re.compile(
    r"```.*?```|`[^`]*`|\]\([^)]*\)|<[a-z/!][^>]*>|https?://\S+|^#+ \d+\.|^\s*\d+\. "
    r"|(?:[(\[]|,\s|\b(?:in|of|until)\s|(?-i:[A-Z])\w+\s+)(?:19|20)\d\d(?=[)\],.:;]|\s[`(]|$)"
    r"|(?<=[a-z])\^\d(?:/\d)?"
    r"|\b(?:parts?|sections?|chapters?|notebooks?|exercises?|lines?|volumes?|§) ?"
    r"\d+(?:(?:,| and| to|–) ?\d+)*"
    r"|\b(?:TensorFlow|Keras|PyTorch) \d+\.\d+|\| \[\d\d\w*"
    r"|about \d+ minutes|\| \d?[05] \|"
    r"|\b0\d(?:[–-]0\d)?\b(?![.,]\d)|arXiv:[\d.]+",
    flags=re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
POWER = re.compile(r"(?<![\d.])10\^\{?([-−]?\d+)\}?")
SIGN = r"(?:(?<![\w)\]}])[-−])?"  # a minus with nothing before it
NUMBER = re.compile(SIGN + r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:e[-+]?\d+)?)")
IN_CODE = re.compile(
    SIGN
    + r"(?<![A-Za-z_\d.])(?:(?:\d{1,3}(?:[,_]\d{3})+(?!\d)|\d+)(?:\.\d*)?(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?)"
)
DRAWING = {"plt", "ax", "axes", "fig", "top", "bottom", "left", "right", "plotting"}
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
                digits = re.sub(r"\D", "", text.split("e")[0]).strip("0")
                anywhere = len(digits) > 2 or abs(value) in (0, 1, 2) or not parts[index]
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
        digits, after = match[0].replace(",", "").replace("−", "-"), match.string[match.end() :].lstrip()
        value = float(digits)
        decimals = len(digits.split("e")[0].partition(".")[2])
        half = 0.5001 * 10.0**-decimals if "e" not in digits else 0.5 * abs(value)
        if "." not in digits and "e" not in digits:
            half = 1e-9 if abs(value) < 100 else 0.5
        word = (after.split() or [""])[0].rstrip(".,;")
        scale = 0.01 if after.startswith(("%", "\\%")) else WORDS.get(word, 1)
        yield (
            match[0] + (" %" if scale == 0.01 else ""),
            value * scale,
            max(half * scale, 1e-12 * abs(value) * scale),
        )


def _held(cell):
    """The numbers in a cell's code and in what it printed; what is told in per cent as a part of one too."""
    texts = [_bearing(cell.source)]
    for output in cell.get("outputs", []):
        texts += [str(output.get("text", "")), str(output.get("data", {}).get("text/plain", ""))]
    values = set()
    for match in IN_CODE.finditer("\n".join(texts)):
        value = float(match[0].replace("_", "").replace(",", "").replace("−", "-"))
        per_cent = re.match(r"\s?%", match.string[match.end() :])
        values |= {value, value / 100} if per_cent else {value}
        if match.end() <= len(texts[0]):  # in code the minus of a slice tells where to begin
            values.add(abs(value))
    return values


def _bearing(source):
    """A cell's code without the statements that import or draw."""
    lines = source.splitlines()
    for statement in ast.walk(ast.parse(source)):
        call = getattr(statement, "value", None) if isinstance(statement, ast.Expr | ast.Assign) else None
        drawn = isinstance(call, ast.Call) and DRAWING & {ast.unparse(call.func).split(".")[0].split("[")[0]}
        if drawn or isinstance(statement, ast.Import | ast.ImportFrom):
            for line in range(statement.lineno - 1, statement.end_lineno):
                lines[line] = ""
    return "\n".join(lines)


if __name__ == "__main__":
    left = 0
    for path in map(Path, sys.argv[1:]):
        for found in numbers(nbformat.read(path, 4)):
            left += found.by is None
            by = "NO CELL" if found.by is None else f"cell {found.by}"
            print(f"{path.stem} cell {found.cell:3}: {found.text:>12}  {by}")
    sys.exit(left > 0)
