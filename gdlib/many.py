"""A function of one w asked at many: in one call where it was written so, and else one by one."""

from __future__ import annotations

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

    One call for many w is right only where each w is looked at by itself: a gradient that is shortened
    where np.linalg.norm(w) is large would see the length of them all. So it is tried before the first such
    call; and in each, the innermost w, the outermost and that of the largest answer are asked again, alone.

    Args:
        function: of w (d,), and perhaps of (d, m).
        slopes: whether it gives a number for each weight, as a gradient does, or one, as a loss.
    """

    def __init__(self, function, slopes):
        self._function, self._slopes = function, slopes
        self._checked, self._name = (checks.slopes, "gradient") if slopes else (checks.height, "loss")
        self._together = None  # not tried yet
        self._size = 0.0  # of its answers, when it was tried

    def __call__(self, w):
        """Give (...) for a loss and (d, ...) for a gradient; the function gets a copy of w, and so do we."""
        with np.errstate(all="ignore"):
            if w.ndim == 1:
                return np.array(self._one(w))
            columns = w.reshape(len(w), -1)
            if self._together is None:
                self._together = self._agree(columns)
            answers = self._at_once(columns) if self._together else None
            if answers is None:
                self._together = False
                answers = self._alone(columns)
            return answers.reshape(w.shape if self._slopes else w.shape[1:])

    def _one(self, w):
        try:
            answer = self._function(w.copy())
        except OverflowError:  # where Python's own numbers give up, NumPy's are infinite
            return np.full(w.shape if self._slopes else (), np.inf)
        return self._checked(answer, w, self._name)

    def _alone(self, columns):
        return one_by_one(self._one, columns, columns.shape[:1] * self._slopes)

    def _at_once(self, columns):
        """The answers of one call; None where two of them, asked alone, are others."""
        try:
            answers = np.array(checks.real(self._function(columns.copy()), self._name))
        except Exception:  # such as an `if` that has no answer for many w
            return None
        if answers.shape != columns.shape[not self._slopes :]:
            return None
        far = np.abs(columns).max(axis=0)
        finite = np.flatnonzero(np.isfinite(far))
        if not finite.size:
            return answers
        large = np.abs(answers).max(axis=0) if self._slopes else np.abs(answers)
        far, large = far[finite], large[finite]
        asked = finite[[*{far.argmin(), far.argmax(), large.argmax()}]]
        alone = np.array([self._one(columns[:, i]) for i in asked]).T
        return answers if self._same(answers[..., asked], alone) else None

    def _agree(self, columns):
        """Whether one call for four places near the first column gives what four calls give."""
        first = columns[:, :1] if columns.size else np.zeros((len(columns), 1))
        place = np.where(np.isfinite(first), first, 1.0)
        aside = np.array([0.0, 0.5, -1.25, 3.0]) * (1 + 0.1 * np.arange(len(columns)))[:, None]
        places = place + aside * np.maximum(1, np.abs(place) / 8)
        try:
            together = checks.real(self._function(places.copy()), self._name).copy()
            alone = self._alone(places)
        except Exception:  # whatever it is, it comes again where the function is asked one by one
            return False
        self._size = np.abs(alone[np.isfinite(alone)]).max(initial=0)
        return together.shape == alone.shape and self._same(together, alone)

    def _same(self, together, alone):
        """Whether they are equal to nine digits; infinity and NaN are equal to themselves."""
        near = np.abs(together - alone) <= 1e-9 * (np.abs(alone) + self._size)
        if near.all() and np.isfinite(alone).all():  # as nearly always
            return True
        lost = (together == alone) | (np.isnan(together) & np.isnan(alone))
        return bool(np.where(np.isfinite(alone), near, lost).all())
