"""The view of two weights: balls on a map, to equal scales, with a star at each minimum."""

from __future__ import annotations

import numpy as np

from gdlib import plotting, roads
from gdlib.explorer.view import View, axes, known_minima

#: width of the picture in inches, and the least and the largest height of its axes, in widths of them
WIDE, FLAT, TALL = 5.1, 0.55, 1.0
#: sides that differ by more than this can't be drawn to one scale
APART = 6
LINES = 14


class Map(View):
    """The loss over two weights.

    Args:
        problem: anything with two weights.
        window: ((low, high), (low, high)), the weights that are shown at least.
    """

    name = "map"
    weights = ("w₀", "w₁")
    sides = (("to the left", "to the right"), ("below", "above"))

    def __init__(self, problem, window):
        self.window, share = _to_one_scale(np.array(window, dtype=float))
        self.minima = known_minima(problem, 2)
        self.depths = roads.losses(problem, self.minima)
        grid = np.stack(np.meshgrid(*(np.linspace(*side, 121) for side in self.window)))
        loss = roads.losses(problem, np.moveaxis(grid, 0, -1))
        seen = loss[np.isfinite(loss)]
        if not seen.size:
            raise ValueError(
                f"the loss is not a finite number anywhere in the window {np.array(window).tolist()}"
            )
        self.least = float(min(seen.min(), self.depths.min(initial=np.inf)))
        height = float(np.ptp(seen)) or 1.0
        self.most = self.least + 1.5 * height
        across = 0.78 * WIDE
        self.ax = axes((WIDE, across * share / 0.81), xlim=self.window[0], ylim=self.window[1])
        self.ax.locator_params(nbins=6)
        levels = seen.min() + height * np.linspace(0, 1, LINES) ** 2
        if np.ptp(seen) > 0 and (np.diff(levels) > 0).all():  # else the loss is level, but for rounding
            loss = np.ma.masked_invalid(loss)
            plotting.shades(self.ax, grid, loss, levels)
            plotting.contours(self.ax, grid, loss, levels[1:], cmap=None, colors="#9fb3c4", linewidths=0.8)
        self.ax.set(xlabel="weight $w_0$", ylabel="weight $w_1$")
        plotting.minima(self.ax, *self.minima.T, markersize=15)

    def spots(self, weights, losses, steps):
        """Data coordinates of points."""
        return weights[..., 0], weights[..., 1]

    def start_at(self, x, y):
        """The weights of a place on the picture."""
        return [x, y]


def _to_one_scale(window):
    """The window, made larger so that both scales are equal and the picture is neither flat nor tall.

    Returns:
        The window, and the height of the axes as a share of their width.
    """
    wide, high = np.ptp(window, axis=1)
    if max(wide / high, high / wide) > APART:  # one scale would show next to nothing
        return window.tolist(), 0.75
    share = float(np.clip(high / wide, FLAT, TALL))
    more = np.maximum([high / share, wide * share], [wide, high]) / [wide, high]
    middle, half = window.mean(axis=1, keepdims=True), np.ptp(window, axis=1)[:, None] / 2
    return (middle + half * [-1, 1] * more[:, None]).tolist(), share
