"""The exercises of notebook 00."""

from __future__ import annotations

import numpy as np

from gdlib import LinearRegression, datasets
from gdlib.exercises import loops
from gdlib.exercises.checking import Exercise, Mistake
from gdlib.exercises.kinds import Figure, Function, Loop, Number


def _weights():
    """A w and a table: one of four patients, and one of six."""
    four = [-1.0, 0.5, 2.0, 3.5], [1.0, -0.5, 2.5, 3.0]
    six = [0.4, -2.0, 1.5, 0.1, 3.0, -0.7], [0.5, -1.0, 2.0, 1.2, 1.0, 0.6]
    return [(w, np.array(x), np.array(y)) for w, (x, y) in ((-1.0, four), (0.3, six), (2.0, four))]


def loss(w, x, y):
    """The mean of the squared errors."""
    return np.mean((w * x - y) ** 2)


def gradient(w, x, y):
    """Its derivative."""
    return 2 * np.mean((w * x - y) * x)


def _patients():
    X, y, *_ = datasets.bmi(standardise=True)
    return LinearRegression(X[:, 1:], y)


def rate_that_leaves_a_tenth():
    """The slope is 2(w − r), so a step leaves 1 − 2 rate of the distance; that is to be a tenth."""
    return (1 - 0.1) / 2


def _jumps(figure):
    away = figure.path[:4, 0] - _patients().minimiser()
    return [bool(np.all(away[1:] * away[:-1] < 0)), bool(abs(away[3]) < abs(away[0]))]


def _still_missing(read):
    jumps, _ = read
    if not jumps:
        return "The ball stays on one side of the bottom. Move the rate up until every step jumps over it."
    return "Every step jumps over the bottom, but the ball climbs. Move the learning rate down a little."


EXERCISES = [
    Exercise(
        "00 loss",
        Function(_weights, "loss(w, x, y) must give one number"),
        loss,
        {
            "sum for the mean": Mistake(
                lambda w, x, y: np.sum((w * x - y) ** 2),
                "that is the sum of the squared errors. The loss is their mean: divide by n.",
            ),
            "not squared": Mistake(
                lambda w, x, y: np.mean(w * x - y), "the errors are not squared; so they cancel."
            ),
            "absolute": Mistake(
                lambda w, x, y: np.mean(np.abs(w * x - y)), "that is the mean of |error|; square it instead."
            ),
            "square of the mean": Mistake(
                lambda w, x, y: np.mean(w * x - y) ** 2,
                "that squares the mean. Square first, then take the mean.",
            ),
            "factor ½": Mistake(
                lambda w, x, y: np.mean((w * x - y) ** 2) / 2, "that has a factor ½ too many."
            ),
            "root": Mistake(
                lambda w, x, y: np.sqrt(np.mean((w * x - y) ** 2)),
                "that is the root of the loss: leave the root out.",
            ),
        },
        ("The error of patient i is w * x[i] - y[i].", "Square every error, then take np.mean."),
    ),
    Exercise(
        "00 gradient",
        Function(_weights, "gradient(w, x, y) must give one number"),
        gradient,
        {
            "uphill": Mistake(lambda w, x, y: -gradient(w, x, y), "its sign is wrong."),
            "factor 2 missing": Mistake(
                lambda w, x, y: gradient(w, x, y) / 2, "half of it: the square brings a factor 2 down."
            ),
            "x missing": Mistake(
                lambda w, x, y: 2 * np.mean(w * x - y),
                "the inner derivative is missing: each error is multiplied by its own x.",
            ),
            "sum for the mean": Mistake(
                lambda w, x, y: 2 * np.sum((w * x - y) * x), "that is a sum over the patients. Divide by n."
            ),
            "loss for the gradient": Mistake(loss, "that is the loss itself, not its derivative."),
            "y for x": Mistake(
                lambda w, x, y: 2 * np.mean((w * x - y) * y),
                "each error is multiplied by y; it must be by x.",
            ),
        },
        (
            "The chain rule: the derivative of error² is 2 × error × the derivative of the error.",
            "The error is w·x − y; by w its derivative is x.",
        ),
    ),
    Exercise(
        "00 loop",
        Loop(),
        loops.descent,
        hints=(
            "path = [w], then a for loop over the batches, then return path.",
            "In the loop: take gradient(w, rows), make the new w from it, append it to path.",
        ),
    ),
    Exercise(
        "00 to and fro",
        Figure(_jumps, _still_missing),
        [True, True],
        {
            "one side": Mistake([False, True], _still_missing([False, True])),
            "climbs": Mistake([True, False], _still_missing([True, False])),
        },
        ("Every step jumps over the bottom where 1 − 2 · rate is below 0.",),
    ),
    Exercise(
        "00 leave a tenth",
        Number(),
        rate_that_leaves_a_tenth,
        {
            "takes a tenth": Mistake(lambda: 0.05, "that takes one tenth away. It is to leave one tenth."),
            "other side": Mistake(
                lambda: 0.55, "the distance is right, but the ball jumps to the other side."
            ),
            "factor 2 missing": Mistake(
                lambda: 0.9, "the slope is 2(w − r): its factor 2 is missing in your calculation."
            ),
        },
        (
            "A step takes rate × 2(w − r) of the distance w − r away.",
            "What is left, as a share, is 1 − 2 · rate.",
        ),
    ),
]
