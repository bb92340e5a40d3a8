"""The exercises of notebook 01."""

from __future__ import annotations

import numpy as np

from gdlib import checks, landscapes
from gdlib.exercises.checking import Exercise, Mistake
from gdlib.exercises.kinds import Figure, Function, Number
from gdlib.exercises.report import First, say, short
from gdlib.exercises.same import SAME


def _lines():
    """A w and a table: one of five patients, and one of seven."""
    five = [-1.0, 0.5, 2.0, 3.5, 0.7], [1.0, -0.5, 2.5, 3.0, 0.4]
    seven = [0.4, -2.0, 1.5, 0.1, 3.0, -0.7, 1.1], [0.5, -1.0, 2.0, 1.2, 1.0, 0.6, -0.3]
    cases = ([0.4, -1.0], five), ([-0.7, 0.3], seven), ([1.5, 2.0], five)
    return [(np.array(w), np.array(x), np.array(y)) for w, (x, y) in cases]


def gradient(w, x, y):
    """The derivatives along w0 and along w1 of the mean of (w0 + w1 x − y)²."""
    error = w[0] + w[1] * x - y
    return np.array([2 * np.mean(error), 2 * np.mean(error * x)])


def _error(w, x, y):
    return w[0] + w[1] * x - y


def _moves():
    """A gradient and a length: one shorter than 1, and two longer."""
    return [
        (np.array([4.0, 3.0]), 0.01),
        (np.array([-0.3, 1.25]), 2.0),
        (np.array([0.5, -12.0]), 1.5),
    ]


def best_move(gradient, length):
    """Of all moves of this length the one against the gradient: there u · gradient is smallest."""
    return -length * gradient / np.linalg.norm(gradient)


def _places():
    return [(w,) for w in (-1.4, -0.6, 0.25, 1.3)]


def well_slope(w):
    """The derivative of (w² − 1)² + 0.3 w."""
    return 4 * w * (w**2 - 1) + 0.3


def _recorded(slope):
    """A slope that keeps where it was asked; the same place twice in a row counts once."""

    def asked(w):
        place = float(w)
        asked.times += 1
        if not asked.at or place != asked.at[-1]:
            asked.at.append(place)
        return slope(w)

    asked.at, asked.times = [], 0
    return asked


def _on_two_curves():
    """The two valleys, and waves, which have tops too: there also a ball that climbs comes to rest."""

    def waves(w):
        return 2 * np.sin(w - 0.3)

    curves = (well_slope, 0.5, 0.05), (well_slope, 0.0, 0.05), (well_slope, -0.5, 0.02)
    curves += (waves, 1.0, 0.1), (waves, -1.0, 0.2)
    return [(_recorded(slope), w, rate) for slope, w, rate in curves]


def rest(slope, w, learning_rate):
    """Step as long as there is a slope; then give the place."""
    while abs(slope(w)) > 1e-6:
        w = w - learning_rate * slope(w)
    return w


class Rest(Function):
    """A ball that comes to rest: the place that is given back, and where the slope was asked on the way."""

    def __init__(self):
        says = "rest(slope, w, learning_rate) must give the place"
        super().__init__(_on_two_curves, says, _place_and_way, several=True)

    def part(self, mine, right):
        """The first case whose place differs, or the first step."""
        cases = zip(self._cases(), mine, right, strict=True)
        for case, ((_, start, rate), ((place, way), _), ((true, steps), _)) in enumerate(cases):
            told = None
            if not abs(place - true) < _CLOSE:
                told = f"yours gives {say(place)}, and the ball comes to rest at {say(true)}."
            elif way.shape != steps.shape or not np.allclose(way, steps, rtol=0, atol=SAME):
                told = f"the place is right, but {_where_they_part(way, steps)}."
            if told:
                return First(case, place, true), f"From {say(start)} at the rate {say(rate)} {told}"
        return super().part(mine, right)


