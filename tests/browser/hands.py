# ruff: noqa: E501 (cells stand in the strings)
"""The cells that the browser tests run, and what they ask of a page."""

import io
import time

import nbformat
import numpy as np
import pytest
from PIL import Image

import gdlib

RATES = np.geomspace(0.01, 1.2, 120)
IMPORTS = "import numpy as np\nfrom gdlib import LinearRegression, batch_gd, landscapes, rules\nfrom gdlib.explorer import *\n"
CURVE = IMPORTS + "live = explore_curve(landscapes.parabola(), -2.5, np.geomspace(0.01, 1.2, 120)); live"
MAP = IMPORTS + (
    "rng = np.random.default_rng(0); x = rng.normal(size=60)\n"
    "data = LinearRegression(np.c_[np.ones(60), x], 1 + 2 * x + rng.normal(size=60) / 2)\n"
    "chart = explore_map(data, [-1.5, -1], np.geomspace(0.005, 0.8, 40), 8, batch_size=10); chart"
)
FIT = MAP.rpartition("chart = ")[0] + (
    "fit = explore_fit(data, [-1.5, -1], np.geomspace(0.005, 0.8, 40), 8, names=('size', 'price')); fit"
)
BESIDE = IMPORTS + (
    "both = explore_curve(landscapes.double_well(), 1.6, np.geomspace(0.005, 0.3, 60), 60, momentum=[0.3, 0.5, 0.8, 0.9])\n"
    "both"
)
SIX = IMPORTS + (
    "racers = {'plain': rules.momentum(0), 'momentum': rules.momentum(), 'Nesterov': rules.momentum(0.9, True),\n"
    "          'AdaGrad': rules.adagrad(), 'RMSProp': rules.rmsprop(), 'Adam': rules.adam()}\n"
    "six = explore_map(landscapes.bowl(10), [2.5, 1.5], np.linspace(0.01, 0.19, 19), 40, rules=racers); six"
)

TRACES = IMPORTS + (
    "seen = np.array([[3.0, 4.0, 4.5], [3.0, 2.1, 2.0]]); lost = np.array([[1.0, 0.5, 0.3], [1.0, 0.4, 0.2]])\n"
    "traces = explore_traces(seen, lost, [0.25, 1.0], every=30, levels=[8.0, 2.0], learning_rate=0.25); traces"
)


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


def truth(rate, step, start=-2.5):
    """What gdlib itself says of the parabola: the first row of readings."""
    problem = gdlib.landscapes.parabola()
    w = gdlib.batch_gd(problem, start, rate, 40).weights[step]
    return {"step": step, "w": w[0], "slope": problem.gradient(w)[0], "loss": float(problem.loss(w))}


def agree(explorer, rate, step, start=-2.5):
    true = truth(rate, step, start)

    def check():
        told = readings(explorer)
        assert explorer.get_by_label("Learning rate").get_attribute("aria-valuetext") == f"{rate:.3g}"
        for name, value in true.items():
            assert told[name] == pytest.approx(value, rel=6e-3, abs=1e-11), name

    eventually(check)


def joined(explorer):
    """The figure has found its kernel."""
    eventually(lambda: _has_model(explorer))


def _has_model(explorer):
    assert explorer.evaluate("node => !!node.gdlib?.model")
