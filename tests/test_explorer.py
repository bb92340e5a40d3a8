"""The explorer's Python side: what it sends is what gdlib computes, where Matplotlib would draw it."""

import base64
import gzip
import io
import json
import re
import shutil
import subprocess
import tracemalloc

import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from IPython.display import display

import gdlib

pytest.importorskip("anywidget")
from PIL import Image

from gdlib import landscapes, plotting, roads, rules
from gdlib.explorer import (
    Explorer,
    Run,
    clocks,
    explore_curve,
    explore_fit,
    explore_map,
    explore_paths,
    explore_traces,
    packed,
    verdicts,
    widget,
)
from gdlib.explorer.curve import Curve
from gdlib.explorer.map import Map
from gdlib.explorer.view import say

RATES = np.geomspace(0.01, 1.2, 30)
VALLEY = landscapes.parabola()
WELLS = landscapes.double_well()


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=50)
    return gdlib.LinearRegression(np.c_[np.ones(50), x], 1 + 2 * x + rng.normal(size=50) / 2)


class Sent:
    """A figure as the browser gets it."""

    def __init__(self, explorer):
        self.html = explorer._repr_mimebundle_()[0]["text/html"]
        numbers = re.search(r'wake\(document.currentScript, "([^"]+)"', self.html)[1]
        head, self.stack = gzip.decompress(base64.b64decode(numbers)).split(b"\n", 1)
        self.__dict__ |= json.loads(head)

    def column(self, name, *shape):
        first = self.spec["offsets"][name]
        return np.frombuffer(self.stack, np.float32)[first : first + np.prod(shape)].reshape(shape)


def test_columns_are_gdlibs_own_numbers_as_they_are_read():
    explorer = explore_curve(VALLEY, -2.5, RATES, steps=40)
    sent, w = Sent(explorer), gdlib.sweep(VALLEY, -2.5, RATES, 40)[..., 0]
    assert sent.spec["readings"] == ["w", "slope", "loss"]
    for name, values in {"w": w, "slope": 2 * w, "loss": w**2}.items():
        told = sent.column(f"0.read.{sent.spec['readings'].index(name)}", *w.shape)
        real = np.isfinite(told)
        expected = np.where(
            np.abs(values) < (1e-30 if name == "loss" else 6e-12), 0, values
        )  # zero but for rounding
        assert [say(float(v)) for v in told[real]] == [say(v) for v in expected[real]]
    x, y = sent.column("0.x", *w.shape), sent.column("0.y", *w.shape)
    expected = explorer._view.ax.transData.transform(np.column_stack([w[5], w[5] ** 2]))
    np.testing.assert_allclose(np.column_stack([x[5], 380 - y[5]]), expected, atol=0.07)
    height = sent.column("0.height", *w.shape)  # logarithmic, by Matplotlib's own transform
    expected = explorer._chart.transData.transform(np.column_stack([np.zeros(6), w[5, :6] ** 2]))
    np.testing.assert_allclose(300 - height[5, :6], expected[:, 1], atol=0.07)


def test_batch_minibatch_and_stochastic_share_a_map_and_its_clocks(data):
    seconds = {"batch": 1, "mini-batch": 0.5, "stochastic": 0.1}
    explorer = explore_map(data, [-1, 1], RATES[:4], 3, batch_size=10, seconds=seconds)
    assert [run.name for run in explorer.runs] == ["batch", "mini-batch", "stochastic"]
    path = gdlib.minibatch_gd(data, [-1, 1], RATES[2], 3, 10, rng=0)
    np.testing.assert_allclose(explorer.runs[1].weights[2], path.weights, rtol=1e-12)
    np.testing.assert_allclose(explorer.runs[1].losses[2], path.losses, rtol=1e-12)
    np.testing.assert_allclose(explorer.runs[1].epochs, path.epochs)
    made = {clock.name: [clock.made(run).tolist() for run in explorer.runs] for clock in explorer._clocks}
    assert [*made] == ["steps", "epochs", "seconds"]
    assert made["steps"][0] == [min(step, 3) for step in made["steps"][2]]  # side by side, till it ends
    assert [steps[-1] for steps in made["epochs"]] == [3, 15, 150] == [steps[-1] for steps in made["seconds"]]
    one = explorer._clocks[1].moments.tolist().index(1)
    assert [steps[one] for steps in made["epochs"]] == [1, 5, 50]


def test_every_early_step_is_sent_and_all_runs_at_the_same():
    assert clocks.thinned(5, 10).tolist() == [0, 1, 2, 3, 4, 5]
    few = clocks.thinned(10_000, 40)
    assert few[:20].tolist() == [*range(20)] and few[-1] == 10_000 and len(few) <= 41
    assert (np.diff(few) > 0).all()
    assert clocks.thinned(10, 0).tolist() == clocks.thinned(10, 1).tolist() == [0, 1, 10]


