"""The explorer's Python side: what it sends is what gdlib computes, where Matplotlib would draw it."""

import base64
import gzip
import json
import re

import numpy as np
import pytest

import gdlib

pytest.importorskip("anywidget")
from gdlib.explorer import Explorer, Run, explore_curve, explore_map

RATES = np.geomspace(0.01, 1.2, 30)
VALLEY = gdlib.landscapes.parabola()


@pytest.fixture(scope="module")
def curve():
    return explore_curve(VALLEY, -2.5, RATES, steps=40)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=50)
    return gdlib.LinearRegression(np.c_[np.ones(50), x], 1 + 2 * x + rng.normal(size=50) / 2)


def column(explorer, name, shape):
    first = explorer.spec["at"][name]
    return np.frombuffer(explorer.stack, np.float32)[first : first + np.prod(shape)].reshape(shape)


def test_columns_are_gdlibs_own_numbers(curve):
    w = gdlib.sweep(VALLEY, -2.5, RATES, 40)[..., 0]
    for name, values in {"w": w, "slope": 2 * w, "loss": w**2}.items():
        np.testing.assert_allclose(column(curve, f"0.{name}", w.shape), values, rtol=1e-4, atol=1e-38)
    x, y = column(curve, "0.x", w.shape), column(curve, "0.y", w.shape)
    expected = curve._ax.transData.transform(np.column_stack([w[5], w[5] ** 2]))
    np.testing.assert_allclose(np.column_stack([x[5], 380 - y[5]]), expected, atol=0.1)
    height = column(curve, "0.height", w.shape)  # logarithmic, by Matplotlib's own transform
    expected = curve._chart.transData.transform(np.column_stack([np.zeros(6), w[5, :6] ** 2]))
    np.testing.assert_allclose(380 - height[5, :6], expected[:, 1], atol=0.1)


def test_batch_minibatch_and_stochastic_share_a_map(data):
    explorer = explore_map(
        data, [-1, 1], RATES[:4], 3, batch_size=10, seconds={"batch": 1, "mini-batch": 0.5, "stochastic": 0.1}
    )
    assert [run["name"] for run in explorer.spec["runs"]] == ["batch", "mini-batch", "stochastic"]
    assert [clock["name"] for clock in explorer.spec["clocks"]] == ["updates", "epochs", "samples", "seconds"]
    assert [clock["top"] for clock in explorer.spec["clocks"]] == [150, 3, 150, 15]
    path = gdlib.minibatch_gd(data, [-1, 1], RATES[2], 3, 10, rng=0)
    np.testing.assert_allclose(explorer._runs[1].weights[2], path.weights)
    np.testing.assert_allclose(explorer._runs[1].losses[2], path.losses)
    np.testing.assert_allclose(explorer._runs[1].clocks["epochs"], path.epochs)


def test_the_second_panel_counts_from_the_least_loss(data):
    explorer = explore_map(data, [-1, 1], RATES[:4], 30)
    path = gdlib.batch_gd(data, [-1, 1], RATES[2], 30)
    above = path.losses - data.loss(data.minimiser())
    expected = explorer._chart.transData.transform(np.column_stack([np.zeros(31), above]))
    height = column(explorer, "0.height", (4, 31))[2]
    np.testing.assert_allclose(380 - height, expected[:, 1], atol=0.1)


def test_second_slider_and_what_was_chosen(curve):
    explorer = explore_curve(VALLEY, -2.5, np.geomspace(0.01, 3, 30), momentum=[0, 0.5, 0.9])
    for k, momentum in enumerate([0, 0.5, 0.9]):
        true = gdlib.batch_gd(VALLEY, -2.5, explorer._rates[3], 40, momentum=momentum)
        np.testing.assert_allclose(explorer._runs[1 + k].weights[3], true.weights)
    curve.learning_rate = RATES[3] * 1.01  # it snaps to the nearest place
    assert curve.learning_rate == RATES[3]
    np.testing.assert_allclose(curve.path, gdlib.batch_gd(VALLEY, -2.5, RATES[3], 40).weights)
    limits = [run["limit"] for run in explorer.spec["runs"]]
    assert limits[1] < limits[2] < limits[3]  # momentum settles at higher rates


def test_a_drag_computes_new_paths():
    explorer, sent = explore_curve(VALLEY, -2.5, RATES), []
    explorer.send = sent.append
    x, y = explorer._ax.transData.transform((1.5, 1))
    explorer._dragged(None, {"start": [x, 380 - y]}, None)
    assert explorer.start == pytest.approx([1.5])
    np.testing.assert_allclose(
        explorer._runs[0].weights[4], gdlib.batch_gd(VALLEY, 1.5, RATES[4], 40).weights
    )
    assert sent == [{"done": True}]
    with pytest.raises(KeyError):
        explorer._dragged(None, {}, None)
    assert len(sent) == 2  # the browser is answered even then, or it would wait for ever


def test_rounding_errors_do_not_show_in_its_name():
    """A stored notebook shows it, and the last digits differ between machines."""
    name = "Explorer(30 learning rates 0.01 to 1.2, start [{}])"
    assert repr(explore_curve(VALLEY, -1.6287944074408676e-16, RATES)) == name.format("0")
    assert repr(explore_map(gdlib.landscapes.bowl(), [0.1 + 0.2, -1], RATES, 5)) == name.format("0.3, -1")


