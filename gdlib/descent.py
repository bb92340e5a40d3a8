"""Gradient descent, all of it: look at the slope, take a step against it, look again.

Batch, mini-batch and stochastic gradient descent are one loop. They differ only in which rows of the
data each step sees: all of them, a few, or one. What a step makes of the gradient is said by a rule
(rules.py): the gradient itself, or with momentum, or as Adam does.

On data, where Numba is there, a compiled copy of this loop runs in its place, thousands of times
faster (kernel.py); tests hold the two equal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gdlib import checks, roads, rules
from gdlib.batches import Epochs, Given
from gdlib.path import Path, warn_if_diverged
from gdlib.progress import bar

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from gdlib.problems import Problem
    from gdlib.rules import Rule

    #: a constant, or a function of the step
    Rate = float | Callable[[int], float]
    #: None, a seed or a Generator
    Rng = int | np.random.Generator | None


def loop(gradient, w, rate, batches, rule):
    """The loop. After each step, yield the weights.

    Args:
        gradient: function of the weights and the rows; gives (d,).
        w: the first weights, (d,).
        rate: function of the step, 0, 1, ...; gives a float.
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
        The steps that are kept (points,): 0, each `every`-th and the last; and their weights (points, d).
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
    batches: Sequence[ArrayLike | None],
    *,
    rule: Rule | None = None,
    momentum: float = 0.0,
    nesterov: bool = False,
    record_every: int = 1,
    progress: bool = False,
) -> Path:
    """Take one step for each batch.

    Args:
        problem: LinearRegression, LogisticRegression, Landscape, or anything with n, loss and gradient.
        start: the first weights, (d,); a number where d = 1.
        learning_rate: a float, or a function of the step (0, 1, ...).
        batches: a sequence of row-number arrays, one for each step; None in it means all the rows.
        rule: what a step makes of the gradient, such as rules.adam(); None for the two below.
        momentum: how much of the velocity stays from step to step, in [0, 1); 0 is plain descent.
        nesterov: look ahead along the velocity. Both are short for rules.momentum.
        record_every: keep the start, every so-many-th step, and the last.
        progress: show a bar that counts the epochs.

    Returns:
        Path, which ends at the last finite point where the run diverges.

    Raises:
        ValueError, TypeError: for bad input, before the first step; what a schedule, a rule or a
            gradient of one's own gives is checked step by step.

    >>> from gdlib import Landscape
    >>> valley = Landscape(lambda w: w[0] ** 2, lambda w: 2 * w)
    >>> descend(valley, 1.0, 0.25, [None] * 3).weights.ravel()
    array([1.   , 0.5  , 0.25 , 0.125])
    """
    n = checks.rows_of(problem)
    if not (isinstance(batches, Epochs) and batches.n == n):
        batches = Given(n, batches)
    w, rate = checks.start(problem, start), checks.Rates(learning_rate)
    rule = rules.chosen(rule, momentum, nesterov)
    every = checks.interval(record_every, "record_every", len(batches))
    checks.kept(len(batches) // every + 2, len(w))

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
    """Batch gradient descent: each step sees all the rows, so an epoch is one step.

    Args:
        epochs: how many passes over the data.
        (the others as in descend)
    """
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
    """Mini-batch gradient descent: each step sees `batch_size` rows, shuffled every epoch.

    Args:
        epochs: how many passes over the data.
        batch_size: rows in a batch, 1 to n; the short last batch of an epoch is kept.
        rng: None, a seed or a numpy Generator.
        (the others as in descend)
    """
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
    """Stochastic gradient descent: each step sees one row, shuffled every epoch.

    Args:
        epochs: how many passes over the data.
        rng: None, a seed or a numpy Generator.
        (the others as in descend)
    """
    return minibatch_gd(
        problem, start, learning_rate, epochs, 1, rng=rng, rule=rule, momentum=momentum,
        nesterov=nesterov, record_every=record_every, progress=progress,
    )  # fmt: skip