def test_the_second_slider_and_what_was_chosen():
    explorer = explore_curve(VALLEY, -2.5, np.geomspace(0.01, 3, 30), momentum=[0.3, 0.5, 0.9])
    for k, momentum in enumerate([0.3, 0.5, 0.9]):
        true = gdlib.batch_gd(VALLEY, -2.5, explorer._rates[3], 40, momentum=momentum)
        np.testing.assert_allclose(explorer.runs[1 + k].weights[3], true.weights)
    assert [run.name for run in explorer.shown] == ["plain", "with momentum"]
    explorer.learning_rate = explorer._rates[3] * 1.01  # it snaps to the nearest place
    assert explorer.learning_rate == explorer._rates[3]
    np.testing.assert_allclose(explorer.path, gdlib.batch_gd(VALLEY, -2.5, explorer._rates[3], 40).weights)
    assert [run.limit for run in explorer.runs] == pytest.approx([1, 1.3, 1.5, 1.9])
    limits = [run["limit"] for run in Sent(explorer).spec["runs"]]
    assert limits == sorted(limits) and limits[0] > 0


def asked(explorer, message):
    sent = []
    explorer.send = lambda content, buffers=None: sent.append((content, buffers))
    explorer._asked(None, message, None)
    return sent


def test_a_drag_is_answered_with_the_rate_at_hand_and_at_rest_with_all():
    explorer = explore_curve(VALLEY, -2.5, RATES)
    x, y = explorer._view.ax.transData.transform((1.5, 1))
    [(content, [row])] = asked(explorer, {"rate": 4, "at": [x, 380 - y]})
    assert content["rate"] == 4 and len(content["said"]) == 1 and explorer.start == [-2.5]
    true = gdlib.batch_gd(VALLEY, 1.5, RATES[4], 40)
    numbers = np.frombuffer(row, np.float32).reshape(-1, 41)  # x, y, height, w, slope, loss
    np.testing.assert_allclose(numbers[3], true.weights[:, 0], rtol=6e-3, atol=1e-11)
    [(content, [every])] = asked(explorer, {"rate": None})
    assert content["rate"] is None and len(every) == len(RATES) * len(row)
    assert explorer.start == pytest.approx([1.5])
    np.testing.assert_allclose(explorer.runs[0].weights[4], true.weights, rtol=1e-9)
    with pytest.raises(KeyError):
        asked(explorer, {})


def test_the_browser_is_answered_even_where_python_fails():
    explorer = explore_curve(VALLEY, -2.5, RATES)
    sent = []
    explorer.send = lambda content, buffers=None: sent.append(content)
    with pytest.raises(KeyError):
        explorer._asked(None, {}, None)
    assert sent == [{"failed": True}]


def test_a_start_set_by_code_moves_every_run():
    explorer = explore_curve(VALLEY, -2.5, RATES)
    explorer.start = [1.25]
    np.testing.assert_allclose(explorer.path[0], [1.25])


def test_rounding_errors_do_not_show_in_its_name():
    """A stored notebook shows it, and the last digits differ between machines."""
    name = "Explorer(30 learning rates 0.01 to 1.2, start ({}))"
    assert repr(explore_curve(VALLEY, -1.6287944074408676e-16, RATES)) == name.format("0")
    assert repr(explore_map(landscapes.bowl(), [0.1 + 0.2, -1], RATES, 5)) == name.format("0.3, −1")


def test_a_slider_of_other_places_is_called_by_their_name_everywhere():
    name = "Own rate ×"
    own = {"plain": rules.momentum(0.0), "heavy": rules.momentum(0.5)}
    race = explore_map(landscapes.bowl(), [1, 1], [0.01, 0.05, 0.1], 5, rules=own, slider=name)
    alone = explore_curve(VALLEY, -2.5, RATES, slider=name)
    assert Sent(race).spec["slider"] == Sent(alone).spec["slider"] == name
    assert repr(race) == "Explorer(own rate × 0.01 to 0.1, 3 places, start (1, 1))"
    assert Sent(race).html.count('alt="Gradient descent at own rate × 0.05. plain: ') == 1
    assert 'alt="Gradient descent at own rate × 0.119. own rate × 0.0318: is still' in Sent(alone).html
    assert Sent(explore_curve(VALLEY, -2.5, RATES)).spec["slider"] == "Learning rate"


def test_the_page_is_shown_with_ipywidgets_7_too(monkeypatch):
    theirs = lambda widget: display({"text/plain": "no page"}, raw=True)  # noqa: E731
    monkeypatch.setattr(widget.anywidget.AnyWidget, "_ipython_display_", theirs, raising=False)
    assert 'class="gd ' in DisplayFormatter().format(explore_curve(VALLEY, -2.5, RATES))[0]["text/html"]


def test_the_page_is_deterministic_small_and_alone():
    first, second = (Sent(explore_curve(VALLEY, -2.5, RATES)).html for _ in range(2))
    bare = [re.sub(r'data-key="[^"]*"', "", html) for html in (first, second)]
    assert bare[0] == bare[1]
    assert len(first) < 400_000
    assert not re.search(r"https?://(?!www.w3.org)|require\(|import |^export", first, re.MULTILINE)
    assert 'alt="Gradient descent at rate 0.119. rate 0.0318: is still on its way' in first
    bundle = explore_curve(VALLEY, -2.5, RATES)._repr_mimebundle_()[0]
    assert set(bundle) == {"text/plain", "text/html", "image/png"}  # no view of a model that may be gone


