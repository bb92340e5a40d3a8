"""The course as a static site: python website/build.py FOLDER (make site).

Each notebook becomes a page with what it stores, live figures included, and with paths from other starts for
those whose ball can be let go elsewhere (starts.py); for these alone notebooks are run. The folder can be
opened from a disk or put on any host: no page asks for anything beyond it. Formulas are drawn here, by KaTeX.
"""

import argparse
import base64
import hashlib
import html
import json
import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import nbformat
import reading
import starts
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters import HtmlFormatter

HERE = Path(__file__).parent
NOTEBOOKS = HERE.parent / "notebooks"
KATEX = HERE.parent / "node_modules" / "katex" / "dist"

INDEX = """# Gradient descent, felt and proved

Notebooks whose ball rolls under your hand. Every figure with a slider is alive on these pages, with no
installation; to write the loops yourself, and have them checked, run the notebooks. The
[glossary](GLOSSARY.md) has each word, and [teaching](TEACHING.md) is for teachers.

## How to run it

- On your machine, with git, make and Python 3.11, 3.12 or 3.13:
  `git clone https://github.com/YOUR-NAME/gdlib && cd gdlib && make lab`
- With nothing to install, in [Colab](https://colab.research.google.com/github/YOUR-NAME/gdlib/blob/main/notebooks/00_start_here.ipynb):
  the first cell gives the line to type.
- Or in [Binder](https://mybinder.org/v2/gh/YOUR-NAME/gdlib/main?urlpath=lab/tree/notebooks/00_start_here.ipynb):
  notebooks 00 to 03."""

# What the title of each page ends with: by it a site of ours is known.
OURS = " · gdlib</title>"

# What may be wider than a phone scrolls by itself; so the keyboard must reach it.
SCROLLING = re.compile(r'(<pre|<table(?=>)|<span class="katex-display")(?! tabindex)')


class Formulas:
    """The formulas of all pages: each leaves a mark, and all are drawn at once at the end."""

    def __init__(self):
        self._told = []

    def mark(self, tex, display):
        """A mark to stand in the page for a formula."""
        self._told.append((tex, display))
        return f"@@formula {len(self._told) - 1}@@"

    def draw(self, pages):
        """The pages {name: text} with each mark replaced by its formula."""
        command = ["node", str(HERE / "formulas.mjs")]
        given = json.dumps(self._told)
        drawn = json.loads(
            subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout
        )

        def draw(found):
            before, place, after = found.groups()
            shown = f"{before}{drawn[int(place)]}{after}"
            short = len(self._told[int(place)][0]) < 30  # what is longer must break on a phone
            # A sign stays on the line of the formula that it stands beside.
            return f'<span class="joined">{shown}</span>' if short and (before or after) else shown

        for name, page in pages.items():
            pages[name] = re.sub(r"(\(?)@@formula (\d+)@@([^\s<@]*)", draw, page)
        return pages


class _Renderer(IPythonRenderer):
    """Markdown as a notebook shows it, but for formulas, and for links to notebooks, which lead to pages."""

    formulas: Formulas

    def block_math(self, body):
        return f"<p>{self.formulas.mark(body, True)}</p>"

    def inline_math(self, body):
        return self.formulas.mark(body, False)

    def link(self, text, url, title=None):
        return super().link(text, _page_of(url), title)


def _page_of(url):
    """Where a link leads on the site: for a notebook or a text, to its page."""
    if re.match(r"[a-z]+:", url):
        return url
    return re.sub(r"\.(ipynb|md)(?=$|#)", ".html", url)


class _Exporter(HTMLExporter):
    """A notebook as a page, by page.html.j2."""

    def __init__(self, formulas):
        super().__init__(template_file="page.html.j2", extra_template_paths=[str(HERE)])
        self._formulas = formulas

    def default_filters(self):
        yield from super().default_filters()
        yield "markdown2html", lambda source: text(source, self._formulas)
        yield "alternative", _alternative
        yield "with_formulas", self._with_formulas

    def _with_formulas(self, shown):
        """What a cell shows as HTML: a formula there has a paragraph to itself."""
        mark = lambda found: f"<p>{self._formulas.mark(html.unescape(found[1]), True)}</p>"  # noqa: E731
        return re.sub(r"<p>\$\$(.+?)\$\$</p>", mark, shown)


def text(source, formulas):
    """A text in Markdown as HTML; markup of its own is shown, and does nothing."""
    renderer = _Renderer(escape=True, allow_harmful_protocols=False, anchor_link_text="¶")
    renderer.formulas = formulas
    return MarkdownWithMath(renderer=renderer).render(source)


def _alternative(output):
    """What is told of a picture to those who don't see it."""
    return output.metadata.get("image/png", {}).get("alt") or "The figure of the code above."


def refusal(site: Path):
    """Why no site can be made in a folder, in a line; None where it can."""
    if not KATEX.is_dir():
        return "no KaTeX, which draws the formulas: `npm install` brings it"
    if site.is_dir():
        index = site / "index.html"
        ours = index.is_file() and OURS in index.read_text("utf-8", "replace")
        return None if ours or not any(site.iterdir()) else f"{site.resolve()} holds what is no site of gdlib"
    return f"{site} is a file" if site.exists() else None


def build(site: Path):
    """Make the site in a folder; one that stands there goes only when the new one is whole."""
    site = site.resolve()
    site.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{site.name}-", dir=site.parent) as beside:
        new = Path(beside, "new")
        _write(new)
        if site.exists():
            site.rename(Path(beside, "old"))
        new.rename(site)


