"""What to count in, and which steps are sent to the browser.

A figure with a hundred rates can't send every step of every run. A *moment* is a place of the step
slider; each clock has its moments, and at each of them a run stands at a step that was really made: the
last one that its clock allows. These steps are sent, and no others; so nothing between them is ever shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: a pass is cut into so many parts, where that many moments are to be had
PARTS = (20, 10, 5, 2, 1)


@dataclass
class Clock:
    """A name, and its moments in rising order, from 0."""

    name: str
    moments: np.ndarray

    def made(self, run) -> np.ndarray:
        """(moments,), the point at which a run stands at each moment."""
        times = run.times(self.name)
        late = self.moments * (1 + 1e-9) + 1e-12  # a moment is a time that was rounded
        return np.searchsorted(times, late, side="right") - 1


def clocks(runs, most: int) -> list[Clock]:
    """The clocks that these runs have in common, each with about `most` moments or fewer."""
    every, points = max(run.every for run in runs), max(run.points for run in runs)
    found = [Clock("steps", every * thinned(points - 1, most))]
    if all(run.epochs is not None for run in runs):
        passes = max(run.epochs[-1] for run in runs)
        parts = next((cut for cut in PARTS if cut * passes <= most), 1)
        count = max(1, int(passes * parts))
        moments = thinned(count, most) / parts
        found.append(Clock("epochs", moments))
    if all(run.seconds is not None for run in runs):
        times = [thinned(run.points - 1, most // len(runs)) * run.seconds for run in runs]
        found.append(Clock("seconds", np.unique(np.concatenate(times))))
    return found


def thinned(last: int, most: int) -> np.ndarray:
    """0, 1, ..., last where that is few enough; else the first half of `most` one by one, then ever fewer.

    The first step and the last are always among them.
    """
    most = max(2, most)
    if last <= most:
        return np.arange(last + 1)
    close = most // 2
    far = np.geomspace(close, last, most - close + 1).round().astype(int)
    return np.unique(np.concatenate([np.arange(close), far]))


def kept(run, clocks) -> np.ndarray:
    """(k,), the points of a run that are sent: those at which it stands at some moment of some clock."""
    return np.unique(np.concatenate([clock.made(run) for clock in clocks]))
