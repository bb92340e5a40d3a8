# ruff: noqa: E501 (JavaScript stands in the strings)
"""A page of the site as a student reads it who has no Python: with a mouse or a finger, in light, dark and print."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import from_npm
from hands import eventually, pixels, set_slider

ROOT = Path(__file__).parents[2]
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
PHONE = {"viewport": {"width": 390, "height": 740}, "has_touch": True, "is_mobile": True}
# One notebook's balls are enough here: the site's own tests have all.
BUILD = """
import sys, pathlib, build, starts
every = starts.of
starts.of = lambda notebook: every(notebook) if "# Start here" in notebook.cells[0].source else {}
build.build(pathlib.Path(sys.argv[1]))
"""

pytestmark = pytest.mark.timeout(600)  # the site is built once, before the first test


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    from_npm("katex")
    folder = tmp_path_factory.mktemp("site")
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    env["PYTHONPATH"] = os.pathsep.join([str(ROOT / "website"), os.environ.get("PYTHONPATH", "")])
    subprocess.run([sys.executable, "-c", BUILD, folder], check=True, env=env)
    return folder


@pytest.fixture
def open_page(chromium, site):
    contexts = []

    def opened(name, **options):
        contexts.append(chromium.new_context(**{"offline": True} | options))
        page = contexts[-1].new_page()
        page.goto((site / f"{name}.html").as_uri())
        for figure in page.locator(".gd").all():
            figure.locator(".gd-figure").wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", LESSONS)
def test_no_page_asks_for_what_only_python_can_do(open_page, site, name):
    page = open_page(name)
    told = page.locator("main").text_content()
    for words in ("Not attempted yet", "You made no prediction", "exercises solved"):
        assert words not in told
    assert not re.search(r"(?<!\")\bwrite .* first\n", told)
    checks = [source for source in page.locator(".code .highlight").all_inner_texts() if "check(" in source]
    needs = page.locator(".needs")
    assert needs.count() >= sum(source.startswith("check(") for source in checks)
    for link in needs.locator("a").all():
        path, _, anchor = link.get_attribute("href").partition("#")
        assert f'id="{anchor}"' in (site / path).read_text("utf-8")


@pytest.mark.parametrize("name", LESSONS)
def test_no_predicted_answer_is_open(open_page, name):
    page = open_page(name)
    predictions = page.locator("p strong", has_text=re.compile(r"^Predict\.$")).count()
    folds = page.locator("details.measured")
    assert folds.count() >= predictions - (name[:2] == "10")  # there one is answered by a live figure alone
    assert page.locator("details.measured[open], details.measured .gd").count() == 0
    # Text that is seen is asked, for text_content also gives what is folded.
    assert not re.search(r"^Measured:", page.locator("main").inner_text(), re.MULTILINE)


def test_what_was_measured_is_a_click_away_and_printed(open_page):
    page = open_page("00_start_here")
    answer = page.get_by_text("Measured: 0.5.")
    assert not answer.is_visible()
    page.emulate_media(media="print")
    assert answer.is_visible()
    assert page.locator(".gd-limit:visible").count() == 1
    page.emulate_media(media="screen")
    page.get_by_text("Show what was measured").first.click()
    assert answer.is_visible()


def test_a_finger_drags_the_ball_and_the_address_follows(open_page):
    page = open_page("00_start_here", **PHONE)
    figure = page.locator(".gd")
    figure.get_by_label("Start w").wait_for()
    set_slider(figure.get_by_label("Learning rate", exact=True), 45)
    eventually(lambda: _has(page, "rate=45"))
    page.evaluate("history.replaceState(null, '', '#')")
    grip, spots = figure.locator(".gd-grip"), figure.locator(".gd-spots")
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = _finger(page)
    assert not spots.is_visible()
    touch("touchStart", (x, y))
    touch("touchMove", (x + 60, y))
    touch("touchMove", (x + 110, y))
    eventually(lambda: _seen(spots))
    touch("touchEnd")
    eventually(lambda: _has(page, "start="))
    assert not spots.is_visible()
    rate = figure.get_by_label("Learning rate", exact=True)
    moved = rate.get_attribute("aria-valuetext")
    assert moved != "0.92" and f"Rate moved to {moved}, the nearest held." in figure.inner_text()


def _finger(page):
    finger = page.context.new_cdp_session(page)
    return lambda kind, *points: finger.send(
        "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
    )


def _has(page, words):
    assert words in page.evaluate("location.hash")


def _seen(locator):
    assert locator.is_visible()


def test_a_swipe_that_begins_on_a_slider_scrolls_and_changes_nothing(open_page):
    page = open_page("00_start_here", **PHONE)
    rate = page.locator(".gd").get_by_label("Learning rate", exact=True)
    rate.scroll_into_view_if_needed()
    box, before = rate.bounding_box(), page.evaluate("scrollY")
    value, told = rate.input_value(), rate.get_attribute("aria-valuetext")
    changed = rate.evaluate_handle(
        "node => { const all = []; node.oninput = () => all.push(node.value); return all; }"
    )
    touch = _finger(page)
    x, y = box["x"] + 0.7 * box["width"], box["y"] + box["height"] / 2
    touch("touchStart", (x, y))
    for step in range(1, 15):
        touch("touchMove", (x, y - 15 * step))
    touch("touchEnd")
    eventually(lambda: _scrolled(page, before))
    assert changed.evaluate("all => all.length") > 0  # the browser did change it
    assert (rate.input_value(), rate.get_attribute("aria-valuetext")) == (value, told)


def _scrolled(page, before):
    assert page.evaluate("scrollY") > before + 100


def test_a_phone_has_pictures_that_can_be_read_and_nothing_is_cut_unseen(open_page):
    page = open_page("02_the_learning_rate", **PHONE)
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    assert (
        page.evaluate(
            "Math.min(...[...document.querySelectorAll('main .picture img')].map(each => each.clientWidth))"
        )
        >= 560
    )
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    cut = page.evaluate(
        """[...document.querySelectorAll('main *')]
            .filter(each => each.checkVisibility() && each.scrollWidth > each.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(each).overflowX))
            .filter(each => !getComputedStyle(each).backgroundImage.includes('gradient'))
            .map(each => each.outerHTML.slice(0, 90))"""
    )
    assert cut == []


@pytest.mark.parametrize("width", [390, 1280])
def test_a_formula_keeps_its_comma(open_page, width):
    page = open_page("02_the_learning_rate", viewport={"width": width, "height": 900})
    parted = page.evaluate(
        """() => {
            for (const fold of document.querySelectorAll('details')) fold.open = true;
            return [...document.querySelectorAll('.katex')].filter(each => !each.closest('.katex-display')).filter(each => {
                const next = each.nextSibling, last = [...each.querySelectorAll('.base')].at(-1);
                if (next?.nodeType !== 3 || !/^[,.;:]/.test(next.data) || each.querySelector('annotation').textContent.length > 29) return false;
                const sign = document.createRange();
                sign.setStart(next, 0);
                sign.setEnd(next, 1);
                return sign.getBoundingClientRect().left < last.getBoundingClientRect().right - 3;
            }).map(each => each.parentNode.textContent.slice(0, 200));
        }"""
    )
    assert parted == []


def test_in_the_dark_figures_stand_on_the_paper(open_page):
    page = open_page("00_start_here", color_scheme="dark")
    paper = [20, 24, 29]
    for picture in page.locator(".picture img").first, page.locator(".gd-panel").first:
        picture.scroll_into_view_if_needed()
        np.testing.assert_allclose(pixels(page, picture)[2, 2], paper, atol=2)


def test_the_contents_stay_in_reach(open_page):
    page = open_page("02_the_learning_rate")
    page.evaluate("scrollTo(0, 9000)")
    page.locator(".contents summary").click()
    page.locator(".contents a").nth(6).click()
    title = page.locator(page.evaluate("'[id=\"' + decodeURIComponent(location.hash.slice(1)) + '\"]'"))
    assert title.bounding_box()["y"] >= page.locator(".contents").bounding_box()["height"] - 1
    assert not page.locator(".contents ol").is_visible()