def _write(site):
    (site / "solutions").mkdir(parents=True)
    (site / "style.css").write_text((HERE / "style.css").read_text("utf-8") + _code_colours(), "utf-8")
    shutil.copytree(
        KATEX / "fonts",
        site / "katex" / "fonts",
        ignore=lambda _, names: [n for n in names if not n.endswith("woff2")],
    )
    shutil.copy(KATEX / "katex.min.css", site / "katex")
    formulas, pages = Formulas(), {}
    notebooks = [(path, nbformat.read(path, 4)) for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))]
    lessons = [(quote(f"{path.stem}.html"), _title(notebook)) for path, notebook in notebooks]
    exporter = _Exporter(formulas)
    with ThreadPoolExecutor(2) as pool:  # each waits for a kernel
        grids = list(pool.map(starts.of, [notebook for _, notebook in notebooks]))
    for place, (path, notebook) in enumerate(notebooks):
        around = {
            "before": lessons[place - 1] if place else None,
            "after": (lessons[place + 1 :] or [None])[0],
        }
        solved = path.parent / "solutions" / path.name
        if solved.exists():  # a notebook without exercises has none
            around["solutions"] = quote(f"solutions/{path.stem}.html")
            page = _page(exporter, nbformat.read(solved, 4), "../", {"lesson": lessons[place]})
            pages[f"solutions/{path.stem}.html"] = page
        read = reading.lesson(notebook, around.get("solutions"))
        pages[f"{path.stem}.html"] = _page(exporter, read, "", around, grids[place])
    for script in NOTEBOOKS.glob("*.py"):  # notebooks link to them
        shutil.copy(script, site)
    for path in sorted(NOTEBOOKS.glob("*.md")):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(path.read_text("utf-8"))])
        pages[f"{path.stem}.html"] = _page(exporter, notebook, "", {})
    index = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(INDEX)])
    pages["index.html"] = _page(exporter, index, "", {}, cards=_cards(notebooks, formulas))
    for name, page in formulas.draw(pages).items():
        page = SCROLLING.sub(r'\1 tabindex="0"', page)
        (site / name).write_text(page.replace("@@policy@@", _policy(page)), "utf-8")


def _title(notebook):
    return re.search(r"^# (.*)", notebook.cells[0].source, re.MULTILINE)[1]


def _page(exporter, notebook, root, around, elsewhere=None, cards=""):
    told = {
        "starts": elsewhere or {},
        "title": _title(notebook),
        "root": root,
        "nav": _nav(root, **around),
        "contents": _contents(notebook),
        "cards": cards,
    }
    told["scripts"] = [(HERE / name).read_text("utf-8") for name in ("starts.js", "address.js", "page.js")]
    return exporter.from_notebook_node(notebook, {"site": told})[0]


def _nav(root, before=None, after=None, solutions=None, lesson=None):
    """Links to what stands around a page."""
    links = [(f"{root}index.html", "All notebooks")]
    links += [(before[0], f"← {before[1]}")] if before else []
    links += [(after[0], f"{after[1]} →")] if after else []
    links += [(solutions, "Solutions")] if solutions else []
    links += [(f"{root}{lesson[0]}", f"Back to {lesson[1]}")] if lesson else []
    return "".join(f'<a href="{url}">{html.escape(words)}</a>' for url, words in links)


def _contents(notebook):
    """The parts of a page, where it has several."""
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    titles = re.findall(r"^## (.*)$", "\n".join(sources), re.MULTILINE)
    if len(titles) < 4:
        return ""
    rows = "".join(f'<li><a href="#{_anchor(title)}">{_plain(title)}</a></li>' for title in titles)
    return (
        '<nav class="contents" aria-label="Contents"><details><summary>Contents</summary>'
        f"<ol>{rows}</ol></details></nav>"
    )


def _plain(title):
    return html.escape(re.sub(r"[`*$]", "", title))


def _anchor(title):
    """The name that nbconvert gives a title."""
    return html.escape(re.sub(r"[`*$]", "", title).replace(" ", "-"))


def _cards(notebooks, formulas):
    """What each notebook is about, its minutes and a picture of it."""
    cards = []
    for path, notebook in notebooks:
        start = notebook.cells[0].source.split("\n\n")
        prose = "\n".join(cell.source for cell in notebook.cells)
        minutes = re.search(r"\*\*Time:\*\* about (\d+) minutes", prose)[1]
        cards.append(
            f'<li><a href="{quote(path.stem)}.html">'
            f'<img src="data:image/png;base64,{_picture(notebook)}" alt="">'
            f"<div><h2>{path.stem[:2]} {html.escape(_title(notebook))}</h2>{text(start[1], formulas)}"
            f"<p>about {minutes} minutes</p></div></a></li>"
        )
    return f'<ul class="cards">{"".join(cards)}</ul>'


def _picture(notebook):
    """The picture of a notebook's first live figure, or of its first figure."""
    shown = [
        output.data
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    live = [data for data in shown if "text/html" in data]
    return (live or shown)[0]["image/png"].replace("\n", "")


def _policy(page):
    """The page may load what lies beside it, and run the scripts that it holds and no other."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts}
    own = " ".join(f"'sha256-{each}'" for each in sorted(hashes))
    allowed = "default-src 'none'; img-src data:; font-src 'self'; style-src 'self' 'unsafe-inline'"
    return f'<meta http-equiv="Content-Security-Policy" content="{allowed}; script-src {own}">'


def _code_colours():
    light, dark = (
        HtmlFormatter(style=style).get_style_defs(".highlight") for style in ("xcode", "github-dark")
    )
    dark = f"@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}"
    return f"{light}\n{dark}\n.highlight {{ background: none; }}\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0].partition(":")[0] + ".")
    parser.add_argument("folder", type=Path, help="is made; a site that stands there is replaced")
    folder = parser.parse_args().folder
    if why := refusal(folder):
        parser.error(why)
    build(folder)
