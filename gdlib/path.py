"""Where a run has been, and the warning when it left for infinity."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from gdlib import roads


class DivergenceWarning(RuntimeWarning):
    """The weights left the range of floating point numbers."""


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

    def __init__(self, problem, batches: Sequence[np.ndarray], steps: np.ndarray, weights: np.ndarray):
        self.problem, self.batches, self.steps, self.weights = problem, batches, steps, weights
        self.diverged = bool(steps[-1] < len(batches))

    @cached_property
    def epochs(self) -> np.ndarray:
        """(points,), the passes over the data made at each point."""
        return self.batches.seen(self.steps)

    @cached_property
    def losses(self) -> np.ndarray:
        """(points,), the loss on all the data at each point."""
        loss = roads.loss(self.problem)
        with np.errstate(all="ignore"):
            return np.array([loss(w) for w in self.weights])

    def __len__(self) -> int:
        return len(self.weights)

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter(self.weights)

    def __repr__(self) -> str:
        run = f"{self.steps[-1]} steps, {self.epochs[-1]:g} epochs, d = {self.weights.shape[1]}"
        if self.diverged:
            return f"Path({run}, diverged)"
        loss = roads.loss(self.problem)
        with np.errstate(all="ignore"):
            return f"Path({run}, loss {loss(self.weights[0]):.4g} -> {loss(self.weights[-1]):.4g})"


def warn_if_diverged(path: Path, rate) -> None:
    """Say at which step and rate a run was lost, at the line of the reader's own code that asked for it."""
    if not path.diverged:
        return
    last, level, frame = path.steps[-1], 1, sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == "gdlib":
        level, frame = level + 1, frame.f_back
    warnings.warn(
        f"step {last + 1} at learning rate {rate(last):g} is no longer finite: "
        f"the path ends at step {last}; a smaller rate may settle",
        DivergenceWarning,
        stacklevel=level + 1,
    )
