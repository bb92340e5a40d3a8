# ruff: noqa: E501 (JavaScript stands in the strings)
"""The explorer under real hands: in JupyterLab with a kernel, and in an exported page with no network."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from hands import cells, eventually, pixels, readings, set_slider

import gdlib
from gdlib.explorer import explore_curve

ROOT = Path(__file__).parents[2]
RATES = np.geomspace(0.01, 1.2, 120)
IMPORTS = "import numpy as np\nfrom gdlib import LinearRegression, landscapes\nfrom gdlib.explorer import *\n"
CURVE = IMPORTS + "live = explore_curve(landscapes.parabola(), -2.5, np.geomspace(0.01, 1.2, 120)); live"
MAP = IMPORTS + (
    "rng = np.random.default_rng(0); x = rng.normal(size=60)\n"
    "data = LinearRegression(np.c_[np.ones(60), x], 1 + 2 * x + rng.normal(size=60) / 2)\n"
    "live = explore_map(data, [-1.5, -1], np.geomspace(0.005, 0.8, 40), 8, batch_size=10); live"
)
BESIDE = IMPORTS + (
    "both = explore_curve(landscapes.double_well(), 1.6, np.geomspace(0.005, 0.3, 60), 60, momentum=[0, 0.5, 0.8, 0.9])\n"
    "both"
)
ORANGE = (0xE6, 0x9F, 0x00)


def truth(rate, step, start=-2.5):
    """What gdlib itself says of the parabola: the first line of readings."""
    problem = gdlib.landscapes.parabola()
    w = gdlib.batch_gd(problem, start, rate, 40).weights[step]
    return {"step": step, "w": w[0], "slope": problem.gradient(w)[0], "loss": problem.loss(w)}


def agree(explorer, rate, step, start=-2.5):
    true = truth(rate, step, start)

    def check():
        told = readings(explorer)
        for name, value in true.items():
            assert told[name] == pytest.approx(value, rel=6e-3, abs=1e-12), name

    eventually(check)


def chosen(opened, expression, value):
    """What the reader chose has reached Python."""

    def check():
        assert opened.kernel(expression) == str(value)

    eventually(check)


def ball_is_at(page, explorer, w):
    """The orange of the ball on the screen is where Matplotlib's transform puts this weight."""
    ax = explore_curve(gdlib.landscapes.parabola(), -2.5, RATES)._ax
    x, y = ax.transData.transform((w, w**2))
    shown = pixels(page, explorer.locator(".gd-panel").first)
    scale = shown.shape[1] / 540
    there = np.abs(shown - ORANGE).sum(axis=2) < 60
    rows, columns = np.nonzero(there[:, :])
    near = np.hypot(columns - x * scale, rows - (380 - y) * scale) < 36 * scale
    assert near.sum() > 80, "no ball where it should be"


def test_keyboard_moves_every_control(lab):
    opened = lab(CURVE)
    page, explorer = opened.page, opened.explorer()
    agree(explorer, RATES[60], 0)
    ball_is_at(page, explorer, -2.5)
    rate, step = (explorer.get_by_label(name, exact=True) for name in ("Learning rate", "Step"))
    rate.focus()
    page.wait_for_timeout(600)
    opened.sent.clear()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("PageUp")
    assert opened.sent == []  # while the slider moves, the kernel hears nothing
    agree(explorer, RATES[65 + 12], 0)
    chosen(opened, "round(live.learning_rate, 6)", round(RATES[77], 6))  # and then it does
    assert rate.get_attribute("aria-valuetext") == f"{RATES[77]:.3g}"
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")  # -1, play, +1: the last of them
    page.keyboard.press("Enter")
    agree(explorer, RATES[77], 2)
    ball_is_at(page, explorer, truth(RATES[77], 2)["w"])
    page.keyboard.press("Tab")
    assert step.evaluate("node => node === document.activeElement")
    for key in ("End", "ArrowLeft"):
        page.keyboard.press(key)
    agree(explorer, RATES[77], 39)
    page.keyboard.press("Home")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")  # play
    page.wait_for_function("+document.querySelector('[name=tick]').value >= 2")
    page.keyboard.press("Space")  # pause
    played = readings(explorer)["step"]
    assert 2 <= played < 40
    page.evaluate("async () => { for (let i = 0; i < 20; i++) await new Promise(requestAnimationFrame); }")
    assert readings(explorer)["step"] == played
    start = explorer.get_by_label("Start w")
    start.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")

    def begun_later():
        assert float(opened.kernel("live.start[0]")) == pytest.approx(-2.5 + 60 / 459, abs=0.03)

    eventually(begun_later)
    begun = float(opened.kernel("live.start[0]"))
    agree(explorer, RATES[77], 0, begun)

    def spoken():
        said = explorer.locator("[role=status]").text_content()
        assert said.startswith(f"Learning rate {RATES[77]:.3g}. descent, step 0") and "settles after" in said

    eventually(spoken)
    rate.focus()
    page.keyboard.press("End")
    agree(explorer, RATES[119], 0, begun)
    assert explorer.locator("strong").text_content() == "diverges: the rate is above 2/L = 1"
    opened.kernel("setattr(live, 'learning_rate', 0.1)")
    agree(explorer, RATES[np.abs(RATES - 0.1).argmin()], 0, begun)  # and Python moves the slider
    assert opened.errors == []


