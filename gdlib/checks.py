"""The door: what comes in is made plain arrays and numbers, or refused with what would be right.

A refusal is a ValueError or a TypeError, raised before the first step, that names the value, its
place and what would be right. What a reader's own problem, schedule or rule answers while a run is
under way passes here too.
"""

from __future__ import annotations

import inspect
import math
import numbers
import operator
import re
from decimal import Decimal

import numpy as np

#: Steps of a run that no one can wait for: at ten nanoseconds a step, a day.
MOST_STEPS = 10**13
#: Numbers in a path that no memory holds: sixteen thousand million, 128 GB.
MOST_NUMBERS = 2**34
#: Rows that can be shuffled.
MOST_ROWS = 2**32 - 1
#: What breaks a line, turns the way it is read or can't be seen: controls, marks of direction, signs without
#: width, halves of signs. The joiners U+200C and U+200D stay: some scripts and emoji need them.
_BREAKS = re.compile(
    "[\0-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
#: The one kind of number there is inside.
FLOAT64 = np.dtype(float)


_REAL = (numbers.Real, Decimal)


def real(value, name):
    """Give `value` as a float64 array; not finite entries included."""
    if type(value) is np.ndarray and value.dtype is FLOAT64:  # as most are: the rest takes microseconds
        return np.asarray(value, order="C")
    if _masked(value):
        where = _where(np.argmax(np.ma.getmaskarray(value)), value.shape) if hasattr(value, "mask") else ""
        raise ValueError(f"{name} has a masked entry{where}; fill it or leave it out")
    try:
        with np.errstate(all="ignore"):
            given = np.asarray(value)
            if given.dtype.kind == "O" and all(isinstance(entry, _REAL) for entry in given.flat):
                given = given.astype(float)  # whole numbers beyond 64 bits, fractions
            if given.dtype.kind not in "biuf":
                raise TypeError
            return np.asarray(given, dtype=float, order="C")
    except OverflowError:
        limit = np.finfo(float).max
        raise ValueError(f"{name} holds {short(value)}, but a number must be within {limit:.2g}") from None
    except Exception as error:
        why = f" ({error})" if str(error) and not isinstance(error, ValueError) else ""
        why = "; write .toarray()" if hasattr(value, "toarray") else why
        raise TypeError(f"{name} must hold real numbers in equal rows, not {short(value)}{why}") from None


def _masked(value):
    """Whether an entry is masked: of a masked array, or of one within lists."""
    if isinstance(value, list | tuple):
        return any(map(_masked, value))
    return isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value)


def array(value, name):
    """Give `value` as a float64 array, or say which entry is not a finite number."""
    entries = real(value, name)
    finite = np.isfinite(entries)
    if not finite.all():
        place = np.argmin(finite)
        where = _where(place, entries.shape)
        raise ValueError(f"{name} holds {entries.flat[place]}{where}; every entry must be finite")
    return entries


def _where(place, shape):
    """Name the place of an entry in an array of one or two axes."""
    words = {1: " at position {}", 2: " at row {}, column {}"}.get(len(shape), "")
    return words.format(*np.unravel_index(place, shape))


def data(X, y):
    """Give X (n, d) and y (n,) as float64 arrays; without a copy where they are so already."""
    X, y = array(X, "X"), array(y, "y")
    if X.ndim != 2:
        hint = "; for one feature write X.reshape(-1, 1)" if X.ndim == 1 else ""
        raise ValueError(f"X has shape {X.shape}, but must be (n, d): a row for each sample{hint}")
    if 0 in X.shape:
        raise ValueError(
            f"X has shape {X.shape}: an empty data set has nothing to learn from; it needs rows and columns"
        )
    if y.ndim != 1:
        hint = f"; write y.ravel() for {(len(X),)}" if y.size == len(X) else ""
        raise ValueError(f"y has shape {y.shape}, but must be (n,) = {(len(X),)}{hint}")
    if len(y) != len(X):
        raise ValueError(f"X has {len(X)} rows, but y has {len(y)} entries; they must be equal")
    return X, y


def labels(y):
    """Say which entry of y is neither 0 nor 1."""
    wrong = np.flatnonzero((y != 0) & (y != 1))
    if wrong.size:
        raise ValueError(f"y[{wrong[0]}] is {y[wrong[0]]:g}; every label must be 0 or 1")