@pytest.mark.parametrize("count", [widget.LINES, widget.LINES + 1])
def test_the_still_picture_of_many_runs_names_them_only_and_their_words_stay(count, monkeypatch):
    names = ["one", "two", "three", "four", "five"][:count]
    runs = {name: rules.momentum(0.1 * i) for i, name in enumerate(names)}
    figure = explore_map(landscapes.bowl(), [1.0, 1.0], RATES, 5, rules=runs)
    ax, labels = figure._view.ax, []
    drawn = ax.legend

    def legend(**options):
        labels.extend(line.get_label() for line in ax.lines)
        return drawn(**options)

    monkeypatch.setattr(ax, "legend", legend)
    words = figure._still()[1]
    assert all(f"{name}: " in words for name in names)
    assert ("five" in labels) == (count > widget.LINES)
    assert any(label.startswith("four: ") for label in labels) == (count <= widget.LINES)


@pytest.mark.parametrize(("step", "points"), [(0, 41), (12, 13), (40, 41)])
def test_the_still_picture_shows_the_path_up_to_the_step_chosen(step, points, monkeypatch):
    """As the live figure does; at the start, where that would be nothing, and at the end it shows all."""
    figure = explore_curve(VALLEY, -2.5, RATES)
    figure.step = step
    lines = []
    plot = figure._view.ax.plot
    monkeypatch.setattr(figure._view.ax, "plot", lambda *a, **k: lines.append(len(a[0])) or plot(*a, **k))
    words = figure._still()[1]
    assert lines == ([points, 1] * 3 if step == 12 else [points] * 3)  # and a ball at the end of each
    assert ("12 of 40 steps. rate" in words) == (step == 12)


def test_many_paths_are_thinned_to_400_kB():
    explorer = explore_map(
        landscapes.bowl(), [-2.5, 1.5], np.geomspace(0.005, 0.3, 300), 500, momentum=[0.3, 0.5, 0.9]
    )
    assert len(Sent(explorer).html) < 400_000
    assert explorer._kept[0][[0, -1]].tolist() == [0, 500]


def test_twins_have_keys_of_their_own():
    keys = {explore_curve(VALLEY, -2.5, RATES).key for _ in range(3)}
    assert len(keys) == 3


def test_any_paths_of_unlike_lengths_are_shown_together():
    bowl = landscapes.bowl()
    path = gdlib.batch_gd(bowl, [2.5, 1.5], 0.05, 30)
    lost = np.array([[2.5, 1.5], [np.inf, 0], [np.nan, 0]])
    explorer = explore_paths(bowl, {"ours": path, "theirs": path.weights[:10].tolist(), "lost": lost})
    assert [run.steps for run in explorer.runs] == [30, 9, 2]
    assert [run.ends.tolist() for run in explorer.runs] == [[30], [9], [0]]
    sent = Sent(explorer)
    assert sent.spec["rates"] is None and sent.spec["drawn"]["fixed"]
    np.testing.assert_array_equal(explorer.path, path.weights)
    assert repr(explorer) == "Explorer(ours, theirs, lost, start (2.5, 1.5))"
    rates = [0.01, 0.05]
    several = explore_paths(bowl, {"ours": gdlib.sweep(bowl, [2.5, 1.5], rates, 9)}, rates)
    assert len(Sent(several).spec["rates"]) == 2


def test_rules_side_by_side():
    racers = {"plain": rules.momentum(0.0), "Nesterov": rules.momentum(0.9, True), "Adam": rules.adam()}
    explorer = explore_map(landscapes.bowl(), [2.5, 1.5], [0.01, 0.05, 0.1], 20, rules=racers)
    for run, rule in zip(explorer.runs, racers.values(), strict=True):
        true = gdlib.batch_gd(landscapes.bowl(), [2.5, 1.5], 0.05, 20, rule=rule)
        np.testing.assert_allclose(run.weights[1], true.weights, rtol=1e-12)
    assert [run.limit for run in explorer.runs] == pytest.approx([0.2, 0.2 * 1.9 / 2.8, None])


def test_a_problem_that_knows_nothing_has_no_mark(data):
    unknown = gdlib.Landscape(lambda w: w[0] ** 2, lambda w: 2 * w, window=[(-3, 3)])
    assert explore_curve(unknown, -2.5, RATES).runs[0].limit is None
    line = gdlib.LinearRegression(data.X[:, 1:], data.y)
    assert explore_curve(line, -1, RATES, 30, window=(-2, 5)).runs[0].limit == pytest.approx(
        2 / line.lipschitz()
    )


def test_a_map_is_to_one_scale_with_stars():
    view = Map(landscapes.bowl(1), [(-3, 3), (-2, 2)])
    wide, high = view.ax.bbox.size
    assert np.ptp(view.window, axis=1) / [wide, high] == pytest.approx([6 / wide] * 2)
    tall = Map(landscapes.bowl(1), [(-1, 1), (-2, 2)])
    assert np.ptp(tall.window[0]) / tall.ax.bbox.width == pytest.approx(4 / tall.ax.bbox.height)
    assert tall.window[0][0] < -1 and tall.window[0][1] > 1
    [star] = [line for line in view.ax.lines if line.get_marker() == "*"]
    np.testing.assert_array_equal(star.get_xydata(), [[0, 0]])


