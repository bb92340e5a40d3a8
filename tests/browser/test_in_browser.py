# ruff: noqa: E501 (JavaScript stands in the strings)
"""The explorer under real hands, in JupyterLab with a kernel."""

import os
from pathlib import Path

import nbformat
import numpy as np
import pytest
from conftest import from_npm
from hands import (
    BESIDE,
    CURVE,
    FIT,
    IMPORTS,
    MAP,
    RATES,
    agree,
    eventually,
    joined,
    readings,
    set_slider,
    truth,
)

import gdlib
from gdlib.explorer import explore_curve

ROOT = Path(__file__).parents[2]


def chosen(opened, expression, value):
    """What the reader chose has reached Python."""

    def check():
        assert opened.kernel(expression) == str(value)

    eventually(check)


def ball_is_at(explorer, w):
    """The middle of the ball stands where Matplotlib's transform puts this weight and its loss."""
    ax = explore_curve(gdlib.landscapes.parabola(), -2.5, RATES)._view.ax
    x, y = ax.transData.transform((w, w**2))
    place = explorer.locator(".gd-scene .gd-ball").first.get_attribute("transform")
    told = [float(part) for part in place.split("(")[1].split(")")[0].split(" ")]
    np.testing.assert_allclose(told, [x, 380 - y], atol=0.2)


def test_keyboard_moves_every_control(lab):
    opened = lab(CURVE)
    page, explorer = opened.page, opened.explorer()
    joined(explorer)
    agree(explorer, RATES[60], 0)
    ball_is_at(explorer, -2.5)
    rate, step = (explorer.get_by_label(name, exact=True) for name in ("Learning rate", "Step"))
    rate.focus()
    page.wait_for_timeout(600)
    opened.sent.clear()
    rate.evaluate(  # all at once, for a hand on a busy machine seems to rest between two keys
        "node => { for (let i = 60; i >= 60 - 20; i--) { node.value = i; node.dispatchEvent(new Event('input', { bubbles: true })); } }"
    )
    assert opened.sent == []  # while the slider moves, the kernel hears nothing
    set_slider(rate, 60)
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("PageUp")
    agree(explorer, RATES[65 + 12], 0)
    chosen(opened, "round(live.learning_rate, 6)", round(RATES[77], 6))  # and then it does
    assert rate.get_attribute("aria-valuetext") == f"{RATES[77]:.3g}"
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")  # -1, play, +1: the last of them
    page.keyboard.press("Enter")
    agree(explorer, RATES[77], 2)
    ball_is_at(explorer, truth(RATES[77], 2)["w"])
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
        assert float(opened.kernel("live.start[0]")) == pytest.approx(-2.5 + 60 / 421, abs=0.03)

    eventually(begun_later)
    begun = float(opened.kernel("live.start[0]"))
    agree(explorer, RATES[77], 0, begun)

    def spoken():
        said = explorer.locator("[role=status]").text_content()
        assert (
            said.startswith(f"Learning rate {RATES[77]:.3g}. descent, step 0") and "settles at w = 0" in said
        )

    eventually(spoken)
    rate.focus()
    page.keyboard.press("End")
    agree(explorer, RATES[119], 0, begun)
    assert "the rate is above 2/L = 1" in explorer.locator(".gd-verdict").text_content()
    chosen(opened, "round(live.learning_rate, 6)", round(RATES[119], 6))  # the hand rests
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
    step = readings(explorer)["step"]
    stopped = page.evaluate(place)
    set_slider(explorer.get_by_label("Step", exact=True), step)
    readings(explorer)
    assert page.evaluate(place) == stopped
    assert opened.errors == []


def dropped(explorer, opened, rate):
    """The ball rests, and its paths are gdlib's own from the dropped start."""
    start = []

    def settled():
        assert explorer.evaluate("node => !node.gdlib.held && !node.gdlib.stale.size")  # Python has answered
        start[:] = [float(opened.kernel("live.start[0]"))]
        assert readings(explorer)["w"] == pytest.approx(start[0], rel=6e-3)

    eventually(settled)
    for step in (0, 1, 40):
        set_slider(explorer.get_by_label("Step", exact=True), step)
        agree(explorer, rate, step, start[0])
    set_slider(explorer.get_by_label("Step", exact=True), 0)
    return start[0]


def middle(explorer):
    grip = explorer.locator(".gd-grip").bounding_box()
    return grip["x"] + 22, grip["y"] + 22


