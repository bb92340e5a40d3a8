"""The exercises of notebook 02."""

from __future__ import annotations

from math import ceil, log

import numpy as np

from gdlib import LinearRegression, datasets
from gdlib.exercises import safe
from gdlib.exercises.checking import Exercise, Mistake
from gdlib.exercises.kinds import Figure, Function, Number, Whole


def _curve(unit=1):
    patients = datasets.bmi()
    index = patients.X[:, 1:] - patients.X[:, 1:].mean()
    return LinearRegression(unit * index, patients.y - patients.y.mean())


def _border(figure):
    curve = _curve()
    first, second = figure.path[:2]
    if len(first) != 1 or not np.allclose(second, first - figure.learning_rate * curve.gradient(first)):
        raise safe.Refused("hand over the figure with the curve of the body mass index")
    away = np.abs(figure.path[[0, -1], 0] - curve.minimiser()[0])
    marks_off = abs(figure.learning_rate * curve.lipschitz() - 2) / 0.05  # the marks are 0.05/L apart
    return [bool(away[1] < 0.999 * away[0]), bool(marks_off < 1.5)]


def _still_missing(read):
    lower, near = read
    if lower:
        return "The ball ends lower than it began; and so it does at a larger rate. Go on to the right."
    if near:
        return "Nearly: here the ball ends no lower than it began. Go back a little."
    return "It diverges: the rate is much too large."


def _below_a_parabola():
    """Rates below 1/L, between 1/L and 2/L, and above; L is the largest curvature, or more than that."""
    A, b = np.array([[3.0, 1.0], [1.0, 2.0]]), np.array([1.0, -2.0])
    bowl = (lambda w: w @ A @ w / 2 - b @ w + 1.5, lambda w: A @ w - b)
    waves = (lambda w: np.sum(np.cos(w)) + 4, lambda w: -np.sin(w))
    return [
        (*waves, np.array([0.7]), 1.3, 1.2),
        (*bowl, np.array([1.5, -1.0]), 0.2, 3.7),
        (*bowl, np.array([-0.5, 2.0]), 0.45, 4.0),
        (*waves, np.array([1.1, -0.4, 2.0]), 0.6, 1.25),
        (*waves, np.array([2.6, 0.9, -1.8]), 2.5, 1.1),
    ]


def ceiling(loss, gradient, w, rate, L):
    """How high the parabola of curvature L that touches the loss at w is where the step ends."""
    g = gradient(w)
    step = -rate * g
    return loss(w) + g @ step + L / 2 * (step @ step)


def _height(of):
    """A height that is of(the loss at w, |g|², rate, L)."""

    def height(loss, gradient, w, rate, L):
        g = gradient(w)
        return of(loss(w), g @ g, rate, L)

    return height


def _height_for_each(summary):
    """The loss at w less what summary makes of the falls along each weight."""

    def height(loss, gradient, w, rate, L):
        return loss(w) - summary(rate * (1 - L * rate / 2) * gradient(w) ** 2)

    return height


def _tables():
    rng = np.random.default_rng(2)
    return [(rng.normal(size=d), rng.normal(size=(n, d)), rng.normal(size=n)) for n, d in ((5, 3), (4, 2))]


def gradient(w, X, y):
    """Of the mean of the squared errors; X holds a row for each patient."""
    return 2 * X.T @ (X @ w - y) / len(y)


def _for_each_patient(w, X, y):
    return 2 * (X @ w - y)[:, None] * X


def _walks():
    """Two bowls: with another gradient, number of weights, number of steps and beta each."""
    A, b = np.array([[3.0, 1.0], [1.0, 2.0]]), np.array([1.0, -2.0])
    B, c = np.array([[2.0, 0.5, 0.0], [0.5, 3.0, -1.0], [0.0, -1.0, 1.5]]), np.array([0.5, 1.0, -1.5])
    return [
        (lambda w: A @ w - b, np.array([1.5, -1.0]), [0.1, 0.1, 0.1, 0.1], 0.5),
        (lambda w: B @ w - c, np.array([-0.5, 2.0, 1.0]), [0.2, 0.1, 0.05, 0.02, 0.1], 0.9),
    ]


def heavy_ball(gradient, w, rates, beta):
    """Descent with momentum; a rate for each step."""
    path, v = [w], 0
    for rate in rates:
        v = beta * v + gradient(w)
        w = w - rate * v
        path.append(w)
    return path


