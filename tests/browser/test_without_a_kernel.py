"""The explorer where no kernel runs: in an exported page with no network, and in a notebook opened again."""

import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from hands import (
    CURVE,
    FIT,
    MAP,
    RATES,
    SIX,
    TRACES,
    agree,
    cells,
    eventually,
    joined,
    pixels,
    readings,
    set_slider,
)

import gdlib
from gdlib.explorer import explore_curve, explore_fit, explore_traces, packed

ROOT = Path(__file__).parents[2]


def written(tmp_path, *explorers):
    """A page with these figures alone, as an export has them."""
    page = tmp_path / "figures.html"
    figures = "".join(f"<div>{each._repr_mimebundle_()[0]['text/html']}</div>" for each in explorers)
    page.write_text(f"<!doctype html><meta charset=utf-8><body style='margin: 0'>{figures}", encoding="utf-8")
    return page


@pytest.mark.parametrize(
    ("wide", "high"), [(390, 740), (640, 450), (320, 560), (800, 900)]
)  # a phone; 1280 at 200 and 400 %; a small window
def test_ball_and_slider_are_seen_together_and_nothing_shakes(chromium, tmp_path, wide, high):
    context = chromium.new_context(offline=True, viewport={"width": wide, "height": high})
    try:
        tab = context.new_page()
        tab.goto(
            written(
                tmp_path, explore_curve(gdlib.landscapes.double_well(), 1.6, RATES / 4, 30, momentum=0.9)
            ).as_uri()
        )
        explorer = tab.locator(".gd")
        explorer.locator(".gd-figure").wait_for()
        assert tab.evaluate("document.documentElement.scrollWidth") <= wide
        top, rate = (
            explorer.locator(".gd-scene").bounding_box(),
            explorer.get_by_label("Learning rate").bounding_box(),
        )
        assert rate["y"] + rate["height"] - top["y"] <= high
        chart, words = (explorer.locator(f".gd-{kind}").bounding_box() for kind in ("chart", "words"))
        assert (words["y"] < chart["y"]) == (wide <= 760)  # wider, the losses are near the map and its slider
        sizes = tab.evaluate(
            """() => { // every rate, every step: the figure keeps its size
                const { gdlib: figure } = document.querySelector('.gd'), sizes = new Set();
                for (let rate = 0; rate < 120; rate += 7) for (let tick = 0; tick <= figure.last; tick++) {
                    Object.assign(figure.now, { rate, tick });
                    figure.draw();
                    const { width, height } = figure.root.getBoundingClientRect();
                    sizes.add(`${width} ${height}`);
                }
                return [...sizes];
            }"""
        )
        assert len(sizes) == 1
        cells = explorer.locator(".gd-words td").all()
        assert not any(
            cell.evaluate("td => td.scrollWidth > td.clientWidth") for cell in cells
        )  # no digit is cut
    finally:
        context.close()


def exported(tmp_path, notebook, to="html"):
    """The notebook run and exported as its reader would do it, with no widget state in it."""
    source = tmp_path / "page.ipynb"
    nbformat.write(notebook, source)
    command = [
        sys.executable,
        "-m",
        "nbconvert",
        "--to",
        to,
        "--execute",
        "--log-level=ERROR",
        str(source),
    ]
    subprocess.run(
        [*command, "--ExecutePreprocessor.store_widget_state=False"], check=True, cwd=ROOT / "notebooks"
    )
    return tmp_path / "page.html"


@pytest.mark.parametrize("name", [None, "01_the_rolling_ball.ipynb"])
def test_exported_page_moves_without_kernel_or_network(chromium, tmp_path, name):
    notebook = (
        cells(CURVE, MAP, FIT, SIX, TRACES) if name is None else nbformat.read(ROOT / "notebooks" / name, 4)
    )
    page = exported(tmp_path, notebook)
    context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 900})
    try:
        tab = context.new_page()
        tab.goto(page.as_uri(), wait_until="domcontentloaded")
        explorer = tab.locator(".gd").first
        explorer.locator(".gd-figure").wait_for()
        explorer.scroll_into_view_if_needed()
        rate = explorer.get_by_label("Learning rate")
        rate.focus()
        tab.keyboard.press("Home")
        readings(explorer)
        before, told = (
            pixels(tab, explorer.locator(".gd-scene")),
            explorer.locator(".gd-words").text_content(),
        )
        for _ in range(30):
            tab.keyboard.press("ArrowRight")
        explorer.get_by_label("One step forward").click()
        readings(explorer)
        assert np.abs(pixels(tab, explorer.locator(".gd-scene")) - before).max() > 100
        assert explorer.locator(".gd-words").text_content() != told
        assert explorer.locator(".gd-grip").is_hidden()
        assert "run the notebook" in explorer.locator(".gd-note").inner_text()
        if name is None:
            agree(explorer, RATES[30], 1)
        ids = tab.evaluate("Array.from(document.querySelectorAll('.gd marker'), (each) => each.id)")
        assert len(set(ids)) == len(ids) > 1  # two figures with one id would draw each other's dots
        drawn = tab.evaluate(
            "document.querySelector('.gd-figure').innerHTML.match(/(?<=url\\([^#]*#)[^)&\"]+/g)"
        )
        assert drawn and {*drawn} <= {*ids}  # dots that are asked for are there
    finally:
        context.close()