def told(problem, start, rate, steps=40, view=None, **how):
    path = gdlib.batch_gd(problem, start, rate, steps, **how)
    limit = 1.0 if problem is VALLEY else None
    run = Run("", path.weights[None], path.losses[None], {}, limit=limit, noisy=False)
    return verdicts.verdict(run, 0, rate, view or Curve(problem, problem.window[0]))


def test_verdicts_say_where_it_rests_which_way_it_left_and_when():
    assert told(VALLEY, -2.5, 0.1) == "settles at w = 0, the minimum, after 21 steps"
    assert told(VALLEY, -2.5, 0.9) == "swings, and settles at w = 0, the minimum, after 21 steps"
    assert told(VALLEY, -2.5, 1.1) == "diverges: leaves to the left at step 2; the rate is above 2/L = 1"
    assert told(VALLEY, -2.5, 1.0) == "still swings after 40 steps"
    assert told(VALLEY, -2.5, 0.01) == "is still on its way after 40 steps"
    assert told(VALLEY, 0.0, 0.1) == "stays: the gradient is zero here"
    assert told(WELLS, -1.5, 0.05, 60).startswith("settles at w = −1.04, the lower valley, after")
    assert told(WELLS, 1.5, 0.05, 60).startswith("settles at w = 0.96, the higher valley, after")
    assert told(WELLS, 1.6, 0.16, 60).startswith(
        "goes over the hill, and settles at w = −1.04, the lower valley"
    )
    assert (
        told(landscapes.plateau(), -0.8, 0.1, 400) == "is still on its way after 400 steps"
    )  # a ledge is no minimum


def test_verdicts_of_noisy_runs(data):
    view = Map(data, [(-4, 4), (-4, 4)])

    def noisy(start):
        path = gdlib.stochastic_gd(data, start, 0.1, 5, rng=0)
        run = Run("", path.weights[None], path.losses[None], {}, noisy=True)
        return verdicts.verdict(run, 0, 0.1, view)

    assert re.fullmatch(r"is near the bottom after \d+ steps, then wanders", noisy([-3, -3]))
    assert noisy(data.minimiser()) == "wanders about, and does not settle"
    astray = np.array([[[1.0, 1.0], [9.0, 0.0], [0.5, 0.5], [-30.0, 50.0], [80.0, -200.0]]])
    run = Run("", astray, np.array([data.loss(w) for w in astray[0]])[None], {}, noisy=True)
    assert verdicts.verdict(run, 0, 0.1, view) == "is lost: first leaves to the right at step 1"
    swing = 3 * np.cos(np.arange(60) / 5)
    run = Run("", swing[None, :, None], swing[None] ** 2, {})
    words = verdicts.verdict(run, 0, None, Curve(VALLEY, VALLEY.window[0]))
    assert words == "passes near the bottom, and does not stay there"
    swinging = np.array([[[0.9 * (-1.0) ** step] for step in range(20)]])
    unknown = Run("", swinging, swinging[..., 0] ** 2, {})
    assert "wanders about" in verdicts.verdict(unknown, 0, None, Curve(VALLEY, (-3, 3)))


def test_a_run_whose_loss_falls_to_its_last_step_is_on_its_way_and_does_not_wander():
    """It is low by then, and slow: a long smooth tail, of which nobody said whether it is noisy."""
    w = np.linspace(-2.5, -0.2, 59)[None, :, None]
    slow = np.arange(1.0, 60)[None] ** -1.1
    view = Curve(VALLEY, (-3, 3))

    def says(losses, **how):
        run = Run("", w[:, : losses.size], losses, {}, every=10, **how)
        return verdicts.verdict(run, 0, None, view)

    for noisy in (None, True):
        assert says(slow, noisy=noisy) == "is still on its way after 580 steps"
        low = says(slow**1.5, noisy=noisy)
        assert re.fullmatch(r"is near the bottom after \d+ steps, and still goes down", low)
    shaken = slow * (1 + 0.3 * np.cos(2 * np.arange(59)))
    assert re.fullmatch(r"is near the bottom after \d+ steps, then wanders", says(shaken))
    chance = np.array([[1.0, 0.02, 0.04, 0.03, 0.02]])  # a few falls prove nothing
    assert says(chance).endswith("then wanders")


def test_three_digits_are_those_that_are_read():
    values = np.array([0.0, 1.2345, -99.95, 1e-7, 123456.0, 0.00099951, np.nan, 6e-324])
    np.testing.assert_allclose(
        packed.three_digits(values)[:6], [0, 1.23, -100.0, 1e-7, 123000, 0.001], rtol=1e-6
    )
    assert packed.three_digits(np.array([1e-13, 2.0]), 1e-12).tolist() == [0, 2]


def test_the_browsers_files_are_one_script(tmp_path):
    files = sorted(widget._HERE.glob("*.mjs"))
    assert not any(re.search(r"^import [^;]* as ", path.read_text("utf-8"), re.MULTILINE) for path in files)
    script = widget._script()
    assert not re.search(r"^(import|export) ", script, re.MULTILINE)
    if shutil.which("node") is None:
        pytest.skip("no node: it comes with Node.js")
    (tmp_path / "script.js").write_text(f"(() => {{{script}}})();", "utf-8")
    subprocess.run(["node", "--check", tmp_path / "script.js"], check=True)


