"""The live figures of the lessons: a ball on a curve, and paths on a map. They are made by widget.py."""

import numpy as np
from matplotlib import rc_context
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from gdlib import checks, plotting
from gdlib.batches import Epochs
from gdlib.descent import sweep
from gdlib.explorer.widget import STYLE, Explorer, Run

__all__ = ["Explorer", "Run", "explore_curve", "explore_map"]

_POINTS = 160  # of a path that are kept: of a longer one every second, third, ...
_SHADES = LinearSegmentedColormap.from_list("valley", ["#ffffff", "#b9cfe0"])


def explore_curve(
    landscape, start, learning_rates, steps=40, *, momentum=None, window=None, curvature=None,
    learning_rate=None,
):  # fmt: skip
    """A ball on a curve, with its tangent, its next step and its loss.

    Args:
        landscape: a Landscape with d = 1.
        start: where the ball begins.
        learning_rates: (m,), rising: the places of the slider.
        steps: how many steps are made.
        momentum: a number, for a second ball beside that has it; several, rising, for a second slider.
        window: (low, high), the weights shown; None for the landscape's own.
        curvature: L, which sets the threshold 2/L; None measures it at the flattest known minimum.
        learning_rate: the rate to begin with; None for the middle one.

    Returns:
        Explorer: live in a notebook, and in its exported page.

    >>> from gdlib import landscapes
    >>> explore_curve(landscapes.parabola(), -2.5, np.geomspace(0.01, 1.2, 120))
    Explorer(120 learning rates 0.01 to 1.2, start [-2.5])
    """
    if window is None and landscape.window is None:
        raise ValueError(
            "the landscape has no window of its own: give window=(low, high), the weights to show"
        )
    low, high = landscape.window[0] if window is None else window
    w = np.linspace(
        1.6 * low - 0.6 * high, 1.6 * high - 0.6 * low, 4001
    )  # a ball may roll out, and come back
    loss = landscape.loss(w[None])
    seen = loss[(w >= low) & (w <= high)]
    bottom, top, height = seen.min(), seen.max(), np.ptp(seen)
    first, *_, last = np.flatnonzero((loss > bottom - 2 * height) & (loss < top + 2 * height))
    ax = _axes((5.4, 3.8), (low, high), (bottom - 0.08 * height, top + 0.12 * height))
    plotting.curve(ax, w, loss)
    loss_range = (bottom - 0.1 * height, top + height) if bottom < 0 else (1e-6 * top, 2 * top)
    runs = _runs(landscape, learning_rates, steps, momentum, None, curvature, None, None)
    curve = np.column_stack([w, loss])[first : last + 1]
    second = ("Momentum", momentum) if np.ndim(momentum) else None
    return Explorer(
        ax, runs, learning_rates, start, loss_range, curve=curve, second=second, learning_rate=learning_rate
    )


def explore_map(
    problem, start, learning_rates, epochs, *, momentum=None, batch_size=None, seconds=None, window=None,
    curvature=None, learning_rate=None, rng=0,
):  # fmt: skip
    """Paths on a contour map: one descent on a landscape; batch, mini-batch and stochastic on data.

    Args:
        problem: a Landscape, LinearRegression or LogisticRegression with d = 2.
        start, learning_rates, momentum, curvature, learning_rate: as in explore_curve; start (2,).
        epochs: passes over the data; for a landscape, steps.
        batch_size: None for batch descent alone; a number, for batch, mini-batch of that size and
            stochastic at once; several, rising, for a second slider.
        seconds: {run: seconds for one update}, as measured, to count in seconds too.
        window: ((low, high), (low, high)), the weights shown; None for the landscape's own, or for
            data as far around the minimum as the start is away.
        rng: a seed; the same rows for every rate and every start.

    Returns:
        Explorer, as explore_curve.
    """
    start = checks.array(start, "start")
    if start.shape != (2,):
        raise ValueError(f"start has shape {start.shape}, but a map has two weights: it must be (2,)")
    window = getattr(problem, "window", None) if window is None else window
    if window is None:
        least = sweep(problem, start, [1 / problem.lipschitz()], 3000)[0, -1]
        away = np.abs(start - least)
        reach = 1.25 * np.maximum(away, 0.6 * away.max())
        window = np.column_stack([least - reach, least + reach])
    grid = np.stack(np.meshgrid(*(np.linspace(*side, 121) for side in window)))
    loss = _loss(problem, np.moveaxis(grid, 0, -1))
    floor, height = loss.min(), np.ptp(loss)
    ax = _axes((5.1, 3.8), *window)
    levels = floor + height * np.linspace(0.06, 1, 13) ** 2
    ax.contourf(*grid, loss, [floor, *levels], cmap=_SHADES)
    plotting.contours(ax, grid, loss, levels, cmap=None, colors="#9fb3c4", linewidths=0.8)
    runs = _runs(problem, learning_rates, epochs, momentum, batch_size, curvature, seconds, rng)
    least = min(np.nanmin(run.losses) for run in runs(start))
    low = max(0.8 * least, 1e-6 * loss.max()) if floor >= 0 else floor - 0.05 * height
    second = [(n, v) for n, v in (("Momentum", momentum), ("Batch size", batch_size)) if np.ndim(v)]
    return Explorer(
        ax, runs, learning_rates, start, (low, 1.5 * loss.max()), second=next(iter(second), None),
        learning_rate=learning_rate, count_in="updates" if problem.n == 1 else "epochs",
    )  # fmt: skip


