"""What the browser tests ask of a page."""

import io
import time

import nbformat
import numpy as np
from PIL import Image


def cells(*sources):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def readings(explorer):
    """The first row of numbers beside the figure: {"step": 3.0, "w": -1.2, ...}, of the first run seen."""
    explorer.evaluate("() => new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))")
    names = explorer.locator(".gd-words thead th").all_text_contents()[1:]
    told = (
        explorer.locator(".gd-words tbody:not([hidden]) tr:first-child")
        .first.locator("td")
        .all_text_contents()
    )
    return {name: float(value.replace("−", "-")) for name, value in zip(names, told, strict=True)}


def pixels(page, locator):
    """What the screen shows of an element, (height, width, 3)."""
    return np.asarray(Image.open(io.BytesIO(locator.screenshot())).convert("RGB")).astype(int)


def set_slider(locator, value):
    """Move a range as a hand does: many inputs, one change."""
    locator.evaluate(
        "(node, value) => { node.value = value; node.dispatchEvent(new Event('input', { bubbles: true })); "
        "node.dispatchEvent(new Event('change', { bubbles: true })); }",
        str(value),
    )


def eventually(check, seconds=30):
    """Ask until it is so: the machine may be busy, and a test doesn't guess how long."""
    until = time.monotonic() + seconds
    while True:
        try:
            return check()
        except AssertionError:
            if time.monotonic() > until:
                raise
        time.sleep(0.05)
