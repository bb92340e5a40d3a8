"""The exercises of notebook 00."""

from __future__ import annotations

import numpy as np

from gdlib import LinearRegression, batch_gd, datasets
from gdlib.exercises import loops
from gdlib.exercises.checking import Exercise, Mistake
from gdlib.exercises.kinds import Figure, Function, Loop, Whole

_X, _Y = np.array([-1.0, 0.5, 2.0, 3.5]), np.array([1.0, -0.5, 2.5, 3.0])


def _weights():
    return [(w, _X.copy(), _Y.copy()) for w in (-1.0, 0.3, 2.0)]


def loss(w, x, y):
    """The mean of the squared errors."""
    return np.mean((w * x - y) ** 2)


def gradient(w, x, y):
    """Its derivative."""
    return 2 * np.mean((w * x - y) * x)


def step(w, slope, learning_rate):
    """One step downhill."""
    return w - learning_rate * slope


def _patients():
    X, y, *_ = datasets.bmi(standardise=True)
    return LinearRegression(X[:, 1:], y)


def steps_until_near():
    """Steps at rate 0.1 until w is within 0.01 of the bottom."""
    problem = _patients()
    path = batch_gd(problem, -1.0, 0.1, 60).weights[:, 0]
    return int(np.flatnonzero(np.abs(path - problem.minimiser()) < 0.01)[0])


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
        "00 step",
        Function(
            lambda: [(-1.0, -3.0, 0.1), (2.0, 1.5, 0.5), (0.7, 0.0, 0.2)],
            "step(w, slope, learning_rate) must give the new w",
        ),
        step,
        {
            "uphill": Mistake(
                lambda w, slope, learning_rate: w + learning_rate * slope, "that goes uphill: subtract."
            ),
            "rate forgotten": Mistake(
                lambda w, slope, learning_rate: w - slope, "the learning rate is missing."
            ),
            "forgets where it was": Mistake(
                lambda w, slope, learning_rate: -learning_rate * slope, "that is the step alone. Add it to w."
            ),
            "divided by the rate": Mistake(
                lambda w, slope, learning_rate: w - slope / learning_rate,
                "multiply the slope by the rate; you divide.",
            ),
        },
        ("The slope points uphill, so subtract.",),
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
        "00 how many steps",
        Whole(),
        steps_until_near,
        {
            "one too few": Mistake(
                lambda: steps_until_near() - 1, "one step earlier it is still a little too far away."
            ),
            "one too many": Mistake(
                lambda: steps_until_near() + 1,
                "one too many: the start is point 0, and no step was made there.",
            ),
        },
        (
            "Each step leaves 0.8 of the distance, which is 1.586 at first.",
            "Solve 1.586 · 0.8ᵏ < 0.01 for k.",
        ),
    ),
    Exercise(
        "00 to and fro", Figure(_jumps, _still_missing), [True, True], hints=("Try the rates near 0.9.",)
    ),
]