@pytest.mark.parametrize("kind", [gdlib.LinearRegression, gdlib.LogisticRegression])
@pytest.mark.parametrize("batch_size", [None, 10])
def test_the_line_through_the_data_is_that_of_the_weights_at_every_step_and_rate(data, kind, batch_size):
    problem = kind(data.X, data.y > 1 if kind is gdlib.LogisticRegression else data.y)
    explorer = explore_fit(problem, [-1, 1], RATES, 6, batch_size=batch_size, names=("size", "price"))
    sent, ax = Sent(explorer), explorer._view.data
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("size", "price")
    points = np.column_stack([data.X[:, 1], problem.y])
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), points)
    for axis, values in zip("xy", points.T, strict=True):  # every point is within
        low, high = getattr(ax, f"get_{axis}lim")()
        assert low < values.min() and values.max() < high
    for r, (run, kept) in enumerate(zip(explorer.runs, explorer._kept, strict=True)):
        w = run.weights[:, kept]
        for name, x in zip(["left", "right"], ax.get_xlim(), strict=True):
            scores = np.ravel(w @ [1, x])
            drawn = 320 - ax.transData.transform(np.column_stack([0 * scores + x, scores]))[:, 1]
            pixels = sent.column(f"{r}.{name}", w.shape[0] * w.shape[1])
            near = np.isfinite(pixels) & (np.abs(drawn) < 1e6)  # as far as float32 tells pixels apart
            assert near.mean() > 0.8
            np.testing.assert_allclose(pixels[near], drawn[near], atol=0.5)
    assert sent.spec["panels"][2]["size"] == [400, 320]
    zero_and_one = [320 - y for _, y in ax.transData.transform([[0, 0], [0, 1]])]
    squashed = kind is gdlib.LogisticRegression
    assert sent.spec["squash"] == (pytest.approx(zero_and_one, abs=0.1) if squashed else None)
    still = explorer._repr_mimebundle_()[0]
    assert len(still["text/html"]) < 400_000
    assert len(ax.lines) == 1 + len(explorer._view.minima)  # the lines of the still picture are gone again


