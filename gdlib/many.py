"""A function of one w asked at many: in one call where it was written so, and else one by one."""

from __future__ import annotations

import warnings

import numpy as np

from gdlib import checks


def one_by_one(function, w, shape):
    """function(w[:, i]), of that shape, for each i, and NaN where w (d, m) is not finite: (*shape, m)."""
    answers = np.full((*shape, w.shape[1]), np.nan)
    for i in np.flatnonzero(np.isfinite(w).all(axis=0)):
        answers[..., i] = function(w[:, i])
    return answers


class Many:
    """A reader's loss or gradient that answers at w (d, ...), however it was written.

    Args:
        function: of w (d,), and perhaps of (d, m).
        slopes: whether it gives a number for each weight, as a gradient does, or one, as a loss.
    """

    def __init__(self, function, slopes):
        self._function, self._slopes = function, slopes
        self._checked, self._name = (checks.slopes, "gradient") if slopes else (checks.height, "loss")
        self._together = None  # not tried yet

    def __call__(self, w):
        """Give (...) for a loss and (d, ...) for a gradient; the function gets a copy of w."""
        with np.errstate(all="ignore"):
            if w.ndim == 1:
                answer = self._one(w)
                return answer if self._slopes else np.asarray(answer)
            columns = w.reshape(len(w), -1)
            if self._together is None:
                self._together = self._agree(columns)
            shape = w.shape if self._slopes else w.shape[1:]
            if self._together:
                return checks.real(self._function(columns.copy()), self._name).reshape(shape)
            return one_by_one(self._one, columns, w.shape[:1] * self._slopes).reshape(shape)

    def _one(self, w):
        try:
            answer = self._function(w.copy())
        except OverflowError:  # where Python's own numbers give up, NumPy's are infinite
            return np.full(w.shape if self._slopes else (), np.inf)
        return self._checked(answer, w, self._name)

    def _agree(self, columns):
        """Whether one call for four places gives what four calls give, near the first column and far from it.

        Far, for a gradient cut to some length is the same as another while it is short.
        """
        first = columns[:, :1] if columns.size else np.zeros((len(columns), 1))
        place = np.where(np.isfinite(first), first, 1.0)
        aside = np.array([0.0, 0.5, -1.25, 3.0]) * (1 + 0.1 * np.arange(len(columns)))[:, None]
        around = aside * np.maximum(1, np.abs(place) / 8)
        return self._agree_at(place + around) and self._agree_at(place + 1e4 * around)

    def _agree_at(self, places):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                together = np.asarray(self._function(places.copy()), dtype=float)
                alone = one_by_one(self._one, places, places.shape[:1] * self._slopes)
        except Exception:  # whatever it is, it comes again where the function is asked one by one
            return False
        size = np.abs(alone[np.isfinite(alone)]).max(initial=0)
        return together.shape == alone.shape and np.allclose(
            together, alone, rtol=1e-9, atol=1e-9 * size, equal_nan=True
        )