def test_mouse_touch_and_drag(lab):
    opened = lab(CURVE, MAP, has_touch=True)
    page, explorer = opened.page, opened.explorer()
    joined(explorer)
    rate = explorer.get_by_label("Learning rate").bounding_box()
    page.touchscreen.tap(rate["x"] + rate["width"] - 4, rate["y"] + rate["height"] / 2)
    agree(explorer, RATES[119], 0)
    page.mouse.click(rate["x"] + 4, rate["y"] + rate["height"] / 2)
    agree(explorer, RATES[0], 0)
    explorer.get_by_label("One step forward").tap()
    explorer.get_by_label("One step forward").click()
    explorer.get_by_label("One step back").tap()
    agree(explorer, RATES[0], 1)
    set_slider(explorer.get_by_label("Step", exact=True), 0)
    readings(explorer)

    x, y = middle(explorer)  # a hand that takes the ball beside its middle moves nothing till it moves
    page.mouse.move(x + 9, y + 6)
    page.mouse.down()
    ball = explorer.evaluate("node => node.gdlib.ball[0]")
    assert readings(explorer)["w"] == -2.5
    page.mouse.move(x + 10, y + 6)
    eventually(lambda: _moved_by(explorer, ball, 1))  # and its first pixel moves the ball by one
    page.mouse.up()
    for dx in (60, -30):  # the ball is dragged: Python computes new paths from there
        x, y = middle(explorer)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + dx, y, steps=6)
        page.mouse.up()
        dropped(explorer, opened, RATES[0])

    panel = explorer.locator(".gd-scene").bounding_box()
    page.mouse.click(panel["x"] + 400, panel["y"] + 60)  # a click on the picture drops the ball there
    clicked = dropped(explorer, opened, RATES[0])
    ax = explore_curve(gdlib.landscapes.parabola(), -2.5, RATES)._view.ax
    scale = 540 / panel["width"]
    assert clicked == pytest.approx(ax.transData.inverted().transform((400 * scale, 0))[0], abs=0.02)
    page.touchscreen.tap(panel["x"] + 150, panel["y"] + 60)
    assert dropped(explorer, opened, RATES[0]) < clicked

    opened.sent.clear()
    x, y = middle(explorer)
    page.evaluate(
        """([x, y]) => { // 100 drags in a burst, faster than any hand
            const grip = document.querySelector('.gd-grip');
            grip.setPointerCapture = () => {};
            const send = (kind, dx) => grip.dispatchEvent(new PointerEvent(kind, { clientX: x + dx, clientY: y, pointerId: 1, bubbles: true }));
            for (let i = 0; i < 100; i++) { send('pointerdown', i); send('pointermove', i + 1); send('lostpointercapture', i); }
        }""",
        [x, y],
    )
    dropped(explorer, opened, RATES[0])
    assert len(opened.sent) <= 4 + 6  # the first, the newest, what was chosen; and what this test asked

    # the map: dragged in two directions, three runs, clocks
    chart = opened.explorer(1)
    joined(chart)
    chart.scroll_into_view_if_needed()
    set_slider(chart.get_by_label("Step", exact=True), chart.evaluate("node => node.gdlib.last"))

    def steps(first):
        told = chart.locator(".gd-words tbody tr:first-child td:nth-child(2)").all_text_contents()
        assert told[: len(first)] == first

    eventually(lambda: steps(["8", "48", "480"]))
    chart.get_by_label("Count in").select_option(label="steps")
    set_slider(chart.get_by_label("Step", exact=True), 8)
    eventually(lambda: steps(["8", "8", "8"]))
    chosen(opened, "(chart.count_in, chart.step)", ("steps", 8))
    set_slider(chart.get_by_label("Step", exact=True), 0)
    readings(chart)
    x, y = middle(chart)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 100, y - 74, steps=5)
    page.mouse.up()

    def there():
        moved = [float(value) for value in opened.kernel("chart.start").strip("[]").split(", ")]
        told = readings(chart)
        assert [told["w₀"], told["w₁"]] == pytest.approx(moved, rel=6e-3)
        assert moved[0] > -1.2 and moved[1] > -0.7

    eventually(there)
    assert opened.errors == []


def _moved_by(explorer, before, by):
    now = explorer.evaluate("node => [node.gdlib.ball[0], node.querySelector('.gd-scene').clientWidth]")
    assert (now[0] - before) * now[1] / 540 == pytest.approx(by, abs=0.2)


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
            "() => document.querySelectorAll('.gd-figure').length === 1 && document.querySelector('.gd-figure') !== window.before && document.querySelector('.gd').gdlib.model"
        )
        page.evaluate("() => { window.before = document.querySelector('.gd-figure'); }")
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
    explorer.locator(".gd-note:visible").wait_for()
    assert explorer.locator(".gd-grip").is_hidden()
    set_slider(explorer.get_by_label("Learning rate"), 100)  # what was sent goes on moving
    agree(explorer, RATES[100], 0)
    opened.run()
    explorer.locator(".gd-grip").wait_for()
    assert opened.comms() == page.locator(".gd").count() == 1
    assert opened.errors == []