def test_the_still_picture_has_the_data_and_the_lines(data):
    seen = {}
    for name, rates in {"near": [0.3, 0.4], "far": [0.001, 0.002]}.items():
        picture = explore_fit(data, [-1, 1], rates, 20)._repr_mimebundle_()[0]["image/png"]
        image = Image.open(io.BytesIO(base64.b64decode(picture)))
        alone = explore_map(data, [-1, 1], rates, 20)._repr_mimebundle_()[0]["image/png"]
        width = Image.open(io.BytesIO(base64.b64decode(alone))).width
        assert image.width > 1.4 * width
        seen[name] = np.asarray(image.convert("RGB"))[:, -image.width // 4 :]
    assert np.ptp(seen["near"]) > 200
    assert seen["near"].shape != seen["far"].shape or (seen["near"] != seen["far"]).any()


def test_names_on_the_axes_are_text():
    X, y = [[1, 2.0], [1, 3.0], [1, 5.0]], [1, 2, 4]
    hostile = ("$\\frac{<img src=x>", "x" * 10_000)
    explorer = explore_fit(gdlib.LinearRegression(X, y), [0, 0], [0.01, 0.02], 3, names=hostile)
    assert "<img src=x>" not in Sent(explorer).html and len(explorer._view.data.get_ylabel()) <= 40


ODD = {
    "a constant surface": lambda: explore_map(
        gdlib.Landscape(lambda w: 0 * w[0], lambda w: 0 * w), [0, 0], [0.1, 0.2], 3, window=[(-1, 1)] * 2
    ),
    "a constant curve": lambda: explore_curve(
        gdlib.Landscape(lambda w: 0 * w[0] + 3, lambda w: 0 * w), 0, [0.1, 0.2], 3, window=(-1, 1)
    ),
    "a hole in the curve": lambda: explore_curve(
        gdlib.Landscape(lambda w: np.log(w[0]), lambda w: 1 / w), 1.0, [0.1, 0.2], 3, window=(-1, 2)
    ),
    "a hole in the map": lambda: explore_map(
        gdlib.Landscape(lambda w: np.log(w[0]) + w[1], lambda w: np.stack([1 / w[0], 1 + 0 * w[1]])),
        [1.0, 1.0], [0.1, 0.2], 3, window=[(-1, 2)] * 2,
    ),
    "a start whose loss overflows": lambda: explore_curve(VALLEY, 1e200, [0.1, 0.2], 3),
    "no lipschitz": lambda: explore_map(Stranger(), [1.0, 1.0], [0.1, 0.2], 3, window=[(-2, 2)] * 2),
    "one momentum in a list": lambda: explore_curve(VALLEY, 1.0, [0.1, 0.2], momentum=[0.5]),
    "one rate": lambda: explore_curve(VALLEY, 1.0, [0.1]),
    "a trace that is lost, and one point": lambda: explore_traces(
        [[1, np.nan]], [[1, np.inf]], [0.1], levels=[3.0]
    ),
    "traces of nothing but zeros": lambda: explore_traces([[0.0], [0.0]], [[1.0], [1.0]], [0.1, 0.2]),
    "a trace whose start is no number": lambda: explore_traces([[np.nan, 1.0]], [[1.0, 1.0]], [0.1]),
    "traces whose losses are zero or below": lambda: explore_traces([[1.0, 2.0]], [[0.0, -1.0]], [0.1]),
    "traces up to the largest numbers": lambda: explore_traces([[1.0, 1e308]], [[3e307, 1.0]], [0.1]),
    "traces down to the least": lambda: explore_traces([[1e-320, 0.0]], [[1e-320, 0.0]], [0.1]),
    "a quantity that is no formula": lambda: explore_traces([[1, 2]], [[1, 2]], [0.1], name="$\\bad$"),
    "more rates than points are sent": lambda: explore_traces(
        np.ones((8000, 5)), np.ones((8000, 5)), np.arange(1, 8001)
    ),
    "a path that begins nowhere": lambda: explore_paths(VALLEY, {"lost": [[np.nan], [1.0]]}),
    "a start on the minimum": lambda: explore_fit(
        gdlib.LinearRegression([[1, -1], [1, 0], [1, 1]], [1, -2, 1]), [0, 0], [0.1, 0.2], 3
    ),
    "one row": lambda: explore_fit(gdlib.LinearRegression([[1, 2]], [3]), [0, 0], [0.1, 0.2], 3),
    "a column that never changes": lambda: explore_fit(
        gdlib.LinearRegression([[1, 2]] * 3, [3, 3, 3]), [0, 0], [0.1, 0.2], 3
    ),
    "a line that is lost": lambda: explore_fit(
        gdlib.LinearRegression([[1, 2], [1, 9]], [3, 4]), [0, 0], [1.0, 1e9], 40, batch_size=1
    ),
    "huge numbers": lambda: explore_fit(
        gdlib.LinearRegression([[1, 2e12], [1, 9e12]], [3e9, 4e9]), [0, 0], [1e-27, 1e-26], 5
    ),
    "no step": lambda: explore_curve(VALLEY, 1.0, [0.1, 0.2], 0),
}  # fmt: skip


class Stranger:
    n = 1

    def loss(self, w):
        return float(w @ w)

    def gradient(self, w, rows=None):
        return 2 * w


@pytest.mark.parametrize("name", ODD)
def test_odd_figures_are_drawn(name):
    explorer = ODD[name]()
    assert isinstance(explorer, Explorer)
    text = json.dumps([Sent(explorer).spec, Sent(explorer).said], allow_nan=False)  # a browser reads no NaN
    assert len(text) > 100


TRACES = np.array([[3.0, 4.0, 4.5], [3.0, 2.1, 2.0], [3.0, np.nan, np.nan]])
LOSSES = np.array([[1.0, 0.5, 0.3], [1.0, 0.4, 0.2], [1.0, np.inf, np.nan]])


def test_traces_stand_at_their_steps_beside_their_level():
    explorer = explore_traces(
        TRACES, LOSSES, [0.25, 1.0, 2.0], every=30, levels=[8.0, 2.0, 1.0], learning_rate=1.0
    )
    sent, ax = Sent(explorer), explorer._view.ax
    run = sent.spec["runs"][0]
    assert (run["every"], run["last"], run["sent"]) == (30, 60, 3)
    assert (explorer.runs[0].points, explorer.runs[0].steps) == (3, 60)
    assert sent.column("0.steps", 3).tolist() == [0, 30, 60]
    assert sent.spec["clocks"][0]["moments"] == [0, 30, 60]
    np.testing.assert_allclose(sent.column("0.read.0", 3, 3), TRACES)
    drawn = [sent.column(f"0.{side}", 3, 3)[1] for side in "xy"]
    np.testing.assert_allclose(drawn, packed.pixels(ax, [0, 30, 60], TRACES[1]), atol=1e-3)
    levels = sent.column("level", 3)
    np.testing.assert_allclose(levels, packed.pixels(ax, np.zeros(3), [8, 2, 1])[1], atol=1e-3)
    assert sent.said == [["ends below 2/rate = 8", "stays at 2/rate = 2", "is lost after step 0"]]
    assert sent.spec["level"] == "2/rate" and "Loss over the weights" not in sent.html
    above = explore_traces(TRACES[:2], LOSSES[:2], [0.1, 0.2])
    assert Sent(above).said == [["ends higher than it began", "ends no higher than it began"]]


WITHIN, OUTSIDE = 1 + 0.04 * (-1.0) ** np.arange(90), 1 + 0.06 * (-1.0) ** np.arange(90)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.r_[np.zeros(60), WITHIN[:30]], "stays at"),
        (np.r_[np.zeros(61), WITHIN[:29]], "ends above"),  # not all of the last third
        (OUTSIDE, "ends below"),
        (OUTSIDE[:-1], "ends above"),
        (np.linspace(0, 1.2, 90), "ends above"),
        (np.linspace(0, 1, 90), "ends at"),
        ([1, 0.1, 1.9] * 20, "ends above"),
        (np.r_[np.zeros(80), np.full(10, 5.0)], "ends above"),
        (np.r_[np.full(80, 5.0), np.zeros(10)], "ends below"),
    ],
)
def test_a_trace_stays_at_its_level_only_with_all_of_its_last_third(values, said):
    figure = explore_traces([values], [np.ones(len(values))], [2.0], levels=[1.0])
    assert Sent(figure).said == [[f"{said} 2/rate = 1"]]


