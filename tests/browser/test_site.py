# ruff: noqa: E501 (JavaScript stands in the strings)
"""The site, as a reader meets it who has neither a network nor a kernel."""

import gzip
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from conftest import from_npm
from hands import eventually, readings, set_slider

from gdlib import landscapes
from gdlib.explorer import explore_curve

ROOT = Path(__file__).parents[2]
NAMES = ["index", *sorted(path.stem for path in (ROOT / "notebooks").glob("*.md"))]
NAMES += sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
NAMES += sorted(f"solutions/{path.stem}" for path in (ROOT / "notebooks" / "solutions").glob("*.ipynb"))

pytestmark = pytest.mark.timeout(600)  # the site is built once, before the first test


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    from_npm("katex")
    folder = tmp_path_factory.mktemp("site")
    # The notebooks that it runs are tested elsewhere: none of it is traced.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    subprocess.run([sys.executable, ROOT / "website" / "build.py", folder], check=True, env=env)
    return folder


@pytest.fixture
def open_page(chromium, site):
    """Open a page from the disk with no network; what it asks for elsewhere, or complains of, fails."""
    contexts, faults = [], []

    def opened(name, address="", **options):
        contexts.append(chromium.new_context(**{"offline": True} | options))
        page = contexts[-1].new_page()
        page.on(
            "console", lambda told: faults.append(told.text) if told.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda asked: faults.append(asked.url) if asked.url.startswith("http") else None)
        page.goto((site / f"{name}.html").as_uri() + address)
        for figure in page.locator(".gd").all():
            figure.locator(".gd-figure").wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not faults


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_whole_small_and_fits_a_phone(open_page, site, name):
    assert len(gzip.compress((site / f"{name}.html").read_bytes())) < 3e6
    page = open_page(name, viewport={"width": 390, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    told = page.evaluate(
        """() => {
            for (const formula of document.querySelectorAll('.katex')) formula.remove();
            return document.querySelector('main').innerText;
        }"""
    )
    assert page.locator("h1").count() == 1 and "@@" not in told and "\\frac" not in told and "$$" not in told
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(open_page, name, scheme):
    page = open_page(name, color_scheme=scheme, bypass_csp=True)
    page.evaluate((from_npm("axe-core") / "axe.min.js").read_text("utf-8"))
    found = page.evaluate(
        """async () => (await axe.run({ preload: false })).violations.flatMap(({ id, nodes }) =>
            nodes.map(({ html, failureSummary }) => [id, html.slice(0, 200), failureSummary]))"""
    )
    assert found == []


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(open_page, site, name):
    page = open_page(name)
    for url in page.evaluate("[...document.links].map(link => link.href)"):
        path, _, anchor = url.partition("#")
        if path.startswith("file:"):
            there = Path(path.removeprefix("file://"))
            assert there.is_file() and there.is_relative_to(site), url
            assert not anchor or re.search(rf'id="{re.escape(anchor)}"', there.read_text("utf-8")), url


def test_every_page_is_reached_from_the_index(site):
    reached, ahead = set(), {site / "index.html"}
    while ahead:
        page = ahead.pop()
        reached.add(page)
        links = re.findall(r'href="([^"#:]+\.html)', page.read_text("utf-8"))
        ahead |= {(page.parent / link).resolve() for link in links} - reached
    assert reached == {site / f"{name}.html" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_every_live_figure_answers(open_page, site, name):
    page = open_page(name)
    figures = page.locator(".gd").all()
    assert len(figures) == (site / f"{name}.html").read_text("utf-8").count('class="gd ')
    for figure in figures:
        tick = figure.get_by_label("Step", exact=True)
        set_slider(tick, 0)
        before = readings(figure)
        set_slider(tick, tick.get_attribute("max"))
        eventually(lambda figure=figure, before=before: _moved(figure, before))


def _moved(figure, before):
    assert readings(figure)["step"] > before["step"]


def test_a_ball_is_let_go_elsewhere_with_no_kernel(open_page):
    page = open_page("01_the_rolling_ball")
    figure = page.locator(".gd").first
    figure.get_by_label("Start w").wait_for()
    before = readings(figure)
    figure.locator(".gd-scene").click(position={"x": 300, "y": 200})
    eventually(lambda: _elsewhere(figure, before))
    rate, tick, start = (
        figure.get_by_label(name, exact=True) for name in ("Learning rate", "Step", "Start w")
    )
    verdicts = set()
    for key in ("ArrowRight", "Home", "End"):
        rate.press(key)
        set_slider(tick, 0)
        first = readings(figure)
        set_slider(tick, 5)
        told, said = readings(figure), figure.locator(".gd-verdict").inner_text()
        step = figure.evaluate("({ gdlib }) => gdlib.spec.rates[gdlib.now.rate]")
        # The start is told to three digits.
        near = [
            explore_curve(landscapes.double_well(), first["w"] + off, [step], 60) for off in (-5e-4, 0, 5e-4)
        ]
        ends = [each.path[5, 0] for each in near]
        assert min(ends) - 1e-3 < told["w"] < max(ends) + 1e-3
        assert said in [each._verdict(each.runs[0], 0, step) for each in near]
        verdicts.add(said)
    assert len(verdicts) == 3
    assert "the ball takes the nearest" in figure.inner_text()
    page.wait_for_url("**&start=*")
    address = page.evaluate("location.hash")
    set_slider(tick, 0)
    first = readings(figure)
    start.press("ArrowRight")
    eventually(lambda: _elsewhere(figure, first))
    seen, address = shown(figure), told_anew(page, "start", address)
    again = open_page("01_the_rolling_ball", address).locator(".gd").first
    eventually(lambda: _same(again, seen))


def _elsewhere(figure, before):
    assert abs(readings(figure)["w"] - before["w"]) > 0.01


def told_anew(page, name, before):
    """The address once it no longer tells of `name` what it told before."""
    page.wait_for_function(
        """([name, before]) => {
            const [now, then] = [location.hash, before].map(each => new URLSearchParams(each.slice(1)).get(name));
            return now !== then;
        }""",
        arg=[name, before],
    )
    return page.evaluate("location.hash")


@pytest.mark.parametrize("name", NAMES)
def test_every_ball_that_may_be_let_go_can_be(open_page, name):
    page = open_page(name)
    loose = [
        figure
        for figure in page.locator(".gd").all()
        if not figure.evaluate("node => node.gdlib.spec.drawn.fixed")
    ]
    assert len(loose) == page.locator("script[data-starts]").count()
    for figure in loose:
        figure.locator(".gd-starts input").first.wait_for()
        before = figure.locator(".gd-starts").inner_text()
        figure.locator(".gd-scene").click(position={"x": 350, "y": 90})
        eventually(lambda figure=figure, before=before: _let_go(figure, before))


def _let_go(figure, before):
    assert figure.locator(".gd-starts").inner_text() != before


@pytest.mark.parametrize(
    ("name", "place", "moves"),
    [
        ("01_the_rolling_ball", 1, {"rate": 7, "tick": 3}),
        ("02_the_learning_rate", 1, {"second": 2, "rate": 5, "tick": 4}),
        ("03_batch_minibatch_stochastic", 1, {"clock": 0, "second": 2, "rate": 3, "tick": 9}),
    ],
)
def test_a_link_shows_what_was_seen(open_page, name, place, moves):
    page = open_page(name)
    figure = page.locator(".gd").nth(place)
    first = fields(figure)
    for field, value in moves.items():
        assert first[field] != str(value)
        set_slider(figure.locator(f"[name={field}]"), value)
    page.wait_for_url(f"**#figure={place + 1}&*")
    seen, address = shown(figure), page.evaluate("location.hash")
    again = open_page(name, address).locator(".gd").nth(place)
    eventually(lambda: _same(again, seen))
    assert again.evaluate(
        "node => { const { top } = node.getBoundingClientRect(); return top >= 0 && top < innerHeight; }"
    )


def fields(figure):
    """What is chosen, {field: value}."""
    return figure.evaluate(
        "node => Object.fromEntries([...node.querySelectorAll('input, select')].map(each => [each.name, each.value]))"
    )


def shown(figure):
    return readings(figure), fields(figure)


def _same(figure, seen):
    assert shown(figure) == seen


def test_of_a_link_what_is_no_number_is_skipped(open_page):
    page = open_page("01_the_rolling_ball")
    figure = page.locator(".gd").first
    seen = shown(figure)
    figure.get_by_label("Start w").wait_for()
    for link in (
        "rate=NaN",
        "rate=abc",
        "rate=%",
        "rate=",
        "start=",
        "start=1",
        "start=,9",
        "start=1,2,3",
        "start=x,9",
    ):
        page.evaluate("link => { location.hash = `#figure=1&tick=2&${link}`; }", link)
        eventually(lambda: _steps(figure, 2))
        set_slider(figure.locator("[name=tick]"), 0)
        _same(figure, seen)


def _steps(figure, count):
    assert readings(figure)["step"] == count


@pytest.mark.parametrize(("start", "place"), [("-50,100", 0), ("9999,100", -1)])
def test_a_start_beyond_the_figure_is_brought_to_its_side(open_page, start, place):
    page = open_page("01_the_rolling_ball", f"#figure=1&start={start}")
    figure = page.locator(".gd").first
    eventually(lambda: _at(figure, place))


def _at(figure, place):
    there = "(node, place) => { const { model } = node.gdlib; return model?.place === model?.spots.at(place) && !!model; }"
    assert figure.evaluate(there, place)


def test_a_link_with_a_start_shows_a_figure_whose_start_is_fixed(open_page):
    page = open_page("06_three_libraries_one_path", "#figure=1&tick=5&start=200,100")
    eventually(lambda: _steps(page.locator(".gd").first, 5))


def test_a_page_runs_no_script_but_its_own(chromium, site):
    page = chromium.new_page()
    page.goto((site / "00_start_here.html").as_uri())
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = 1\">')")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), { text: 'window.ran = 1' }))"
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.ran") is None
    page.close()