@pytest.mark.parametrize(("theme", "wide"), [("JupyterLab Light", 800), ("JupyterLab Dark", 390)])
def test_axe_finds_nothing(lab, theme, wide):
    script = from_npm("axe-core") / "axe.min.js"
    opened = lab(CURVE, BESIDE, MAP, FIT, viewport={"width": wide, "height": 900})
    opened.page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    opened.explorer(3)
    opened.page.wait_for_timeout(500)
    opened.page.evaluate(script.read_text(encoding="utf-8"))
    found = opened.page.evaluate(
        "async () => (await axe.run('.gd')).violations.map(v => [v.id, v.nodes[0].html, v.nodes[0].failureSummary])"
    )
    assert found == []
    over = opened.page.evaluate(
        "[...document.querySelectorAll('.gd')].map(node => node.scrollWidth - node.clientWidth)"
    )
    assert max(over) <= 1  # nothing is cut off


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


def test_in_a_box_of_widgets_it_lives_too(lab):
    opened = lab(CURVE + "\nimport ipywidgets; ipywidgets.VBox([live])")
    explorer = opened.explorer()
    joined(explorer)
    agree(explorer, RATES[60], 0)


HANDS = """async count => { // events of every kind, as fast as the page takes them
    let seed = 12345;
    const random = most => { seed = (1103515245 * seed + 12345) % 2 ** 31; return seed % most; };
    for (let i = 0; i < count; i++) {
        const figures = [...document.querySelectorAll('.gd')];
        const root = figures[random(figures.length)];
        const fields = [...root.querySelectorAll('input, select')], buttons = [...root.querySelectorAll('button')];
        const grip = root.querySelector('.gd-grip'), scene = root.querySelector('.gd-scene'), box = scene.getBoundingClientRect();
        const place = { clientX: box.left + random(box.width), clientY: box.top + random(box.height), pointerId: 1, bubbles: true };
        const kind = random(10);
        if (kind < 5) {
            const field = fields[random(fields.length)];
            field.value = field.tagName === 'SELECT' ? random(field.options.length) : random(+field.max + 1);
            field.dispatchEvent(new Event('input', { bubbles: true }));
            if (random(2)) field.dispatchEvent(new Event('change', { bubbles: true }));
        } else if (kind < 7) buttons[random(buttons.length)].click();
        else if (kind < 9) {
            grip.setPointerCapture = () => {};
            grip.dispatchEvent(new PointerEvent('pointerdown', place));
            for (let j = random(4); j > 0; j--) grip.dispatchEvent(new PointerEvent('pointermove', { ...place, clientX: place.clientX + j }));
            grip.dispatchEvent(new PointerEvent('lostpointercapture', place));
        } else {
            scene.dispatchEvent(new PointerEvent('pointerdown', place));
            scene.dispatchEvent(new MouseEvent('click', place));
        }
        if (random(8) === 0) await new Promise(requestAnimationFrame);
    }
    for (const play of document.querySelectorAll('[aria-pressed=true]')) play.click();
}"""


@pytest.mark.timeout(600)
def test_thousands_of_events_leave_true_readings(lab):
    opened = lab(CURVE, MAP)
    page = opened.page
    for n in (0, 1):
        joined(opened.explorer(n))
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate(HANDS, int(os.environ.get("GDLIB_EVENTS", "1000")) // 2)
        page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        page.set_viewport_size({"width": 700 if "Dark" in theme else 1280, "height": 900})
    explorer = opened.explorer()

    def at_rest():
        assert explorer.evaluate("node => !node.gdlib.held && !node.gdlib.stale.has(node.gdlib.now.rate)")

    eventually(at_rest)
    rate = explorer.evaluate("node => node.gdlib.now.rate")
    set_slider(explorer.get_by_label("Learning rate"), rate)
    set_slider(explorer.get_by_label("Step", exact=True), 0)
    dropped(explorer, opened, RATES[rate])
    assert opened.comms() == 2
    assert opened.errors == []


READY = IMPORTS + (
    "from gdlib.explorer import explore_paths\n"
    "ready = explore_paths(landscapes.bowl(3), {'mine': [[2, 1], [1, 0.5]], 'yours': [[2, 1], [0, 0]]}); ready"
)


def test_paths_that_are_ready_have_no_start_to_move(lab):
    opened = lab(READY)
    explorer = opened.explorer()
    joined(explorer)
    assert "start is fixed" in explorer.locator(".gd-note").inner_text()
    assert explorer.locator(".gd-starts").is_hidden() and explorer.locator(".gd-grip").is_hidden()
    explorer.get_by_label("One step forward").click()
    eventually(lambda: chosen(opened, "ready.step", 1))
    assert opened.errors == []