def _walk(update):
    """A loop whose w and v after a step are update(w, v, gradient, rate, beta)."""

    def loop(gradient, w, rates, beta):
        path, v = [w], 0
        for rate in rates:
            w, v = update(w, v, gradient(w), rate, beta)
            path.append(w)
        return path

    return loop


@_walk
def _without_the_old(w, v, g, rate, beta):
    return w - rate * g, g


@_walk
def _average(w, v, g, rate, beta):
    v = beta * v + (1 - beta) * g
    return w - rate * v, v


@_walk
def _moved_first(w, v, g, rate, beta):
    return w - rate * v, beta * v + g


@_walk
def _rate_in_velocity(w, v, g, rate, beta):
    v = beta * v + rate * g
    return w - v, v


@_walk
def _uphill(w, v, g, rate, beta):
    v = beta * v + g
    return w + rate * v, v


@_walk
def _old_subtracted(w, v, g, rate, beta):
    v = g - beta * v
    return w - rate * v, v


@_walk
def _never_fades(w, v, g, rate, beta):
    return w - rate * (v + g), v + g


@_walk
def _rate_forgotten(w, v, g, rate, beta):
    v = beta * v + g
    return w - v, v


@_walk
def _nesterov(w, v, g, rate, beta):
    v = beta * v + g
    return w - rate * (g + beta * v), v


def _without_the_start(gradient, w, rates, beta):
    return heavy_ball(gradient, w, rates, beta)[1:]


def _in_place(gradient, w, rates, beta):
    path, v = [w], 0
    for rate in rates:
        v = beta * v + gradient(w)
        w -= rate * v
        path.append(w)
    return path


def _steps():
    """Two lengths of an epoch; the last step is so late that a rate with a floor would stand on it."""
    return [(step, 5) for step in (0, 4, 5, 9, 10, 19, 20, 29)] + [(57, 7), (600, 5)]


