"""A path as an answer: that of a loop, or of a step that is called again and again.

Where two paths part, the step is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gdlib import checks
from gdlib.exercises.kinds import Function
from gdlib.exercises.report import First, short
from gdlib.exercises.same import SAME, parting, plain, same, tell_parting

#: Two paths in float32 are the same up to this share of the largest weight.
SINGLE = 1e-4
#: A path that is off by less than this share is nearly right.
NEARLY = 1e-6


class Walk(Function):
    """A path: points of shape (d,), the start first.

    Args:
        cases, says: as of any Function.
        drive: drive(function, *arguments) -> (the path, an array of numbers that count besides it), or `...`
            where nothing was done; None where the function itself gives the path.
        besides: what is told where the path is right, and the numbers are not.
        nearly: what is told of a path that is nearly right.
    """

    def __init__(
        self,
        cases: Callable[[], Sequence[tuple]],
        says: str,
        drive: Callable | None = None,
        besides: str = "",
        nearly: str = "",
    ):
        super().__init__(cases, says, several=True)
        self._drive, self._besides, self._nearly = drive, besides, nearly

    def _result(self, function, arguments):
        if self._drive is not None:
            return self._drive(function, *arguments)
        given = function(*arguments)
        if given is None or given is ...:
            return given
        path = _path(given)
        starts = [each for each in arguments if isinstance(each, np.ndarray) and each.ndim == 1]
        if isinstance(path, tuple) and len(path[0]) == 1 and any(_equal(path[0][0], w) for w in starts):
            return ...  # the start alone: no step is written yet
        return path

    def same(self, mine, other) -> bool:
        """Whether paths and numbers are equal, up to rounding: that of float32 where both paths are in it."""
        return all(
            _same_path(a, b) and _equal(a[1], b[1]) and x == y
            for (a, x), (b, y) in zip(mine, other, strict=True)
        )

    def part(self, mine, right):
        """The first step at which they differ, and a sentence on it."""
        for ((path, *numbers), changed), ((true, *others), _) in zip(mine, right, strict=True):
            if path.ndim != 2 or path.shape[1:] != true.shape[1:]:
                shapes = f"the shape {path.shape[1:]}, and should have {true.shape[1:]}"
                return First(0, path, true), f"Your points have {shapes}."
            if not _same_path((path, *numbers), (true, *others)):
                return self._where(path, true)
            if any(changed):
                return First(0, path, true), "The path is right, but what it was given is changed in place."
        return First(0, mine, right), self._besides

    def _where(self, path, true):
        first = parting(path, true)
        nearly = self._nearly if same(path, true, NEARLY) else ""
        return first, f"{tell_parting(first)} {nearly}".rstrip()


def _equal(mine, other):
    return mine.shape == other.shape and np.array_equal(mine, other)


def _same_path(mine, other):
    (a, *_), (b, *_) = mine, other
    return same(a, b, SINGLE if len(mine) == 3 and len(other) == 3 else SAME)


class _NoPath:
    """What came back in place of a path, as it is to be shown."""

    def __init__(self, given):
        self._given = given

    def __repr__(self):
        return short(self._given)


def _path(given):
    """Points as an array (points, d) and no numbers; of float32 a third part says so."""
    try:
        kept = [plain(point) for point in given]
        points = np.array([checks.real(point, "a point") for point in kept])
        if points.ndim != 2:
            raise ValueError
    except Exception:
        return _NoPath(given)
    single = any(getattr(point, "dtype", None) == np.float32 for point in kept)
    return (points, np.zeros(0), np.ones(1)) if single else (points, np.zeros(0))