def test_bundle_is_deterministic_small_and_alone():
    (first, _), (second, _) = (explore_curve(VALLEY, -2.5, RATES)._repr_mimebundle_() for _ in range(2))
    html = first["text/html"]
    assert html == second["text/html"] and first["image/png"] == second["image/png"]
    assert len(html) < 400_000
    assert not re.search(r"https?://|require", html)
    packed = re.search(r"wake\(\"([^\"]+)", html)[1]
    head, stack = gzip.decompress(base64.b64decode(packed)).split(b"\n", 1)
    head = json.loads(head)
    assert len(stack) % 4 == 0
    assert head["spec"]["rates"] == pytest.approx(RATES)
    assert "rate 0.032: is still on its way" in re.search('alt="([^"]+)"', html)[1]
    assert "application/vnd.jupyter.widget-view+json" in first


def test_many_paths_are_thinned_to_400_kB():
    explorer = explore_map(
        gdlib.landscapes.bowl(), [-2.5, 1.5], np.geomspace(0.005, 0.3, 300), 500, momentum=[0, 0.5, 0.9]
    )
    assert len(explorer._repr_mimebundle_()[0]["text/html"]) < 400_000
    assert explorer._runs[0].clocks["updates"][[0, -1]].tolist() == [0, 500]


def test_one_weight_on_data_and_a_curve_with_no_known_minimum(data):
    line = gdlib.LinearRegression(data.X[:, 1:], data.y)
    explorer = explore_curve(line, -1, RATES, 30, window=(-2, 5))
    path = gdlib.batch_gd(line, -1, RATES[7], 30)
    np.testing.assert_allclose(explorer._runs[0].weights[7], path.weights)
    np.testing.assert_allclose(explorer._runs[0].readings["slope"][7, 4], line.gradient(path.weights[4])[0])
    assert explorer._runs[0].limit == pytest.approx(2 / line.lipschitz())
    unknown = gdlib.Landscape(lambda w: w[0] ** 2, lambda w: 2 * w, window=[(-3, 3)])
    assert explore_curve(unknown, -2.5, RATES)._runs[0].limit is None


SAID = {
    "rolls down and settles": (0.1, 0.0),
    "swings, and settles": (0.9, 0.0),
    "diverges: the rate is above 2/L = 1": (1.1, 0.0),
    "still swings after 40 steps": (1.0, 0.0),
    "is still on its way after 40 steps": (0.01, 0.0),
}


def told(weights, losses, rate, limit=None, noisy=False):
    """The verdict of one path."""
    clocks = {"updates": np.arange(float(len(weights)))}
    return Run("", weights[None], losses[None], clocks, {}, {}, limit, noisy=noisy).verdict(0, rate)


@pytest.mark.parametrize("said", SAID)
def test_verdict(said):
    rate, momentum = SAID[said]
    path = gdlib.batch_gd(VALLEY, -2.5, rate, 40, momentum=momentum)
    assert told(path.weights, path.losses, rate, 1.0).startswith(said)


def test_verdict_of_runs_that_end_stay_or_wander(data):
    lost = np.array([[1.0], [9.0], [np.nan]])
    assert told(lost, lost[:, 0], 0.5) == "diverges"
    assert told(np.zeros((4, 1)), np.zeros(4), 0.5) == "stays: the slope is zero here"
    path = gdlib.stochastic_gd(data, [-3, -3], 0.1, 5, rng=0)
    assert "then wanders" in told(path.weights, path.losses, 0.1, noisy=True)
    path = gdlib.stochastic_gd(data, data.minimiser(), 0.1, 5, rng=0)
    assert told(path.weights, path.losses, 0.1, noisy=True).startswith("wanders about")


REFUSED = {
    "learning_rates must be at least 2 values that rise": lambda: explore_curve(VALLEY, 1, [0.2, 0.1]),
    r"at least 2 values that rise, \(m,\), but is": lambda: explore_curve(VALLEY, 1, [0.2]),
    "has no window of its own": lambda: explore_curve(gdlib.Landscape(lambda w: w[0], lambda w: w), 1, RATES),
    r"must be \(2,\)": lambda: explore_map(gdlib.landscapes.bowl(), 1.0, RATES, 3),
    "start holds nan": lambda: explore_curve(VALLEY, np.nan, RATES),
}


@pytest.mark.parametrize("message", REFUSED)
def test_bad_input(message):
    with pytest.raises(ValueError, match=message):
        REFUSED[message]()


def test_seconds_need_every_run(data):
    with pytest.raises(ValueError, match="each of \\['batch', 'mini-batch', 'stochastic'\\]"):
        explore_map(data, [0, 0], RATES, 2, batch_size=5, seconds={"batch": 1})


def test_every_named_landscape_has_its_explorer():
    for make in (gdlib.landscapes.double_well, gdlib.landscapes.plateau, gdlib.landscapes.waves):
        assert isinstance(explore_curve(make(), 0.5, RATES, momentum=0.9), Explorer)
    for make in (gdlib.landscapes.bowl, gdlib.landscapes.rosenbrock, gdlib.landscapes.saddle):
        assert isinstance(explore_map(make(), [0.5, 0.5], RATES / 1000, 20, momentum=0.9), Explorer)
