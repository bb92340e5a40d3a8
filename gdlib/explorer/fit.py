"""The view of a line through data: the points and the line beside the map of its two weights."""

from __future__ import annotations

import numpy as np

from gdlib import plotting
from gdlib.explorer.map import Map
from gdlib.explorer.view import axes
from gdlib.problems import LogisticRegression


class Fit(Map):
    """The loss over w0 and w1, and beside it the data and w0 + w1 x.

    Args:
        problem: a LinearRegression or a LogisticRegression on X (n, 2), whose first column is ones.
        window: as of Map.
        names: of x and of y, on the axes of the data.
    """

    name = "fit"
    alt = (*Map.alt, "The data, and the line that the weights make")

    def __init__(self, problem, window, names):
        super().__init__(problem, window)
        x, y = problem.X[:, 1], problem.y
        self.squashed = isinstance(problem, LogisticRegression)
        self.data = axes((4.0, 3.2), 0.2, 0.17, xlim=_room(x), ylim=_room(y))
        for name, label in zip(names, (self.data.set_xlabel, self.data.set_ylabel), strict=True):
            label(name, parse_math=False)
        self.data.locator_params(nbins=5)
        self.data.plot(x, y, "o", ms=4, mew=0, color=plotting.INK, alpha=max(0.2, min(0.6, 100 / len(x))))
        for best in self.minima:
            self.line(best, color=plotting.INK, linestyle=":", lw=1.5)

    def ends(self, weights):
        """w0 + w1 x at the left and at the right side of the data's picture, each (...)."""
        return [weights[..., 0] + weights[..., 1] * x for x in self.data.get_xlim()]

    def line(self, w, **look):
        """Draw what the weights (2,) say of each x. Returns the line."""
        x = np.linspace(*self.data.get_xlim(), 101)
        y = w[0] + w[1] * x
        return self.data.plot(x, LogisticRegression._predict(y) if self.squashed else y, **look)[0]


def _room(values):
    """The least and the largest value, with room on both sides."""
    low, high = values.min(), values.max()
    room = 0.08 * (high - low) or 0.5 * max(1.0, abs(low))
    return low - room, high + room
