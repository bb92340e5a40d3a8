"""The live figures of the lessons: a ball on a curve, balls on a map, paths of anything that descends.

Each front below makes a view (curve.py, map.py, fit.py, traces.py) and the runs that go on it (runs.py), and
gives an Explorer (widget.py), which sends them to the browser (browser/).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gdlib import checks, plotting, roads
from gdlib import rules as gd_rules
from gdlib.batches import Epochs
from gdlib.explorer.curve import Curve
from gdlib.explorer.fit import Fit
from gdlib.explorer.map import Map
from gdlib.explorer.runs import Run
from gdlib.explorer.traces import Traces
from gdlib.explorer.view import limit
from gdlib.explorer.widget import RATE, Explorer
from gdlib.path import Path
from gdlib.problems import LinearRegression, LogisticRegression
from gdlib.sweep import sweep

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from gdlib.problems import Problem
    from gdlib.rules import Rule

#: The last step of a path that is given: the browser gets steps as float32, which are whole up to there.
EXACT = 2**24

__all__ = [
    "Explorer",
    "Run",
    "explore_curve",
    "explore_fit",
    "explore_map",
    "explore_paths",
    "explore_traces",
]


def explore_curve(
    problem: Problem,
    start: float,
    learning_rates: ArrayLike,
    steps: int = 40,
    *,
    rules: Mapping[str, Rule] | None = None,
    momentum: float | Sequence[float] | None = None,
    window: tuple[float, float] | None = None,
    learning_rate: float | None = None,
    slider: str = RATE,
) -> Explorer:
    """An Explorer of a ball on a curve, with its tangent, its next step and its loss.

    Args:
        problem: a Landscape with d = 1, data with one weight, or any problem with one.
        start: where the ball begins.
        learning_rates: (m,), rising: the places of the slider.
        steps: how many steps are made.
        rules: {name: rule}, for a ball of each side by side; None for plain descent.
        momentum: a number, for a second ball beside that has it; several, rising, for a second slider.
        window: (low, high), the weights shown; None for the problem's own.
        learning_rate: the rate to begin with; None for the middle one.
        slider: its name, where its places are not the rates themselves; "Own rate ×" where each rule has a
            rate of its own in its direction.

    >>> from gdlib import landscapes
    >>> explore_curve(landscapes.parabola(), -2.5, np.geomspace(0.01, 1.2, 120))
    Explorer(120 learning rates 0.01 to 1.2, start (−2.5))
    """
    start = _start(problem, start, 1)
    if window is None:
        (window, *_) = roads.known(problem, "window") or [None]
    if window is None:
        raise ValueError("the problem has no window of its own: give window=(low, high), the weights to show")
    view = Curve(problem, checks.window([window])[0])
    kinds = {"rules": rules, "momentum": momentum}
    options = {"learning_rate": learning_rate, "slider": slider}
    return _explorer(problem, view, start, learning_rates, steps, kinds, **options)


def explore_map(
    problem: Problem,
    start: ArrayLike,
    learning_rates: ArrayLike,
    epochs: int,
    *,
    rules: Mapping[str, Rule] | None = None,
    momentum: float | Sequence[float] | None = None,
    batch_size: int | Sequence[int] | None = None,
    seconds: Mapping[str, float] | None = None,
    window: Sequence[tuple[float, float]] | None = None,
    learning_rate: float | None = None,
    slider: str = RATE,
    rng: int = 0,
) -> Explorer:
    """An Explorer of paths on a contour map: of one descent; on data of batch, mini-batch and stochastic.

    Args:
        problem: a Landscape, LinearRegression, LogisticRegression or any problem with d = 2.
        start, learning_rates, rules, momentum, learning_rate, slider: as in explore_curve; start (2,).
        epochs: passes over the data; for a landscape, steps.
        batch_size: None for batch descent alone; a number, for batch, mini-batch of that size and
            stochastic at once; several, rising, for a second slider.
        seconds: {run: seconds for one step}, as measured, to count in seconds too.
        window: ((low, high), (low, high)), the weights that are shown at least; None for the problem's
            own, or for data as far around the minimum as the start is away.
        rng: a seed; the same rows for every rate and every start.
    """
    start = _start(problem, start, 2)
    view = Map(problem, _window(problem, start, window))
    kinds = {"rules": rules, "momentum": momentum, "batch_size": batch_size}
    options = {"learning_rate": learning_rate, "slider": slider}
    options["count_in"] = "steps" if batch_size is None else "epochs"
    return _explorer(problem, view, start, learning_rates, epochs, kinds, seconds, rng, **options)


def explore_fit(
    problem: LinearRegression | LogisticRegression,
    start: ArrayLike,
    learning_rates: ArrayLike,
    epochs: int,
    *,
    names: tuple[str, str] = ("x", "y"),
    batch_size: int | Sequence[int] | None = None,
    window: Sequence[tuple[float, float]] | None = None,
    learning_rate: float | None = None,
    rng: int = 0,
) -> Explorer:
    """An Explorer of a line through data: the ball on the map of w0 and w1, and w0 + w1 x through the points.

    Args:
        problem: on X (n, 2), whose first column is ones; of a LogisticRegression the curve of p is drawn.
        names: of x and of y, for the axes.
        start, learning_rates, epochs, batch_size, window, learning_rate, rng: as in explore_map.
    """
    if not isinstance(problem, LinearRegression | LogisticRegression):
        raise TypeError(
            f"problem must be a LinearRegression or a LogisticRegression, not {type(problem).__name__}"
        )
    start = _start(problem, start, 2)
    odd = np.flatnonzero(problem.X[:, 0] != 1)
    if odd.size:
        raise ValueError(
            f"the first column of X must be ones, for w0 is the line's height at x = 0, "
            f"but row {odd[0]} holds {problem.X[odd[0], 0]:g}"
        )
    view = Fit(problem, _window(problem, start, window), _names(names, 2))
    kinds = {"batch_size": batch_size}
    options = {"learning_rate": learning_rate, "count_in": "steps" if batch_size is None else "epochs"}
    return _explorer(problem, view, start, learning_rates, epochs, kinds, rng=rng, **options)


def explore_paths(
    problem: Problem,
    paths: Mapping[str, ArrayLike | Path],
    learning_rates: ArrayLike | None = None,
    *,
    window: Sequence | None = None,
    learning_rate: float | None = None,
    every: int = 1,
    names: Sequence[str] | None = None,
) -> Explorer:
    """An Explorer of paths that are ready, made by anything: PyTorch, Keras, a loop of one's own.

    Args:
        problem: gives the picture and the losses; one weight for a curve, two for a map.
        paths: {name: path}, each (points, d) or a Path, the start first; with learning_rates
            (m, points, d). They may have unlike lengths.
        learning_rates: (m,), rising, where there is a path for each of them; None for no slider.
        window: as in explore_curve or explore_map; None for the problem's own, or as far as the paths go.
        learning_rate: the rate to begin with; None for the middle one.
        every: steps from one point of a path to the next, where not every step was recorded.
        names: (d,), what the axes and the readings are called where they are not weights, such as
            ("first direction", "second direction"); None for w, or w₀ and w₁.

    >>> from gdlib import landscapes
    >>> explore_paths(landscapes.bowl(), {"mine": [[2, 1], [1, 0.5]]}, names=("width", "depth"))
    Explorer(mine, start (2, 1))
    """
    if not isinstance(paths, Mapping) or not paths:
        raise TypeError(
            f"paths must be {{name: path, ...}} with one path at least, not {type(paths).__name__}"
        )
    count = 1 if learning_rates is None else len(checks.rates(learning_rates))
    every = checks.whole(every, "every", 1, EXACT)
    weights = {str(name): _path(path, count, name, every) for name, path in paths.items()}
    if len(weights) < len(paths):
        raise ValueError(f"paths has the names {[*paths]}, but two of them are the same as text")
    sizes = {each.shape[2] for each in weights.values()}
    if len(sizes) > 1 or not sizes <= {1, 2}:
        raise ValueError(f"paths have {sorted(sizes)} weights; all must have one, or all two")
    if window is None:
        everywhere = np.concatenate([each.reshape(-1, *sizes) for each in weights.values()])
        window = roads.known(problem, "window") or _around(everywhere)
    sides = checks.window([window] if np.ndim(window) == 1 else window)
    view = Curve(problem, sides[0]) if sizes == {1} else Map(problem, sides)
    if names is not None:
        view.call(_names(names, len(sides)))
    runs = [
        _run(problem, name, path, style, every)
        for (name, path), style in zip(weights.items(), plotting.styles(len(weights)), strict=True)
    ]
    start = next(iter(weights.values()))[0, 0]
    return Explorer(view, runs, learning_rates, start, learning_rate=learning_rate)


def explore_traces(
    values: ArrayLike,
    losses: ArrayLike,
    learning_rates: ArrayLike,
    *,
    name: str = "curvature",
    every: int = 1,
    levels: ArrayLike | None = None,
    level: str = "2/rate",
    learning_rate: float | None = None,
) -> Explorer:
    """An Explorer of what was measured along a run of any size: its values and its losses against the step.

    Args:
        values: (m, points), what was measured at each rate, the start first; NaN from where a run is lost.
        losses: (m, points).
        learning_rates: (m,), rising: the places of the slider.
        name: what was measured, such as "curvature"; it names the axis and the reading.
        every: steps from one point to the next; no more than 2**24 in all.
        levels: (m,), for each rate a level to compare with, drawn as a dashed line; None for none.
        level: what that is called.
        learning_rate: the rate to begin with; None for the middle one.

    >>> explore_traces([[1, 1.5, 1.9], [1, 0.9, 1]], [[3, 2, 1], [3, 1, 1]], [1.0, 2.0], levels=[2.0, 1.0])
    Explorer(2 learning rates 1 to 2, start (1))
    """
    name, level = checks.line(name, 40), checks.line(level, 40)  # as the axis has room for
    rates = checks.rates(learning_rates)
    values, losses = checks.real(values, "values"), checks.real(losses, "losses")
    if values.ndim != 2 or len(values) != len(rates) or not values.shape[1]:
        raise ValueError(
            f"values has shape {values.shape}, but must be (m, points), a row for each of {len(rates)} rates"
        )
    if losses.shape != values.shape:
        raise ValueError(f"losses has shape {losses.shape}, but must have that of values, {values.shape}")
    if levels is not None:
        levels = checks.array(levels, "levels")
        if levels.shape != rates.shape:
            raise ValueError(
                f"levels has shape {levels.shape}, but must hold one for each of {len(rates)} rates"
            )
    every = checks.whole(every, "every", 1, EXACT // max(1, values.shape[1] - 1))
    view = Traces(name, values, losses, every, levels, level)
    run = Run("descent", values[..., None], losses, plotting.STYLES[0], every=every)
    last = run.times("steps")[-1]  # the whole of it is seen at once
    return Explorer(view, [run], rates, values[0, :1], learning_rate=learning_rate, step=last)


class _Kind(NamedTuple):
    """One kind of run: its rows a step, its rule, and the place of the second slider where it is seen."""

    name: str
    size: int
    rule: Rule
    choice: float | None = None


def _kinds(n, rules=None, momentum=None, batch_size=None):
    """The kinds of run that a figure shows, and the name of the second slider."""
    plain = gd_rules.momentum(0.0)
    if rules is not None:
        return [_Kind(str(name), n, gd_rules.chosen(rule, 0.0, False)) for name, rule in rules.items()], None
    if np.ndim(batch_size):
        sizes = [checks.whole(size, "batch_size", 1, n) for size in batch_size]
        return [_Kind("descent", size, plain, size) for size in sizes], "Batch size"
    if batch_size is not None:
        sizes = {"batch": n, "mini-batch": checks.whole(batch_size, "batch_size", 1, n), "stochastic": 1}
        return [_Kind(name, size, plain) for name, size in sizes.items()], None
    if np.ndim(momentum):
        betas = [checks.share(beta, "momentum") for beta in momentum]
        inert = [_Kind("with momentum", n, gd_rules.momentum(beta), beta) for beta in betas]
        return [_Kind("plain", n, plain), *inert], "Momentum"
    if momentum is not None:
        beta = checks.share(momentum, "momentum")
        return [_Kind("plain", n, plain), _Kind(f"momentum {beta:g}", n, gd_rules.momentum(beta))], None
    return [_Kind("descent", n, plain)], None


def _explorer(problem, view, start, rates, epochs, kinds, seconds=None, rng=0, **options):
    if sum(value is not None for value in kinds.values()) > 1:
        raise ValueError(f"give one of {', '.join(kinds)}: a figure compares one thing at a time")
    in_epochs = kinds.get("batch_size") is not None
    kinds, slider = _kinds(problem.n, **kinds)
    names = list(dict.fromkeys(kind.name for kind in kinds))
    if seconds is not None and not {*names} <= seconds.keys():
        raise ValueError(f"seconds is for {[*seconds]}, but must hold the time of a step of each of {names}")
    styles, base = dict(zip(names, plotting.styles(len(names)), strict=True)), limit(problem)

    def run_of(kind, start, rates):
        paths = sweep(problem, start, rates, epochs, batch_size=kind.size, rule=kind.rule, rng=rng)
        run = _run(problem, kind.name, paths, styles[kind.name])
        if in_epochs:
            run.epochs = Epochs(problem.n, epochs, kind.size).seen(run.times("steps"))
        run.seconds = None if seconds is None else seconds[kind.name]
        run.limit, run.law = _limit_of(kind.rule, base)
        run.noisy, run.choice = kind.size < problem.n, kind.choice
        return run

    def make(start, rates):
        return [run_of(kind, start, rates) for kind in kinds]

    rates = checks.rates(rates)
    second = (slider, [kind.choice for kind in kinds if kind.choice is not None]) if slider else None
    return Explorer(view, make(start, rates), rates, start, make=make, second=second, **options)


def _run(problem, name, weights, style, every=1):
    """A Run with the losses, and on a curve the slopes, of its paths (m, points, d)."""
    with np.errstate(all="ignore"):
        losses = roads.losses(problem, weights)
        slopes = roads.gradients(problem, weights)[..., 0] if weights.shape[2] == 1 else None
    return Run(name, weights, losses, style, slopes, every=every)


def _limit_of(rule, base):
    """Above which rate nothing settles, and its formula; None for rules of which no law is known."""
    if base is None or type(rule) is not gd_rules.momentum:
        return None, "2/L"
    if not rule.beta:
        return base, "2/L"
    if rule.nesterov:
        return base * (1 + rule.beta) / (1 + 2 * rule.beta), "2(1 + β)/(1 + 2β)L"
    return base * (1 + rule.beta), "2(1 + β)/L"


def _start(problem, start, d):
    checks.rows_of(problem)
    w = np.array(checks.array(start, "start"), ndmin=1)
    if w.shape != (d,):
        front = "explore_curve" if w.shape == (1,) else "explore_map" if w.shape == (2,) else "sweep"
        raise ValueError(
            f"start has shape {w.shape}, but this figure has {d} weights: it must be ({d},), or take {front}"
        )
    return checks.start(problem, w)


def _path(path, count, name, every):
    weights = checks.real(path.weights if isinstance(path, Path) else path, f"the path {str(name)!r}")
    weights = weights if weights.ndim == 3 else weights[None]
    if weights.ndim != 3 or len(weights) != count or not weights.shape[1]:
        raise ValueError(
            f"the path {str(name)!r} has shape {weights.shape}, but must be (points, d)"
            + (f", or ({count}, points, d) for {count} learning rates" if count > 1 else "")
        )
    steps = every * np.arange(weights.shape[1])
    if steps[-1] > EXACT:
        raise ValueError(f"the path {str(name)!r} ends at step {steps[-1]}; at most {EXACT} can be shown")
    if isinstance(path, Path) and not np.array_equal(path.steps, steps):
        kept = ", ".join(str(step) for step in path.steps[:4])
        raise ValueError(
            f"the path {str(name)!r} holds the points after {kept}, ... steps; with every={every} "
            f"they must be {every} apart to the last"
        )
    return weights


def _window(problem, start, window):
    """The weights that a map shows at least; None for the problem's own, or those around its minimum."""
    if window is None:
        window = roads.known(problem, "window") or _around_the_minimum(problem, start)
    return checks.window(window)


def _names(names, d):
    """What d weights are called, each on one line as the axis has room for."""
    several = isinstance(names, Sequence) and not isinstance(names, str)
    if not several or len(names) != d or not all(isinstance(name, str) for name in names):
        raise ValueError(f"names is {names!r}, but must hold {d} name{'s' * (d > 1)}, one for each axis")
    return [checks.line(name, 40) for name in names]


def _around_the_minimum(problem, start):
    minimiser, lipschitz = roads.known(problem, "minimiser"), roads.known(problem, "lipschitz")
    if minimiser is None and lipschitz is None:
        raise ValueError("the problem has no window of its own: give window=((low, high), (low, high))")
    least = minimiser() if minimiser else sweep(problem, start, [1 / lipschitz()], 3000)[0, -1]
    away = np.abs(start - least)
    far = away.max() if away.max() > 1e-9 else 1.0  # a start on the minimum still has its surroundings
    reach = 1.25 * np.maximum(away, 0.6 * far)
    return np.column_stack([least - reach, least + reach])


def _around(points):
    """A window around all the points that are finite."""
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        raise ValueError("no point of the paths is finite: give window=")
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.15 * np.maximum(high - low, 1e-3)
    return np.column_stack([low - room, high + room])
