"""Gradient descent, all of it: look at the slope, take a step against it, look again.

Batch, mini-batch and stochastic gradient descent are one loop. They differ only in which
rows of the data each step sees: all of them, a few, or one.
"""

import warnings
from functools import cached_property

import numpy as np

from gdlib import checks
from gdlib.batches import Epochs, Given
from gdlib.progress import bar


def steps(problem, w, rate, passes, momentum=0.0, nesterov=False):
    """The loop. After each step, yield the weights.

        v <- momentum v + g            the velocity: this slope, and a fading memory of earlier ones
        w <- w - rate v                downhill
        w <- w - rate (g + momentum v)    the same with Nesterov's look ahead

    Args:
        problem: gives gradient(w, rows).
        w: weights (d,), or (d, m) for m runs side by side.
        rate: function of the step, 0, 1, ...; gives a float, or (m,) for m runs.
        passes: for each pass over the data the list of its batches.

    Source: the update of torch.optim.SGD, after Sutskever et al., ICML 2013.
    """
    step, velocity = 0, 0.0
    for batches in passes:
        for rows in batches:
            gradient = problem.gradient(w, rows)
            velocity = momentum * velocity + gradient
            w = w - rate(step) * (gradient + momentum * velocity if nesterov else velocity)
            step += 1
            yield w


def run(problem, w, rate, batches, momentum, nesterov, every, tick):
    """Follow the loop to its end, or to its last finite point; give the kept steps and their weights."""
    weights, kept, step = [w], [0], 0
    for ahead in steps(problem, w, rate, batches.passes(), momentum, nesterov):
        if not np.isfinite(ahead).all():
            break
        w, step = ahead, step + 1
        if step % every == 0:
            weights.append(w)
            kept.append(step)
        tick(step)
    if kept[-1] != step:
        weights.append(w)
        kept.append(step)
    return np.array(kept), np.array(weights)


def descend(
    problem, start, learning_rate, batches, *, momentum=0.0, nesterov=False, record_every=1, progress=False
):
    """Take one step for each batch.

    Args:
        problem: LinearRegression, LogisticRegression, Landscape, or anything with n, loss and gradient.
        start: the first weights, (d,); a number where d = 1.
        learning_rate: a float, or a function of the step (0, 1, ...).
        batches: a sequence of row-number arrays, one for each step; None in it means all the rows.
        momentum: how much of the velocity stays from step to step, in [0, 1).
        nesterov: look ahead along the velocity.
        record_every: keep the start, every so-many-th step, and the last.
        progress: show a bar that counts the epochs.

    Returns:
        Path, which ends at the last finite point where the run diverges.

    Raises:
        ValueError, TypeError: for bad input, before the first step; what a schedule gives is
            checked step by step.

    >>> from gdlib import Landscape
    >>> valley = Landscape(lambda w: w[0] ** 2, lambda w: 2 * w)
    >>> descend(valley, 1.0, 0.25, [None] * 3).weights.ravel()
    array([1.   , 0.5  , 0.25 , 0.125])
    """
    batches = batches if isinstance(batches, Epochs) else Given(problem.n, batches)
    w, rate = checks.start(problem, start), checks.Rates(learning_rate)
    momentum, every = checks.momentum(momentum), checks.whole(record_every, "record_every", 1)
    with np.errstate(over="ignore", invalid="ignore"), bar(batches, progress) as tick:
        how = momentum, bool(nesterov), every, tick
        kept, weights = _runner(problem, batches)(problem, w, rate, batches, *how)
    path = Path(problem, batches, kept, weights)
    if path.diverged:
        warnings.warn(
            f"step {kept[-1] + 1} at learning rate {rate(kept[-1]):g} is no longer finite: "
            f"the path ends at step {kept[-1]}; a smaller rate may settle",
            DivergenceWarning,
            stacklevel=2 if type(batches) is Given else 3,  # point at the reader's own line
        )
    return path