def test_one_step_back_while_it_plays_is_a_whole_step(lab):
    opened = lab(CURVE)
    page, explorer = opened.page, opened.explorer()
    place = "document.querySelector('.gd-ball').getAttribute('transform')"
    explorer.get_by_label("Play").click()
    page.wait_for_function("+document.querySelector('[name=tick]').value >= 3")
    explorer.get_by_label("One step back").click()
    step, stopped = readings(explorer)["step"], page.evaluate(place)
    set_slider(explorer.get_by_label("Step", exact=True), step)
    readings(explorer)
    assert page.evaluate(place) == stopped
    assert opened.errors == []


def dropped(page, explorer, opened, rate):
    """The ball rests, and its paths are gdlib's own from the dropped start."""
    start = []

    def settled():
        start[:] = [float(opened.kernel("Out[1].start[0]"))]
        assert readings(explorer)["w"] == pytest.approx(start[0], rel=6e-3)

    eventually(settled)
    for step in (0, 1, 40):
        set_slider(explorer.get_by_label("Step", exact=True), step)
        agree(explorer, rate, step, start[0])
    set_slider(explorer.get_by_label("Step", exact=True), 0)


def test_mouse_touch_and_drag(lab):
    opened = lab(CURVE, MAP, has_touch=True)
    page, explorer = opened.page, opened.explorer()
    rate = explorer.get_by_label("Learning rate").bounding_box()
    page.touchscreen.tap(rate["x"] + rate["width"] - 9, rate["y"] + rate["height"] / 2)
    agree(explorer, RATES[119], 0)
    page.mouse.click(rate["x"] + 9, rate["y"] + rate["height"] / 2)
    agree(explorer, RATES[0], 0)
    explorer.get_by_label("One step forward").tap()
    explorer.get_by_label("One step forward").click()
    explorer.get_by_label("One step back").tap()
    agree(explorer, RATES[0], 1)

    for dx in (60, -30):  # the ball is dragged: Python computes new paths from there
        grip = explorer.locator(".gd-grip").bounding_box()
        x, y = grip["x"] + 24, grip["y"] + 24
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + dx, y, steps=6)
        page.mouse.up()
        dropped(page, explorer, opened, RATES[0])

    opened.sent.clear()
    grip = explorer.locator(".gd-grip").bounding_box()
    x, y = grip["x"] + 24, grip["y"] + 24
    page.evaluate(
        """([x, y]) => { // 100 drags in a burst, faster than any hand
            const grip = document.querySelector('.gd-grip');
            grip.setPointerCapture = () => {};
            const send = (kind, dx) => grip.dispatchEvent(new PointerEvent(kind, { clientX: x + dx, clientY: y, pointerId: 1 }));
            for (let i = 0; i < 100; i++) { send('pointerdown', i); send('pointermove', i); send('lostpointercapture', i); }
        }""",
        [x, y],
    )
    dropped(page, explorer, opened, RATES[0])
    assert len(opened.sent) <= 4 + 3  # the first, the newest, what was chosen; and what this test asked

    # the map: dragged in two directions, three runs, clocks
    chart = opened.explorer(1)
    chart.scroll_into_view_if_needed()
    set_slider(chart.get_by_label("Step", exact=True), 80)

    def steps(first):
        assert [line.split(" ")[1] for line in chart.locator(".gd-numbers").all_text_contents()][
            : len(first)
        ] == first

    eventually(lambda: steps(["8", "48", "480"]))
    chart.get_by_label("Count in").select_option(label="updates")
    set_slider(chart.get_by_label("Step", exact=True), 8)
    eventually(lambda: steps(["8", "8"]))
    chosen(opened, "(live.count_in, live.step)", ("updates", 8))
    set_slider(chart.get_by_label("Step", exact=True), 0)
    readings(chart)
    grip = chart.locator(".gd-grip").bounding_box()
    page.mouse.move(grip["x"] + 24, grip["y"] + 24)
    page.mouse.down()
    page.mouse.move(grip["x"] + 124, grip["y"] - 50, steps=5)
    page.mouse.up()

    def there():
        moved = [float(value) for value in opened.kernel("live.start").strip("[]").split(", ")]
        told = readings(chart)
        assert [told["w₀"], told["w₁"]] == pytest.approx(moved, rel=6e-3)
        assert moved[0] > -1.2 and moved[1] > -0.7

    eventually(there)
    assert opened.errors == []