#: A place is right up to this: the slope is small there, and a rounded place is one too.
_CLOSE = 5e-4


class _NoPlace:
    """What came back in place of a number, as it is to be shown."""

    def __init__(self, given):
        self._given = given

    def __repr__(self):
        return short(self._given)


def _place_and_way(place, given):
    """The place, and where the slope was asked.

    A right ball may look before each step or after it, and so end a step later, or rest on a stricter
    condition, of at most as many steps again. It is then told as the ball that looks before.
    """
    try:
        number = checks.real(place, "the place")
    except Exception:
        return _NoPlace(place)
    if number.ndim or isinstance(place, bool):
        return _NoPlace(place)
    place, (slope, start, rate) = float(number), given
    way, times = np.array(slope.at), slope.times
    true = _recorded(slope)
    end = rest(true, start, rate)
    steps, places = len(true.at) - 1, true.at
    if steps < len(way) <= 2 * steps + 1 and times <= 5 * len(way):
        while len(places) < len(way):
            places.append(places[-1] - rate * slope(places[-1]))
        if np.allclose(way, places, rtol=0, atol=SAME) and abs(place - end) < _CLOSE:
            return end, np.array(places[: steps + 1])
    return place, way


def _where_they_part(way, steps):
    """The first place at which the slope should not have been asked, or should have been."""
    if not len(way):
        return "yours never asks for the slope that it is given: call slope(w)"
    for k, (mine, true) in enumerate(zip(way, steps, strict=False)):
        if abs(mine - true) > SAME:
            return (
                f"in step {k} it goes to {say(mine)}, and should go to {say(true)}"
                if k
                else f"it starts at {say(mine)}"
            )
    if len(way) < len(steps):
        return f"it stops in step {len(way) - 1}, where the slope is still larger than 0.000001"
    return f"it goes on after step {len(steps) - 1}, where the slope is no larger than 0.000001"


def _uphill(slope, w, learning_rate):
    return rest(lambda place: -slope(place), w, learning_rate)


def _without_abs(slope, w, learning_rate):
    while slope(w) > 1e-6:
        w = w - learning_rate * slope(w)
    return w


def _one_step(slope, w, learning_rate):
    return w - learning_rate * slope(w)


def _while_it_is_flat(slope, w, learning_rate):
    while abs(slope(w)) < 1e-6:
        w = w - learning_rate * slope(w)
    return w


def _slope_for_place(slope, w, learning_rate):
    return slope(rest(slope, w, learning_rate))


def _way_for_place(slope, w, learning_rate):
    return rest(slope, w, learning_rate) - w


def _jump(figure):
    wells = landscapes.double_well()
    left, right = wells.minima[:, 0]
    top = -(left + right)
    start, end = figure.start[0], figure.path[-1, 0]
    return [bool(start > top), bool(abs(end - left) < 0.01)]


def _still_missing(read):
    right_of_the_top, _ = read
    if not right_of_the_top:
        return "The ball starts on the left of the hill's top: let it go on the right."
    return (
        "The ball starts on the right of the top, but it does not come to rest in the left valley. "
        "Make its steps longer: a larger rate, and a steeper place."
    )


def share_of_the_way():
    """At the distance D the slope is 2 D, and the step is rate × slope."""
    rate, distance = 0.1, 1.0
    return rate * 2 * distance / distance


def second_step_of_a_heavy_ball():
    """At the distance D the slope is 2 D; the velocity keeps 0.9 of what it was."""
    rate, beta, distance = 0.05, 0.9, 1.0
    first = 2 * distance
    distance = distance - rate * first
    second = beta * first + 2 * distance
    return second / first


