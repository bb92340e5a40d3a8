"""Gradient descent, all of it: look at the gradient, take a step against it, look again.

Batch, mini-batch and stochastic gradient descent are one loop. They differ only in which rows of the
data each step sees: all of them, a few, or one. A rule (rules.py) says what a step makes of the gradient.

On data a compiled copy runs where it can (kernel.py), many times faster; tests hold the two equal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gdlib import checks, roads, rules
from gdlib.batches import Batches, Epochs, Given, Rng
from gdlib.path import Path, warn_if_diverged
from gdlib.problems import Problem
from gdlib.progress import bar
from gdlib.rules import Rule
from gdlib.schedules import Rate


def loop(gradient, w, rate, batches, rule):
    """The loop. After each step, yield the weights.

    Args:
        gradient: function of the weights and the rows; gives the shape of w.
        w: the first weights, (d,) or in a sweep (d, m).
        rate: function of the step, 0, 1, ...
        batches: the rows of each step.
        rule: what a step makes of the gradient.
    """
    memory = None
    for step, rows in enumerate(batches):
        g = gradient(w, rows)
        direction, memory = rule(g, memory, step)
        w = w - rate(step) * direction
        yield w


def record(walk, start, every, tick):
    """Follow a walk to its end, or to its last finite point.

    Returns:
        The steps that are kept (the start, each `every`-th, the last) and their weights, (points, d).
    """
    kept, weights = [0], [start]
    step, last = 0, start
    for w in walk:
        if not np.isfinite(w).all():
            break
        step, last = step + 1, w
        if step % every == 0:
            kept.append(step)
            weights.append(w)
        tick(step)
    if kept[-1] != step:
        kept.append(step)
        weights.append(last)
    return np.array(kept), np.array(weights)


def descend(
    problem: Problem,
    start: ArrayLike,
    learning_rate: Rate,
    batches: Batches,
    *,
    rule: Rule | None = None,
    momentum: float = 0.0,
    nesterov: bool = False,
    record_every: int = 1,
    progress: bool = False,
) -> Path:
    """Take one step for each batch.

    Args:
        problem: anything with n, loss and gradient.
        start: the first weights, (d,); a number where d = 1.
        learning_rate: a float, or a function of the step (0, 1, ...).
        batches: for each step an array of row numbers, or None for all the rows.
        rule: such as rules.adam().
        momentum, nesterov: short for rule=rules.momentum(momentum, nesterov).
        record_every: keep each so-many-th step, beside the first and the last.
        progress: show a bar.

    Returns:
        Path, which ends at the last finite point where the run diverges.

    Raises:
        ValueError, TypeError: for bad input, before the first step.

    >>> from gdlib import landscapes
    >>> descend(landscapes.parabola(), 1.0, 0.25, [None] * 3).weights.ravel()
    array([1.   , 0.5  , 0.25 , 0.125])
    """
    n = checks.rows_of(problem)
    if not (isinstance(batches, Epochs) and batches.n == n):
        batches = Given(n, batches)
    w, rate = checks.start(problem, start), checks.Rates(learning_rate)
    rule = rules.chosen(rule, momentum, nesterov)
    every = checks.interval(record_every, "record_every", len(batches))
    checks.fits_memory(len(batches) // every + 2, len(w))

    with np.errstate(all="ignore"), bar(batches, progress) as tick:
        if roads.compiled(problem, rule, batches):
            from gdlib import kernel

            kept, weights = kernel.record(problem, w, rate, batches, rule, every, tick)
        else:
            walk = loop(roads.gradient(problem), w, rate, batches.each(), rule)
            kept, weights = record(walk, w, every, tick)

    path = Path(problem, batches, kept, weights)
    warn_if_diverged(path, rate)
    return path


def batch_gd(
    problem: Problem,
    start: ArrayLike,
    learning_rate: Rate,
    epochs: int,
    *,
    rule: Rule | None = None,
    momentum: float = 0.0,
    nesterov: bool = False,
    record_every: int = 1,
    progress: bool = False,
) -> Path:
    """Each step sees all the rows, so an epoch is one step. For the rest see descend."""
    n = checks.rows_of(problem)
    return descend(
        problem, start, learning_rate, Epochs(n, epochs, n), rule=rule, momentum=momentum,
        nesterov=nesterov, record_every=record_every, progress=progress,
    )  # fmt: skip


def minibatch_gd(
    problem: Problem,
    start: ArrayLike,
    learning_rate: Rate,
    epochs: int,
    batch_size: int,
    *,
    rng: Rng = None,
    rule: Rule | None = None,
    momentum: float = 0.0,
    nesterov: bool = False,
    record_every: int = 1,
    progress: bool = False,
) -> Path:
    """Each step sees `batch_size` rows, shuffled every epoch; the short last batch is kept."""
    n = checks.rows_of(problem)
    return descend(
        problem, start, learning_rate, Epochs(n, epochs, batch_size, rng), rule=rule, momentum=momentum,
        nesterov=nesterov, record_every=record_every, progress=progress,
    )  # fmt: skip


def stochastic_gd(
    problem: Problem,
    start: ArrayLike,
    learning_rate: Rate,
    epochs: int,
    *,
    rng: Rng = None,
    rule: Rule | None = None,
    momentum: float = 0.0,
    nesterov: bool = False,
    record_every: int = 1,
    progress: bool = False,
) -> Path:
    """Each step sees one row: minibatch_gd with batch_size 1."""
    return minibatch_gd(
        problem, start, learning_rate, epochs, 1, rng=rng, rule=rule, momentum=momentum,
        nesterov=nesterov, record_every=record_every, progress=progress,
    )  # fmt: skip