def test_nothing_leaks(lab):
    opened = lab(CURVE)
    page, explorer = opened.page, opened.explorer()
    page.evaluate("() => { window.before = null; }")
    devtools = page.context.new_cdp_session(page)

    def heap():
        for _ in range(3):
            devtools.send("HeapProfiler.collectGarbage")
        return devtools.send("Runtime.getHeapUsage")["usedSize"]

    def use(moves):
        opened.run()
        page.wait_for_function(
            "() => document.querySelectorAll('.gd').length === 1 && document.querySelector('.gd') !== window.before"
        )
        page.evaluate("() => { window.before = document.querySelector('.gd'); }")
        page.evaluate(
            """async moves => {
                const input = document.querySelector('.gd input');
                for (let i = 0; i < moves; i++) {
                    input.value = i % 120;
                    input.dispatchEvent(new Event('input', { bubbles: true }));
                    if (i % 10 === 0) await new Promise(requestAnimationFrame);
                }
            }""",
            moves,
        )

    for _ in range(3):
        use(50)  # what is loaded and compiled once is not a leak
    before = heap()
    for _ in range(20):
        use(50)
    page.wait_for_timeout(700)  # its timers end
    page.evaluate("() => { window.before = null; }")
    after = heap()
    assert page.locator(".gd").count() == 1
    assert opened.comms() == 1
    assert abs(after - before) < 0.1 * before, f"heap {before / 1e6:.1f} -> {after / 1e6:.1f} MB"

    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    explorer.locator(".gd-note").wait_for()
    assert explorer.locator(".gd-grip").is_hidden()
    set_slider(explorer.get_by_label("Learning rate"), 100)  # what was sent goes on moving
    agree(explorer, RATES[100], 0)
    opened.run()
    explorer.locator(".gd-note").wait_for(state="hidden")
    explorer.locator(".gd-grip").wait_for()
    assert opened.comms() == page.locator(".gd").count() == 1
    assert opened.errors == []


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing(lab, theme):
    script = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
            "no axe-core: `npm install` brings it"
        )
    opened = lab(CURVE, BESIDE, MAP, viewport={"width": 800, "height": 900})
    opened.page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    opened.explorer(2)
    opened.page.wait_for_timeout(500)
    opened.page.evaluate(script.read_text(encoding="utf-8"))
    found = opened.page.evaluate(
        "async () => (await axe.run('.gd')).violations.map(v => [v.id, v.nodes[0].html, v.nodes[0].failureSummary])"
    )
    assert found == []
    wide = opened.page.evaluate(
        "[...document.querySelectorAll('.gd')].map(node => node.scrollWidth - node.clientWidth)"
    )
    assert max(wide) <= 1  # nothing is cut off


def exported(tmp_path, notebook):
    """The notebook run and exported as its reader would do it, with no widget state in it."""
    source = tmp_path / "page.ipynb"
    nbformat.write(notebook, source)
    command = [
        sys.executable,
        "-m",
        "nbconvert",
        "--to",
        "html",
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
    notebook = cells(CURVE, MAP) if name is None else nbformat.read(ROOT / "notebooks" / name, 4)
    page = exported(tmp_path, notebook)
    context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 900})
    try:
        tab = context.new_page()
        tab.goto(page.as_uri(), wait_until="domcontentloaded")
        explorer = tab.locator(".gd").first
        explorer.wait_for()
        explorer.scroll_into_view_if_needed()
        rate = explorer.get_by_label("Learning rate")
        rate.focus()
        tab.keyboard.press("Home")
        readings(explorer)
        before, told = (
            pixels(tab, explorer.locator(".gd-panel").first),
            explorer.locator(".gd-words").text_content(),
        )
        for _ in range(30):
            tab.keyboard.press("ArrowRight")
        explorer.get_by_label("One step forward").click()
        readings(explorer)
        assert np.abs(pixels(tab, explorer.locator(".gd-panel").first) - before).max() > 100
        assert explorer.locator(".gd-words").text_content() != told
        assert (
            explorer.locator(".gd-grip").is_hidden()
            and "run the notebook" in explorer.locator(".gd-note").inner_text()
        )
        if name is None:
            agree(explorer, RATES[30], 1)
        ids = tab.evaluate("Array.from(document.querySelectorAll('.gd marker'), (each) => each.id)")
        assert len(set(ids)) == len(ids) > 1  # two figures with one id would draw each other's dots
        drawn = tab.evaluate(
            "document.querySelector('.gd-panels').innerHTML.match(/(?<=url\\([^#]*#)[^)&\"]+/g)"
        )
        assert drawn and {*drawn} <= {*ids}  # dots and arrowheads that are asked for are there
    finally:
        context.close()