def weights(value, d, asked):
    """Give weights (d, ...) as a float64 array, a number as (1,); `asked` says what has d weights."""
    w = real(value, "w")
    w = w if w.ndim else w.reshape(1)
    if not len(w):
        raise ValueError("w is empty, but must have an entry for each weight")
    if d is not None and len(w) != d:
        raise ValueError(f"w has shape {w.shape}, but {asked}: w must be ({d},)")
    return w


def minima(value):
    """Give known minima as a new array (k, d); one number or one w (d,) is one minimum."""
    places = np.array(array(value, "minima"), ndmin=2)
    if places.ndim != 2 or not places.size:
        raise ValueError(f"minima have shape {places.shape}, but must be (k, d): a row for each minimum")
    return places


def window(value, name="window"):
    """Give the part worth looking at as a list of (low, high), one for each weight."""
    sides = array(value, name)
    if sides.ndim != 2 or sides.shape[1] != 2 or not len(sides):
        raise ValueError(f"{name} has shape {sides.shape}, but must be (d, 2): a (low, high) for each weight")
    for low, high in sides:
        if not low < high:
            raise ValueError(f"{name} has the side ({low:g}, {high:g}), but low must be below high")
    return [(float(low), float(high)) for low, high in sides]


def same_weights(minima, window):
    """Give the number of weights that minima and window speak of, or None where neither is given."""
    if minima is not None and window is not None and minima.shape[1] != len(window):
        raise ValueError(
            f"minima have {minima.shape[1]} weights, but window has {len(window)}; they must be equal"
        )
    if minima is not None:
        return minima.shape[1]
    return None if window is None else len(window)


def function(value, name, *arguments):
    """See that `value` is a function that can be called with these arguments."""
    if not callable(value):
        raise TypeError(f"{name} must be a function of {' and '.join(arguments)}, not {short(value)}")
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):  # some that are built in don't tell
        return value
    try:
        signature.bind(*arguments)
    except TypeError as error:
        called = f"{name}({', '.join(arguments)})"
        raise TypeError(f"{name} is called as {called}, but {short(value)} can't be: {error}") from None
    return value


def number(value, name):
    """Give one real number as a float."""
    if type(value) in (float, np.float64):
        return float(value)  # as most are
    try:
        if _truth(value):
            raise TypeError
        only = real(value, name)
        if only.ndim:
            raise TypeError
    except TypeError:
        raise TypeError(f"{name} must be a number, not {short(value)}") from None
    return float(only)


def _truth(value):
    """Whether it is True or False, in whatever box."""
    return isinstance(value, bool) or "bool" in str(getattr(value, "dtype", ""))


def positive(value, name):
    """Give a finite number greater than 0 as a float."""
    only = number(value, name)
    if not (math.isfinite(only) and only > 0):
        raise ValueError(f"{name} is {only:g}, but must be finite and greater than 0")
    return only


def share(value, name, one=False):
    """Give a number in [0, 1) as a float; with `one` in (0, 1]."""
    only = number(value, name)
    if one and not 0 < only <= 1:
        raise ValueError(f"{name} is {only:g}, but must be greater than 0 and at most 1")
    if not one and not 0 <= only < 1:
        raise ValueError(f"{name} is {only:g}, but must be at least 0 and less than 1")
    return only


