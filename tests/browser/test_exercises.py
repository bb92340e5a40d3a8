"""An exercise as its reader meets it: a wrong loop is typed in, and its report read, by keyboard alone."""

import numpy as np
import pytest
from hands import eventually, readings

from gdlib.exercises import loops, watching

SETUP = "from gdlib.exercises import watch"
LOOP = """def loop(gradient, w, learning_rate, batches):
    path = [w]
    for rows in batches:
        w = w - 0.5 * learning_rate * gradient(w, rows)
        path.append(w)
    return path
watch(loop)"""


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_a_wrong_loop_is_read_and_its_path_seen_to_part(lab, theme, tmp_path):
    opened = lab(SETUP, "")
    page = opened.page
    page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex = 1")
    page.evaluate("jupyterapp.shell.currentWidget.content.mode = 'edit'")
    editor = page.locator(".jp-Cell .cm-content").nth(1)
    editor.focus()
    page.keyboard.insert_text(LOOP)
    eventually(lambda: _holds(editor, "watch(loop)"))
    page.keyboard.press("Shift+Enter")
    report = page.locator(".jp-OutputArea").filter(has_text="Your loop makes half of each step")
    report.wait_for(timeout=30_000)
    explorer = opened.explorer()
    course = watching.courses()[0]
    right = np.array(loops.descent(course.problem.gradient, course.start, course.rate, course.batches))

    def told():
        seen = readings(explorer)
        np.testing.assert_allclose(seen["w₀"], (right[0, 0] + right[1, 0]) / 2, rtol=6e-3)
        assert seen["step"] == 1  # where they part

    eventually(told)
    rows = explorer.locator(".gd-words tbody tr:first-child th").all_text_contents()
    assert [row.strip() for row in rows] == ["yours", "right"]
    formula = report.locator("mjx-container, .MathJax")  # the law
    formula.first.wait_for()
    assert formula.count() == 1
    report.scroll_into_view_if_needed()
    report.screenshot(path=tmp_path / "report.png")
    page.locator(".gd [aria-label='One step forward']").focus()  # and on by keyboard
    page.keyboard.press("Enter")
    eventually(lambda: _at(explorer, 2))
    assert not opened.errors


def _holds(editor, words):
    assert words in editor.inner_text()


def _at(explorer, step):
    assert readings(explorer)["step"] == step
