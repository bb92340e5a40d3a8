"""gdlib, PyTorch, Keras and TensorFlow's v1 optimizers, given the same rows, take the same path.

The table is loss x data x batch mode x kind of momentum, each run through each framework; then
the same law for shapes, rates and batches that hypothesis chooses. gdlib has more than one road to
a path (see `gdlib_paths`), and every one of them must agree. The other rules: test_rule_paths.py.
"""

from itertools import product

import numpy as np
import pytest
from agreement import SAME, largest_difference, needs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import gdlib
from gdlib import datasets

PROBLEMS = {"linear": gdlib.LinearRegression, "logistic": gdlib.LogisticRegression}
MODES = {  # a rate that float32 holds exactly, epochs, rows in a batch (None: all)
    "batch": (1 / 8, 40, None),
    "mini-batch": (1 / 64, 4, 32),
    "stochastic": (1 / 1024, 1, 1),
}
MOMENTA = {"plain": (0.0, False), "momentum": (7 / 8, False), "nesterov": (7 / 8, True)}


def _two_halves(data):
    """Of a regression, a classification: is the target above its median?"""
    return data._replace(y=(data.y > np.median(data.y)).astype(float))


DATA = {  # the model, and the data for it
    "bmi": ("linear", lambda: datasets.bmi(standardise=True)),
    "diabetes": ("linear", lambda: datasets.diabetes(standardise=True)),
    "breast_cancer": ("logistic", lambda: datasets.breast_cancer(standardise=True)),
    "diabetes_halves": ("logistic", lambda: _two_halves(datasets.diabetes(standardise=True))),
}
CASES = list(product(DATA, MODES, MOMENTA))


class Any:
    """A problem with the three things that descend asks for, and nothing that marks it as a regression."""

    def __init__(self, problem):
        self.n, self.loss, self.gradient = problem.n, problem.loss, problem.gradient


def gdlib_paths(problem, start, rate, batches, **options):
    """The paths of gdlib that must be one: of the problem as it is, and of any object like it.

    gdlib may have a quicker loop for its own regressions; the loop that students read serves the rest.
    """
    paths = [gdlib.descend(each, start, rate, batches, **options) for each in (problem, Any(problem))]
    return [path.weights for path in paths]


def framework_path(framework, *args, **options):
    """The path of one of the frameworks; skips (in CI: fails) where it is missing."""
    module = needs("torch_paths" if framework == "torch" else "tensorflow_paths")
    return getattr(module, f"{framework}_path")(*args, **options)


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def run(request):
    """One case of the table: the arguments that any framework takes, and gdlib's paths."""
    needs("sklearn")
    name, mode, kind = request.param
    model, load = DATA[name]
    (rate, epochs, size), (momentum, nesterov) = MODES[mode], MOMENTA[kind]
    data = load()
    problem = PROBLEMS[model](data.X, data.y)
    start = np.linspace(-0.5, 0.5, problem.d)
    options = {"momentum": momentum, "nesterov": nesterov}
    path = gdlib.minibatch_gd(problem, start, rate, epochs, size or problem.n, rng=0, **options)
    several = gdlib.sweep(problem, start, [rate / 2, rate], epochs, batch_size=size, rng=0, **options)
    paths = [path.weights, several[1], *gdlib_paths(problem, start, rate, path.batches, **options)]
    return (model, data.X, data.y, start, rate, list(path.batches)), options, paths


def test_the_table_is_large_enough():
    assert len(CASES) >= 24


@pytest.mark.parametrize("framework", ["torch", "keras", "v1"])
def test_the_same_rows_give_the_same_path(framework, run):
    args, options, paths = run
    theirs = framework_path(framework, *args, **options)
    assert max(largest_difference(theirs, ours) for ours in paths) <= SAME


@pytest.mark.parametrize("model", PROBLEMS)
def test_data_larger_than_a_cache_equal_torch(model):
    """Two million numbers: libraries, gdlib too, may cut such a sum into parts."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2**16 + 3, 33))
    y = (X[:, 0] > 0).astype(float)
    problem, start = PROBLEMS[model](X, y), np.zeros(33)
    path = gdlib.batch_gd(problem, start, 1 / 8, 5, momentum=0.9)
    theirs = framework_path("torch", model, X, y, start, 1 / 8, path.batches, momentum=0.9)
    assert largest_difference(theirs, path.weights) <= SAME


@st.composite
def runs(draw):
    """A small problem, a start, a rate of the form 1/2^k that lets no path explode, and any batches.

    Entries are at most 1 and columns at most 6, so a row is at most sqrt(6) long, the curvature
    at most 12, and 1/16 is below 2/12.
    """
    n, d = draw(st.integers(1, 12)), draw(st.integers(1, 6))
    numbers = st.floats(-1, 1, allow_subnormal=False)
    model = draw(st.sampled_from(sorted(PROBLEMS)))
    X = draw(arrays(float, (n, d), elements=numbers))
    y = draw(arrays(float, n, elements=numbers if model == "linear" else st.sampled_from([0.0, 1.0])))
    start = draw(arrays(float, d, elements=numbers))
    rate = 2.0 ** -draw(st.integers(4, 10))
    rows = st.lists(st.integers(0, n - 1), min_size=1, max_size=2 * n).map(np.array)
    batches = draw(st.lists(rows, min_size=1, max_size=25))
    momentum = draw(st.sampled_from([0.0, 0.5, 0.75, 7 / 8]))
    nesterov = draw(st.booleans()) if momentum else False
    return (model, X, y, start, rate, batches), {"momentum": momentum, "nesterov": nesterov}


def _agrees(framework, args, options):
    model, X, y, *rest = args
    theirs = framework_path(framework, *args, **options)
    paths = gdlib_paths(PROBLEMS[model](X, y), *rest, **options)
    assert max(largest_difference(theirs, ours) for ours in paths) <= SAME


@given(runs())
@settings(max_examples=60, deadline=None)
def test_any_shape_rate_and_batches_equal_torch(case):
    _agrees("torch", *case)


@pytest.mark.parametrize("framework", ["keras", "v1"])
@given(case=runs())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_shape_rate_and_batches_equal_tensorflow(framework, case):
    _agrees(framework, *case)


@pytest.mark.parametrize("kind", MOMENTA)
@pytest.mark.parametrize("mode", MODES)
def test_a_schedule_goes_on_over_the_epochs_as_in_torch(mode, kind):
    """Four epochs of a rate that falls at every step: it must not begin again with an epoch."""
    needs("sklearn")
    torch = needs("torch")
    data, (momentum, nesterov) = datasets.diabetes(standardise=True), MOMENTA[kind]
    problem, start = gdlib.LinearRegression(data.X, data.y), np.zeros(11)
    rate, _, size = MODES[mode]
    falling = gdlib.schedules.exponential_decay(rate, 0.99)
    options = {"momentum": momentum, "nesterov": nesterov}
    path = gdlib.minibatch_gd(problem, start, falling, 4, size or problem.n, rng=0, **options)
    paths = [path.weights, *gdlib_paths(problem, start, falling, path.batches, **options)]
    theirs = framework_path(
        "torch", "linear", data.X, data.y, start, rate, path.batches, **options,
        schedule=lambda optimizer: torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.99),
    )  # fmt: skip
    assert max(largest_difference(theirs, ours) for ours in paths) <= SAME
