"""The live figures of the lessons: a ball on a curve, and paths on a map. They are made by widget.py."""

import numpy as np

from gdlib import checks, plotting, roads
from gdlib.batches import Epochs
from gdlib.explorer.widget import Explorer, Run, axes
from gdlib.sweep import sweep

__all__ = ["Explorer", "Run", "explore_curve", "explore_map"]

_POINTS = 15_000  # kept of all paths together, so that an exported explorer stays under 400 kB


def explore_curve(
    problem, start, learning_rates, steps=40, *, momentum=None, window=None, learning_rate=None
):
    """An Explorer of a ball on a curve, with its tangent, its next step and its loss.

    Args:
        problem: a Landscape with d = 1, data with one weight, or any problem with one.
        start: where the ball begins.
        learning_rates: (m,), rising: the places of the slider.
        steps: how many steps are made.
        momentum: a number, for a second ball beside that has it; several, rising, for a second slider.
        window: (low, high), the weights shown; None for the landscape's own.
        learning_rate: the rate to begin with; None for the middle one.

    >>> from gdlib import landscapes
    >>> explore_curve(landscapes.parabola(), -2.5, np.geomspace(0.01, 1.2, 120))
    Explorer(120 learning rates 0.01 to 1.2, start [-2.5])
    """
    start = _start(start, 1)
    window = roads.known(problem, "window") if window is None else [window]
    if window is None:
        raise ValueError("the problem has no window of its own: give window=(low, high), the weights to show")
    low, high = window[0]
    beyond = 0.6 * (high - low)  # a ball may roll out, and come back
    w = np.linspace(low - beyond, high + beyond, 1601)
    loss = roads.losses(problem, w[:, None])
    seen = loss[(w >= low) & (w <= high)]
    bottom, top, height = seen.min(), seen.max(), np.ptp(seen)
    ax = axes((5.4, 3.8), xlim=(low, high), ylim=(bottom - 0.08 * height, top + 0.12 * height))
    plotting.curve(ax, w, loss)
    runs = _runs(problem, learning_rates, steps, momentum, None)
    options = {"curve": (w, loss), "learning_rate": learning_rate}
    return Explorer(ax, runs, learning_rates, start, (_least(problem, seen), 2 * top), **options)


def explore_map(
    problem, start, learning_rates, epochs, *, momentum=None, batch_size=None, seconds=None, window=None,
    learning_rate=None, rng=0,
):  # fmt: skip
    """An Explorer of paths on a contour map: of one descent; on data of batch, mini-batch and stochastic.

    Args:
        problem: a Landscape, LinearRegression, LogisticRegression or any problem with d = 2.
        start, learning_rates, momentum, learning_rate: as in explore_curve; start (2,).
        epochs: passes over the data; for a landscape, steps.
        batch_size: None for batch descent alone; a number, for batch, mini-batch of that size and
            stochastic at once; several, rising, for a second slider.
        seconds: {run: seconds for one update}, as measured, to count in seconds too.
        window: ((low, high), (low, high)), the weights shown; None for the landscape's own, or for
            data as far around the minimum as the start is away.
        rng: a seed; the same rows for every rate and every start.
    """
    start = _start(start, 2)
    window = roads.known(problem, "window") if window is None else window
    if window is None:
        if roads.known(problem, "lipschitz") is None:
            raise ValueError("the problem has no window of its own: give window=((low, high), (low, high))")
        least = sweep(problem, start, [1 / problem.lipschitz()], 3000)[0, -1]
        away = np.abs(start - least)
        reach = 1.25 * np.maximum(away, 0.6 * away.max())
        window = np.column_stack([least - reach, least + reach])
    grid = np.stack(np.meshgrid(*(np.linspace(*side, 121) for side in window)))
    loss = roads.losses(problem, np.moveaxis(grid, 0, -1))
    levels = loss.min() + np.ptp(loss) * np.linspace(0, 1, 14) ** 2
    ax = axes((5.1, 3.8), xlim=window[0], ylim=window[1])
    ax.locator_params(nbins=6)
    plotting.shades(ax, grid, loss, levels)
    plotting.contours(ax, grid, loss, levels[1:], cmap=None, colors="#9fb3c4", linewidths=0.8)
    runs = _runs(problem, learning_rates, epochs, momentum, batch_size, seconds, rng)
    options = {"count_in": "updates" if batch_size is None else "epochs", "learning_rate": learning_rate}
    return Explorer(ax, runs, learning_rates, start, (_least(problem, loss), 1.5 * loss.max()), **options)


