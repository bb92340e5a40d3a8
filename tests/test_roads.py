"""Every road gives the same answer for every problem: that of the loop below, in plain NumPy.

The roads are the three fronts, descend with rows that were chosen, sweep, Path.losses and the explorer.
The problems are ours, heirs of ours with something of their own, and strangers. test_kernel.py runs this
file again where Numba is missing.
"""

import functools
import math
import subprocess
import sys
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest

import gdlib
from gdlib import Landscape, LinearRegression, LogisticRegression, problems, roads, rules
from gdlib.batches import Epochs

close = functools.partial(np.testing.assert_allclose, rtol=1e-10, atol=1e-13)


def by_hand(gradient, start, rate, batches, beta=0.0):
    """The loop: the weights before the first and after each step, NaN where they are no longer finite."""
    w, v = np.array(start, dtype=float, ndmin=1), 0.0
    path = np.full((len(batches) + 1, len(w)), np.nan)
    path[0] = w
    with np.errstate(all="ignore"):
        for step, rows in enumerate(batches, start=1):
            v = beta * v + gradient(w, rows)
            w = w - rate * v
            if not np.isfinite(w).all():
                break
            path[step] = w
    return path


# Problems, and beside each what it means, written once more without gdlib.


class Ridge(LinearRegression):
    def loss(self, w):
        return super().loss(w) + 0.3 * w @ w

    def gradient(self, w, rows=None):
        return super().gradient(w, rows) + 0.6 * w


class Poisson(LinearRegression):
    """Its gradient is its parent's, which asks for the predictions."""

    @staticmethod
    def _predict(scores):
        return np.exp(scores)

    def loss(self, w):
        scores = self.X @ w
        return 2 * np.mean(np.exp(scores) - self.y * scores)


class Same(LinearRegression):
    pass


class Decayed(LogisticRegression):
    def loss(self, w):
        return super().loss(w) + 0.05 * w @ w

    def gradient(self, w, rows=None):
        return super().gradient(w, rows) + 0.1 * w


class Huber:
    """A stranger: what descent asks for, and nothing else."""

    def __init__(self, X, y):
        self.n, self.X, self.y = len(y), X, y

    def loss(self, w):
        size = abs(self.X @ w - self.y)
        return np.mean(np.where(size < 1, size**2 / 2, size - 0.5))

    def gradient(self, w, rows=None):
        X, y = (self.X, self.y) if rows is None else (self.X[rows], self.y[rows])
        return np.clip(X @ w - y, -1, 1) @ X / len(y)


class Slots:
    """A stranger that has no __dict__."""

    __slots__ = ("X", "n", "y")
    __init__, loss, gradient = Huber.__init__, Huber.loss, Huber.gradient


class Tilted(Landscape):
    def __init__(self):
        super().__init__(lambda w: (w**2).sum(axis=0), lambda w: 2 * w)

    def loss(self, w):
        return super().loss(w) + 0.5 * w[0]

    def gradient(self, w, rows=None):
        return super().gradient(w) + 0.5 * (np.arange(len(w)) == 0)


def replaced(X, y):
    problem = LinearRegression(X, y)
    problem.gradient = lambda w, rows=None: LinearRegression.gradient(problem, w, rows) / 2
    problem.loss = lambda w: LinearRegression.loss(problem, w) / 2
    return problem


def of_another_kind(X, y):
    problem = LinearRegression(X, y)
    problem._predict = np.tanh
    problem.loss = lambda w: float(np.mean(np.log(np.cosh(X @ w)) - y * (X @ w)))
    return problem


def halved(X, y):
    problem = LinearRegression(X, y)
    problem.factor = 1.0  # of the gradient; the loss stays
    return problem


def clipped(most):
    """A gradient that is shortened where it is longer: it looks at all of its w."""

    def gradient(w):
        slope = 2 * w
        return slope / max(1.0, np.linalg.norm(slope) / most)

    return gradient


def largest(w):
    """Shortened by its largest entry."""
    slope = 2 * w
    return slope / max(1.0, np.abs(slope).max() / 2.5)


def smallest(w):
    """Another slope where all weights are far out."""
    return 2 * w if (np.abs(w) > 0.9).any() else 3 * w


def squares(w):
    return float((w**2).sum())


def mean_squared(w, X, y):
    return np.mean((X @ w - y) ** 2)


def log_loss(w, X, y):
    return np.mean(np.log1p(np.exp(X @ w)) - y * (X @ w))


