"""Notebook 02: other ways to write what is right, and wrong ways that no list holds."""

import numpy as np
import pytest
from exercise_answers import judged

from gdlib import LinearRegression, datasets, schedules
from gdlib.exercises import check
from gdlib.exercises.catalogue.learning_rate import backtracking, ceiling, gradient, heavy_ball, rate_at
from gdlib.explorer import explore_curve

pytestmark = pytest.mark.usefixtures("own_folder")


def by_the_fall(loss, gradient, w, rate, L):
    return loss(w) - rate * (1 - L * rate / 2) * np.linalg.norm(gradient(w)) ** 2


def by_its_lowest_point(loss, gradient, w, rate, L):
    """Which lies at rate 1/L; from there the parabola rises on both sides."""
    g = gradient(w)
    lowest = loss(w) - g @ g / (2 * L)
    return lowest + L / 2 * np.sum(((rate - 1 / L) * g) ** 2)


def weight_by_weight(loss, gradient, w, rate, L):
    height = loss(w)
    for slope in gradient(w):
        height += slope * (-rate * slope) + 0.5 * L * (rate * slope) ** 2
    return float(height)


def with_the_gradient_after(loss, gradient, w, rate, L):
    end = w - rate * gradient(w)
    g = gradient(end)
    return loss(w) + g @ (end - w) + L / 2 * (end - w) @ (end - w)


def with_w_moved(loss, gradient, w, rate, L):
    height = ceiling(loss, gradient, w, rate, L)
    w -= rate * gradient(w)
    return height


def with_the_velocity_scaled(gradient, w, rates, beta):
    """By the rate that comes next, so that it may stand inside v."""
    path, v, before = [w], np.zeros_like(w), rates[0]
    for rate in rates:
        v = beta * v * rate / before + rate * gradient(w)
        w, before = w - v, rate
        path.append(w)
    return np.array(path)


def with_copies(gradient, w, rates, beta):
    w, v = w.copy(), 0 * w
    path = [w.copy()]
    for rate in rates:
        v = v * beta + gradient(w)
        w -= rate * v
        path += [w.copy()]
    return path


def looking_at_the_old_place(gradient, w, rates, beta):
    path, v, old = [w], 0, w
    for rate in rates:
        v = beta * v + gradient(old)
        old, w = w, w - rate * v
        path.append(w)
    return path


def of_one_bowl(w):
    return np.array([[3.0, 1.0], [1.0, 2.0]]) @ w[:2] - np.array([1.0, -2.0])


def by_calling_itself(loss, gradient, w, rate):
    g, new = gradient(w), w - rate * gradient(w)
    if loss(w) - loss(new) >= 0.5 * rate * np.sum(g**2):
        return new, rate
    return by_calling_itself(loss, gradient, w, 0.5 * rate)


def by_powers(loss, gradient, w, rate):
    g, k = gradient(w), 0
    while loss(w - rate / 2**k * g) > loss(w) - rate / 2 ** (k + 1) * np.linalg.norm(g) ** 2:
        k += 1
    return w - rate / 2**k * g, rate / 2**k


def by_thirds(loss, gradient, w, rate):
    g = gradient(w)
    while loss(w - rate * g) > loss(w) - rate / 2 * (g @ g):
        rate = rate / 3
    return w - rate * g, rate


def a_tenth_of_the_fall(loss, gradient, w, rate):
    g = gradient(w)
    while loss(w - rate * g) > loss(w) - rate / 10 * (g @ g):
        rate = rate / 2
    return w - rate * g, rate


def nearly_half_the_fall(loss, gradient, w, rate):
    g = gradient(w)
    while loss(w - rate * g) > loss(w) - 0.45 * rate * (g @ g):
        rate = rate / 2
    return w - rate * g, rate


def by_counting(step, per_epoch):
    rate = 0.1
    for now in range(1, step + 1):
        if now % (2 * per_epoch) == 0:
            rate /= 2
    return rate