def _start(start, d):
    w = np.array(checks.array(start, "start"), ndmin=1)
    if w.shape != (d,):
        raise ValueError(f"start has shape {w.shape}, but this figure has {d} weights: it must be ({d},)")
    return w


def _least(problem, seen):
    """The least loss: where the minimum is known, and else the least that is seen."""
    minimiser, minima = roads.known(problem, "minimiser"), roads.known(problem, "minima")
    if minimiser is not None:
        minima = minimiser()
    least = [] if minima is None else roads.losses(problem, checks.minima(minima))
    return float(min([np.min(seen), *least]))


def _limit(problem):
    """2/L: above this rate nothing settles, not even at the flattest minimum; None where no L is known."""
    minima, curvature = roads.known(problem, "minima"), roads.known(problem, "curvature")
    if minima is not None and curvature is not None:
        return 2 / round(min(float(curvature(w)) for w in checks.minima(minima)), 6)
    lipschitz = roads.known(problem, "lipschitz")
    return None if lipschitz is None or hasattr(problem, "minima") else 2 / lipschitz()


def _runs(problem, rates, epochs, momentum, batch_size, seconds=None, rng=None):
    """The function of a start that gives a lesson's runs."""
    n, limit = problem.n, _limit(problem)
    kinds = [("descent", n, 0.0, None)]  # name, batch size, momentum, second slider
    if np.ndim(batch_size):
        kinds = [("descent", size, 0.0, ("Batch size", size)) for size in batch_size]
    elif batch_size is not None:
        kinds = [("batch", n, 0.0, None), ("mini-batch", batch_size, 0.0, None), ("stochastic", 1, 0.0, None)]
    elif np.ndim(momentum):
        inert = [("with momentum", n, beta, ("Momentum", beta)) for beta in momentum]
        kinds = [("plain", n, 0.0, None), *inert]
    elif momentum is not None:
        kinds = [("plain", n, 0.0, None), (f"momentum {momentum:g}", n, momentum, None)]
    names = list(dict.fromkeys(name for name, *_ in kinds))
    if seconds is not None and not {*names} <= seconds.keys():
        raise ValueError(
            f"seconds is for {[*seconds]}, but must hold the time of an update of each of {names}"
        )
    most = min(160, max(2, _POINTS // (np.size(rates) * len(kinds))))

    def run(start, name, size, inertia, second):
        batches = Epochs(n, epochs, size)
        kept = np.linspace(0, len(batches), min(most, len(batches)) + 1).astype(int)
        paths = sweep(problem, start, rates, epochs, batch_size=size, momentum=inertia, rng=rng)[:, kept]
        passes, style = batches.seen(kept), list(plotting.METHODS.values())[names.index(name)]
        clocks = {"updates": kept} | ({} if batch_size is None else {"epochs": passes, "samples": passes * n})
        clocks |= {} if seconds is None else {"seconds": kept * seconds[name]}
        with np.errstate(all="ignore"):
            losses = roads.losses(problem, paths)
            slopes = {"slope": roads.gradients(problem, paths)[..., 0]} if len(start) == 1 else {}
        weights = ["w"] if slopes else ["w₀", "w₁"]
        readings = dict(zip(weights, np.moveaxis(paths, -1, 0), strict=True)) | slopes | {"loss": losses}
        highest = limit and limit * (1 + inertia)
        law = "2(1 + β)/L" if inertia else "2/L"
        return Run(name, paths, losses, clocks, readings, style, highest, law, size < n, second)

    return lambda start: [run(start, *kind) for kind in kinds]