def test_untrusted_notebook_shows_the_picture(lab, server, chromium, tmp_path):
    opened = lab(CURVE)
    opened.explorer()
    opened.page.evaluate("jupyterapp.commands.execute('docmanager:save')")

    def stored():
        assert nbformat.read(opened.path, 4).cells[0].outputs

    eventually(stored)
    saved = nbformat.read(opened.path, 4)
    assert "widgets" not in saved.metadata
    assert len(saved.cells[0].outputs[0].data["text/html"]) < 400_000
    saved.cells[0].source += "  # as from another machine: unsigned"
    copy = opened.path.with_name("untrusted.ipynb")
    nbformat.write(saved, copy)
    tab = opened.page.context.new_page()
    tab.goto(f"{server[0]}/lab/workspaces/untrusted/tree/untrusted.ipynb?reset")
    picture = tab.locator(".jp-OutputArea img")
    picture.wait_for(timeout=20_000)
    assert picture.evaluate("node => node.naturalWidth") > 600
    assert "settles" in picture.get_attribute("alt")


def finished(opened):
    """Every cell has run."""
    idle = "jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"
    assert opened.page.evaluate(
        "() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].every(it => /\\d/.test(it.textContent))"
    )
    assert opened.page.evaluate(idle)


@pytest.mark.parametrize("name", ["02_the_learning_rate.ipynb"])
def test_notebook_by_keyboard_alone(lab, name):
    sources = [
        cell.source for cell in nbformat.read(ROOT / "notebooks" / name, 4).cells if cell.cell_type == "code"
    ]
    opened = lab(*sources)
    page = opened.page
    opened.explorer()
    eventually(lambda: finished(opened))
    for n in range(page.locator(".gd").count()):
        explorer = opened.explorer(n)
        explorer.get_by_label("Learning rate").focus()
        places = explorer.locator("input:visible, button:visible, select:visible").count()
        for i in range(places):  # every control is reached with Tab, shows that it is, and answers
            focused = page.evaluate("document.activeElement.closest('.gd') && document.activeElement.tagName")
            assert focused, f"control {i} of explorer {n}"
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            if focused == "INPUT":
                before = page.evaluate("document.activeElement.value + document.activeElement.max")
                page.keyboard.press("ArrowRight")
                page.keyboard.press("ArrowRight")
                assert page.evaluate("document.activeElement.value + document.activeElement.max") != before
            elif focused == "BUTTON":
                page.keyboard.press("Space")
            page.keyboard.press("Tab")
    assert opened.errors == []


def test_less_motion_and_a_hidden_tab(lab):
    opened = lab(CURVE, reduced_motion="reduce")
    page, explorer = opened.page, opened.explorer()
    explorer.get_by_label("Play").click()
    seen = page.evaluate(
        """async () => {
            const ball = document.querySelector('.gd-ball'), seen = new Set();
            while (document.querySelector('[name=tick]').value < 3) {
                await new Promise(requestAnimationFrame);
                seen.add(ball.getAttribute('transform'));
            }
            return seen.size;
        }"""
    )
    assert seen <= 4  # it steps, and doesn't glide
    page.evaluate("() => { window.real = requestAnimationFrame; window.requestAnimationFrame = () => 1; }")
    page.wait_for_timeout(1200)  # as in a hidden tab: no frames
    before = page.evaluate("+document.querySelector('[name=tick]').value")
    page.evaluate("() => { window.requestAnimationFrame = window.real; }")
    explorer.get_by_label("Play").click()
    assert page.evaluate("+document.querySelector('[name=tick]').value") <= before + 1
    assert opened.errors == []
