"""Which short cuts a problem may take; every other problem walks the loop of descent.py as it is read.

A short cut gives the same answer sooner, and was written for certain classes: for exactly these, and
with nothing of theirs replaced. An heir may have changed anything, and a stranger promises only n, loss
and gradient for one w; so both are asked step by step, and one w at a time.
"""

from __future__ import annotations

import numpy as np

from gdlib import checks, rules
from gdlib.many import one_by_one
from gdlib.problems import LARGE, PREDICTIONS, Landscape, LinearRegression, LogisticRegression

#: Losses of single rows that are asked for in one call, 32 MB.
MOST = 2**22
_OURS = (LinearRegression, LogisticRegression, Landscape)
#: What an heir may replace, so that what its parent knows of its loss holds no longer.
_MEANING = ("loss", "gradient", "factor", "_gradient", *PREDICTIONS)


def _said(kind):
    """What a class means, name by name."""
    return [getattr(kind, name, None) for name in _MEANING]


_WRITTEN = {kind: _said(kind) for kind in _OURS}


def exactly(problem, *kinds) -> bool:
    """Whether the problem is one of these classes itself, and its methods are those written there."""
    if type(problem) not in kinds or any(name in vars(problem) for name in _MEANING):
        return False
    return _WRITTEN[type(problem)] == _said(type(problem))


def regression(problem) -> bool:
    """Whether the problem is one of the two regressions."""
    return exactly(problem, LinearRegression, LogisticRegression)


def compiled(problem, rule, batches) -> bool:
    """Whether kernel.record may make the run.

    Whole batches of a large X are left to the loop: their gradient by itself works on all cores.
    """
    if not regression(problem) or type(rule) is not rules.momentum:
        return False
    if problem.y.shape != (problem.n,) or not _plain(problem.X) or not _plain(problem.y):
        return False  # they were replaced; machine code does not look where an array ends
    if batches.whole and problem.X.size >= LARGE:
        return False
    from gdlib import kernel  # loads Numba, and so waits until there are data

    return kernel.COMPILED


def _plain(values):
    return values.dtype == float and values.flags.c_contiguous


def compressed(problem, rule, batches, w):
    """For least squares a problem with the same gradient from at most d rows; otherwise the problem itself.

    By X = QR; the loss is less by a constant. Worth it where many gradients are needed: a sweep over
    n = 442, d = 11 costs 1/40. Not for rules that divide by the gradient's size, and not where an entry
    of the gradient at the start w is exactly zero: much could be made of the last digit, in which the
    two differ.
    """
    if not (exactly(problem, LinearRegression) and type(rule) is rules.momentum and batches.whole):
        return problem
    if not problem.gradient(w).all():
        return problem
    Q, R = np.linalg.qr(problem.X)
    scale = np.sqrt(len(R) / problem.n)
    X, y = R * scale, Q.T @ problem.y * scale
    return LinearRegression(X, y) if np.isfinite(X).all() and np.isfinite(y).all() else problem


def side_by_side(problem, rule) -> bool:
    """Whether the loop may take many w (d, m) at once and give what it gives one by one."""
    return exactly(problem, *_OURS) and not isinstance(rule, checks.Rule)


def gradient(problem):
    """The function of w and rows that the loop asks."""
    return problem._gradient if exactly(problem, *_OURS) else checks.Gradient(problem)


def gradient_of_many(problem, rule, batches, w):
    """The same for many weights (d, m), side by side, that all begin at w (d,).

    Rules that divide by the gradient's size make a whole step of its last digit where the rest cancels, as
    the intercept's does at w = 0 on standardised data. So for them the regressions are asked as a single
    run asks them, one w at a time: then both round alike.
    """
    if regression(problem) and type(rule) is not rules.momentum:
        return lambda w, rows: one_by_one(lambda one: problem._gradient(one.copy(), rows), w, w.shape[:1])
    return gradient(compressed(problem, rule, batches, w))


def loss(problem):
    """The function that gives the loss at one w (d,), a float."""
    return problem.loss if regression(problem) else checks.Loss(problem)


def losses(problem, points: np.ndarray) -> np.ndarray:
    """The losses at points (..., d): (...); NaN where a point is not finite."""
    return _at(problem, problem.loss, loss, points, ())


def gradients(problem, points: np.ndarray) -> np.ndarray:
    """The gradients at points (..., d): (..., d); NaN where a point is not finite."""
    answers = _at(problem, problem.gradient, _whole_gradient, points, points.shape[-1:])
    return np.moveaxis(answers, 0, -1)


def _whole_gradient(problem):
    ask = gradient(problem)
    return lambda w: ask(w, None)


def _at(problem, together, alone, points, shape):
    """Give (*shape, ...), by one call of `together` where it may be, else by calls of alone(problem)."""
    flat = points.reshape(-1, points.shape[-1])
    if side_by_side(problem, None):
        pieces = np.array_split(flat, min(len(flat), 1 + problem.n * len(flat) // MOST) or 1)
        answers = np.concatenate([np.asarray(together(piece.T)) for piece in pieces], axis=-1)
        answers = answers.reshape(*shape, *points.shape[:-1])
        return np.where(np.isfinite(points).all(axis=-1), answers, np.nan)
    return one_by_one(alone(problem), flat.T, shape).reshape(*shape, *points.shape[:-1])


def known(problem, name):
    """What the problem knows of itself beyond the three: `lipschitz`, `minimiser`, `minima`, ...; or None.

    An heir that has another loss or gradient than its parent, and says nothing of its own, does not know
    what its parent knew.
    """
    own = min(_age(problem, each) for each in _MEANING)
    return getattr(problem, name, None) if _age(problem, name) <= own else None


def _age(problem, name):
    """How far up a name is said: 0 by the problem itself, 1 by its class, 2 by that one's parent, ..."""
    places = [getattr(problem, "__dict__", {}), *map(vars, type(problem).__mro__)]
    return next((age for age, names in enumerate(places) if name in names), len(places))
