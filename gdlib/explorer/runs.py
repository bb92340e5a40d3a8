"""What a figure shows: runs, each at all its learning rates and with every step that was made."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Run:
    """One kind of descent at m learning rates, or the path of anything that descends.

    Attributes:
        name: what it is called in the figure.
        weights: (m, points, d), the start first; NaN from where a path is no longer finite.
        losses: (m, points).
        slopes: (m, points), of a curve; None on a map.
        style: color, linestyle and marker, as in plotting.STYLES.
        epochs: (points,), the passes over the data made; None where they are not counted.
        seconds: the time of one step, as measured; None where it is not counted.
        limit: above this rate nothing settles; None where that is not known.
        law: the formula of the limit.
        noisy: a step sees a part of the data only; None where that is not known.
        every: the steps from one point to the next, where not every step was recorded.
        ends: (m,), the last point at which path and loss are finite numbers; -1 where not even the start is.
        choice: the place of the second slider at which it is seen; None for always.
    """

    name: str
    weights: np.ndarray
    losses: np.ndarray
    style: dict
    slopes: np.ndarray | None = None
    epochs: np.ndarray | None = None
    seconds: float | None = None
    limit: float | None = None
    law: str = "2/L"
    noisy: bool | None = None
    choice: float | None = None
    every: int = 1
    ends: np.ndarray = field(init=False)

    def __post_init__(self):
        finite = np.isfinite(self.weights).all(axis=2) & np.isfinite(self.losses)
        lost = ~finite
        self.ends = np.where(lost.any(axis=1), lost.argmax(axis=1), lost.shape[1]) - 1

    @property
    def points(self) -> int:
        """How many points there are, the start among them."""
        return self.weights.shape[1]

    @property
    def steps(self) -> int:
        """How many steps were made, recorded or not."""
        return self.every * (self.points - 1)

    def times(self, clock: str) -> np.ndarray:
        """(points,), what a clock says at each point."""
        made = self.every * np.arange(self.points)
        return {"steps": made, "epochs": self.epochs, "seconds": self.seconds and made * self.seconds}[clock]
