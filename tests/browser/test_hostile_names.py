# ruff: noqa: E501 (cells stand in the strings)
"""Names that would be markup, a formula, or too much for a line: they stay text, and nothing of them runs."""

import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import from_npm
from hands import IMPORTS, cells, eventually
from test_without_a_kernel import exported

from gdlib import checks

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "website"))

NAMES = [
    "<img src=x onerror='window.ran=1'>",
    "</script><script>window.ran=1</script>",
    '"><svg onload="window.ran=1">',
    "`${window.ran=1}` \\' \"",
    r"$\bad$ and $$x$$",
    "&lt;b&gt;",
    "\u202eback \u2066 to front",
    "one\r\ntwo",
    "nothing\0here",
    "long" * 2500,
]
FIGURES = IMPORTS + (
    f"names = {NAMES!r}\n"
    "steps = np.linspace(2, 0, 9)[:, None]\n"
    "display(explore_paths(landscapes.parabola(), dict.fromkeys(names, steps)))\n"
    "display(explore_map(landscapes.bowl(), [2, 1], [0.1, 0.2], 9, rules={name: rules.momentum() for name in names}))\n"
    "for name in names:\n"
    "    display(explore_traces([[1, 2], [2, 3]], [[2, 1], [2, 1]], [0.1, 0.2], name=name, levels=[1, 2], level=name))\n"
    "    display(explore_curve(landscapes.parabola(), 2, [0.1, 0.2], 9, slider=name))"
)
REPORTS = (
    "from gdlib import datasets\n"
    "from gdlib.exercises import check, progress, record, watch\n"
    "from pathlib import Path\n"
    "class Answer:\n"
    "    def __init__(self, name): self.name = name\n"
    "    def __repr__(self): return self.name\n"
    "for name in names:\n"
    "    def loop(gradient, w, rate, batches): raise type(name.replace(chr(0), ''), (Exception,), {})(name)\n"
    "    loop.__doc__ = loop.__name__ = loop.__qualname__ = name\n"
    "    display(watch(loop), check(Answer(name), '00 gradient'))\n"
    "entry = {'tries': 1, 'solved': False, 'hints': 0, 'mistakes': dict.fromkeys(names, 1)}\n"
    "display(record.Progress(names, dict.fromkeys(names, entry)))\n"
    "Path('table.csv').write_text(','.join('\"' + each.replace('\"', '\"\"') + '\"' for each in names[:5]) + '\\n1,2,3,4,5\\n2,1,2,1,2\\n')\n"
    "display(datasets.from_csv('table.csv', names[0]).columns)\n"
    "datasets.from_csv('table.csv', names[1] + 'x')"
)


def look(page):
    """What a page shows of the names; and nothing of them is more than text."""
    eventually(lambda: _drawn(page))
    page.wait_for_timeout(500)  # time for what should not come
    assert page.evaluate("window.ran") is None
    own = "[onerror], [onload], img[src=x], .gd mjx-container, .gd .MathJax, .gd b"
    assert page.locator(own).count() == 0
    shown = page.locator(".gd").first.locator("tbody th span").all_text_contents()
    assert shown == [checks.line(name) for name in NAMES]
    readings = [
        figure.locator("thead th").nth(2).text_content()
        for figure in page.locator(".gd:has(.gd-traces)").all()
    ]
    assert readings == [checks.line(name, 40) for name in NAMES]
    reports = page.locator("p.mathjax_ignore").all_text_contents()
    for name in NAMES[:6]:
        assert sum(name in told for told in reports) == 2  # as an exception, and as an answer


def _drawn(page):
    assert page.locator(".gd-figure").count() == 2 + 2 * len(NAMES)


def test_in_a_notebook_with_a_kernel(lab):
    opened = lab(FIGURES, REPORTS)
    eventually(lambda: _ended(opened), 120)
    look(opened.page)
    assert opened.page.locator("p.mathjax_ignore :is(mjx-container, img, script, svg)").count() == 0
    assert opened.errors == []


def _ended(opened):
    assert "there is no column" in opened.page.locator(".jp-OutputArea").last.inner_text()


@pytest.fixture
def notebook():
    made = cells(FIGURES, REPORTS)
    made.cells[1].metadata.tags = ["raises-exception"]
    return made


def test_in_an_exported_page(chromium, tmp_path, notebook):
    page = exported(tmp_path, notebook)
    context = chromium.new_context(offline=True, viewport={"width": 390, "height": 740})
    try:
        tab = context.new_page()
        tab.goto(page.as_uri(), wait_until="domcontentloaded")
        look(tab)
        too_wide = tab.evaluate(
            "[...document.querySelectorAll('.gd, .gd *, p.mathjax_ignore, table.mathjax_ignore')]"
            ".filter(each => each.getBoundingClientRect().right > innerWidth && !each.closest('svg, .gd-hidden, .gd th span'))"
            ".map(each => each.outerHTML.slice(0, 80))"
        )
        assert too_wide == []
    finally:
        context.close()


#: of a title; a formula that can't be drawn stops the build, and no page shows a NUL
TITLES = [name for name in NAMES[:-1] if not {*"$\n\0"} & {*name}]


def told(place):
    """A notebook's texts: hostile in its title, what follows, a heading, a picture's words and a link."""
    name = TITLES[place]
    start = f"# {name}\n\nAbout {name}.\n\n**Time:** about 5 minutes"
    parts = [
        f"## {i} {name}\n\n![{name}]({name})\n\n[{name}](javascript:window.ran=1)\n\n{name}" for i in range(4)
    ]
    return [nbformat.v4.new_markdown_cell(text) for text in [start, *parts]]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site of a few notebooks whose file names are hostile, too."""
    from_npm("katex")
    import build

    folder = tmp_path_factory.mktemp("hostile")
    (folder / "solutions").mkdir()
    source = cells(FIGURES, REPORTS)
    source.cells[1].metadata.tags = ["raises-exception"]
    exported(folder, source, "notebook")
    run = nbformat.read(folder / "page.nbconvert.ipynb", 4)
    for place in range(len(TITLES)):
        notebook = nbformat.v4.new_notebook(cells=told(place) + run.cells[: 2 if place == 0 else 1])
        name = f"0{place} \"><img src=x onerror='window.ran=1'>#?%2.ipynb"
        nbformat.write(notebook, folder / name)
        shutil.copy(folder / name, folder / "solutions")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "NOTEBOOKS", folder)
        patch.setattr(build.starts, "of", lambda notebook: {})  # these answer to no hand here
        build.build(folder / "site")
    return folder / "site"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such file names")
def test_on_the_site(chromium, site):
    context = chromium.new_context(offline=True, viewport={"width": 390, "height": 740})
    try:
        tab = context.new_page()
        for place, name in enumerate(TITLES):
            tab.goto((site / "index.html").as_uri())
            shown = tab.locator(".cards li").nth(place)
            assert name in shown.inner_text()
            assert tab.evaluate("document.documentElement.scrollWidth") <= 390
            shown.locator("a").click()
            tab.locator("h1").wait_for()
            assert tab.evaluate("document.documentElement.scrollWidth") <= 390
            markup = tab.locator(
                "main .text :is([onerror], [onload], script, svg), header img, .contents img, head img"
            )
            assert markup.count() == 0
            assert not tab.locator("a[href^='javascript:']").count()
            assert name in tab.locator("h1").text_content()
            assert name in tab.title()
            if place == 0:
                look(tab)
            assert tab.evaluate("window.ran") is None
    finally:
        context.close()
