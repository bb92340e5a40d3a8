# ruff: noqa: E501 (JavaScript stands in the strings)
"""How soon a figure answers a slider: the explorer beside `interact` with an inline figure, and ipympl.

    python benchmarks/slider.py

One curve, 50 steps, and their losses beside it, in JupyterLab and headless Chromium. For each way: from an arrow key to the first
frame with changed pixels (median and 95th percentile of 40), different frames in a one-second drag, how
long after it the figure catches up, and what goes to and from the kernel over the socket for a step.
Then the explorer's ball is dragged to a new start 20 times: from release to the new paths on the screen.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

NEEDED = "numpy", "matplotlib", "ipywidgets", "anywidget", "ipympl", "jupyterlab", "pytest", "playwright"
if missing := [name for name in NEEDED if find_spec(name) is None]:
    sys.exit(f"benchmarks/slider.py needs {', '.join(missing)}. To install it: pip install -e '.[benchmark]'")

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))
from conftest import HOW, Lab, browser_of, server_of
from hands import cells

PATHS = """
import numpy as np
from gdlib import batch_gd, landscapes
valley, rates = landscapes.parabola(), np.geomspace(0.01, 1.2, 120)
grid = np.linspace(-3, 3, 200)
"""
DRAW = """
import matplotlib.pyplot as plt
def panels():
    fig, (left, right) = plt.subplots(1, 2, figsize=(9.1, 3.8), width_ratios=[5.4, 3.7])
    left.plot(grid, grid**2); left.set(xlim=(-3, 3), ylim=(0, 9))
    right.set(xlim=(0, 50), yscale="log", ylim=(1e-5, 20))
    return fig, left.plot([], [], "o-")[0], right.plot([], [])[0]
def move(path, loss, i):
    w = batch_gd(valley, -2.5, rates[i], 50).weights[:, 0]
    path.set_data(w, w**2); loss.set_data(range(len(w)), w**2)
"""
WAYS = {
    "interact + inline": (
        PATHS
        + DRAW
        + """
from ipywidgets import interact, IntSlider
def show(i):
    fig, path, loss = panels(); move(path, loss, i); plt.show()
interact(show, i=IntSlider(40, 0, 119));
""",
        ".jp-OutputArea [role=slider]",
        ".jupyter-widgets-output-area, .widget-output, .jupyter-widgets.widget-output",
    ),
    "ipympl": (
        "%matplotlib widget\n"
        + PATHS
        + DRAW
        + """
from ipywidgets import IntSlider
fig, path, loss = panels()
def show(change):
    move(path, loss, change["new"]); fig.canvas.draw_idle()
slider = IntSlider(40, 0, 119); slider.observe(show, "value"); display(slider)
""",
        ".jp-OutputArea [role=slider]",
        ".jupyter-matplotlib-canvas-div",
    ),
    "explorer": (
        PATHS
        + """
from gdlib.explorer import explore_curve
explore_curve(valley, -2.5, rates, 50, learning_rate=rates[40])
""",
        "input[aria-label='Learning rate']",
        ".gd-panel",
    ),
    "explorer, six runs": (
        """
import numpy as np
from gdlib import landscapes, rules
from gdlib.explorer import explore_map
racers = {"plain": rules.momentum(0), "momentum": rules.momentum(), "Nesterov": rules.momentum(0.9, True),
          "AdaGrad": rules.adagrad(), "RMSProp": rules.rmsprop(), "Adam": rules.adam()}