def logistic(w, X, y):
    return (1 / (1 + np.exp(-X @ w)) - y) @ X / len(y)


def least_squares(w, X, y):
    return 2 * (X @ w - y) @ X / len(y)


def huber(w, X, y):
    return np.mean([e**2 / 2 if abs(e) < 1 else abs(e) - 0.5 for e in X @ w - y])


class Case(NamedTuple):
    make: object  # of X and y: the problem
    gradient: object  # of w, and for data the X and y of the rows
    loss: object


REGRESSIONS = {
    "least squares": Case(LinearRegression, least_squares, mean_squared),
    "logistic": Case(LogisticRegression, logistic, log_loss),
    "ridge": Case(
        Ridge,
        lambda w, X, y: least_squares(w, X, y) + 0.6 * w,
        lambda w, X, y: mean_squared(w, X, y) + 0.3 * w @ w,
    ),
    "poisson": Case(
        Poisson,
        lambda w, X, y: 2 * (np.exp(X @ w) - y) @ X / len(y),
        lambda w, X, y: 2 * np.mean(np.exp(X @ w) - y * (X @ w)),
    ),
    "heir that changes nothing": Case(Same, least_squares, mean_squared),
    "logistic heir": Case(
        Decayed, lambda w, X, y: logistic(w, X, y) + 0.1 * w, lambda w, X, y: log_loss(w, X, y) + 0.05 * w @ w
    ),
    "methods replaced": Case(
        replaced, lambda w, X, y: least_squares(w, X, y) / 2, lambda w, X, y: mean_squared(w, X, y) / 2
    ),
    "predictions replaced": Case(
        of_another_kind,
        lambda w, X, y: 2 * (np.tanh(X @ w) - y) @ X / len(y),
        lambda w, X, y: np.mean(np.log(np.cosh(X @ w)) - y * (X @ w)),
    ),
    "factor replaced": Case(halved, lambda w, X, y: least_squares(w, X, y) / 2, mean_squared),
    "huber": Case(Huber, lambda w, X, y: np.clip(X @ w - y, -1, 1) @ X / len(y), huber),
    "stranger with slots": Case(Slots, lambda w, X, y: np.clip(X @ w - y, -1, 1) @ X / len(y), huber),
}


def landscape(loss, gradient):
    """A landscape of these two functions, and their meaning: they themselves, for one w."""
    return Case(
        lambda X, y: Landscape(loss, gradient),
        lambda w, X, y: np.array(gradient(w.copy()), dtype=float),
        lambda w, X, y: float(loss(w.copy())),
    )


LANDSCAPES = {
    "over the first axis": landscape(lambda w: (w**4).sum(axis=0), lambda w: 4 * w**3),
    "heir of a landscape": Case(
        lambda X, y: Tilted(),
        lambda w, X, y: 2 * w + 0.5 * np.eye(len(w))[0],
        lambda w, X, y: (w**2).sum() + w[0] / 2,
    ),
    "math.sin": landscape(
        lambda w: -sum(math.cos(each) for each in w), lambda w: [math.sin(each) for each in w]
    ),
    "of length one": landscape(np.linalg.norm, lambda w: w / np.linalg.norm(w)),
    "shortened": landscape(squares, clipped(1.5)),
    "shortened far out": landscape(squares, clipped(16)),  # farther than one w goes, but 40 do
    "shortened by the largest": landscape(squares, largest),
    "steeper close by": landscape(squares, smallest),
}
CASES = REGRESSIONS | LANDSCAPES
every = pytest.mark.parametrize("name", CASES)


class Road(NamedTuple):
    """A problem, and the gradient of the plain loop and the loss for it."""

    problem: object
    gradient: object  # of w and rows; None for all of them
    loss: object  # of w


def road(name, d, n=23, scale=0.6):
    rng = np.random.default_rng(3)
    X, y = scale * rng.standard_normal((n, d)), rng.integers(0, 2, n).astype(float)
    case = CASES[name]

    def gradient(w, rows):
        return case.gradient(w, *((X, y) if rows is None else (X[rows], y[rows])))

    return Road(case.make(X.copy(), y.copy()), gradient, lambda w: case.loss(w, X, y))


def losses(loss, path):
    """The loss at each point, NaN where a point is not finite."""
    return [loss(w) if np.isfinite(w).all() else np.nan for w in path]