def flag(value, name):
    """Give True or False; a word such as "no" would count as True."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, not {short(value)}")
    return bool(value)


def whole(value, name, least, most=None):
    """Give a whole number from `least` to `most`."""
    try:
        if _truth(value) or _masked(value):
            raise TypeError
        only = operator.index(value)
    except Exception:
        raise TypeError(f"{name} must be a whole number, not {short(value)}") from None
    if only < least or (most is not None and only > most):
        span = f"at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} is {short(only)}, but must be {span}")
    return only


def interval(value, name, steps):
    """Give how many steps there are from one to the next, 1 or more; beyond the run all are the same."""
    return min(whole(value, name, 1), max(steps, 1))


def rows(value, n, place):
    """Give one batch as a new array of row numbers in 0..n-1."""
    try:
        batch = np.empty(0) if _masked(value) else np.asarray(value)
    except Exception:
        batch = np.empty(0)
    if batch.ndim != 1 or batch.dtype.kind not in "iu":
        raise TypeError(f"{place} must be a 1-D array of whole row numbers, not {short(value)}")
    if not batch.size:
        raise ValueError(f"{place} is empty; a step needs at least one row")
    wrong = np.flatnonzero((batch < 0) | (batch >= n))
    if wrong.size:
        raise ValueError(f"{place} names row {batch[wrong[0]]}, but the rows are 0 to {n - 1}")
    return batch.astype(np.intp)


def generator(value):
    """Give NumPy's Generator for None, a seed or a Generator (SPEC 7); of a Generator, a child."""
    if isinstance(value, np.random.BitGenerator):  # it is the caller's, and stays as it is
        value = np.random.Generator(value)
    if isinstance(value, np.random.Generator):
        return _child(value)
    try:
        if value is None or isinstance(value, np.random.SeedSequence):
            return np.random.default_rng(value)
        seed = value if isinstance(value, list | tuple | range | np.ndarray) else [value]
        counts = all(isinstance(each, int | np.integer) for each in seed)
        if len(seed) and counts and not any(type(each) in (bool, np.timedelta64) for each in seed):
            return np.random.default_rng(value)
    except (TypeError, ValueError):
        pass
    raise TypeError(
        f"rng must be None, a seed (a whole number from 0 on) or a numpy Generator, not {short(value)}"
    )


def _child(generator):
    """Give a child of the caller's Generator, which is not drawn from."""
    try:
        return generator.spawn(1)[0]
    except TypeError:  # it was not made of a seed
        raise TypeError(
            f"rng is {short(generator)}, which can't spawn a child; make it by np.random.default_rng(seed)"
        ) from None


def steps(count):
    """Refuse a run that no one can wait for."""
    if count > MOST_STEPS:
        count = Decimal(count)  # it may be too large for a float
        raise ValueError(
            f"epochs and batches make {count:.3g} steps; at ten nanoseconds each they take "
            f"{count / (86400 * 10**8):.3g} days, and at most {MOST_STEPS:.0e} steps are begun"
        )


def fits_memory(points, numbers):
    """Refuse a path that fits no memory: so many points, of so many numbers each."""
    if points * numbers > MOST_NUMBERS:
        raise ValueError(
            f"the path would hold {points:.3g} points, {8e-9 * points * numbers:.3g} GB; "
            "make fewer steps, or keep fewer of a single run with record_every="
        )


class Rates:
    """A learning rate as a function of the step, from a float or from a function; checked."""

    def __init__(self, value):
        self._schedule = function(value, "learning_rate", "step") if callable(value) else None
        self._known = 0, np.empty(0)  # the steps that were asked for last, from which on, and their rates
        if self._schedule is None:
            try:
                self._constant = positive(value, "learning_rate")
            except TypeError:
                raise TypeError(
                    f"learning_rate must be a number or a function of the step, not {short(value)}"
                ) from None

    def __call__(self, step):
        """Give the rate of one step."""
        return self._constant if self._schedule is None else self.between(step, step + 1)[0]

    def between(self, first, last):
        """Give the rates of the steps first, ..., last - 1 as an array; fewer where one is refused.

        The run may end before that one: it is refused when it is the first that is asked for. A schedule
        is asked for each step once, though a run may look at its last steps again.
        """
        if self._schedule is None:
            return np.full(last - first, self._constant)
        begun, known = self._known
        if not begun <= first < last <= begun + len(known):
            self._known = first, self._ask(first, last)
            begun, known = self._known
        return known[first - begun : last - begun]

    def _ask(self, first, last):
        several = []
        for step in range(first, last):
            try:
                several.append(positive(self._schedule(step), f"learning_rate({step})"))
            except Exception:
                if not several:
                    raise
                break
        return np.array(several)


def rates(values):
    """Give constant learning rates (m,) as a float64 array."""
    if callable(values):
        raise TypeError(f"learning_rates must be constant rates (m,), not the schedule {short(values)}")
    several = array(values, "learning_rates")
    if several.ndim != 1:
        hint = f"; for one rate write [{several}]" if not several.ndim else ""
        raise ValueError(f"learning_rates has shape {several.shape}, but must be (m,){hint}")
    if not several.size:
        raise ValueError("learning_rates is empty; give at least one rate")
    for i, rate in enumerate(several):
        positive(rate, f"learning_rates[{i}]")
    return several


# A reader's own problem and rule: what they do to an array stays there, and what they give is looked at.