def _runs(problem, rates, epochs, momentum, batch_size, curvature, seconds, rng):
    """The function of a start that gives a lesson's runs."""
    n, limit = problem.n, _limit(problem, curvature)
    kinds = {"descent": [(n, 0.0)]}
    if np.ndim(batch_size):
        kinds = {"descent": [(size, 0.0) for size in batch_size]}
    elif batch_size is not None:
        kinds = {"batch": [(n, 0.0)], "mini-batch": [(batch_size, 0.0)], "stochastic": [(1, 0.0)]}
    elif momentum is not None:
        name = "with momentum" if np.ndim(momentum) else f"momentum {momentum:g}"
        kinds = {"plain": [(n, 0.0)], name: [(n, each) for each in np.atleast_1d(momentum)]}
    styled = [(*kind, style) for kind, style in zip(kinds.items(), plotting.METHODS.values(), strict=False)]
    return lambda start: [_run(problem, start, rates, epochs, limit, seconds, rng, *each) for each in styled]


def _run(problem, start, rates, epochs, limit, seconds, rng, name, variants, style):
    lengths = [epochs * -(-problem.n // size) for size, _ in variants]
    kept = [np.unique(np.r_[0 : steps : -(-steps // _POINTS), steps]) for steps in lengths]
    shape = len(variants), max(map(len, kept))
    weights = np.full(
        (len(variants), len(rates), shape[1], np.size(start)), np.nan
    )  # shorter paths end in NaN
    updates, passes = np.full(shape, np.nan), np.full(shape, np.nan)
    for k, (size, momentum) in enumerate(variants):
        path = sweep(problem, start, rates, epochs, batch_size=size, momentum=momentum, rng=rng)
        weights[k, :, : len(kept[k])] = path[:, kept[k]]
        updates[k, : len(kept[k])] = kept[k]
        passes[k, : len(kept[k])] = Epochs(problem.n, epochs, size).seen(kept[k])
    clocks = {"updates": updates}
    if problem.n > 1:
        clocks |= {"epochs": passes, "samples": passes * problem.n}
    if seconds is not None:
        if name not in seconds:
            raise ValueError(
                f"seconds has no entry for {name!r}; it must give the seconds of one update of every run"
            )
        clocks["seconds"] = updates * seconds[name]
    with np.errstate(all="ignore"):
        losses = _loss(problem, weights)
        slopes = problem.gradient(weights[None, ..., 0])[0] if weights.shape[-1] == 1 else None
    limits = None if limit is None else [limit * (1 + momentum) for _, momentum in variants]
    noisy = any(size < problem.n for size, _ in variants)
    return Run(name, weights, losses, clocks, style, slopes=slopes, limits=limits, noisy=noisy)


def _loss(problem, weights):
    """The loss at weights (..., d), in parts that memory bears."""
    flat = weights.reshape(-1, weights.shape[-1])
    parts = np.array_split(flat, -(-flat.shape[0] // 4096))
    return np.concatenate([np.ravel(problem.loss(part.T)) for part in parts]).reshape(weights.shape[:-1])


def _limit(problem, curvature):
    """2/L: above this rate nothing settles."""
    if curvature is None and hasattr(problem, "lipschitz"):
        curvature = problem.lipschitz()
    elif curvature is None and problem.minima is not None:
        h, bends = 1e-5, []
        for w in problem.minima:
            slopes = [
                (problem.gradient(w + h * e) - problem.gradient(w - h * e)) / (2 * h) for e in np.eye(len(w))
            ]
            bends.append(np.linalg.eigvalsh(np.array(slopes))[-1])
        curvature = round(float(min(bends)), 6)
    return None if curvature is None else 2 / curvature


def _axes(size, x, y):
    with rc_context(STYLE):
        ax = Figure(figsize=size, dpi=100).add_axes([0.13, 0.16, 0.85, 0.81])
    ax.set(xlim=x, ylim=y)
    return ax