@pytest.mark.parametrize("name", ["x", "y", "steps", "height", "slope", "loss", "0"])
def test_a_quantity_may_bear_any_name(name):
    sent = Sent(explore_traces([[3.0, 4.0, 4.5]], [[1.0, 0.5, 0.25]], [0.1], name=name))
    assert sent.spec["readings"] == [name, "loss"] and sent.column("0.steps", 3).tolist() == [0, 1, 2]
    assert sent.column("0.read.0", 3).tolist() == [3, 4, 4.5]
    assert sent.column("0.read.1", 3).tolist() == [1, 0.5, 0.25]
    assert sent.column("0.x", 3)[0] < sent.column("0.x", 3)[2] > 100  # pixels


def test_the_still_picture_of_traces_has_their_levels_in_their_colours(monkeypatch):
    figure, lines = explore_traces(TRACES, LOSSES, [0.25, 1.0, 2.0], levels=[8.0, 2.0, 1.0]), []
    ax = figure._view.ax
    drawn = ax.legend
    monkeypatch.setattr(ax, "legend", lambda **how: lines.extend(ax.lines) or drawn(**how))
    figure._still()
    traces, levels = lines[::2], lines[1::2]
    assert [line.get_ydata()[0] for line in levels] == [8, 2, 1]
    assert [line.get_color() for line in levels] == [line.get_color() for line in traces]
    assert {line.get_linestyle() for line in levels} == {"--"} and not ax.lines


REFUSED = {
    r"start has shape \(3,\)": lambda: explore_fit(
        gdlib.LinearRegression(np.ones((4, 3)), np.ones(4)), [1, 1, 1], RATES, 3
    ),
    r"start has shape \(1,\)": lambda: explore_fit(
        gdlib.LinearRegression(np.ones((4, 1)), np.ones(4)), 1.0, RATES, 3
    ),
    "first column of X must be ones, .* but row 1 holds 2": lambda: explore_fit(
        gdlib.LinearRegression([[1, 2], [2, 1]], [1, 2]), [1, 1], RATES, 3
    ),
    r"values has shape \(3,\), but must be": lambda: explore_traces([1, 2, 3], [1, 2, 3], RATES),
    r"losses has shape \(1, 1\)": lambda: explore_traces([[1, 2]], [[1]], [0.1]),
    r"levels has shape \(2,\)": lambda: explore_traces([[1, 2]], [[1, 2]], [0.1], levels=[1, 2]),
    "every is 0": lambda: explore_traces([[1, 2]], [[1, 2]], [0.1], every=0),
    "every is 8388609, but": lambda: explore_traces([[1, 2, 3]], [[1, 2, 3]], [0.1], every=2**23 + 1),
    r"after 0, 7, 14, 20, ... steps; with every=7 they must be 7 apart": lambda: explore_paths(
        landscapes.bowl(), {"a": gdlib.batch_gd(landscapes.bowl(), [1, 1], 0.1, 20, record_every=7)}, every=7
    ),
    "two of them are the same as text": lambda: explore_paths(VALLEY, {1: [[1.0]], "1": [[1.0]]}),
    "every is 16777217, but": lambda: explore_paths(VALLEY, {"a": [[1.0], [0.5]]}, every=2**24 + 1),
    "ends at step 16777218; at most": lambda: explore_paths(
        VALLEY, {"a": [[1.0], [0.5], [0.2]]}, every=2**23 + 1
    ),
    "names is 'xy', but must hold 2 names": lambda: explore_fit(
        gdlib.LinearRegression([[1, 0], [1, 1]], [1, 2]), [0, 0], RATES, 2, names="xy"
    ),
    "names is None, but must hold 2 names": lambda: explore_fit(
        gdlib.LinearRegression([[1, 0], [1, 1]], [1, 2]), [0, 0], RATES, 2, names=None
    ),
    "no point of the paths is finite": lambda: explore_paths(
        gdlib.Landscape(lambda w: w[0] ** 2, lambda w: 2 * w), {"a": [[np.nan]]}
    ),
    "every is -1": lambda: explore_paths(VALLEY, {"a": [[1.0], [0.5]]}, every=-1),
    "must hold 2 names, one": lambda: explore_paths(
        landscapes.bowl(), {"a": [[1.0, 1.0]]}, names=("a", "b", "c")
    ),
    "names is 'w', but must hold 1 name,": lambda: explore_paths(VALLEY, {"a": [[1.0]]}, names="w"),
    "nothing to show": lambda: explore_traces([[np.nan]], [[1.0]], [0.1]),
    r"learning_rates must be values that rise": lambda: explore_curve(VALLEY, 1, [0.2, 0.1]),
    "has no window of its own": lambda: explore_curve(gdlib.Landscape(lambda w: w[0], lambda w: w), 1, RATES),
    r"must be \(2,\), or take explore_curve": lambda: explore_map(landscapes.bowl(), 1.0, RATES, 3),
    r"must be \(1,\), or take explore_map": lambda: explore_curve(landscapes.bowl(), [1.0, 1.0], RATES),
    "start holds nan": lambda: explore_curve(VALLEY, np.nan, RATES),
    r"side \(3, -3\), but low must be below high": lambda: explore_curve(VALLEY, 1, RATES, window=(3, -3)),
    r"window has the side \(1, 1\)": lambda: explore_curve(VALLEY, 1, RATES, window=(1, 1)),
    r"window has shape \(1, 1\)": lambda: explore_curve(VALLEY, 1, RATES, window=(1,)),
    r"window has shape \(2,\)": lambda: explore_map(landscapes.bowl(), [1, 1], RATES, 3, window=(-1, 1)),
    "not a finite number anywhere": lambda: explore_curve(
        gdlib.Landscape(lambda w: w[0] * np.nan, lambda w: 2 * w), 1, RATES, window=(-1, 1)
    ),
    "give one of rules, momentum": lambda: explore_curve(
        VALLEY, 1, RATES, rules={"a": rules.adam()}, momentum=0.5
    ),
    "momentum is 1.5": lambda: explore_curve(VALLEY, 1, RATES, momentum=1.5),
    "each of \\['batch', 'mini-batch', 'stochastic'\\]": lambda: explore_map(
        gdlib.LinearRegression(np.eye(2), [1, 2]), [0, 0], RATES, 2, batch_size=1, seconds={"batch": 1}
    ),
    r"must be \(points, d\)": lambda: explore_paths(VALLEY, {"a": [1.0, 2.0, 3.0]}),
    "all must have one, or all two": lambda: explore_paths(VALLEY, {"a": [[1.0]], "b": [[1.0, 2.0]]}),
}  # fmt: skip


