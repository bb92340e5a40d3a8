"""Refuse bad input before the first step, and say what was wrong, where, and what would be right."""

import math
import operator

import numpy as np


def array(value, name):
    """Give `value` as a float64 array, or say which entry is not a finite number."""
    try:
        numbers = np.asarray(value)
        if numbers.dtype.kind not in "biuf":
            raise TypeError
        numbers = numbers.astype(float, order="C", copy=False)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must hold real numbers in equal rows, not {_short(value)}") from None
    if not np.isfinite(numbers).all():
        place = np.unravel_index(np.argmin(np.isfinite(numbers)), numbers.shape)
        where = {1: " at position {}", 2: " at row {}, column {}"}.get(len(place), "").format(*place)
        raise ValueError(f"{name} holds {numbers[place]}{where}; every entry must be finite")
    return numbers


def data(X, y):
    """Give X (n, d) and y (n,) as float64 arrays; without a copy where they are so already."""
    X, y = array(X, "X"), array(y, "y")
    if X.ndim != 2:
        hint = "; for one feature write X.reshape(-1, 1)" if X.ndim == 1 else ""
        raise ValueError(f"X has shape {X.shape}, but must be (n, d): a row for each sample{hint}")
    if 0 in X.shape:
        raise ValueError(f"X has shape {X.shape}: an empty data set has nothing to learn from")
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


def start(problem, value):
    """Give the start as a new array (d,), and see that the problem can be asked there."""
    w = np.array(array(value, "start"), ndmin=1)  # a copy: the caller's array stays as it is
    if w.ndim != 1 or not w.size:
        raise ValueError(f"start has shape {w.shape}, but must be a number or (d,)")
    with np.errstate(all="ignore"):
        slope = np.shape(problem.gradient(w, np.array([0])))
    if slope != w.shape:
        raise ValueError(
            f"at a start of shape {w.shape} the gradient has shape {slope}; they must be equal: "
            "write loss and gradient over the first axis, such as w[0]**2 and 2*w"
        )
    return w


def rate(value, place="learning_rate"):
    """Give a learning rate as a float; `place` says where it came from."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{place} must be a number or a function of the step, not {_short(value)}") from None
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"{place} is {number:g}, but must be finite and greater than 0")
    return number


class Rates:
    """A learning rate as a function of the step, from a float or from a function; checked."""

    def __init__(self, value):
        self._schedule = value if callable(value) else None
        self._constant = None if callable(value) else rate(value)

    def __call__(self, step):
        """Give the rate of one step."""
        if self._schedule is None:
            return self._constant
        return rate(self._schedule(step), f"learning_rate({step})")

    def between(self, first, last):
        """Give the rates of the steps first, ..., last - 1 as an array."""
        if self._schedule is None:
            return np.full(last - first, self._constant)
        return np.array([self(step) for step in range(first, last)])


def whole(value, name, least, most=None):
    """Give a whole number from `least` to `most`."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, not {_short(value)}") from None
    if number < least or (most is not None and number > most):
        span = f"at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} is {number}, but must be {span}")
    return number


def momentum(value):
    """Give the momentum as a float in [0, 1)."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"momentum must be a number, not {_short(value)}") from None
    if not 0 <= number < 1:
        raise ValueError(f"momentum is {number:g}, but must be at least 0 and less than 1")
    return number


def rows(value, n, place):
    """Give one batch as an array of row numbers in 0..n-1."""
    batch = np.asarray(value)
    if batch.ndim != 1 or batch.dtype.kind not in "iu":
        raise TypeError(f"{place} must be a 1-D array of whole row numbers, not {_short(value)}")
    if not batch.size:
        raise ValueError(f"{place} is empty; a step needs at least one row")
    wrong = np.flatnonzero((batch < 0) | (batch >= n))
    if wrong.size:
        raise ValueError(f"{place} names row {batch[wrong[0]]}, but the rows are 0 to {n - 1}")
    return batch.astype(np.intp)


def _short(value):
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