def rows_of(problem):
    """Give the problem's n, and see that it has what descent asks for."""
    wanted = "a problem needs n, loss(w) and gradient(w, rows)"
    if isinstance(problem, type):
        raise TypeError(f"{wanted}; {problem.__name__} is a class: make a problem of it first")
    for name in ("n", "loss", "gradient"):
        if not hasattr(problem, name):
            raise TypeError(f"{wanted}; {short(problem)} has no {name}")
    for name in ("loss", "gradient"):
        if not callable(getattr(problem, name)):
            raise TypeError(f"{wanted}; its {name} is no function, but {short(getattr(problem, name))}")
    return whole(problem.n, "problem.n", 1, MOST_ROWS)


def slopes(answer, w, name):
    """Give what a reader's gradient answers at w, float64 and in the shape of w."""
    if not (type(answer) is np.ndarray and answer.dtype is FLOAT64):
        answer = real(answer, f"{name} at w = {short(w)}")
    if answer.shape != w.shape:
        raise ValueError(
            f"at w of shape {w.shape} the gradient has shape {answer.shape}; they must be equal: "
            "write loss and gradient over the first axis, such as w[0]**2 and 2*w"
        )
    return answer


def height(answer, w, name):
    """Give what a reader's loss answers at w, a float."""
    if type(answer) in (float, np.float64):
        return float(answer)
    return number(answer, f"{name} at w = {short(w)}")


class Gradient:
    """problem.gradient, asked with copies; gives a new float64 array in the shape of w, infinity included."""

    def __init__(self, problem):
        self._ask = problem.gradient

    def __call__(self, w, rows):
        """Give the gradient at w (d,), as `rows` see it; None for all of them."""
        try:
            answer = self._ask(w.copy(), rows if rows is None else rows.copy())
        except OverflowError:  # where Python's own numbers give up, NumPy's are infinite
            return np.full(w.shape, np.inf)
        except TypeError:
            function(self._ask, "problem.gradient", "w", "rows")  # is it called wrongly?
            raise
        return slopes(answer, w, "problem.gradient").copy()


class Loss:
    """problem.loss, asked with copies; gives a float, infinity included."""

    def __init__(self, problem):
        self._ask = function(problem.loss, "problem.loss", "w")

    def __call__(self, w):
        """Give the loss at w (d,)."""
        try:
            answer = self._ask(w.copy())
        except OverflowError:
            return np.inf
        return height(answer, w, "problem.loss")


def point(value, name):
    """Give one w as a new array (d,), finite; a number as (1,)."""
    w = np.array(array(value, name), ndmin=1)  # a copy: the caller's array stays as it is
    if w.ndim != 1 or not w.size:
        raise ValueError(f"{name} has shape {w.shape}, but must be a number or (d,)")
    return w


def start(problem, value):
    """Give the start as a new array (d,), and see that the problem answers there."""
    w = point(value, "start")
    try:
        with np.errstate(all="ignore"):
            Gradient(problem)(w, np.array([0]))
    except Exception as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"the problem can't be asked at a start of shape {w.shape}: {error}") from error
    return w


class Rule:
    """A reader's own rule; its direction is looked at."""

    def __init__(self, rule):
        if isinstance(rule, type):
            raise TypeError(f"rule is the class {rule.__name__}; make one of it: {rule.__name__}()")
        self._rule = function(rule, "rule", "gradient", "memory", "step")

    def __call__(self, gradient, memory, step):
        """Give (direction, memory)."""
        answer = self._rule(gradient, memory, step)
        if not (isinstance(answer, tuple) and len(answer) == 2):
            raise TypeError(f"rule must give (direction, memory), not {short(answer)}, at step {step}")
        direction, memory = answer
        if not (type(direction) is np.ndarray and direction.dtype is FLOAT64):
            direction = real(direction, f"the direction of rule at step {step}")
        if direction.shape != gradient.shape:
            raise ValueError(
                f"rule gives a direction of shape {direction.shape} at step {step}; "
                f"it must be that of the gradient, {gradient.shape}"
            )
        return direction, memory


def short(value):
    """Give a value as a message shows it."""
    return line(_printed(repr, value))


def line(text, most=60):
    """Give a name or a message as one line, with � for what would break or turn it, cut where it is long."""
    text = _BREAKS.sub("�", " ".join(_printed(str, text).split()))
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _printed(how, value):
    try:
        return how(value)
    except Exception:  # or a whole number of thousands of digits
        return f"a {type(value).__name__} that can't be printed"