def rate_at(step, per_epoch):
    """0.1, halved after every second epoch; the step counts over the whole run."""
    return 0.1 * 0.5 ** (step // (2 * per_epoch))


def _searches():
    """Where no halving is needed, one, some, or many; one loss is no parabola, and one rate is not near 1.

    The last two fall by 0.505 and by 0.495 times rate |g|²: just enough, and just not.
    """
    A, b = np.array([[3.0, 1.0], [1.0, 20.0]]), np.array([1.0, -2.0])
    bowl = (lambda w: w @ A @ w / 2 - b @ w, lambda w: A @ w - b)
    near = np.array([0.9, 0.2])
    g = A @ near - b
    curvature = g @ A @ g / (g @ g)
    fourth = (lambda w: np.sum(w**4) / 4 + w @ w[::-1] / 2, lambda w: w**3 + w[::-1])
    return [
        (*bowl, np.array([1.5, -1.0]), 0.02),
        (*bowl, np.array([1.5, -1.0]), 0.09),
        (*bowl, np.array([1.0, 0.5]), 1.0),
        (*fourth, np.array([1.2, -0.7, 0.4]), 1.0),
        (*fourth, np.array([2.0, 1.0]), 5.0),
        (*bowl, np.array([-0.5, 2.0]), 0.7),
        (*bowl, np.array([0.3, -0.1]), 0.8),
        (*bowl, np.array([0.42, -0.11]), 0.75),
        (*fourth, np.array([0.1, 0.3]), 3.0),
        (*bowl, near, 0.99 / curvature),
        (*bowl, near, 1.01 / curvature),
    ]


def backtracking(loss, gradient, w, rate):
    """One step; the rate is halved until the loss falls by rate/2 |g|² or more."""
    before, g = loss(w), gradient(w)
    while loss(w - rate * g) > before - rate / 2 * (g @ g):
        rate = rate / 2
    return w - rate * g, rate


def _search(enough):
    """A step whose rate is halved until enough(fall, rate, g)."""

    def step(loss, gradient, w, rate):
        before, g = loss(w), gradient(w)
        while not enough(before - loss(w - rate * g), rate, g):
            rate = rate / 2
        return w - rate * g, rate

    return step


def _halved_once(loss, gradient, w, rate):
    g = gradient(w)
    if loss(w - rate * g) > loss(w) - rate / 2 * (g @ g):
        rate = rate / 2
    return w - rate * g, rate


def _first_rate(loss, gradient, w, rate):
    return backtracking(loss, gradient, w, rate)[0], rate


def _from_one(loss, gradient, w, rate):
    return backtracking(loss, gradient, w, 1.0)


def _halved_again(loss, gradient, w, rate):
    rate = backtracking(loss, gradient, w, rate)[1] / 2
    return w - rate * gradient(w), rate


def _turned_uphill(loss, gradient, w, rate):
    rate = backtracking(loss, gradient, w, rate)[1]
    return w + rate * gradient(w), rate


def border_in_smaller_units():
    """2/L, and L is 2 mean(x²): with x ten times as large, a hundred times as large."""
    patients = datasets.bmi()
    x = 10 * (patients.X[:, 1] - patients.X[:, 1].mean())
    return 2 / (2 * np.mean(x**2))


def _old_border():
    return 2 / _curve().lipschitz()


def steps_to_a_thousandth():
    """The best rate 2/(L + μ) leaves (κ − 1)/(κ + 1) of the distance; so often until less than 1/1000."""
    factor = (50 - 1) / (50 + 1)
    return ceil(log(1 / 1000) / log(factor))


EXERCISES = [
    Exercise(
        "02 border",
        Figure(_border, _still_missing),
        [True, True],
        {
            "too small": Mistake([True, False], _still_missing([True, False])),
            "a mark too far": Mistake([False, True], _still_missing([False, True])),
        },
        (
            "Look at the loss on the right: does its line fall or rise?",
            "The mark 2/L is on the slider. What happens just before it?",
        ),
    ),
    Exercise(
        "02 ceiling",
        Function(_below_a_parabola, "ceiling(loss, gradient, w, rate, L) must give one number"),
        ceiling,
        {
            "half missing": Mistake(
                _height(lambda before, g2, rate, L: before - rate * g2 + L * rate**2 * g2),
                "the half is missing. With L instead of L/2 the parabola has the curvature 2L.",
            ),
            "step not squared": Mistake(
                _height(lambda before, g2, rate, L: before - rate * g2 + L / 2 * rate * g2),
                "in the last term the gradient is squared, and the rate is not: (s − w)² is rate² × |g|².",
            ),
            "not squared": Mistake(
                _height(lambda before, g2, rate, L: before - rate * (1 - L * rate / 2) * np.sqrt(g2)),
                "it has |g| in place of |g|². The step brings one factor g, the slope the other.",
            ),
            "uphill": Mistake(
                _height(lambda before, g2, rate, L: before + rate * g2 + L / 2 * rate**2 * g2),
                "that is the height where a step uphill ends: s − w is minus rate × g.",
            ),
            "bent down": Mistake(
                _height(lambda before, g2, rate, L: before - rate * g2 - L / 2 * rate**2 * g2),
                "this parabola bends down: L/2 (s − w)² is added, and a square has no sign.",
            ),
            "tangent": Mistake(
                _height(lambda before, g2, rate, L: before - rate * g2),
                "that is the tangent, which promises too much: the loss bends up from it. Add L/2 (s − w)².",
            ),
            "only at 1/L": Mistake(
                _height(lambda before, g2, rate, L: before - rate / 2 * g2),
                "that is right at the rate 1/L alone, where L · rate / 2 is a half.",
            ),
            "lowest point": Mistake(
                _height(lambda before, g2, rate, L: before - g2 / (2 * L)),
                "that is the parabola's lowest point. Only a step with the rate 1/L ends there.",
            ),
            "where it ends": Mistake(
                lambda loss, gradient, w, rate, L: loss(w - rate * gradient(w)),
                "that is the loss where the step ends. The ceiling is known before: from the loss and the "
                "gradient at w.",
            ),
            "fall": Mistake(
                _height(lambda before, g2, rate, L: rate * (1 - L * rate / 2) * g2),
                "that is how far it falls at least. The ceiling is so much below the loss at w.",
            ),
            "loss missing": Mistake(
                _height(lambda before, g2, rate, L: -rate * (1 - L * rate / 2) * g2),
                "the loss at w is missing: the parabola touches there, and does not begin at 0.",
            ),
            "one number for each weight": Mistake(
                _height_for_each(lambda falls: falls),
                "that is a number for each weight. |g|² is one number, g @ g.",
            ),
            "mean over the weights": Mistake(
                _height_for_each(np.mean), "|g|² is the sum over the weights, g @ g, and not their mean."
            ),
        },
        (
            "Three terms: the loss at w, the slope times the way, and L/2 times the way squared.",
            "The way s − w is -rate * g. With several weights: g @ way, and its square is way @ way.",
        ),
    ),
    Exercise(
        "02 gradient",
        Function(_tables, "gradient(w, X, y) must give an array with a number for each weight"),
        gradient,
        {
            "uphill": Mistake(lambda w, X, y: -gradient(w, X, y), "its sign is wrong: the error is X w − y."),
            "factor 2 missing": Mistake(
                lambda w, X, y: gradient(w, X, y) / 2, "half of it: the square brings a factor 2 down."
            ),
            "sum for the mean": Mistake(
                lambda w, X, y: gradient(w, X, y) * len(y), "that is a sum over the patients. Divide by n."
            ),
            "element by element": Mistake(
                _for_each_patient,
                "that multiplies element by element, and leaves a row for each patient. Add them up: "
                "X.T @ error is a sum over the patients.",
            ),
            "one number for all": Mistake(
                lambda w, X, y: np.mean(_for_each_patient(w, X, y)),
                "that is one number, a mean over the weights too. Take it over the patients alone, axis=0.",
            ),
            "mean over the weights": Mistake(
                lambda w, X, y: np.mean(_for_each_patient(w, X, y), axis=1),
                "that is the mean over the weights, a number for each patient. It is to be axis=0.",
            ),
            "X missing": Mistake(
                lambda w, X, y: 2 * np.mean(X @ w - y),
                "the inner derivative is missing: each error is multiplied by its patient's row of X.",
            ),
            "one prediction for all": Mistake(
                lambda w, X, y: 2 * X.T @ (np.sum(X * w) - y) / len(y),
                "np.sum(X * w) adds up the predictions of all the patients. X @ w keeps them apart.",
            ),
            "loss for the gradient": Mistake(
                lambda w, X, y: np.mean((X @ w - y) ** 2), "that is the loss itself, one number."
            ),
        },
        (
            "The errors of all the patients are X @ w - y, shape (n,).",
            "Along weight j: 2 × the mean of error × column j of X. X.T @ error has the sums for all j.",
        ),
    ),
    Exercise(
        "02 steps",
        Whole(),
        steps_to_a_thousandth,
        {
            "rounded down": Mistake(
                lambda: steps_to_a_thousandth() - 1,
                "after so many steps a little more than a thousandth is left. Round up.",
            ),
            "rate 1/L": Mistake(
                lambda: ceil(log(1000) / log(50 / 49)), "that is for the rate 1/L; the best is 2/(L + μ)."
            ),
            "of the loss": Mistake(
                lambda: ceil(log(1000) / log(51 / 49) / 2),
                "that is for the loss, which shrinks with the square of the distance.",
            ),
        },
        (
            "At the best rate each step multiplies the distance by (κ − 1)/(κ + 1).",
            "Find the first whole t with (49/51)^t < 1/1000: take logarithms, or count in a loop.",
        ),
    ),
    Exercise(
        "02 heavy ball",
        Function(_walks, "heavy_ball(gradient, w, rates, beta) must give a list of points, the start first"),
        heavy_ball,
        {
            "old velocity missing": Mistake(
                _without_the_old, "that is plain descent: nothing is kept of the old velocity."
            ),
            "average": Mistake(
                _average, "the gradient is multiplied by 1 − β. In this form it is added whole: v ← β v + g."
            ),
            "moved first": Mistake(_moved_first, "w moves with the old v. First the new v, then w."),
            "rate in the velocity": Mistake(
                _rate_in_velocity,
                "the rate stands inside v. There it is kept, when the rate of the next step is another: "
                "v ← β v + g, and then rate × v.",
            ),
            "uphill": Mistake(_uphill, "the ball goes uphill: there is one sign too many, or too few."),
            "old velocity subtracted": Mistake(
                _old_subtracted, "the old velocity is subtracted: it must be added, β v + g."
            ),
            "never fades": Mistake(
                _never_fades, "β is missing: the velocity adds up all the gradients, and none fades."
            ),
            "rate forgotten": Mistake(_rate_forgotten, "the rate is missing: the step is rate × v."),
            "Nesterov": Mistake(
                _nesterov, "that is Nesterov's momentum, which looks ahead. Here the step is rate × v."
            ),
            "start missing": Mistake(
                _without_the_start, "the steps are right, but the start is missing in the list."
            ),
            "in place": Mistake(
                _in_place,
                "w −= … changes the array in place, and all the points in your list are that one array. "
                "Write w = w − …, which makes a new one.",
            ),
        },
        (
            "Two lines make the step. Which of v and w comes first in the formula?",
            "v = beta * v + gradient(w), then w = w - rate * v, then path.append(w).",
        ),
    ),
    Exercise(
        "02 schedule",
        Function(_steps, "rate_at(step, per_epoch) must give one number"),
        rate_at,
        {
            "halved every step": Mistake(
                lambda step, per_epoch: 0.1 * 0.5**step,
                "it is halved in every step. The step counts steps, not epochs.",
            ),
            "halved every epoch": Mistake(
                lambda step, per_epoch: 0.1 * 0.5 ** (step // per_epoch),
                "it is halved after every epoch. It is to be after every second one.",
            ),
            "off by one": Mistake(
                lambda step, per_epoch: 0.1 * 0.5 ** ((step + 1) // (2 * per_epoch)),
                "it is halved one step too early: the first step is number 0.",
            ),
            "smooth": Mistake(
                lambda step, per_epoch: 0.1 * 0.5 ** (step / (2 * per_epoch)),
                "it falls a little in every step. A staircase stays level for two epochs: use //.",
            ),
            "starts again each epoch": Mistake(
                lambda step, per_epoch: 0.1 * 0.5 ** (step % per_epoch // (2 * per_epoch)),
                "it never falls. Does it start again with each epoch?",
            ),
            "halved once": Mistake(
                lambda step, per_epoch: 0.1 if step < 2 * per_epoch else 0.05,
                "it is halved once and then stays. After two more epochs it is halved again.",
            ),
            "divided by the count": Mistake(
                lambda step, per_epoch: 0.1 / (1 + step // (2 * per_epoch)),
                "it is 0.1, then a half and a third of it. Halve what is left: a half, a quarter, an eighth.",
            ),
        },
        (
            "How many times has it been halved when `step` steps are done? Whole times: use //.",
            "Two epochs are 2 * per_epoch steps. Halving k times multiplies by 0.5 ** k.",
        ),
    ),
    Exercise(
        "02 backtracking",
        Function(
            _searches,
            "backtracking(loss, gradient, w, rate) must give two things, the new w and the rate",
            several=True,
        ),
        backtracking,
        {
            "never shrinks": Mistake(
                lambda loss, gradient, w, rate: (w - rate * gradient(w), rate),
                "the rate is never halved: that is a plain step.",
            ),
            "any fall": Mistake(
                _search(lambda fall, rate, g: fall > 0),
                "any fall is accepted. It must be rate/2 times |g|², or more.",
            ),
            "wrong sign": Mistake(
                _search(lambda fall, rate, g: fall >= -rate / 2 * (g @ g)),
                "a small rise is accepted too: the sign before rate/2 |g|² is wrong.",
            ),
            "not squared": Mistake(
                _search(lambda fall, rate, g: fall >= rate / 2 * np.sqrt(g @ g)),
                "the fall is compared with rate/2 times |g|. It is |g|², g @ g.",
            ),
            "halved once": Mistake(
                _halved_once,
                "it is halved once at most. Go on until the fall is large enough: while, not if.",
            ),
            "first rate given back": Mistake(
                _first_rate, "w is right, but the rate given back is the one it began with."
            ),
            "begins at 1": Mistake(_from_one, "it begins at the rate 1, and not at the one given."),
            "halved again": Mistake(_halved_again, "it is halved once more after the fall was large enough."),
            "uphill": Mistake(_turned_uphill, "the rate is right, but the step goes uphill: w − rate × g."),
        },
        (
            "A while loop: as long as loss(w − rate g) is too high, halve the rate.",
            "|g|² is g @ g. After the loop: return w - rate * g, rate.",
        ),
    ),
    Exercise(
        "02 other units",
        Number(),
        border_in_smaller_units,
        {
            "lands in one step": Mistake(
                lambda: _old_border() / 200, "that is 1/L, where it lands in one step. The limit is 2/L."
            ),
            "ten times less": Mistake(
                lambda: _old_border() / 10,
                "L grows with the square of x: how often does x occur in the gradient?",
            ),
            "old border": Mistake(
                _old_border, "that is the old limit. What do larger numbers do to the curvature?"
            ),
            "the wrong way": Mistake(
                lambda: _old_border() * 100, "the curvature becomes larger, so the limit smaller."
            ),
        },
        (
            "The limit is 2/L. The gradient is 2 mean((w x − y) x): how fast does it change with w?",
            "L = 2 mean(x²). Every x becomes ten times as large.",
        ),
    ),
]
