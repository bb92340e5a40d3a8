"""Paths from a grid of starts, so that a ball can be let go elsewhere on a page with no kernel.

A notebook whose figures allow it runs once more; at its end `grids` asks each figure for what it would
answer a browser. starts.js gives these answers on the page.
"""

import base64
import gzip
import json
import re
import tempfile
from pathlib import Path

import nbformat
import numpy as np
from nbclient import NotebookClient

from gdlib.explorer import packed, widget

#: bytes for all the grids of a page
WEIGHT = 2_000_000
STARTS, RATES = 49, 10

_WOKEN = re.compile(r'wake\(document\.currentScript, "(.*?)"\)')  # as widget.py writes it
_ASK = f"""import sys
sys.path.append({str(Path(__file__).parent)!r})
from IPython.display import display
import starts
display({{"application/json": starts.grids()}}, raw=True)
"""


def of(notebook):
    """{key: packed} for each figure of a notebook whose ball can be let go elsewhere."""
    figures = _figures(notebook)
    if all(map(_fixed, figures.values())):
        return {}
    run = nbformat.v4.new_notebook(cells=[*notebook.cells, nbformat.v4.new_code_cell(_ASK)])
    with tempfile.TemporaryDirectory() as folder:  # a notebook may write what the reader has solved
        where = {"metadata": {"path": folder}}
        NotebookClient(run, timeout=600, kernel_name="python3", resources=where).execute()
    made = run.cells[-1].outputs[-1].data["application/json"]
    # On another machine the last digits may differ, and with them a figure's key; its place does not.
    pairs = zip(_figures(run), figures.items(), strict=True)
    return {key: made[now] for now, (key, page) in pairs if not _fixed(page)}


def _figures(notebook):
    """The figures that a notebook shows, {key: packed}."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    shown = [output.get("data", {}).get("text/html", "") for output in outputs]
    pages = [html for html in shown if '<div class="gd ' in html]
    return {re.search(r'data-key="(.*?)"', page)[1]: _WOKEN.search(page)[1] for page in pages}


def _fixed(page):
    head = gzip.decompress(base64.b64decode(page)).split(b"\n", 1)[0]
    return json.loads(head)["spec"]["drawn"]["fixed"]


def grids():
    """{key: packed} for the figures that were made here; packed as widget.py packs a figure."""
    loose = [figure for figure in widget._living if figure._make]
    return {figure.key: _grid(figure, WEIGHT / len(loose)) for figure in loose}


def _grid(figure, weight):
    """What a figure answers for as many starts as the weight allows, at some of its rates."""
    stride = -(-len(figure._rates) // RATES)
    places = np.arange(figure._place % stride, len(figure._rates), stride)
    one = len(_packed(figure, places, *_spread(figure, 4))) / 4
    return _packed(figure, places, *_spread(figure, min(STARTS, int(weight / one))))


def _spread(figure, most):
    """Starts in even rows and columns, in pixels from the lower left, and the gaps between them."""
    box, rows = figure._view.ax.bbox, 1
    if len(figure.start) == 2:
        rows = max(1, round((most * box.height / box.width) ** 0.5))
    columns = max(1, most // rows)
    across = box.x0 + box.width * (np.arange(columns) + 0.5) / columns
    up = box.y0 + box.height * (np.arange(rows) + 0.5) / rows
    gaps = [box.width / columns, box.height / rows]
    return [(x, y) for y in up for x in across], gaps


def _packed(figure, places, starts, gaps):
    """A line of JSON, then the array: start after start what packed.py calls the columns."""
    rates, said, numbers = figure._rates[places], [], []
    for place in starts:
        w = figure._view.start_at(*figure._view.ax.transData.inverted().transform(place))
        runs = figure._make(np.array(w), rates)
        said.append([[figure._verdict(run, i, rate) for i, rate in enumerate(rates)] for run in runs])
        numbers.append(packed.numbers(figure._rows(runs)))
    head = json.dumps({"places": places.tolist(), "gaps": gaps, "said": said}).encode()
    return base64.b64encode(gzip.compress(head + b"\n" + b"".join(numbers), mtime=0)).decode()
