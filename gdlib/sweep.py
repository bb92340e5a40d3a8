"""Many learning rates at once: what a slider needs before it moves."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gdlib import checks, roads, rules
from gdlib.batches import Epochs, Rng
from gdlib.descent import loop, record
from gdlib.problems import Problem
from gdlib.rules import Rule


def sweep(
    problem: Problem,
    start: ArrayLike,
    learning_rates: ArrayLike,
    epochs: int,
    *,
    batch_size: int | None = None,
    rule: Rule | None = None,
    momentum: float = 0.0,
    nesterov: bool = False,
    rng: Rng = None,
) -> np.ndarray:
    """The paths of many learning rates, all on the same rows.

    Each path is that of minibatch_gd with its rate, but for rounding.

    Args:
        learning_rates: (m,), each a constant rate.
        batch_size: rows in a batch; None means all of them.
        (the others as in minibatch_gd)

    Returns:
        (m, steps + 1, d); where a run diverges, NaN from its first point that is not finite.

    >>> from gdlib import landscapes
    >>> sweep(landscapes.parabola(), 1.0, [0.25, 0.5], 2)[:, :, 0]
    array([[1.  , 0.5 , 0.25],
           [1.  , 0.  , 0.  ]])
    """
    n = checks.rows_of(problem)
    rates = checks.rates(learning_rates)
    batches = Epochs(n, epochs, n if batch_size is None else batch_size, rng)
    w, rule = checks.start(problem, start), rules.chosen(rule, momentum, nesterov)
    checks.fits_memory(len(batches) + 1, len(rates) * len(w))
    with np.errstate(all="ignore"):
        quick = not batches.whole and roads.compiled(problem, rule, batches)
        if roads.side_by_side(problem, rule) and not quick:
            return _side_by_side(problem, w, rates, batches, rule)
        return _one_by_one(problem, w, rates, batches, rule)


def _side_by_side(problem, w, rates, batches, rule):
    """The loop once, with m weights (d, m) and m rates."""
    gradient = roads.gradient_of_many(problem, rule, batches, w)
    first = np.repeat(w[:, None], len(rates), axis=1)
    walk = loop(gradient, first, lambda step: rates, batches.each(), rule)
    paths = np.array([first, *walk]).transpose(2, 0, 1)
    return np.where(np.isfinite(paths).all(axis=2, keepdims=True), paths, np.nan)  # what is lost stays lost


def _one_by_one(problem, w, rates, batches, rule):
    """The loop once for each rate; compiled, where few rows a step make that quicker than side by side."""
    gradient = roads.gradient(problem)

    def follow(rate):
        if roads.compiled(problem, rule, batches):
            from gdlib import kernel

            return kernel.record(problem, w, checks.Rates(rate), batches, rule, 1, _silent)[1]
        return record(loop(gradient, w, lambda step: rate, batches.each(), rule), w, 1, _silent)[1]

    paths = np.full((len(rates), len(batches) + 1, len(w)), np.nan)
    for path, rate in zip(paths, rates, strict=True):
        weights = follow(rate)
        path[: len(weights)] = weights
    return paths


def _silent(step):
    """Nobody is told of the steps."""