explore_map(landscapes.bowl(10), [2.5, 1.5], np.linspace(0.002, 0.19, 120), 50, rules=racers)
""",
        "input[aria-label='Learning rate']",
        ".gd-panel",
    ),
}

# After every frame the picture itself is compared with the last one: an image by its source, a canvas by
# its pixels, a drawing by its shapes. That a frame is over is known by a message sent in its requestAnimationFrame.
WATCH = """([control, figure]) => {
    const print = () => [...document.querySelector(figure).querySelectorAll('img, canvas, .gd-panel > svg')].map(node => {
        if (node.tagName === 'IMG') return node.complete ? node.src.slice(-400) : '';
        if (node.tagName === 'svg') return node.innerHTML;
        const pen = node.getContext('2d');
        if (!pen || !node.width) return '';
        const { data } = pen.getImageData(0, 0, node.width, node.height);
        let sum = 0;
        for (let i = 0; i < data.length; i += 4) sum = (sum * 31 + data[i] + 3 * data[i + 1] + 7 * data[i + 3]) | 0;
        return sum;
    }).join();
    const frame = () => new Promise(go => requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => { port1.close(); go(performance.now()); };
        port2.postMessage(0);
    }));
    let before, answer;
    document.addEventListener('keydown', async event => { // nothing is asked of the page until the key comes
        const since = performance.now();
        while (performance.now() - since < 3000) {
            const shown = await frame();
            if (print() !== before) return answer(shown - event.timeStamp);
        }
        answer(null);
    }, true);
    document.querySelector(control).focus();
    window.arm = () => {
        before = print();
        window.answer = new Promise(go => { answer = go; });
    };
    window.watch = async () => { // the different pictures, and when the last came, until told to stop
        const seen = [];
        let last = print();
        window.watching = true;
        while (window.watching) {
            const shown = await frame();
            const now = print();
            if (now !== last && now) { seen.push(shown); last = now; }
        }
        return seen;
    };
}"""


def measure(browser, server, way):
    """The six numbers of one way."""
    source, control, figure = WAYS[way]
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        lab = Lab(context, server, cells(source))
        lab.run()
        page = lab.page
        page.locator(control).first.wait_for(timeout=60_000)
        page.locator(figure).first.wait_for(timeout=60_000)
        page.wait_for_timeout(3000)
        page.evaluate(WATCH, [control, figure])
        waits, sizes = [], []
        for i in range(44):
            sent = len(lab.sent), len(lab.received)
            page.evaluate("window.arm()")
            page.keyboard.press("ArrowRight" if i % 20 < 10 else "ArrowLeft")
            waits.append(page.evaluate("window.answer"))
            page.wait_for_timeout(30)
            sizes.append(sum(lab.sent[sent[0] :]) + sum(lab.received[sent[1] :]))
        waits, sizes = waits[4:], sizes[4:]
        if None in waits:
            raise RuntimeError(f"{way}: {waits.count(None)} of 40 keys changed nothing")
        page.wait_for_timeout(1500)
        heard = len(lab.sent)
        box = page.locator(control).first.bounding_box()
        track = (
            box
            if way.startswith("explorer")
            else page.locator(".slider-container, .noUi-base").first.bounding_box()
        )
        y = box["y"] + box["height"] / 2
        left, right = track["x"] + 0.3 * track["width"], track["x"] + 0.7 * track["width"]
        at = left if way.startswith("explorer") else box["x"] + box["width"] / 2
        page.mouse.move(at, y)
        page.mouse.down()
        page.evaluate("() => { window.seen = window.watch(); }")
        page.evaluate(
            "() => { window.moved = 0; document.addEventListener('pointermove', e => { window.moved = e.timeStamp; }, true); }"
        )
        devtools = context.new_cdp_session(page)
        page.evaluate("window.began = performance.now()")
        for i in range(60):  # a move each frame for a second, none of them waited for
            x = at + (right - left) * (i % 30) / 30
            devtools.send(
                "Input.dispatchMouseEvent",
                {"type": "mouseMoved", "x": x, "y": y, "button": "left", "buttons": 1},
            )
            pause = page.evaluate("i => Math.max(0, window.began + i * 1000 / 60 - performance.now())", i + 1)
            if pause > 1:
                page.evaluate("pause => new Promise(go => setTimeout(go, pause))", pause)
        told = len(lab.sent) - heard
        page.wait_for_timeout(1500)
        page.evaluate("window.watching = false")
        seen, began, moved = (
            page.evaluate("window.seen"),
            page.evaluate("window.began"),
            page.evaluate("window.moved"),
        )
        page.mouse.up()
        during = sum(time <= moved + 1 for time in seen)
        rate = during / max(1e-3, (moved - began) / 1000)
        return (
            np.median(waits),
            np.percentile(waits, 95),
            rate,
            max(0, seen[-1] - moved),
            np.median(sizes),
            told,
        )
    finally:
        context.close()


def drag(browser, server):
    """From letting the ball go to its new paths on the screen, ms, 20 times."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        lab = Lab(context, server, cells(WAYS["explorer"][0]))
        lab.run()
        page, waits = lab.page, []
        lab.explorer()
        page.wait_for_timeout(2000)
        page.evaluate(
            """() => {
                document.addEventListener('pointerup', event => { window.up = event.timeStamp; }, true);
                const seen = () => requestAnimationFrame(() => { window.drawn = performance.now(); });
                const path = document.querySelector('.gd-line .gd-whole');
                new MutationObserver(seen).observe(path, { attributes: true });
            }"""
        )
        for i in range(20):
            grip = page.locator(".gd-grip").bounding_box()
            x, y = grip["x"] + 22, grip["y"] + 22
            page.mouse.move(x, y)
            page.mouse.down()
            page.mouse.move(x + (60 if i % 2 else -60), y, steps=6)
            page.mouse.up()
            page.wait_for_timeout(400)
            waits.append(page.evaluate("window.drawn - window.up"))
        return np.maximum(waits, 0)
    finally:
        context.close()


def main():
    """Measure every way and print the table."""
    results = {}
    with browser_of() as browser, server_of() as server:
        if browser is None:
            sys.exit(HOW)
        for way in WAYS:
            results[way] = measure(browser, server, way)
        waits = drag(browser, server)
    head = (
        "key to pixels, ms",
        "p95",
        "frames/s in a drag",
        "catching up, ms",
        "bytes a step",
        "messages in the drag",
    )
    print(f"{'':20}" + "".join(f"{name:>22}" for name in head))
    for way, numbers in results.items():
        print(f"{way:20}" + "".join(f"{number:22.1f}" for number in numbers))
    ours = results["explorer"]
    for way in [way for way in results if not way.startswith("explorer")]:
        theirs = results[way]
        print(
            f"explorer beside {way}: {theirs[0] / ours[0]:.1f} times sooner, {ours[2] / max(theirs[2], 0.1):.1f} times the frames"
        )
    print(f"dragged ball, release to new paths: median of 20 {np.median(waits):.0f} ms, aim at most 60")


if __name__ == "__main__":
    main()
