"""How the site is built: what its folder may hold, and how a figure finds its starts."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from gdlib import landscapes
from gdlib.explorer import explore_curve

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "website"))

import build  # noqa: E402
import starts  # noqa: E402


@pytest.fixture(autouse=True)
def katex(tmp_path_factory, monkeypatch):
    """KaTeX is taken for granted: none of these pages is written."""
    monkeypatch.setattr(build, "KATEX", tmp_path_factory.mktemp("katex"))


def written(site, words="new"):
    site.mkdir()
    (site / "index.html").write_text(f"<title>{words} · gdlib</title>")


def test_a_site_is_made_in_a_new_or_empty_folder_and_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "_write", written)
    for folder in (tmp_path / "deep" / "new", tmp_path / "empty"):
        folder.name == "empty" and folder.mkdir()
        for _ in range(2):
            assert build.refusal(folder) is None
            build.build(folder)
            assert [path.name for path in folder.iterdir()] == ["index.html"]
            (folder / "index.html").write_text("<title>old · gdlib</title>")
        assert [*folder.parent.glob(".*")] == []


def test_what_is_no_site_is_left_alone(tmp_path, monkeypatch):
    thesis = tmp_path / "precious" / "thesis.txt"
    thesis.parent.mkdir()
    thesis.write_text("keep")
    assert "holds what is no site" in build.refusal(thesis.parent)
    (thesis.parent / "index.html").write_text("<title>Another's</title>")
    assert "holds what is no site" in build.refusal(thesis.parent)
    assert "is a file" in build.refusal(thesis)
    monkeypatch.chdir(thesis.parent)
    assert all("holds what is no site" in build.refusal(Path(name)) for name in ("", "."))


def test_a_build_that_is_stopped_leaves_the_old_site(tmp_path, monkeypatch):
    def stopped(site):
        written(site)
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "_write", stopped)
    written(tmp_path / "site", "old")
    with pytest.raises(KeyboardInterrupt):
        build.build(tmp_path / "site")
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    assert "old" in (tmp_path / "site" / "index.html").read_text()


def test_without_katex_the_line_says_what_brings_it(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "KATEX", tmp_path / "none")
    assert "`npm install` brings it" in build.refusal(tmp_path / "site")


def test_a_word_that_is_no_folder_makes_none(tmp_path):
    command = [sys.executable, ROOT / "website" / "build.py"]
    told = subprocess.run([*command, "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert told.returncode == 0 and "folder" in told.stdout
    (tmp_path / "thesis.txt").touch()
    told = subprocess.run([*command, ""], cwd=tmp_path, capture_output=True, text=True)
    assert told.returncode == 2 and "Traceback" not in told.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


CELL = """import numpy as np
from gdlib import landscapes
from gdlib.explorer import explore_curve
explore_curve(landscapes.parabola(), -2.5, np.array([0.1, 0.2]), 4)  # of this one nothing is shown
explore_curve(landscapes.parabola(), -2.5, np.array([0.1, 0.2]), 4)"""


@pytest.fixture
def notebook():
    """One with a figure as another machine stored it: its key is another."""
    live = explore_curve(landscapes.parabola(), -2.5, [0.1, 0.2], 4)
    page = live._repr_mimebundle_()[0]["text/html"].replace(live.key, "stored")
    output = nbformat.v4.new_output("display_data", {"text/html": page})
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL, outputs=[output])])


def test_a_stored_figure_has_its_starts_whatever_its_key(notebook):
    assert list(starts.of(notebook)) == ["stored"]


def test_a_figure_that_is_woken_otherwise_is_not_passed_over(notebook):
    (output,) = notebook.cells[0].outputs
    output.data["text/html"] = output.data["text/html"].replace("wake(document.currentScript", "rise(")
    with pytest.raises(TypeError):
        starts.of(notebook)