def batch_gd(problem, start, learning_rate, epochs, **options):
    """Batch gradient descent: each step sees all the rows, so an epoch is one step. See descend."""
    return descend(problem, start, learning_rate, Epochs(problem.n, epochs, problem.n), **options)


def minibatch_gd(problem, start, learning_rate, epochs, batch_size, *, rng=None, **options):
    """Mini-batch gradient descent: each step sees `batch_size` rows, shuffled every epoch. See descend.

    rng: None, a seed or a numpy Generator.
    """
    return descend(problem, start, learning_rate, Epochs(problem.n, epochs, batch_size, rng), **options)


def stochastic_gd(problem, start, learning_rate, epochs, *, rng=None, **options):
    """Stochastic gradient descent: each step sees one row, shuffled every epoch. See descend."""
    return descend(problem, start, learning_rate, Epochs(problem.n, epochs, 1, rng), **options)


def sweep(problem, start, learning_rates, epochs, *, batch_size=None, momentum=0.0, nesterov=False, rng=None):
    """The paths of many learning rates at once, all on the same rows.

    Args:
        learning_rates: (m,), each a constant rate.
        batch_size: rows in a batch; None means all of them.
        (the others as in minibatch_gd)

    Returns:
        (m, steps + 1, d); where a run diverges, NaN from its first point that is not finite.
    """
    rates = checks.array(learning_rates, "learning_rates")
    if rates.ndim != 1:
        raise ValueError(f"learning_rates has shape {rates.shape}, but must be (m,)")
    for i, rate in enumerate(rates):
        checks.rate(rate, f"learning_rates[{i}]")
    batches = Epochs(problem.n, epochs, problem.n if batch_size is None else batch_size, rng)
    w = np.repeat(checks.start(problem, start)[:, None], len(rates), axis=1)
    if batches.whole and hasattr(problem, "compressed"):
        problem = problem.compressed()
    momentum = checks.momentum(momentum)
    with np.errstate(over="ignore", invalid="ignore"):
        run = steps(problem, w, lambda step: rates, batches.passes(), momentum, nesterov)
        paths = np.array([w, *run]).transpose(2, 0, 1)
    lost = np.logical_or.accumulate(~np.isfinite(paths).all(axis=2), axis=1)
    return np.where(lost[:, :, None], np.nan, paths)


class Path:
    """Where a run has been: `len` points, and iteration over their weights.

    Attributes:
        weights: (points, d), the start first.
        steps: (points,), the number of steps made at each point.
        epochs: (points,), the passes over the data made at each point.
        losses: (points,), the loss on all the data, computed when first asked.
        batches: the sequence of row arrays, one for each step.
        diverged: True where the next step was no longer finite.
    """

    def __init__(self, problem, batches, steps, weights):
        self.problem, self.batches, self.steps, self.weights = problem, batches, steps, weights
        self.diverged = bool(steps[-1] < len(batches))

    @cached_property
    def epochs(self):
        return self.batches.seen(self.steps)

    @cached_property
    def losses(self):
        with np.errstate(over="ignore", invalid="ignore"):
            return np.array([float(self.problem.loss(w)) for w in self.weights])

    def __len__(self):
        return len(self.weights)

    def __iter__(self):
        return iter(self.weights)

    def __repr__(self):
        run = f"{self.steps[-1]} steps, {self.epochs[-1]:g} epochs, d = {self.weights.shape[1]}"
        if self.diverged:
            return f"Path({run}, diverged)"
        first, last = (self.problem.loss(w) for w in self.weights[[0, -1]])
        return f"Path({run}, loss {first:.4g} -> {last:.4g})"


class DivergenceWarning(RuntimeWarning):
    """The weights left the range of floating point numbers."""


def _runner(problem, batches):
    """The compiled loop where the problem has one, else the loop above."""
    if getattr(problem, "suits_kernel", lambda whole: False)(batches.whole):
        from gdlib import kernel  # loads Numba, and so waits until there are data

        if kernel.COMPILED:
            return kernel.run
    return run
