"""The live figures alone, by Voila, as `make app` serves them."""

import os
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import free_port, jupyter_home, running
from hands import CURVE, RATES, SIX, agree, cells, eventually, joined, readings

APP = Path(__file__).parents[2] / "app"
TOKEN = "of this test"
FAULTY = "1 / 0"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """Voila on three notebooks, its token not yet given."""
    pytest.importorskip("voila", reason="no Voila: pip install -r requirements.txt brings it")
    home = tmp_path_factory.mktemp("app")
    for name, sources in {"figures": ["print('seen')", CURVE, SIX], "faulty": [FAULTY]}.items():
        notebook = cells(*sources)
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell("# The notebook\n\n## 1. The *part*\n\nText."))
        notebook.cells.append(
            nbformat.v4.new_markdown_cell("*The live figure:* six rules from 0.5\non; they race.")
        )
        (home / "notebooks").mkdir(exist_ok=True)
        nbformat.write(notebook, home / "notebooks" / f"{name}.ipynb")
    port = free_port()
    options = f"--no-browser --port={port} --Voila.port_retries=0".split()
    command = [sys.executable, "-m", "voila", *options, f"--token={TOKEN}", str(home / "notebooks")]
    env = jupyter_home(home) | {
        "JUPYTER_PATH": os.pathsep.join([str(APP), os.environ.get("JUPYTER_PATH", "")])
    }
    address = f"http://127.0.0.1:{port}"
    with running(command, address, env, home / "log.txt", cwd=APP):
        yield address


@pytest.fixture
def projector(chromium, app):
    """A page on a projector's screen that was let in; it may ask for nothing but what this machine serves."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    elsewhere, faults = [], []
    page.on("request", lambda asked: elsewhere.append(asked.url))
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto(f"{app}/?token={TOKEN}")
    yield page
    context.close()
    assert [url for url in elsewhere if not url.startswith((app, "data:", "blob:"))] == []
    assert faults == []


def test_who_has_no_token_sees_nothing(chromium, app):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{app}/voila/render/figures.ipynb")
    assert "/login" in page.url and page.locator(".gd").count() == 0
    context.close()


def test_figures_alone_fill_the_screen_and_answer_the_keyboard_and_the_hand(projector):
    page = projector
    page.get_by_role("link", name="figures").click()
    page.locator(".gd").first.locator(".gd-figure").wait_for(timeout=90_000)
    # Till the kernel has come, no figure says that it has none.
    assert page.evaluate(
        """() => [...document.querySelectorAll('.gd')].every(({ gdlib, lastElementChild }) => gdlib?.model ||
            !lastElementChild.querySelector('.gd-note').checkVisibility({ visibilityProperty: true }))"""
    )
    page.locator(".gd").nth(1).wait_for(timeout=90_000)
    curve, six = page.locator(".gd").all()
    for figure in (curve, six):
        joined(figure)
    page.locator("#busy").wait_for(state="detached")
    assert page.title() == "The notebook"
    assert page.locator("h2").all_inner_texts() == ["1. The part", "1. The part\nsix rules from 0.5 on"]
    assert page.locator("pre, [role=alert], .jp-InputArea:visible, main > p").count() == 0
    for each in page.get_by_text("seen"), page.get_by_text("explore_"):
        assert each.count() == 0

    for size in ({"width": 1920, "height": 1080}, {"width": 1280, "height": 720}):
        page.set_viewport_size(size)
        for figure in (curve, six):
            eventually(lambda figure=figure, size=size: fills(figure, size))

    agree(curve, RATES[60], 0)
    curve.get_by_label("Learning rate").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    agree(curve, RATES[65], 0)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # -1, play, +1: the last of them
    agree(curve, RATES[65], 1)

    curve.scroll_into_view_if_needed()
    scene = curve.locator(".gd-scene")
    before, box = scene.locator(".gd-whole").first.get_attribute("d"), scene.bounding_box()
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 0.5 * box["height"])

    def dropped():
        start = readings(curve)
        assert start["step"] == 0 and start["w"] > 1
        agree(curve, RATES[65], 0, start["w"])
        assert scene.locator(".gd-whole").first.get_attribute("d") != before

    eventually(dropped)
    curve.get_by_label("Start w").focus()
    held = readings(curve)["w"]
    page.keyboard.press("ArrowLeft")
    eventually(lambda: lower(curve, held))
    page.get_by_role("link", name="All figures").click()
    page.get_by_role("link", name="figures").wait_for()


def fills(figure, size):
    """The figure is whole on the screen, and reaches its sides or its foot."""
    box = figure.bounding_box()
    verdicts = figure.locator("tbody:not([hidden]) .gd-verdict")
    assert (
        verdicts.count() > 3
        or verdicts.first.evaluate("each => parseFloat(getComputedStyle(each).fontSize)") >= 20
    )
    assert box["width"] <= size["width"] and box["height"] <= size["height"]
    assert box["width"] > 0.95 * size["width"] or box["height"] > 0.9 * size["height"]
    assert verdicts.evaluate_all("all => all.every(each => each.scrollHeight <= each.clientHeight + 1)")


def lower(figure, before):
    assert readings(figure)["w"] < before


def test_a_cell_that_fails_is_told(projector):
    projector.get_by_role("link", name="faulty").click()
    projector.get_by_role("alert").wait_for(timeout=60_000)
    assert projector.locator(".gd").count() == 0
