"""Notebook 03's exercises: other ways to be right are right, and what is not known is not named."""

import copy

import numpy as np
import pytest
from exercise_answers import judged, rows_of

from gdlib import LinearRegression, datasets, descend
from gdlib.exercises import check
from gdlib.exercises.catalogue import EXERCISES, batches
from gdlib.explorer import explore_map

pytestmark = pytest.mark.usefixtures("own_folder")


def one_by_one(w, X, y, rows):
    total = np.zeros(len(w))
    for i in rows:
        for j in range(len(w)):
            total[j] += 2 * (sum(X[i] * w) - y[i]) * X[i, j]
    return total / len(rows)


def by_while(n, batch_size, epochs, rng):
    drawn = []
    while epochs > 0:
        left = rng.permutation(n).tolist()
        while left:
            drawn.append(left[:batch_size])
            left = left[batch_size:]
        epochs -= 1
    return drawn


def by_sorting(n, batch_size, epochs, rng):
    for _ in range(epochs):
        order = np.argsort(rng.random(n))
        yield from np.split(order, range(batch_size, n, batch_size))


def in_pieces(order, batch_size):
    return [order[i : i + batch_size].copy() for i in range(0, len(order), batch_size)]


def by_shuffling_a_list(n, batch_size, epochs, rng):
    order, drawn = list(range(n)), []
    for _ in range(epochs):
        rng.shuffle(order)
        drawn += [order[i : i + batch_size] for i in range(0, n, batch_size)]
    return drawn


def by_hand(n, batch_size, epochs, rng):
    drawn = []
    for _ in range(epochs):
        order = np.arange(n)
        for i in range(n - 1, 0, -1):
            j = rng.integers(i + 1)
            order[[i, j]] = order[[j, i]]
        drawn += in_pieces(order, batch_size)
    return drawn


def of_orders(make):
    """Batches of the orders make(n, epochs, rng), one an epoch."""
    return lambda n, b, epochs, rng: [
        batch for order in make(n, epochs, rng) for batch in in_pieces(np.asarray(order), b)
    ]


def rows_keep_their_batch(n, batch_size, epochs, rng):
    return [rng.permutation(batch) for _ in range(epochs) for batch in in_pieces(np.arange(n), batch_size)]


def rolled_on(n, epochs, rng):
    order = rng.permutation(n)
    return [np.roll(order, epoch) for epoch in range(epochs)]


def the_third_again(n, epochs, rng):
    orders = [rng.permutation(n) for _ in range(epochs)]
    return [*orders[:2], *orders[1:2], *orders[3:]][:epochs]


def the_last_in_order(n, epochs, rng):
    return [*(rng.permutation(n) for _ in range(epochs - 1)), np.arange(n)]


def the_first_stays(n, epochs, rng):
    return [[0, *rng.permutation(np.arange(1, n))] for _ in range(epochs)]


def in_copies(X, y, w, learning_rate, order):
    w = np.array(w)
    path = [w.copy()]
    for x, target in zip(X[order], y[order], strict=True):
        w -= learning_rate * 2 * x * (np.sum(x * w) - target)
        path.append(w.copy())
    return np.array(path)


def by_gradient(X, y, w, learning_rate, order):
    path = np.zeros((len(order) + 1, len(w)))
    path[0] = w
    for k, i in enumerate(order):
        path[k + 1] = path[k] - learning_rate * batches.gradient(path[k], X, y, [i])
    return path


def by_slices(training, validation, patience):
    for step in range(patience, len(validation)):
        if min(validation[: step - patience + 1]) <= min(validation[step - patience + 1 : step + 1]):
            return step - patience
    return validation.tolist().index(min(validation))


def by_a_gain(training, validation, patience):
    best = 0
    for step in range(len(validation)):
        if validation[step] < validation[best] - 0.01:
            best = step
        if step - best == patience:
            break
    return best


def by_waiting(training, validation, patience):
    least, keep, waited = float("inf"), None, 0
    for step, loss in enumerate(validation):
        waited += 1
        if loss < least:
            least, keep, waited = loss, np.int64(step), 0
        if waited >= patience:
            return keep
    return keep