@pytest.mark.parametrize("message", REFUSED)
def test_bad_input(message):
    with pytest.raises(ValueError, match=message):
        REFUSED[message]()


def test_paths_of_which_not_every_step_was_recorded_count_in_steps():
    bowl = landscapes.bowl()
    lasting, lost = (gdlib.batch_gd(bowl, [2.5, 1.5], rate, 60, record_every=5) for rate in (0.05, 0.3))
    for path, words in [(lasting, "is near the bottom"), (lost, "diverges: leaves")]:
        known, wanted = (Sent(explore_paths(bowl, {"a": path.weights}, every=k)) for k in (1, 5))
        assert wanted.spec["runs"][0]["last"] == path.steps[-1] == 60 and wanted.spec["runs"][0]["every"] == 5
        assert wanted.column("0.steps", len(path)).tolist() == path.steps.tolist()
        before, after = (re.search(r"(?:step|after) (\d+)", each.said[0][0])[1] for each in (known, wanted))
        assert words in wanted.said[0][0] and int(after) == 5 * int(before)


def test_a_long_table_asks_for_little_memory():
    X = np.column_stack([np.ones(20_000), np.linspace(-1, 1, 20_000)])
    problem = gdlib.LinearRegression(X, X @ [1.0, 2.0])
    tracemalloc.start()
    roads.losses(problem, np.zeros((121, 121, 2)))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 3e8  # all at once they would be 2.3 GB


def test_the_data_beside_the_loss_are_those_of_a_regression():
    with pytest.raises(TypeError, match="must be a LinearRegression or a LogisticRegression, not Landscape"):
        explore_fit(landscapes.bowl(), [1, 1], RATES, 3)


def test_axes_that_are_no_weights_have_the_names_they_are_given():
    names, bowl = ("first direction", "$second"), landscapes.bowl()
    plane = explore_paths(bowl, {"a": [[2, 1], [1, 0.5]]}, names=names)
    sent, ax = Sent(plane), plane._view.ax
    assert (ax.get_xlabel(), ax.get_ylabel()) == names  # and it is drawn, though it is no formula
    assert sent.spec["weights"] == [*names] and sent.spec["readings"] == [*names, "loss"]
    assert sent.spec["alt"] == ["Loss over first direction and $second", "Loss, step by step"]
    line = gdlib.batch_gd(VALLEY, -2.5, 0.1, 40)
    sent = Sent(explore_paths(VALLEY, {"a": line}, names=["bend"]))
    assert (
        sent.spec["readings"] == ["bend", "slope", "loss"] and "settles at bend = 0, the" in sent.said[0][0]
    )
    plain = Sent(explore_paths(bowl, {"a": [[2, 1], [1, 0.5]]}))
    assert plain.spec["weights"] == ["w₀", "w₁"] and plain.spec["alt"][0] == "Loss over the weights"


def test_names_never_become_markup():
    hostile = "<img src=x onerror=alert(1)></script>\"'&"
    html = Sent(explore_paths(VALLEY, {hostile: [[1.0], [0.5]]})).html
    assert "<img src=x" not in html and html.count("</script>") == 1


def test_every_named_landscape_has_its_explorer():
    for make in (landscapes.double_well, landscapes.plateau, landscapes.waves):
        assert isinstance(explore_curve(make(), 0.5, RATES, momentum=0.9), Explorer)
    for make in (landscapes.bowl, landscapes.rosenbrock, landscapes.saddle, landscapes.beale):
        assert isinstance(explore_map(make(), [0.5, 0.5], RATES / 1000, 20, momentum=0.9), Explorer)


def test_looks_differ_in_more_than_colour():
    styles = plotting.styles(8)
    assert len({(style["linestyle"], style["marker"]) for style in styles}) == 8
    assert len({style["marker"] for style in styles}) == len({style["color"] for style in styles}) == 8
