"""Notebook 01: other ways to write what is right, and wrong ways that no list holds."""

import numpy as np
import pytest
from exercise_answers import judged

from gdlib import landscapes
from gdlib.exercises import check
from gdlib.exercises.catalogue.rolling_ball import best_move, gradient, rest, well_slope
from gdlib.explorer import explore_curve

pytestmark = pytest.mark.usefixtures("own_folder")


def on_a_matrix(w, x, y):
    X = np.column_stack([np.ones_like(x), x])
    return 2 / len(y) * X.T @ (X @ w - y)


def patient_by_patient(w, x, y):
    total = np.zeros(2)
    for a, b in zip(x, y, strict=True):
        total += 2 * (w[0] + w[1] * a - b) * np.array([1, a])
    return total / len(x)


def rest_by_breaking(slope, w, learning_rate):
    while True:
        now = slope(w)
        if -1e-6 < now < 1e-6:
            return w
        w -= learning_rate * now


def rest_by_the_length_of_the_step(slope, w, learning_rate):
    step = 1.0
    while abs(step) > 1e-8:
        step = -learning_rate * slope(w)
        w += step
    return w


def rest_by_two_comparisons(slope, w, learning_rate):
    while slope(w) > 1e-6 or slope(w) < -1e-6:
        w = w - learning_rate * slope(w)
    return w


def rest_checked_after_the_step(slope, w, learning_rate):
    while True:
        now = slope(w)
        w = w - learning_rate * now
        if abs(now) <= 1e-6:
            return w


def rest_by_recursion(slope, w, learning_rate):
    if abs(slope(w)) <= 1e-6:
        return w
    return rest_by_recursion(slope, w - learning_rate * slope(w), learning_rate)


def uphill_by_itself(slope, w, learning_rate):
    now = slope(w)
    while abs(now) > 1e-6:
        w += learning_rate * now
        now = slope(w)
    return w


def from_a_table(slope, w, learning_rate):
    if abs(slope(0) - 0.3) < 1e-9:
        return 0.9601 if w > 0.0755 else -1.0355
    return 0.3 if abs(slope(0.3)) < 1e-9 else -0.7


def many_steps(number):
    def wrong(slope, w, learning_rate):
        for _ in range(number):
            w = w - learning_rate * slope(w)
        return w

    return wrong


def ten_steps(slope, w, learning_rate):
    for _ in range(10):
        w = w - learning_rate * slope(w)
    return w


def by_its_angle(gradient, length):
    angle = np.arctan2(*gradient[::-1])
    return np.array([-length * np.cos(angle), -length * np.sin(angle)])


def by_a_search(gradient, length):
    """To a degree: near, and not right."""
    angles = np.radians(np.arange(360))
    moves = length * np.stack([np.cos(angles), np.sin(angles)])
    return moves[:, np.argmin(gradient @ moves)]


RIGHT = [
    ("01 direction", by_its_angle),
    ("01 direction", lambda g, s: -g * s / (g @ g) ** 0.5),
    ("01 direction", lambda g, s: [-s * each / np.hypot(*g) for each in g]),
    ("01 gradient", on_a_matrix),
    ("01 gradient", lambda w, x, y: tuple(gradient(w, x, y))),
    ("01 gradient", patient_by_patient),
    ("01 slope", lambda w: 2 * (w**2 - 1) * 2 * w + 0.3),
    ("01 slope", lambda w: np.polyval([4, 0, -4, 0.3], w)),
    ("01 rest", rest_by_breaking),
    ("01 rest", rest_by_the_length_of_the_step),
    ("01 rest", rest_by_two_comparisons),
    ("01 rest", rest_checked_after_the_step),
    ("01 rest", rest_by_recursion),
    ("01 rest", lambda slope, w, rate: round(rest(slope, w, rate), 4)),
    ("01 share", 1 / 5),
    ("01 share", np.float64(0.20)),
    ("01 second step", 1.8),
    ("01 second step", 9 / 5),
]
WRONG = [
    ("01 direction", by_a_search),
    ("01 direction", lambda g, s: best_move(g, s) / 2),
    ("01 direction", lambda g, s: best_move(g, s)[::-1]),
    ("01 direction", lambda g, s: -0.1 * g),
    ("01 direction", lambda g, s: s),
    ("01 gradient", lambda w, x, y: gradient(w, x, y) * 3),
    ("01 gradient", lambda w, x, y: gradient(w, x, y) * len(x) / 5),
    ("01 gradient", lambda w, x, y: gradient(w, x[:5], y[:5])),
    ("01 slope", lambda w: 4 * w**3 - 4 + 0.3),
    ("01 slope", lambda w: well_slope(w) + 0.01),
    ("01 rest", ten_steps),
    ("01 rest", many_steps(100)),
    ("01 rest", many_steps(10_000)),
    ("01 rest", lambda slope, w, rate: rest(well_slope, w, rate)),
    ("01 rest", lambda slope, w, rate: rest(slope, w, 2 * rate)),
    ("01 rest", lambda slope, w, rate: rest(slope, w, 0.05)),
    ("01 rest", lambda slope, w, rate: rest(slope, 0.5, rate)),
    ("01 rest", from_a_table),
    ("01 rest", lambda slope, w, rate: 0),
    ("01 rest", lambda slope, w, rate: w),
    ("01 rest", lambda slope, w, rate: (rest(slope, w, rate), 1)),
    ("01 rest", lambda slope, w, rate: [rest(slope, w, rate)]),
    ("01 rest", lambda slope, w, rate: -rest(slope, w, rate)),
    ("01 share", 0.21),
    ("01 share", 0.25),
    ("01 second step", 1.81),
    ("01 second step", 2.0),
]


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_another_way_is_right(name, answer):
    judged(answer, name, right=True)


@pytest.mark.parametrize(("name", "answer"), WRONG)
def test_an_unknown_mistake_has_no_name(name, answer):
    judged(answer, name, right=False)


def test_a_mistake_written_another_way_has_its_name():
    assert check(uphill_by_itself, "01 rest").mistake == "uphill"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda slope, w, rate: rest(well_slope, w, rate), "never asks for the slope"),
        (lambda slope, w, rate: rest(slope, w, 2 * rate), "in step 1 it goes to"),
        (lambda slope, w, rate: rest(slope, w + 0.1, rate), "it starts at 0.6"),
        (many_steps(10_000), "it goes on after step"),
        (lambda slope, w, rate: 0, "yours gives 0, and the ball comes to rest at"),
    ],
)
def test_it_is_told_where_the_steps_part(answer, told):
    assert told in str(check(answer, "01 rest"))


@pytest.mark.parametrize(
    ("start", "rate", "right", "mistake"),
    [
        (1.7, 0.15, True, None),
        (1.5, 0.2, True, None),
        (1.5, 0.01, False, "stays on the right"),
        (-1.0, 0.05, False, "from the left"),
        (-1.7, 0.2, False, None),  # from the left, and over the hill to the right
    ],
)
def test_a_ball_over_the_hill(start, rate, right, mistake):
    figure = explore_curve(landscapes.double_well(), 1.5, np.linspace(0.01, 0.2, 20), 60, learning_rate=0.05)
    figure.start, figure.learning_rate = [start], rate
    report = check(figure, "01 over the hill")
    assert (report.right, report.mistake) == (right, mistake)