def test_the_level_of_a_trace_follows_the_rate(chromium, tmp_path):
    values, losses = [[3.0, 4.0, 4.5], [3.0, 2.1, 2.0]], [[1.0, 0.5, 0.3], [1.0, 0.4, 0.2]]
    figure = explore_traces(values, losses, [0.25, 1.0], every=30, levels=[8.0, 2.0], learning_rate=0.25)
    context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 900})
    try:
        tab = context.new_page()
        tab.goto(written(tmp_path, figure).as_uri())
        explorer = tab.locator(".gd")
        explorer.locator(".gd-figure").wait_for()
        assert readings(explorer) == {"step": 60, "curvature": 4.5, "loss": 0.3}  # it begins at its end
        explorer.get_by_label("30 steps back").click()
        assert readings(explorer) == {"step": 30, "curvature": 4, "loss": 0.5}
        line, name = explorer.locator(".gd-scene .gd-ruler"), explorer.locator(".gd-scene .gd-label")
        assert line.get_attribute("d") == "" and name.text_content() == "↑ 2/rate"  # out of the picture
        explorer.get_by_label("Learning rate").focus()
        tab.keyboard.press("ArrowRight")
        tab.keyboard.press("Tab")
        assert readings(explorer) == {"step": 30, "curvature": 2.1, "loss": 0.4}
        height = float(line.get_attribute("d").split()[1].split("h")[0])
        _, (y,) = packed.pixels(figure._view.ax, [0], [2.0])
        assert abs(height - y) < 0.2 and name.text_content() == "2/rate"
        assert "stays at 2/rate = 2" in explorer.locator(".gd-verdict").text_content()
    finally:
        context.close()


@pytest.mark.parametrize("kind", [gdlib.LinearRegression, gdlib.LogisticRegression])
@pytest.mark.parametrize("wide", [1100, 700])
def test_the_line_through_the_data_moves_with_the_ball(chromium, tmp_path, kind, wide):
    x = np.linspace(-2, 2, 9)
    y = x > np.tile([-1, 0, 1], 3) if kind is gdlib.LogisticRegression else 1 + 2 * x
    figure = explore_fit(kind(np.c_[np.ones(9), x], y), [-1.5, -1], [0.1, 0.2, 0.9], 8, batch_size=3)
    context = chromium.new_context(offline=True, viewport={"width": wide, "height": 900})
    try:
        tab = context.new_page()
        tab.goto(written(tmp_path, figure).as_uri())
        explorer = tab.locator(".gd")
        explorer.locator(".gd-figure").wait_for()
        scene, data = (explorer.locator(kind).bounding_box() for kind in (".gd-scene", ".gd-data"))
        assert data["x"] >= scene["x"] + scene["width"] - 1 and abs(data["y"] - scene["y"]) < 2
        assert data["x"] + data["width"] <= wide
        explorer.get_by_label("Count in").select_option("steps")
        ax = figure._view.data
        for place in range(3):
            set_slider(explorer.get_by_label("Learning rate"), place)
            for step in (0, 1, 7):
                set_slider(explorer.locator("[name=tick]"), step)
                assert readings(explorer)["step"] == step
                for r, run in enumerate(figure.runs):
                    line = figure._view.line(run.weights[place, step])
                    true = np.column_stack(packed.pixels(ax, *line.get_xydata().T, 2**10))
                    line.remove()
                    drawn = explorer.evaluate(
                        "(it, r) => it.gdlib.data.lines[r].children[2].getAttribute('d')", r
                    )
                    points = np.array([point.split() for point in drawn[1:].split("L")], float)
                    there = np.interp(points[:, 0], *true.T)
                    np.testing.assert_allclose(points[:, 1], there, atol=0.5)
    finally:
        context.close()


def saved(opened):
    """The notebook as it is stored when its reader saves it."""
    opened.page.evaluate("jupyterapp.commands.execute('docmanager:save')")

    def stored():
        assert nbformat.read(opened.path, 4).cells[0].outputs

    eventually(stored)
    return nbformat.read(opened.path, 4)


def test_untrusted_notebook_shows_the_picture(lab, server):
    opened = lab(CURVE)
    opened.explorer()
    notebook = saved(opened)
    assert "widgets" not in notebook.metadata
    assert len(notebook.cells[0].outputs[0].data["text/html"]) < 400_000
    notebook.cells[0].source += "  # as from another machine: unsigned"
    copy = opened.path.with_name("untrusted.ipynb")
    nbformat.write(notebook, copy)
    tab = opened.page.context.new_page()
    tab.goto(f"{server[0]}/lab/workspaces/untrusted/tree/untrusted.ipynb?reset")
    picture = tab.locator(".jp-OutputArea img")
    picture.wait_for(timeout=20_000)
    assert picture.evaluate("node => node.naturalWidth") > 600
    assert "settles" in picture.get_attribute("alt")


def test_a_saved_notebook_opened_again_lives_without_its_kernel(lab, server):
    opened = lab(CURVE)
    joined(opened.explorer())
    saved(opened)
    opened.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    tab = opened.page.context.new_page()
    tab.goto(f"{server[0]}/lab/workspaces/again/tree/{opened.path.name}?reset")
    explorer = tab.locator(".gd").first
    explorer.locator(".gd-figure").wait_for(timeout=30_000)
    set_slider(explorer.get_by_label("Learning rate"), 30)
    agree(explorer, RATES[30], 0)
    assert "run the notebook" in explorer.locator(".gd-note").inner_text()
    assert tab.get_by_text("Error displaying widget").count() == 0
