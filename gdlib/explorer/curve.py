"""The view of one weight: a ball on its curve."""

from __future__ import annotations

import numpy as np

from gdlib import plotting, roads
from gdlib.explorer.view import View, axes, known_minima

#: how far the curve goes on beyond each side of the window, in windows: a ball may roll out, and come back
BEYOND = 0.6
#: places of the curve, close enough that the ball's height between two of them is a straight line
PLACES = 1601


class Curve(View):
    """The loss over one weight.

    Args:
        problem: anything with one weight.
        window: (low, high), the weights shown.
    """

    name = "curve"
    weights = ("w",)
    sides = (("to the left", "to the right"),)

    def __init__(self, problem, window):
        (low, high) = window
        self.window = [window]
        self.minima = known_minima(problem, 1)
        self.depths = roads.losses(problem, self.minima)
        w = np.linspace(low - BEYOND * (high - low), high + BEYOND * (high - low), PLACES)
        self._w, self._loss = w, roads.losses(problem, w[:, None])
        seen = self._loss[(w >= low) & (w <= high)]
        seen = seen[np.isfinite(seen)]
        if not seen.size:
            raise ValueError(f"the loss is not a finite number anywhere in the window ({low:g}, {high:g})")
        bottom, height = seen.min(), np.ptp(seen) or 1.0
        self.least = float(min(bottom, self.depths.min(initial=np.inf)))
        self.most = self.least + 2 * height
        self.ax = axes((5.4, 3.8), xlim=window, ylim=(bottom - 0.08 * height, seen.max() + 0.12 * height))
        plotting.curve(self.ax, w, self._loss)
        self.track = w, self._loss

    def spots(self, weights, losses, steps):
        """Data coordinates of points."""
        return weights[..., 0], losses

    def start_at(self, x, y):
        """The weights of a place on the picture."""
        return [x]

    def hills(self, w, v):
        """Whether a top of the curve stands between two places."""
        low, high = sorted((w[0], v[0]))
        between = self._loss[(self._w > low) & (self._w < high)]
        return bool(((between[1:-1] > between[:-2]) & (between[1:-1] > between[2:])).any())