START = {1: np.array([1.3]), 2: np.array([1.3, -0.7]), 3: np.array([1.3, -0.7, 0.4])}
RATES = np.geomspace(0.003, 0.08, 40)  # many: only then are some problems led astray by the others' w
FEW = RATES[[0, 20, 39]]  # those of them that are compared
#: an X counts as large from so many numbers on
LARGE = {"small": problems.LARGE, "large": 1}


@pytest.fixture(params=LARGE)
def size(request, monkeypatch):
    """Run once as usual, and once as if every X were larger than a cache."""
    monkeypatch.setattr(problems, "LARGE", LARGE[request.param])
    monkeypatch.setattr(roads, "LARGE", LARGE[request.param])


@every
@pytest.mark.parametrize("beta", [0.0, 0.9])
@pytest.mark.usefixtures("size")
def test_the_fronts(name, beta):
    problem, gradient, loss = road(name, 3)
    start, rate, n = START[3], 0.02, problem.n
    some = min(5, n)
    chosen = [None, [0, n // 2, n - 1], np.arange(n), [0], np.arange(n)[::-1], [n - 1] * 4] * 3
    paths = [
        gdlib.batch_gd(problem, start, rate, 9, momentum=beta),
        gdlib.minibatch_gd(problem, start, rate, 3, some, rng=1, momentum=beta),
        gdlib.stochastic_gd(problem, start, rate, 2, rng=2, momentum=beta),
        gdlib.descend(problem, start, rate, chosen, momentum=beta),
        gdlib.descend(problem, start, rate, [None] * 9, momentum=beta),
        gdlib.minibatch_gd(problem, start, rate, 3, some, rng=1, momentum=beta, record_every=4),
    ]
    paths.append(gdlib.descend(problem, start, rate, paths[1].batches, momentum=beta))
    for path in paths:
        expected = by_hand(gradient, start, rate, path.batches, beta)[path.steps]
        close(path.weights, expected)
        close(path.losses, losses(loss, expected))


@every
@pytest.mark.parametrize("size_of_batch", [None, 5])
@pytest.mark.usefixtures("size")
def test_sweep(name, size_of_batch):
    problem, gradient, _ = road(name, 3)
    size = size_of_batch and min(size_of_batch, problem.n)
    batches = Epochs(problem.n, 4, size or problem.n, 7)
    for beta in (0.0, 0.9):
        paths = gdlib.sweep(problem, START[3], RATES, 4, batch_size=size, momentum=beta, rng=7)
        for path, rate in zip(paths[[0, 20, 39]], FEW, strict=True):
            close(path, by_hand(gradient, START[3], rate, batches, beta))


@pytest.mark.parametrize("name", REGRESSIONS)
def test_an_X_that_is_larger_than_a_cache(name):
    n, d = problems.LARGE // 32 + 1, 32
    problem, gradient, loss = road(name, d, n, scale=0.2)
    start, rate = np.linspace(-0.5, 0.5, d), 0.1
    path = gdlib.batch_gd(problem, start, rate, 2, momentum=0.9)
    expected = by_hand(gradient, start, rate, [None] * 2, 0.9)
    close(path.weights, expected)
    close(path.losses[-1], loss(expected[-1]))
    close(gdlib.sweep(problem, start, [rate, 0.05], 2, momentum=0.9)[0], expected)
    rows = [np.arange(0, n, 3), np.arange(n)]
    close(gdlib.descend(problem, start, rate, rows).weights, by_hand(gradient, start, rate, rows))


# The explorer


@pytest.fixture
def unseen(monkeypatch):
    """The explorers without their pictures, which take most of the time: what they are given is kept."""
    pytest.importorskip("anywidget")
    import gdlib.explorer

    def keep(view, runs, rates, start, **options):
        return SimpleNamespace(runs=runs, view=view)

    monkeypatch.setattr(gdlib.explorer, "Explorer", keep)
    return gdlib.explorer


def explored(explorer, road, d, kinds):
    """See that each run has the plain loop's weights and losses, and on a curve its slopes."""
    assert len(explorer.runs) == len(kinds)
    for run, (batches, beta) in zip(explorer.runs, kinds, strict=True):
        for i, rate in enumerate(FEW):
            expected = by_hand(road.gradient, START[d], rate, batches, beta)
            close(run.weights[i], expected)
            close(run.losses[i], losses(road.loss, expected))
            if d == 1:
                close(run.slopes[i], [road.gradient(w, None)[0] for w in expected])


@every
def test_the_explorer_of_a_curve(name, unseen):
    one, steps = road(name, 1), 180
    explorer = unseen.explore_curve(one.problem, START[1], FEW, steps, momentum=0.9, window=(-2, 2))
    explored(explorer, one, 1, [([None] * steps, 0.0), ([None] * steps, 0.9)])
    weights, heights = explorer.view.track
    close(heights[::40], [one.loss(np.array([w])) for w in weights[::40]])


@every
def test_the_explorer_of_a_map(name, unseen):
    two = road(name, 2)
    n, window = two.problem.n, [(-2, 2), (-2, 2)]
    if name in LANDSCAPES:
        explorer = unseen.explore_map(two.problem, START[2], FEW, 200, window=window)
        kinds = [([None] * 200, 0.0)]
    else:
        explorer = unseen.explore_map(two.problem, START[2], FEW, 8, batch_size=5, window=window)
        kinds = [([None] * 8, 0.0), (Epochs(n, 8, 5, 0), 0.0), (Epochs(n, 8, 1, 0), 0.0)]
    explored(explorer, two, 2, kinds)


def test_the_explorer_itself():
    """With its pictures, once: its runs are those that are compared above."""
    explorer = pytest.importorskip("gdlib.explorer")
    two = road("huber", 2)
    seen = explorer.explore_map(
        two.problem, START[2], FEW, 8, batch_size=5, window=[(-2, 2), (-2, 2)], learning_rate=FEW[1]
    )
    explored(seen, two, 2, [([None] * 8, 0.0), (Epochs(23, 8, 5, 0), 0.0), (Epochs(23, 8, 1, 0), 0.0)])
    close(seen.path, seen.runs[0].weights[1])


def test_a_slope_that_is_infinite_alone_is_not_taken_for_a_finite_one():
    """Alone w**-2 is infinite at 0; among others this one is moved a little away from 0."""
    steep = Landscape(lambda w: -1 / w[0], lambda w: (w if w.size == 1 else w + 1e-7 * (w == 0)) ** -2.0)
    steep.gradient(np.array([[1.0, 2.0, 3.0]]))  # tried, and found to hold for many
    np.testing.assert_array_equal(steep.gradient(np.array([[1.0, 0.0, 2.0]])), [[1.0, np.inf, 0.25]])


def test_a_landscape_that_fills_one_buffer_keeps_its_curvature():
    gradient = gives_one_buffer(lambda w, rows: 2 * w)
    valley = Landscape(lambda w: w[0] ** 2, lambda w: gradient(w), window=[(-1, 1)])
    assert valley.lipschitz() == pytest.approx(2, rel=1e-6)
    assert valley.curvature(1.0) == pytest.approx(2, rel=1e-6)


def test_a_loss_that_does_not_see_that_w_is_lost_is_lost_too():
    """np.fmax gives 0 for NaN: but there is no loss where there is no w."""
    flat = Landscape(lambda w: np.fmax(w[0], 0.0), lambda w: 2 * w)
    points = np.array([[1.0], [np.nan]])
    np.testing.assert_array_equal(roads.losses(flat, points), [1.0, np.nan])
    zeros = Landscape(lambda w: w[0] ** 2, lambda w: np.where(w > 0, 2 * w, 0.0))
    np.testing.assert_array_equal(roads.gradients(zeros, points), [[2.0], [np.nan]])


# Arrays: what a problem or a rule does to those it is given, or to those it gave, stays there


def changes_its_arguments(answer):
    """It spoils the w and the rows that it was given."""

    def spoiled(w, rows=None):
        given = answer(w, rows)
        w += 100.0
        if rows is not None:
            rows.sort()
            rows[:] = 0
        return given

    return spoiled


def gives_one_buffer(answer):
    """It gives the same array again and again (one for each shape)."""
    buffers = {}

    def buffered(w, rows=None):
        given = np.asarray(answer(w, rows), dtype=float)
        buffer = buffers.setdefault(given.shape, np.empty(given.shape))
        buffer[...] = given
        return buffer

    return buffered


def changes_what_it_gave(answer):
    """It keeps what it gave, and spoils it when it is asked again."""
    kept = []

    def later(w, rows=None):
        kept.append(np.array(answer(w, rows), dtype=float))
        for old in kept[-3:-1]:
            old[...] = 7.0
        return kept[-1]

    return later


MANNERS = [changes_its_arguments, gives_one_buffer, changes_what_it_gave]


def with_manners(name, manners, d):
    """A road whose problem's loss and gradient behave so."""
    one = road(name, d)
    right = one.problem
    if name in LANDSCAPES:
        loss, gradient = manners(lambda w, rows: heights(w)), manners(lambda w, rows: slopes(w))
        heights, slopes = right._height._function, right._slopes._function
        return one._replace(problem=Landscape(lambda w: loss(w), lambda w: gradient(w)))
    right_loss = right.loss
    loss = manners(lambda w, rows: right_loss(w))
    right.gradient, right.loss = manners(right.gradient), lambda w: loss(w)
    return one


@pytest.mark.parametrize("manners", MANNERS, ids=lambda manners: manners.__name__)
@pytest.mark.parametrize("name", ["least squares", "ridge", "huber", "over the first axis", "shortened"])
def test_what_a_problem_does_to_arrays_changes_nothing_else(name, manners, unseen):
    problem, gradient, loss = with_manners(name, manners, 3)
    n, start, rate = problem.n, START[3].copy(), 0.02
    rows = [np.array([n - 1, 0, n // 2]), np.arange(n)[::-1].copy()]
    before = [each.copy() for each in rows]
    paths = [
        gdlib.batch_gd(problem, start, rate, 9),
        gdlib.minibatch_gd(problem, start, rate, 3, min(5, n), rng=1, momentum=0.9),
        gdlib.descend(problem, start, rate, rows),
    ]
    for path, beta in zip(paths, [0.0, 0.9, 0.0], strict=True):
        expected = by_hand(gradient, start, rate, path.batches, beta)
        close(path.weights, expected)
        close(path.losses, losses(loss, expected))
        close(path.weights, expected)
    close(gdlib.sweep(problem, start, RATES, 9)[39], by_hand(gradient, start, RATES[39], [None] * 9))
    np.testing.assert_array_equal(start, START[3])
    for each, old, again in zip(rows, before, paths[2].batches, strict=True):
        np.testing.assert_array_equal(each, old)
        np.testing.assert_array_equal(again, old)
    again = Epochs(n, 3, min(5, n), 1)
    assert [each.tolist() for each in paths[1].batches] == [each.tolist() for each in again]

    one = with_manners(name, manners, 1)
    explorer = unseen.explore_curve(one.problem, START[1], FEW, 30, momentum=[0.5, 0.9], window=(-2, 2))
    explored(explorer, one, 1, [([None] * 30, beta) for beta in (0.0, 0.5, 0.9)])


@pytest.mark.parametrize("name", ["least squares", "huber", "over the first axis"])
def test_what_a_rule_of_ones_own_does_to_arrays_changes_nothing_else(name):
    """It spoils the gradient, gives one buffer as every direction, and spoils it and its memory later."""
    problem, gradient, _ = road(name, 3)
    buffer, kept = np.empty(3), []

    def rule(g, memory, step):
        velocity = g.copy() if memory is None else 0.9 * memory + g
        for old in kept:
            old[...] = 7.0
        buffer[...] = velocity
        g *= 0
        kept.append(g)
        return buffer, velocity

    start = START[3].copy()
    for path in [
        gdlib.batch_gd(problem, start, 0.02, 9, rule=rule),
        gdlib.minibatch_gd(problem, start, 0.02, 3, min(5, problem.n), rng=1, rule=rule),
    ]:
        close(path.weights, by_hand(gradient, start, 0.02, path.batches, 0.9))
    paths = gdlib.sweep(problem, start, FEW, 9, rule=rule)
    close(paths[2], by_hand(gradient, start, FEW[2], [None] * 9, 0.9))
    np.testing.assert_array_equal(start, START[3])


@pytest.mark.parametrize("rule", [rules.adagrad(), rules.rmsprop(), rules.adam()], ids=repr)
@pytest.mark.parametrize("name", ["least squares", "logistic", "huber"])
@pytest.mark.usefixtures("size")
def test_a_rule_that_divides_by_the_gradient_makes_no_step_of_its_last_digit(name, rule):
    """Where a slope is zero but for rounding, its last digit is the step: all roads must round alike."""
    X = np.column_stack([np.ones(442), np.random.default_rng(0).standard_normal((442, 3))])
    y = X @ [0.0, 1.0, -2.0, 0.5]
    y = (y > np.median(y)).astype(float) if name == "logistic" else (y - y.mean()) / y.std()
    problem = CASES[name].make(X, y)
    for path, rate in zip(gdlib.sweep(problem, np.zeros(4), FEW, 20, rule=rule), FEW, strict=True):
        close(path, gdlib.batch_gd(problem, np.zeros(4), rate, 20, rule=rule).weights)


# What a problem may know of itself


def test_an_heir_with_another_loss_is_not_asked_what_its_parent_knew():
    X, y = np.eye(3), np.ones(3)
    for heir in (Ridge(X, y), Poisson(X, y), replaced(X, y), halved(X, y), of_another_kind(X, y)):
        assert roads.known(heir, "lipschitz") is None and roads.known(heir, "minimiser") is None
    for same in (LinearRegression(X, y), Same(X, y)):
        close(roads.known(same, "lipschitz")(), 2 / 3)
        close(roads.known(same, "minimiser")(), y)
    assert roads.known(Tilted(), "curvature") is None
    assert roads.known(Huber(X, y), "lipschitz") is None and roads.known(Slots(X, y), "minima") is None


def test_an_heir_that_says_it_anew_is_asked():
    class Knowing(Ridge):
        def lipschitz(self):
            return 12.5

    one = Knowing(np.eye(1), [1.0])
    assert roads.known(one, "lipschitz")() == 12.5 and roads.known(one, "minimiser") is None
    one.gradient = lambda w, rows=None: w  # and now it is another's again
    assert roads.known(one, "lipschitz") is None


def test_the_mark_of_a_stranger_is_what_it_knows(unseen):
    X, y = road("huber", 1).problem.X, road("huber", 1).problem.y

    def drawn(problem):
        return unseen.explore_curve(problem, 1.0, FEW, 5, window=(-2, 2))

    assert drawn(Huber(X, y)).runs[0].limit is None
    assert drawn(Ridge(X, y)).runs[0].limit is None
    assert drawn(LinearRegression(X, y)).runs[0].limit == pytest.approx(2 / (2 * np.mean(X**2)))
    knowing = Huber(X, y)
    knowing.lipschitz = lambda: 8.0
    assert drawn(knowing).runs[0].limit == 0.25
    knowing.minimiser = lambda: 0.125  # of one weight, a number will do
    assert drawn(knowing).view.least == pytest.approx(
        min(knowing.loss([0.125]), drawn(Huber(X, y)).view.least)
    )
    knowing.minima, knowing.curvature = [[0.5], [0.75]], lambda w: float(w[0])  # for one w at a time
    assert drawn(knowing).runs[0].limit == pytest.approx(4.0)
    with pytest.raises(ValueError, match="has no window of its own"):
        unseen.explore_curve(knowing, 1.0, FEW, 5)
    knowing.window = ((-2, 2),)
    assert unseen.explore_curve(knowing, 1.0, FEW, 5).view.track[0][[0, -1]] == pytest.approx([-4.4, 4.4])


def test_an_heir_of_data_has_no_window_around_its_parents_minimum(unseen):
    two = road("ridge", 2).problem
    with pytest.raises(ValueError, match="has no window of its own"):
        unseen.explore_map(two, START[2], FEW, 5)


# Where a run was lost

ROADS_TO_INFINITY = {
    "batch_gd": lambda p, w: gdlib.batch_gd(p, w, 1e3, 999),
    "minibatch_gd": lambda p, w: gdlib.minibatch_gd(p, w, 1e3, 999, p.n, rng=0),
    "stochastic_gd": lambda p, w: gdlib.stochastic_gd(p, w, 1e3, 999, rng=0),
    "descend": lambda p, w: gdlib.descend(p, w, 1e3, [None] * 999),
    "descend, rows": lambda p, w: gdlib.descend(p, w, 1e3, [[0]] * 999),
    "descend, a path's rows": lambda p, w: gdlib.descend(
        p, w, 1e3, gdlib.stochastic_gd(p, w, 1e-9, 999, rng=0).batches
    ),
}


@pytest.mark.parametrize("call", ROADS_TO_INFINITY)
@pytest.mark.parametrize("name", ["least squares", "ridge", "over the first axis", "heir of a landscape"])
def test_a_lost_run_is_told_at_the_callers_own_line(name, call):
    problem = road(name, 3).problem
    with pytest.warns(gdlib.DivergenceWarning) as told:
        path = ROADS_TO_INFINITY[call](problem, START[3])
    assert path.diverged and len(told) == 1
    code = ROADS_TO_INFINITY[call].__code__
    lines = {line for *_, line in code.co_lines() if line}
    assert told[0].filename == __file__ and told[0].lineno in lines


# What fresh eyes found: each was wrong without a word


def test_a_rule_that_divides_is_the_same_in_a_sweep_where_a_batch_cancels():
    y = [0.2, -0.3, -0.3, -0.1, 0.3, 0.1, -0.3, 0.2, 0.2]
    problem = LinearRegression(np.ones((9, 1)), y)
    for rule in (rules.rmsprop(), rules.adagrad(), rules.adam()):
        alone = gdlib.minibatch_gd(problem, 0.0, 0.5, 3, 6, rule=rule, rng=1).weights
        close(gdlib.sweep(problem, 0.0, [0.1, 0.5], 3, batch_size=6, rule=rule, rng=1)[1], alone)


def test_a_sweep_that_starts_at_the_minimum_stays_there():
    X = np.array([[1.0, -2], [1, -1], [1, 0], [1, 1], [1, 3]])
    problem = LinearRegression(X, X @ [1, 2])
    paths = gdlib.sweep(problem, [1, 2], [2.5 / problem.lipschitz()], 120)
    np.testing.assert_array_equal(paths[0, -1], [1, 2])


def test_batches_that_are_looked_at_while_a_run_reads_them_are_the_same():
    X = np.random.default_rng(0).normal(size=(200, 3))
    problem = LinearRegression(X, X @ [1, 2, 3.0] + X[:, 0] ** 2)
    path = gdlib.minibatch_gd(problem, np.zeros(3), 0.01, 40, 32, rng=0)
    looking = gdlib.descend(
        problem, np.zeros(3), lambda step: 0.01 * len(path.batches[-1 - step % 9]) / 8, path.batches
    )
    sizes = np.array([len(path.batches[-1 - step % 9]) / 8 for step in range(len(path.batches))])
    close(
        looking.weights,
        gdlib.descend(problem, np.zeros(3), lambda step: 0.01 * sizes[step], list(path.batches)).weights,
    )
    assert [rows.tolist() for rows in reversed(path.batches)] == [rows.tolist() for rows in path.batches][
        ::-1
    ]


def test_rows_that_were_interrupted_while_they_were_drawn_are_drawn_again(monkeypatch):
    batches = Epochs(50, 4, 8, 3)
    expected = [rows.tolist() for rows in batches]
    assert batches[7].tolist() == expected[7]

    def stop(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted:
        interrupted.setattr("gdlib.kernel.shuffle", stop)
        with pytest.raises(KeyboardInterrupt):
            batches[27]
    assert batches[27].tolist() == expected[27]


def test_a_schedule_is_asked_once_for_each_step_though_a_lost_run_is_looked_at_again():
    asked = []
    problem = LinearRegression(np.full((4, 1), 5.0), [1, 2, 3, 4.0])
    with pytest.warns(gdlib.DivergenceWarning):
        gdlib.minibatch_gd(problem, 0.0, lambda step: asked.append(step) or 1e-3 * (1 + step), 3000, 1, rng=0)
    assert asked == list(range(len(asked)))


def test_data_that_were_replaced_are_those_that_are_used():
    X, y = np.random.default_rng(0).normal(size=(100, 3)), np.arange(100.0)
    problem, fewer = LinearRegression(X, y), LinearRegression(X[:10], y[:10])
    problem.X, problem.y = X[:10].copy(), y[:10].copy()
    close(
        gdlib.minibatch_gd(problem, np.zeros(3), 0.01, 3, 8, rng=0).weights,
        gdlib.minibatch_gd(fewer, np.zeros(3), 0.01, 3, 8, rng=0).weights,
    )
    problem.y = y[:5]
    with pytest.raises((ValueError, IndexError)):
        gdlib.minibatch_gd(problem, np.zeros(3), 0.01, 3, 8, rng=0)
    with pytest.raises(AttributeError):
        problem.n = 300


def test_a_method_replaced_in_the_class_counts(monkeypatch):
    problem = LinearRegression(np.eye(2), [1.0, 1.0])
    monkeypatch.setattr(LinearRegression, "gradient", lambda self, w, rows=None: 0 * w)
    np.testing.assert_array_equal(gdlib.batch_gd(problem, [3.0, 4.0], 0.1, 3).weights[-1], [3, 4])


def test_a_slope_that_is_cut_between_two_level_ends_is_not_cut_among_others():
    def bell(w):
        return w * np.exp(-(w**2) / 2)

    def cut(w):
        slope = bell(w)
        return slope / max(1.0, np.linalg.norm(slope))  # alone it is never cut

    grid = np.linspace(-10, 10, 201)[None]
    close(Landscape(lambda w: -np.exp(-(w[0] ** 2) / 2), cut).gradient(grid), bell(grid))


def test_the_logistic_gradient_keeps_its_digits_far_below_zero():
    problem = LogisticRegression([[1.0], [1.0]], [0, 0])
    for w in (-9.0, -20.0, -36.0, -40.0, -700.0):
        np.testing.assert_allclose(problem.gradient([w]), [1 / (1 + np.exp(-w))], rtol=1e-11)


def test_a_run_that_is_lost_with_no_frame_of_the_reader_is_told_all_the_same():
    code = (
        "import atexit, gdlib, warnings; warnings.simplefilter('always'); "
        "atexit.register(gdlib.batch_gd, gdlib.landscapes.parabola(), 1.0, 5.0, 2000)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "DivergenceWarning" in done.stderr and "not deep enough" not in done.stderr


def test_a_rate_that_falls_below_every_float_stays_at_the_least():
    for schedule in (gdlib.schedules.exponential_decay(0.1, 0.5), gdlib.schedules.step_decay(0.1, 1, 0.1)):
        assert 0 < schedule(5000) < 1e-300


def test_the_batches_of_a_longer_problem_are_refused():
    long, short = (LinearRegression(np.ones((n, 1)), np.ones(n)) for n in (9, 4))
    path = gdlib.minibatch_gd(long, 0.0, 0.1, 1, 3, rng=0)
    with pytest.raises(ValueError, match="names row"):
        gdlib.descend(short, 0.0, 0.1, path.batches)


class Steep:
    """Python's own exp, which raises where NumPy's would be infinite."""

    n = 1

    def loss(self, w):
        return math.exp(w[0])

    def gradient(self, w, rows=None):
        return np.array([-math.exp(w[0])])


@pytest.mark.parametrize(
    "problem", [Steep(), Landscape(lambda w: math.exp(w[0]), lambda w: np.array([-math.exp(w[0])]))]
)
def test_a_gradient_that_overflows_in_python_is_a_run_that_is_lost(problem):
    with pytest.warns(gdlib.DivergenceWarning):
        path = gdlib.batch_gd(problem, 700.0, 1e-300, 50)
    assert path.diverged and np.isinf(path.losses[-1])
    swept = gdlib.sweep(problem, 700.0, [1e-300, 1e-305], 50)
    close(swept[0, : len(path)], path.weights)
    assert np.isnan(swept[0, len(path) :]).all()


def test_the_warning_names_the_rate_of_the_step_that_was_lost():
    with pytest.warns(gdlib.DivergenceWarning, match=r"step (\d+) at learning rate") as told:
        path = gdlib.batch_gd(gdlib.landscapes.parabola(), 1.0, lambda step: 5.0 + step, 2000)
    last = int(path.steps[-1])
    assert f"step {last + 1} at learning rate {5 + last}" in str(told[0].message)


def test_paths_that_fit_no_memory_are_refused():
    valley = gdlib.landscapes.parabola()
    with pytest.raises(ValueError, match="would hold"):
        gdlib.sweep(valley, 1.0, np.full(2**20, 0.1), 2**20)
    with pytest.raises(ValueError, match="would hold"):
        gdlib.batch_gd(valley, 1.0, 0.1, 2**40)


def test_scores_that_were_replaced_count():
    problem = LinearRegression(np.eye(3), np.ones(3))
    problem._scores = lambda w, X: 2 * (w.T @ X.T)
    expected = by_hand(lambda w, rows: 2 / 3 * (2 * w - 1), np.zeros(3), 0.1, [None] * 5)
    close(gdlib.batch_gd(problem, np.zeros(3), 0.1, 5).weights, expected)


def test_a_sweep_over_data_that_overflow_when_they_are_compressed_runs():
    problem = LinearRegression(np.full((4, 2), 1e308), np.ones(4))
    assert gdlib.sweep(problem, [1.0, 1.0], [0.1], 3).shape == (1, 4, 2)


def test_the_rows_of_a_path_can_not_be_spoiled():
    problem = LinearRegression(np.eye(3), np.ones(3))
    for path in (
        gdlib.descend(problem, np.zeros(3), 0.1, [None] * 3),
        gdlib.stochastic_gd(problem, np.zeros(3), 0.1, 1),
    ):
        before = [rows.tolist() for rows in path.batches]
        path.batches[0][:] = 0
        assert [rows.tolist() for rows in path.batches] == before