@pytest.mark.parametrize("name", ["02_the_learning_rate", "03_batch_minibatch_stochastic"])
def test_a_thumb_hits_every_control(open_page, name):
    page = open_page(name, viewport={"width": 390, "height": 740}, has_touch=True, is_mobile=True)
    page.locator(".contents summary").click()
    small = page.evaluate(
        """() => [...document.querySelectorAll('.gd :is(button, input, select), nav a, summary')]
            .filter(each => each.checkVisibility())
            .map(each => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
            .filter(([, { width, height }]) => width < 44 || height < 44)"""
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_print_is_whole_and_has_no_empty_page(open_page, scheme):
    wide = 680  # pixels of an A4 page between its margins
    page = open_page("02_the_learning_rate", viewport={"width": wide, "height": 1000}, color_scheme=scheme)
    page.emulate_media(media="print")
    cut = page.evaluate(
        """wide => [...document.querySelectorAll('main *')]
            .filter(each => !each.closest('.katex-mathml, .gd-hidden, svg') && each.checkVisibility())
            .filter(each => each.getBoundingClientRect().right > wide + 1)
            .map(each => each.outerHTML.slice(0, 80))""",
        wide,
    )
    assert cut == []
    assert page.locator(".gd input:visible, .gd button:visible, .gd select:visible, nav:visible").count() == 0
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(31, 41, 51)"  # ink, on white paper
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    contents = [int(number) for number in re.findall(rb"/Type /Page\n.*?/Contents (\d+) 0 R", pdf, re.DOTALL)]
    assert contents
    for number in contents:
        drawn = re.search(rb"\n%d 0 obj\n.*?stream\n(.*?)\nendstream" % number, pdf, re.DOTALL)[1]
        assert len(re.findall(rb"Tj|TJ| Do\b", zlib.decompress(drawn))) > 5
