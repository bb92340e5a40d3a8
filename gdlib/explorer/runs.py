"""What a figure shows: runs, each at all its learning rates and with every step that was made."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Run:
    """One kind of descent at m learning rates, or the path of anything that descends.

    Attributes:
        name: what it is called in the figure.
        weights: (m, steps + 1, d), the start first; NaN from where a path is no longer finite.
        losses: (m, steps + 1).
        slopes: (m, steps + 1), of a curve; None on a map.
        style: color, linestyle and marker, as in plotting.STYLES.
        epochs: (steps + 1,), the passes over the data made; None where they are not counted.
        seconds: the time of one step, as measured; None where it is not counted.
        limit: above this rate nothing settles; None where that is not known.
        law: the formula of the limit.
        noisy: a step sees a part of the data only; None where that is not known.
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
    ends: np.ndarray = field(init=False)

    def __post_init__(self):
        finite = np.isfinite(self.weights).all(axis=2) & np.isfinite(self.losses)
        lost = ~finite
        #: (m,), the last step at which path and loss are finite numbers; -1 where not even the start is
        self.ends = np.where(lost.any(axis=1), lost.argmax(axis=1), lost.shape[1]) - 1

    @property
    def steps(self) -> int:
        """How many steps were made."""
        return self.weights.shape[1] - 1

    def times(self, clock: str) -> np.ndarray:
        """(steps + 1,), what a clock says at each step."""
        made = np.arange(self.steps + 1)
        return {"steps": made, "epochs": self.epochs, "seconds": self.seconds and made * self.seconds}[clock]