RIGHT = {
    "03 gradient": [one_by_one, lambda w, X, y, rows: 2 * np.mean(((X @ w - y)[:, None] * X)[rows], axis=0)],
    "03 rows": [
        by_while,
        by_sorting,
        by_shuffling_a_list,
        by_hand,
        of_orders(lambda n, epochs, rng: rng.permuted(np.tile(np.arange(n), (epochs, 1)), axis=1)),
        lambda n, b, epochs, rng: [sorted(each) for each in by_while(n, b, epochs, rng)],
        lambda n, b, epochs, rng: by_while(n, b, epochs, np.random.default_rng(rng.integers(2**32))),
    ],
    "03 stochastic": [
        in_copies,
        by_gradient,
        lambda *given: tuple(batches.stochastic(*given)),
        lambda *given: (point for point in batches.stochastic(*given)),
    ],
    "03 when to stop": [by_slices, by_waiting],
    "03 iterations": [90.0, np.int64(90)],
    "03 quieter gradient": [128, lambda: 4 * 32],
    "03 floor": [0.00096, 0.000961],
}
WRONG = {
    "03 gradient": [
        lambda w, X, y, rows: 3 * one_by_one(w, X, y, rows),
        lambda w, X, y, rows: one_by_one(w, X, y, rows)[::-1],
    ],
    "03 rows": [
        lambda n, b, epochs, rng: by_while(n, b + 1, epochs, rng),
        lambda n, b, epochs, rng: [sorted(each) for each in by_while(n, b, epochs, rng)][::2],
        lambda n, b, epochs, rng: [np.array([each]) for each in by_while(n, b, epochs, rng)],
        lambda n, b, epochs, rng: by_while(n, 5, epochs, rng),
        lambda n, b, epochs, rng: by_while(n, b, 3, rng),
        lambda n, b, epochs, rng: by_while(23, b, epochs, rng),
        lambda n, b, epochs, rng: (
            [rng.permutation(23)[: len(each)] for each in by_while(n, b, epochs, rng)]
            if n < 23
            else by_while(n, b, epochs, rng)
        ),
        rows_keep_their_batch,
        of_orders(rolled_on),
        of_orders(the_third_again),
        of_orders(the_last_in_order),
        of_orders(the_first_stays),
        of_orders(lambda n, epochs, rng: [np.roll(np.arange(n), rng.integers(n)) for _ in range(epochs)]),
        lambda n, b, epochs, rng: by_while(n, b, epochs, copy.deepcopy(rng)),
        lambda n, b, epochs, rng: [np.array(each, dtype=float) for each in by_while(n, b, epochs, rng)],
    ],
    "03 stochastic": [
        lambda X, y, w, rate, order: in_copies(X, y, w, rate, order[::-1]),
        lambda X, y, w, rate, order: in_copies(X, y, w, rate**2, order),
        lambda X, y, w, rate, order: in_copies(X, y, w, rate, np.resize(order, len(X))),
        lambda X, y, w, rate, order: in_copies(X, y, w, rate, list(dict.fromkeys(order))),
    ],
    "03 when to stop": [
        lambda training, validation, patience: patience,
        lambda training, validation, patience: by_slices(training, validation, 2),
        lambda training, validation, patience: by_slices(training, validation, patience) - 1,
        by_a_gain,
    ],
    "03 iterations": [89.5, 91],
    "03 quieter gradient": [127, 45],
    "03 floor": [0.00097, 0.001, -0.00096],
}


@pytest.mark.parametrize(("answer", "name"), rows_of(RIGHT))
def test_other_ways_are_right(answer, name):
    judged(answer, name, right=True)


@pytest.mark.parametrize(("answer", "name"), rows_of(WRONG))
def test_what_is_not_known_is_not_named(answer, name):
    judged(answer, name, right=False)


@pytest.mark.parametrize(
    ("rate", "right", "mistake"),
    [
        (0.1, False, "none is lost"),
        (0.3, False, None),
        (0.5, True, None),
        (0.8, True, None),
        (1.0, False, None),
        (1.1, False, "all are lost"),
    ],
)
def test_the_figure_is_read(rate, right, mistake):
    X, y, *_ = datasets.bmi(standardise=True)
    rates = np.linspace(0.05, 1.1, 22)
    figure = explore_map(LinearRegression(X, y), [-1.5, -0.9], rates, 10, batch_size=32, learning_rate=0.05)
    assert not check(figure, "03 one is lost").attempted
    figure.learning_rate = rate
    report = check(figure, "03 one is lost")
    assert (report.right, report.mistake) == (right, mistake)


def test_another_figure_is_refused():
    X, y, *_ = datasets.bmi(standardise=True)
    figure = explore_map(LinearRegression(X, y), [-1.5, -0.9], [0.1, 0.2], 10, learning_rate=0.1)
    figure.learning_rate = 0.2
    assert "three runs" in str(check(figure, "03 one is lost"))


def test_a_return_that_is_missing_is_told():
    def rows(n, batch_size, epochs, rng):
        order = rng.permutation(n)
        order[:batch_size]

    report = check(rows, "03 rows")
    assert report.attempted and "is there a return?" in str(report)


def test_rows_without_an_end_are_stopped_once(limit):
    limit(0.3)
    told = str(check(lambda *given: [0 for _ in iter(int, 1)], "03 rows"))
    assert "was stopped after 0.3 seconds" in told


def test_the_floor_is_that_of_a_run():
    X, y, *_ = datasets.bmi(standardise=True)
    problem = LinearRegression(X, y)
    best = problem.minimiser()
    drawn = list(np.random.default_rng(1).integers(len(X), size=(40_000, 25)))
    path = descend(problem, best, 0.02, drawn)
    hovers = np.mean(np.sum((path.weights[1000:] - best) ** 2, axis=1))
    assert abs(hovers / EXERCISES["03 floor"].right() - 1) < 0.1