EXERCISES = [
    Exercise(
        "01 gradient",
        Function(_lines, "gradient(w, x, y) must give an array (2,)"),
        gradient,
        {
            "uphill": Mistake(lambda w, x, y: -gradient(w, x, y), "its sign is wrong."),
            "factor 2 missing": Mistake(
                lambda w, x, y: gradient(w, x, y) / 2, "half of it: the square brings a factor 2 down."
            ),
            "sum for the mean": Mistake(
                lambda w, x, y: gradient(w, x, y) * len(x), "that is a sum over the patients. Divide by n."
            ),
            "not averaged": Mistake(
                lambda w, x, y: 2 * np.array([_error(w, x, y), _error(w, x, y) * x]),
                "that is an array with a column for each patient: take the mean along each row.",
            ),
            "partials swapped": Mistake(
                lambda w, x, y: gradient(w, x, y)[::-1],
                "the two are swapped: the slope along w[0] comes first.",
            ),
            "x missing": Mistake(
                lambda w, x, y: gradient(w, x, y)[[0, 0]],
                "along w[1] the inner derivative is missing: there each error is multiplied by its own x.",
            ),
            "x in both": Mistake(
                lambda w, x, y: gradient(w, x, y)[[1, 1]],
                "along w[0] there is an x too many: the derivative of w[0] + w[1] x − y by w[0] is 1.",
            ),
            "one partial missing": Mistake(
                lambda w, x, y: gradient(w, x, y) * [1, 0],
                "the slope along w[1] is missing: it is not 0.",
            ),
            "product of means": Mistake(
                lambda w, x, y: 2 * np.mean(_error(w, x, y)) * np.array([1, np.mean(x)]),
                "that multiplies the mean error by the mean x. Multiply each error by its own x, "
                "then take the mean.",
            ),
            "loss for the gradient": Mistake(
                lambda w, x, y: np.mean(_error(w, x, y) ** 2), "that is the loss itself, one number."
            ),
        },
        (
            "With error = w[0] + w[1] * x - y, the loss is the mean of error². Use the chain rule, once for "
            "each weight.",
            "The derivative of the error by w[0] is 1, and by w[1] it is x.",
            "np.array([..., ...]) makes an array of the two means.",
        ),
    ),
    Exercise(
        "01 direction",
        Function(_moves, "best_move(gradient, length) must give an array (2,)"),
        best_move,
        {
            "uphill": Mistake(
                lambda g, s: -best_move(g, s), "the direction is that of the gradient: there the loss rises."
            ),
            "length not set": Mistake(
                lambda g, s: -s * g,
                "the move is `length` times as long as the gradient. Divide by the gradient's own length.",
            ),
            "length forgotten": Mistake(
                lambda g, s: best_move(g, 1), "the direction is right, but every move has the length 1."
            ),
            "gradient for the move": Mistake(
                lambda g, s: -g, "that is minus the gradient: its length is not the one that was asked for."
            ),
            "length squared": Mistake(
                lambda g, s: -s * g / np.sum(g**2),
                "it is divided by the square of the gradient's length: a root is missing.",
            ),
            "sum for the length": Mistake(
                lambda g, s: -s * g / np.sum(np.abs(g)),
                "it is divided by the sum of the sizes. The length is the root of the sum of the squares.",
            ),
            "largest for the length": Mistake(
                lambda g, s: -s * g / np.max(np.abs(g)),
                "it is divided by the larger size. The length is the root of the sum of the squares.",
            ),
            "signs only": Mistake(
                lambda g, s: -s * np.sign(g),
                "each weight moves by the whole length. A smaller slope makes a smaller move.",
            ),
            "one weight only": Mistake(
                lambda g, s: -s * np.sign(g) * (np.abs(g) == np.max(np.abs(g))),
                "only the weight with the larger slope moves. A move of both of the same length goes lower.",
            ),
        },
        (
            "First a vector of length 1 against the gradient, then times `length`.",
            "A vector divided by its length has the length 1. np.linalg.norm(gradient) is its length.",
        ),
    ),
    Exercise(
        "01 slope",
        Function(_places, "well_slope(w) must give one number"),
        well_slope,
        {
            "uphill": Mistake(lambda w: -well_slope(w), "its sign is wrong."),
            "inner derivative missing": Mistake(
                lambda w: 2 * (w**2 - 1) + 0.3, "the derivative of w² − 1, inside the square, is missing."
            ),
            "factor 2 missing": Mistake(
                lambda w: 2 * w * (w**2 - 1) + 0.3,
                "a factor 2 is missing: one 2 comes from the outer square, another from w².",
            ),
            "tilt missing": Mistake(
                lambda w: 4 * w * (w**2 - 1), "the derivative of 0.3 w is missing: it is not 0."
            ),
            "tilt kept": Mistake(
                lambda w: 4 * w * (w**2 - 1) + 0.3 * w, "0.3 w stands there as it was; it has a derivative."
            ),
            "loss for the slope": Mistake(
                lambda w: (w**2 - 1) ** 2 + 0.3 * w, "that is the curve itself, not its slope."
            ),
        },
        (
            "The chain rule: the derivative of (…)² is 2 × (…) × the derivative of (…).",
            "The derivative of w² − 1 is 2 w, that of 0.3 w is 0.3.",
        ),
    ),
    Exercise(
        "01 rest",
        Rest(),
        rest,
        {
            "uphill": Mistake(_uphill, "the ball climbs, and comes to rest on the top: subtract the step."),
            "sign of the slope": Mistake(
                _without_abs, "where the slope is negative, the ball never starts: use abs(slope(w))."
            ),
            "one step": Mistake(
                _one_step, "it makes one step. Is it a while loop, and does the return stand after it?"
            ),
            "never starts": Mistake(
                _while_it_is_flat,
                "the ball stays at its start: go on *while* the slope is larger than 0.000001.",
            ),
            "slope for the place": Mistake(
                _slope_for_place, "it gives back the slope, which is 0 there. Give back w."
            ),
            "way for the place": Mistake(
                _way_for_place, "it gives back how far the ball went. Give back where it is: w."
            ),
        },
        (
            "You do not know how many steps there will be: that is a while loop.",
            "while abs(slope(w)) > 1e-6: make a step. After the loop: return w.",
        ),
    ),
    Exercise(
        "01 over the hill",
        Figure(_jump, _still_missing),
        [True, True],
        {
            "stays on the right": Mistake([True, False], _still_missing([True, False])),
            "from the left": Mistake([False, True], _still_missing([False, True])),
        },
        (
            "A step is rate × slope: where on the right side is the slope largest?",
            "Put the ball at the right rim. Then move the rate up, mark by mark.",
        ),
    ),
    Exercise(
        "01 share",
        Number(),
        share_of_the_way,
        {
            "what is left": Mistake(
                lambda: 0.8, "that share is left after the step. How much does the step cover?"
            ),
            "the rate": Mistake(
                lambda: 0.1, "that is the rate. The step is rate × slope: what is the slope at distance 1?"
            ),
            "of the loss": Mistake(
                lambda: 1 - 0.8**2, "that is the share of the loss. Of the distance it is less."
            ),
            "percent": Mistake(lambda: 20, "that is in percent; a share is a number from 0 to 1."),
        },
        ("At the distance D from the bottom the slope is 2 D.", "The step is rate × 2 D. Divide it by D."),
    ),
    Exercise(
        "01 second step",
        Number(),
        second_step_of_a_heavy_ball,
        {
            "plain ball": Mistake(
                lambda: 0.9, "that is the plain ball. The heavy one adds 0.9 of its first velocity."
            ),
            "same slope twice": Mistake(
                lambda: 1.9, "nearly: you took the same slope twice. After the first step it is smaller."
            ),
            "both steps": Mistake(lambda: 2.8, "that is how far both steps go together."),
        },
        (
            "Call the first slope s. Then the first velocity is s, for there was none before.",
            "The first step covers 0.05 × 2 = 0.1 of the way. So the second slope is 0.9 s.",
            "The second velocity is 0.9 × the first + the second slope.",
        ),
    ),
]
