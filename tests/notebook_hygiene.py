"""What a stored notebook must hold and must not; used by the tests and before each commit.

python tests/notebook_hygiene.py NOTEBOOK ...          say what is wrong
python tests/notebook_hygiene.py --mend NOTEBOOK ...   first take out what does not belong there
"""

import base64
import io
import re
import sys
from pathlib import Path

import nbformat
from PIL import Image

HEADINGS = [
    "What you'll do",
    "What you'll learn",
    "What you'll need",
    "Exercises",
    "In practice",
    "What to read next",
]
PATHS = re.compile(r"(?<![\w/:.])/(?:home|root|Users|tmp|usr|opt|work|private|var)/|[A-Z]:\\\\")
LAST_DIGITS = re.compile(r"\d\.\d{13,}|\de-1[4-9]")  # a lesson on rounding asks for them with :.17g
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def faults(notebook):
    """Say in one line each what a notebook of nbformat breaks."""
    found = []
    if dict(notebook.metadata) != METADATA:
        found.append(
            f"its metadata hold {sorted(notebook.metadata)}: keep a bare kernelspec and language_info"
        )
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    headings = re.findall(
        r"^(#+) (.*)$", re.sub(r"```.*?```", "", prose, flags=re.DOTALL), flags=re.MULTILINE
    )
    depths = [len(marks) for marks, _ in headings]
    if depths.count(1) != 1 or depths[0] != 1:
        found.append(f"it has {depths.count(1)} H1 headings; it needs one, at the top")
    found += [
        f"heading {title!r} skips a level"
        for before, (marks, title) in zip(depths, headings[1:], strict=False)
        if len(marks) > before + 1
    ]
    found += [
        f"the part {part!r} is missing" for part in HEADINGS if part not in [title for _, title in headings]
    ]
    found += [f"{mark} is missing" for mark in ("**Time:**", "**Predict.**") if mark not in prose]
    told = re.search(r"\*\*Time:\*\* about (\d+) minutes", prose)
    if told and int(told[1]) != minutes(notebook):
        found.append(f"it takes {minutes(notebook)} minutes, not {told[1]}")
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    lengths = sorted(len(cell.source.splitlines()) for cell in code)
    if lengths[len(lengths) // 2] > 6 and len(code) > 5:  # five cells are five parts, not a walk
        found.append(
            f"the median code cell has {lengths[len(lengths) // 2]} lines; at most 6 are easily read"
        )
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        found.append("it is not stored as run once from top to bottom: run `make notebooks`")
    for number, cell in enumerate(code, start=1):
        where = f"code cell {number}"
        if set(cell.metadata) - {"tags"}:
            found.append(f"{where}: metadata {sorted(cell.metadata)} are stored; only tags may be")
        for output in cell.outputs:
            if _is_figure(output) and not output.metadata.get("image/png", {}).get("alt"):
                found.append(f"{where}: no text that begins with *The figure:* tells what is seen")
            if output.output_type == "error" or output.get("name") == "stderr":
                found.append(f"{where}: an error or a warning is stored")
            text = str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", ""))
            if PATHS.search(text):
                found.append(f"{where}: a path of one machine is stored")
            if LAST_DIGITS.search(text) and ":.17g" not in cell.source:
                found.append(f"{where}: last digits, which differ between machines, are stored: round them")
    return found


def minutes(notebook):
    """How long a reader takes, to the next five minutes, who leaves out what is marked *Deeper*.

    150 words a minute, ten seconds for a cell of code, half a minute for a prediction, two for an exercise.
    """
    read = without_deeper(notebook.cells)
    prose = "\n".join(cell.source for cell in read if cell.cell_type == "markdown")
    bare = re.sub(r"```.*?```|\$\$.*?\$\$|\$[^$]*\$|<[^>]*>|\]\([^)]*\)", " x ", prose, flags=re.DOTALL)
    tags = {tag for cell in read for tag in cell.metadata.get("tags", [])}
    exercises = sum(tag.startswith("exercise ") for tag in tags)
    cells = sum(cell.cell_type == "code" for cell in read)
    taken = (
        len(re.findall(r"[\w’']+", bare)) / 150 + cells / 6 + prose.count("**Predict.**") / 2 + 2 * exercises
    )
    return 5 * -int(-taken // 5)


def without_deeper(cells):
    """The cells without the parts whose title says *Deeper*, up to the next title of that depth or above.

    A title opens its cell, so that a part begins and ends with a cell.
    """
    read, depth = [], None
    for cell in cells:
        title = re.match(r"(#+) (.*)", cell.source) if cell.cell_type == "markdown" else None
        if title and (depth is None or len(title[1]) <= depth):
            depth = len(title[1]) if "*Deeper*" in title[2] else None
        if depth is None:
            read.append(cell)
    return read


def mend(notebook):
    """Take out the metadata that Jupyter adds: widget state, times, version of the kernel.

    Pictures are packed, and get what the text beside them tells as their alternative text.
    """
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k == "tags"})
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = packed(output.data["image/png"])
                if _is_figure(output):
                    output.metadata["image/png"] = {"alt": _told_after(notebook.cells, cell)}


def _is_figure(output):
    """Whether an output is a picture; a live figure has its words in its page."""
    return "image/png" in output.get("data", {}) and "text/html" not in output.data


def _told_after(cells, cell):
    """What the next text that begins with *The figure:* says, in plain words; "" where there is none."""
    for text in cells[cells.index(cell) + 1 :]:
        told = re.search(
            r"^\*The (?:figure|picture)[^*]*\*(.*?)(?:\n\n|\Z)", text.source, re.DOTALL | re.MULTILINE
        )
        if text.cell_type == "markdown" and told:
            words = re.sub(r"\]\([^)]*\)|[`*$\[\]\\{}]", "", told[1])
            return " ".join(words.split())
    return ""


def packed(png):
    """A picture in base64 with 256 colours: a third of the size, and the same to the eye."""
    picture, small = Image.open(io.BytesIO(base64.b64decode(png))), io.BytesIO()
    if picture.mode == "P":
        return png
    picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return min(png, base64.b64encode(small.getvalue()).decode(), key=len)


if __name__ == "__main__":
    told = False
    for path in map(Path, [name for name in sys.argv[1:] if name != "--mend"]):
        notebook = nbformat.read(path, as_version=4)
        if "--mend" in sys.argv:
            mend(notebook)
            nbformat.write(notebook, path)
        solutions = path.parent.name == "solutions"
        for fault in faults(notebook) if not solutions else []:  # whose parts are their notebook's
            told = True
            print(f"{path}: {fault}")
    sys.exit(told)
