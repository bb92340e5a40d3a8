"""The exercises of notebook 08."""

from __future__ import annotations

import numpy as np

from gdlib.exercises.checking import Exercise, Mistake
from gdlib.exercises.kinds import Function, Number

# --- probabilities -----------------------------------------------------------------------------


def _scores():
    """Two, four, three and two rows: of small scores, of ten digits, of large ones, and of ones far apart."""
    large = [[1000.0, 1001.0, 998.5], [-1002.0, -1000.0, -1000.5], [0.0, 2.0, 1.0]]
    apart = [[0.0, 0.0, 2000.0], [0.0, 0.0, -2000.0]]
    return [
        (np.array([[1.0, 3.0, 0.5], [-1.0, 0.0, 2.0]]),),
        (np.random.default_rng(0).normal(size=(4, 10)) * 2,),
        (np.array(large),),
        (np.array(apart),),
    ]


def softmax(scores):
    """Probabilities from scores, row by row."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _one_sum(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum()


def _down_the_columns(scores):
    powers = np.exp(scores - scores.max(axis=0))
    return powers / powers.sum(axis=0)


def _no_shift(scores):
    powers = np.exp(scores)
    return powers / powers.sum(axis=1, keepdims=True)


def _one_shift(scores):
    powers = np.exp(scores - scores.max())
    return powers / powers.sum(axis=1, keepdims=True)


def _shifted_by(shift):
    """A softmax that subtracts shift(a row's scores), which is not the largest."""

    def wrong(scores):
        powers = np.exp(scores - shift(scores, axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    return wrong


def _no_powers(scores):
    return scores / scores.sum(axis=1, keepdims=True)


def _no_sum(scores):
    return np.exp(scores - scores.max(axis=1, keepdims=True))


# --- backwards ---------------------------------------------------------------------------------


def _layers():
    """For two small networks what backward is given: X, Y, B, hidden, predicted."""
    rng, cases = np.random.default_rng(1), []
    for rows, inputs, units, outputs in ((5, 4, 3, 2), (7, 3, 2, 4)):
        X = rng.normal(size=(rows, inputs))
        Y = np.eye(outputs)[rng.integers(outputs, size=rows)]
        A, B = rng.normal(size=(inputs, units)), rng.normal(size=(units, outputs))
        hidden = np.tanh(X @ A)
        cases.append((X, Y, B, hidden, softmax(hidden @ B)))
    return cases


def backward(X, Y, B, hidden, predicted):
    """The gradient of the mean log loss, by A and by B."""
    delta = (predicted - Y) / len(X)
    gradient_B = hidden.T @ delta
    gradient_A = X.T @ (delta @ B.T * (1 - hidden**2))
    return gradient_A, gradient_B


def _with_slope(slope):
    """A backward in which slope(hidden) stands for the derivative of tanh."""

    def wrong(X, Y, B, hidden, predicted):
        delta = (predicted - Y) / len(X)
        return X.T @ (delta @ B.T * slope(hidden)), hidden.T @ delta

    return wrong


def _times(factor):
    """A backward whose gradients are too large by factor(rows)."""

    def wrong(X, Y, B, hidden, predicted):
        return tuple(factor(len(X)) * part for part in backward(X, Y, B, hidden, predicted))

    return wrong


def _softmax_twice(X, Y, B, hidden, predicted):
    delta = (predicted - Y) / len(X) * predicted * (1 - predicted)
    return X.T @ (delta @ B.T * (1 - hidden**2)), hidden.T @ delta


def _in_the_other_order(X, Y, B, hidden, predicted):
    return backward(X, Y, B, hidden, predicted)[::-1]


# --- early stopping ----------------------------------------------------------------------------


def _courses():
    """Losses on the validation rows after each epoch, and how many epochs one waits."""
    return [
        (
            [2.3, 1.0, 0.8, 0.9, 0.7, 0.75, 0.72, 0.71, 0.6, 0.65, 0.7, 0.8, 0.9, 0.5],
            3,
        ),  # lower too late, twice
        ([2.3, 1.2, 1.1, 1.15, 1.12, 1.0, 1.05, 1.3, 1.2, 1.4], 4),
        ([2.0, 1.5, 1.2, 1.0], 2),  # it falls to the end
        (
            [2.0, 1.0, 1.1, 0.9, 1.0, 0.8, 0.85, 0.7, 0.75, 0.76, 0.6],
            2,
        ),  # a rise, and a new lowest, and again
        ([3.0, 2.0, 2.5, 2.6, 1.5, 1.6, 1.7, 1.8, 1.0], 3),
        ([0.5, 0.6, 0.7, 0.8, 0.4], 3),  # it rises from the start
        ([2.0, 1.0, 1.2], 4),  # it ends in the middle of waiting
        ([1.0, 0.8, 0.8, 0.9, 0.95, 0.7], 3),  # as low as the lowest, and no lower
        ([1.0, 0.8, 0.799, 0.9, 0.95, 0.7], 3),  # hardly lower
        ([1.0, 0.6, 0.5, 0.7, 0.4], 2),  # no lower than `patience` epochs ago, after a new lowest
    ]


def epoch_to_keep(losses, patience):
    """The epoch of the lowest loss, once `patience` epochs in a row brought no lower one."""
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch - best >= patience:
            break
    return best


def _where_it_stopped(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch - best >= patience:
            return epoch
    return len(losses) - 1


def _lowest_of_all(losses, patience):
    return min(range(len(losses)), key=losses.__getitem__)


def _first_rise(losses, patience):
    return epoch_to_keep(losses, 1)


def _one_too_patient(losses, patience):
    return epoch_to_keep(losses, patience + 1)


def _one_too_hasty(losses, patience):
    return epoch_to_keep(losses, patience - 1)


def _as_low_is_lower(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss <= losses[best]:
            best = epoch
        elif epoch - best >= patience:
            break
    return best


def _beside_one_epoch(losses, patience):
    for epoch in range(patience, len(losses)):
        if losses[epoch] >= losses[epoch - patience]:
            return int(np.argmin(losses[: epoch + 1]))
    return int(np.argmin(losses))


def _never_forgiving(losses, patience):
    best, waited = 0, 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch:
            waited += 1  # and it never goes back to 0
        if waited >= patience:
            break
    return best


# --- the largest curvature ---------------------------------------------------------------------


def _saddle(w):
    """The gradient of a saddle: it falls away with curvature −5, and rises with 3 and 1."""
    return np.array([-5.0, 3.0, 1.0]) * (w - np.array([0.5, 1.0, -1.0]))


def _waves(w):
    """A gradient that bends: its second derivatives change from place to place."""
    return np.array([3 * np.sin(w[0]) + 0.2 * w[1], w[1] ** 3 / 6 + 0.2 * w[0], 0.3 * np.exp(w[2])])


def _bowl(w):
    """The gradient of a bowl with curvatures 6, 2 and 1, turned; its minimum is not at zero."""
    turn = np.linalg.qr(np.array([[1.0, 2.0, 0.5], [0.3, 1.0, -1.0], [2.0, -0.4, 1.0]]))[0]
    return turn @ np.diag([6.0, 2.0, 1.0]) @ turn.T @ (w - np.array([1.0, -2.0, 0.5]))


def _places():
    v = np.array([1.0, 1.0, -1.0]) / np.sqrt(3)
    return [
        (_bowl, np.array([3.0, 1.0, -1.0]), v, 40),
        (_waves, np.array([0.3, 1.0, -0.5]), v, 40),
        (_bowl, np.array([3.0, 1.0, -1.0]), v, 2),
        (_saddle, np.array([1.0, 2.0, 0.5]), v, 40),
    ]


def sharpest(gradient, w, v, rounds, h=1e-4):
    """The largest curvature at w and its direction, by power iteration from the direction v."""
    for _ in range(rounds):
        bent = (gradient(w + h * v) - gradient(w - h * v)) / (2 * h)
        curvature = v @ bent
        v = bent / np.linalg.norm(bent)
    return curvature, v


def _not_to_length_one(gradient, w, v, rounds, h=1e-4):
    for _ in range(rounds):
        bent = (gradient(w + h * v) - gradient(w - h * v)) / (2 * h)
        curvature = v @ bent
        v = bent
    return curvature, v


def _to_one_side(gradient, w, v, rounds, h=1e-4):
    for _ in range(rounds):
        bent = (gradient(w + h * v) - gradient(w)) / h
        curvature = v @ bent
        v = bent / np.linalg.norm(bent)
    return curvature, v


def _by_h(gradient, w, v, rounds, h=1e-4):
    curvature, v = sharpest(gradient, w, v, rounds, h)
    return 2 * curvature, v


def _not_divided(gradient, w, v, rounds, h=1e-4):
    curvature, v = sharpest(gradient, w, v, rounds, h)
    return 2 * h * curvature, v


def _one_round(gradient, w, v, rounds, h=1e-4):
    return sharpest(gradient, w, v, 1, h)


def _size(gradient, w, v, rounds, h=1e-4):
    curvature, v = sharpest(gradient, w, v, rounds, h)
    return abs(curvature), v


def _largest_of_the_rounds(gradient, w, v, rounds, h=1e-4):
    found = [sharpest(gradient, w, v, turn + 1, h) for turn in range(rounds)]
    return max(curvature for curvature, _ in found), found[-1][1]


def _at_zero(gradient, w, v, rounds, h=1e-4):
    return sharpest(gradient, 0 * w, v, rounds, h)


def _direction_before(gradient, w, v, rounds, h=1e-4):
    before = sharpest(gradient, w, v, rounds - 1, h)[1]
    return sharpest(gradient, w, v, rounds, h)[0], before


def _in_exchanged_order(gradient, w, v, rounds, h=1e-4):
    return sharpest(gradient, w, v, rounds, h)[::-1]


# --- numbers -----------------------------------------------------------------------------------


def momentum_limit():
    """With momentum β a run settles where the curvature is below 2(1 + β)/rate."""
    beta, rate = 0.8, 0.8
    return 2 * (1 + beta) / rate


_ASKED = "backward(X, Y, B, hidden, predicted) must give two arrays: the gradient by A, and that by B"
_TWO = "sharpest(gradient, w, v, rounds) must give two things: the curvature and the new v"

EXERCISES = [
    Exercise(
        "08 softmax",
        Function(_scores, "softmax(scores) must give an array of the shape of scores"),
        softmax,
        {
            "one sum for all": Mistake(
                _one_sum, "all rows together sum to 1. Each row must: divide each by its own sum."
            ),
            "down the columns": Mistake(
                _down_the_columns, "it is the columns that sum to 1. A row is a digit: sum along axis=1."
            ),
            "overflow": Mistake(
                _no_shift,
                "right for small scores, but exp(1000) is too large for a float. Subtract from each row its "
                "largest score first: that changes no probability.",
            ),
            "one shift for all": Mistake(
                _one_shift,
                "you subtract the largest score of all rows, and rows far below it become 0/0. Each row "
                "needs its own.",
            ),
            "smallest subtracted": Mistake(
                _shifted_by(np.min),
                "you subtract the smallest score of each row, and where the largest lies far above it, exp() "
                "is too large for a float. Subtract the largest.",
            ),
            "another subtracted": Mistake(
                _shifted_by(np.mean),
                "what you subtract from each row is not its largest score, and where that lies far above it, "
                "exp() is too large for a float. Subtract the largest.",
            ),
            "no exponential": Mistake(
                _no_powers, "those are shares of the scores, and scores may be negative. Take exp() first."
            ),
            "sum missing": Mistake(
                _no_sum, "those are powers that don't sum to 1. Divide each row by its sum."
            ),
        },
        (
            "With axis=1, sum and max go along a row; keepdims=True keeps the shape (n, 1), so that each row "
            "is divided by its own.",
            "exp(score − m) / sum of exp(score − m) is the same for every m. Choose the row's largest score.",
        ),
    ),
    Exercise(
        "08 backward",
        Function(_layers, _ASKED, several=True),
        backward,
        {
            "slope of tanh forgotten": Mistake(
                _with_slope(lambda hidden: 1.0),
                "on the way back through tanh each number must be multiplied by its slope, 1 − hidden².",
            ),
            "square forgotten": Mistake(
                _with_slope(lambda hidden: 1 - hidden), "the slope of tanh is 1 − hidden², with the square."
            ),
            "tanh twice": Mistake(
                _with_slope(lambda hidden: 1 - np.tanh(hidden) ** 2),
                "hidden is tanh already; your slope takes tanh of it once more.",
            ),
            "sum for the mean": Mistake(
                _times(lambda rows: rows), "those are sums over the rows. The loss is a mean: divide by them."
            ),
            "uphill": Mistake(
                _times(lambda rows: -1), "its sign is wrong: the error is predicted − Y, not the other way."
            ),
            "factor 2": Mistake(
                _times(lambda rows: 2), "twice too large: the log loss has no square, and so no factor 2."
            ),
            "softmax twice": Mistake(
                _softmax_twice,
                "predicted − Y is the derivative by the scores already, with softmax and logarithm in it. "
                "Don't multiply by predicted · (1 − predicted) as well.",
            ),
            "order": Mistake(_in_the_other_order, "both are there, but the gradient by A comes first."),
        },
        (
            "Begin at the end: delta = (predicted − Y) / len(X) is the derivative by the scores, (n, 10).",
            "scores = hidden @ B, so the gradient by B is hidden.T @ delta, and what goes further back is "
            "delta @ B.T.",
            "Through tanh: multiply by 1 − hidden², number by number. Then it is X.T @ what is left.",
        ),
    ),
    Exercise(
        "08 stop",
        Function(_courses, "epoch_to_keep(losses, patience) must give the number of an epoch"),
        epoch_to_keep,
        {
            "where it stopped": Mistake(
                _where_it_stopped, "that is the epoch at which you stop. Give back the best one before it."
            ),
            "looks ahead": Mistake(
                _lowest_of_all,
                "that is the lowest of all, but a run that has stopped does not know what would have come.",
            ),
            "no patience": Mistake(
                _first_rise, "it stops at the first epoch that is no lower, and never waits."
            ),
            "one too many": Mistake(_one_too_patient, "it waits one epoch longer than `patience`."),
            "one too few": Mistake(_one_too_hasty, "it waits one epoch less than `patience`."),
            "a tie counts": Mistake(
                _as_low_is_lower, "it takes a loss that is as low as the lowest for a new one: < and not <=."
            ),
            "beside one epoch": Mistake(
                _beside_one_epoch,
                "it compares with the loss `patience` epochs ago. Compare each with the lowest so far.",
            ),
            "count not reset": Mistake(
                _never_forgiving,
                "it counts all epochs that are no lower, not those in a row: a new lowest resets the count.",
            ),
        },
        (
            "Keep the number of the best epoch so far. How long ago it was is epoch − best.",
            "Stop when epoch − best reaches patience, and give back best, not epoch.",
        ),
    ),
    Exercise(
        "08 curvature",
        Function(
            _places,
            "sharpest(gradient, w, v, rounds) must give two things: the curvature and the new v",
            several=True,
        ),
        sharpest,
        {
            "not to length 1": Mistake(
                _not_to_length_one, "v grows from round to round: bring it back to length 1 in each."
            ),
            "one side": Mistake(
                _to_one_side,
                "near, but a difference to one side is off where the curvature changes: take w + hv and "
                "w − hv.",
            ),
            "2 missing": Mistake(
                _by_h, "twice too large: from w − hv to w + hv it is 2h, so divide the difference by 2h."
            ),
            "not divided": Mistake(_not_divided, "the difference of the gradients must be divided by 2h."),
            "one round": Mistake(
                _one_round, "that is the curvature along the first v: each round must go on with the new one."
            ),
            "sign lost": Mistake(
                _size, "that is its size. Where the loss bends downwards, the curvature is below zero."
            ),
            "largest of the rounds": Mistake(
                _largest_of_the_rounds, "that is the largest of all the rounds. Give back that of the last."
            ),
            "at zero": Mistake(
                _at_zero, "it looks near zero. The curvature asked for is at w: gradient(w + h * v)."
            ),
            "the v before": Mistake(
                _direction_before,
                "the curvature is right, but v is that of the round before: give the new one.",
            ),
            "order": Mistake(_in_exchanged_order, "both are there, but the curvature comes first."),
        },
        (
            "bent = (gradient(w + h * v) − gradient(w − h * v)) / (2 * h): how the gradient changes along v.",
            "The curvature along v is v @ bent. The next v is bent, divided by np.linalg.norm(bent).",
        ),
    ),
    Exercise(
        "08 momentum",
        Number(),
        momentum_limit,
        {
            "without momentum": Mistake(
                lambda: 2 / 0.8, "that is 2/rate, the limit of plain descent. Momentum moves it."
            ),
            "the wrong way": Mistake(
                lambda: 2 * (1 - 0.8) / 0.8,
                "momentum makes the limit higher: it is 1 + β, not 1 − β (the rate does not act as a rate "
                "that is 1/(1 − β) times as large).",
            ),
            "Nesterov's": Mistake(
                lambda: 2 * 1.8 / (2.6 * 0.8), "that is the limit with nesterov=True. Here momentum is plain."
            ),
            "2 missing": Mistake(lambda: 1.8 / 0.8, "half of it: the limit has a factor 2."),
        },
        ("Notebook 02: with momentum a run settles where the rate is below 2(1 + β)/L. Solve for L.",),
    ),
]