RIGHT = [
    ("02 ceiling", by_the_fall),
    ("02 ceiling", by_its_lowest_point),
    ("02 ceiling", weight_by_weight),
    ("02 gradient", lambda w, X, y: 2 * np.mean((X @ w - y)[:, None] * X, axis=0)),
    ("02 gradient", lambda w, X, y: LinearRegression(X, y).gradient(w)),
    ("02 heavy ball", with_the_velocity_scaled),
    ("02 heavy ball", with_copies),
    ("02 heavy ball", lambda *given: tuple(heavy_ball(*given))),
    ("02 heavy ball", lambda *given: iter(heavy_ball(*given))),
    ("02 backtracking", lambda *given: list(backtracking(*given))),
    ("02 schedule", by_counting),
    ("02 schedule", lambda step, per_epoch: schedules.step_decay(0.1, every=2 * per_epoch)(step)),
    ("02 backtracking", by_calling_itself),
    ("02 backtracking", by_powers),
    ("02 other units", 0.000513),
    ("02 other units", 0.00051),
    ("02 steps", 173),
    ("02 steps", np.int64(173)),
]
WRONG = [
    ("02 ceiling", with_the_gradient_after),
    ("02 ceiling", with_w_moved),
    ("02 ceiling", lambda loss, gradient, w, rate, L: min(loss(w), ceiling(loss, gradient, w, rate, L))),
    ("02 ceiling", lambda loss, gradient, w, rate, L: ceiling(loss, gradient, w, min(rate, 1 / L), L)),
    ("02 ceiling", lambda loss, gradient, w, rate, L: ceiling(loss, gradient, w, rate, L / 2)),
    ("02 gradient", lambda w, X, y: gradient(w, X, y)[::-1]),
    ("02 gradient", lambda w, X, y: gradient(w, X, y) * len(y) / len(w)),
    ("02 heavy ball", looking_at_the_old_place),
    ("02 heavy ball", lambda g, w, rates, beta: heavy_ball(g, w, rates[:-1], beta)),
    ("02 heavy ball", lambda g, w, rates, beta: heavy_ball(of_one_bowl, w, rates, beta)),
    ("02 schedule", lambda step, per_epoch: rate_at(step, per_epoch) / 2),
    ("02 schedule", lambda step, per_epoch: max(0.005, rate_at(step, per_epoch))),
    ("02 schedule", lambda step, per_epoch: max(1e-6, rate_at(step, per_epoch))),
    ("02 schedule", lambda step, per_epoch: 0.1 * 0.5 ** (step // (3 * per_epoch))),
    ("02 schedule", lambda step, per_epoch: max(1e-14, rate_at(step, per_epoch))),
    ("02 backtracking", nearly_half_the_fall),
    ("02 backtracking", by_thirds),
    ("02 backtracking", a_tenth_of_the_fall),
    ("02 backtracking", lambda loss, gradient, w, rate: backtracking(loss, gradient, w, rate)[::-1]),
    ("02 backtracking", lambda loss, gradient, w, rate: backtracking(loss, gradient, w, rate)[0]),
    ("02 other units", 0.000514),
    ("02 other units", 0.0005),
    ("02 steps", 172.7),
    ("02 steps", 174),
]


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_another_way_is_right(name, answer):
    judged(answer, name, right=True)


@pytest.mark.parametrize(("name", "answer"), WRONG)
def test_an_unknown_mistake_has_no_name(name, answer):
    judged(answer, name, right=False)


@pytest.mark.parametrize(
    ("start", "part", "right", "mistake"),
    [
        (0.0, 1.95, True, None),
        (20.0, 1.95, True, None),
        (0.0, 1.9, False, "too small"),
        (0.0, 0.05, False, "too small"),
        (0.0, 2.0, False, "a mark too far"),
        (0.0, 2.05, False, "a mark too far"),
        (0.0, 2.5, False, None),
    ],
)
def test_the_border_is_found_by_hand(start, part, right, mistake):
    patients = datasets.bmi()
    x = patients.X[:, 1:] - patients.X[:, 1:].mean()
    curve = LinearRegression(x, patients.y - patients.y.mean())
    rates = np.linspace(0.05, 2.5, 50) / curve.lipschitz()
    figure = explore_curve(curve, 0.0, rates, 20, window=(-9, 29), learning_rate=0.01)
    figure.start, figure.learning_rate = [start], part / curve.lipschitz()
    report = check(figure, "02 border")
    assert (report.right, report.mistake) == (right, mistake)


def test_another_curve_is_refused():
    curve = LinearRegression([[1.0], [2.0]], [1.0, 3.0])
    figure = explore_curve(curve, 0.0, [0.1, 0.2], 20, window=(-1, 3), learning_rate=0.1)
    figure.learning_rate = 0.2
    assert "hand over the figure" in str(check(figure, "02 border"))
