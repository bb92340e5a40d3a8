"""The law of a loop: which combination of gradients and of the step before each of its steps is.

    step_t = rate * (gradient * g_t + earlier * g_(t-1)) + step * step_(t-1)

Plain descent is (-1, 0, 0), PyTorch's momentum (-1, 0, beta), Nesterov's (-(1 + beta), beta, beta).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

#: The largest difference of a step, as a share of the largest step, at which a law holds: rounding alone.
ROUNDING = 1e-9


class Law(NamedTuple):
    """The three numbers of the law, and the largest difference left as a share of the largest step."""

    gradient: float
    earlier: float
    step: float
    residual: float

    def words(self) -> str:
        """The law in words, such as −0.5 × rate × gradient, plus 0.9 × the step before."""
        parts = []
        for number, what in (
            (self.gradient, "rate × gradient"),
            (self.earlier, "rate × the gradient before"),
            (self.step, "the step before"),
        ):
            if number:
                sign = ("−" if number < 0 else "") if not parts else ("minus " if number < 0 else "plus ")
                size = "" if abs(number) == 1 else f"{_say(abs(number))} × "
                parts.append(f"{sign}{size}{what}")
        return ", ".join(parts) or "0"

    def meaning(self) -> str:
        """What the numbers say beside plain descent, or nothing where they are plain descent's."""
        gradient, earlier, step = self[:3]
        if step and not earlier and np.isclose(gradient, step - 1):
            return "momentum over an average of the gradients, which was not asked for"
        if step and np.isclose(gradient, -1 - step) and np.isclose(earlier, step):
            return "Nesterov's momentum, which was not asked for"
        told = []
        if gradient > 0:
            told.append("uphill")
        if not gradient:
            told.append("nothing of the gradient of the place where it stands")
        elif abs(gradient) != 1:
            told.append(
                "half of the gradient" if abs(gradient) == 0.5 else f"{_say(abs(gradient))} of the gradient"
            )
        if earlier:
            told.append("a share of the gradient before")
        if step == 1:
            told.append("all the steps before added on, as where gradients are summed and never reset")
        elif step:
            told.append("momentum that was not asked for")
        return ", and ".join(told)

    def formula(self) -> str:
        """The law as LaTeX."""
        text = r"w_{t+1} = w_t"
        for number, what in (
            (self.gradient, r"\eta\,g_t"),
            (self.earlier, r"\eta\,g_{t-1}"),
            (self.step, r"(w_t - w_{t-1})"),
        ):
            if number:
                size = "" if abs(number) == 1 else rf"{_say(abs(number))}\,"
                text += f" {'-' if number < 0 else '+'} {size}{what}"
        return text


def fit(walks) -> Law | None:
    """The law of all these walks together, or None where none holds at every step.

    Args:
        walks: for each, the rate, the points (steps + 1, d) and the gradients (steps, d).
    """
    columns, steps = [], []
    for rate, points, gradients in walks:
        moved = np.diff(points, axis=0)
        if (
            len(moved) < 2
            or len(moved) != len(gradients)
            or not (np.isfinite(points).all() and np.isfinite(gradients).all())
        ):
            return None
        size = np.abs(moved).max()
        if not size:
            return None
        before = np.zeros((1, moved.shape[1]))
        three = rate * gradients, rate * np.vstack([before, gradients[:-1]]), np.vstack([before, moved[:-1]])
        columns.append(np.column_stack([each.ravel() for each in three]) / size)
        steps.append(moved.ravel() / size)
    A, moved = np.vstack(columns), np.concatenate(steps)
    # Simplest first: plain descent's step before is a multiple of its gradient before, and either would do.
    for used in ([0], [0, 2], [0, 1], [1], [0, 1, 2]):
        numbers = np.zeros(3)
        numbers[used] = np.linalg.lstsq(A[:, used], moved, rcond=None)[0]
        numbers = _tidy(numbers)
        residual = np.abs(A @ numbers - moved).max()
        if residual < ROUNDING:
            return Law(*(float(number) for number in numbers), float(residual))
    return None


def _tidy(numbers):
    """Numbers without the noise of rounding, so that 0.9000000000000012 is 0.9."""
    return np.where(np.abs(numbers) < 1e-9, 0.0, np.round(numbers, 10))


def _say(number):
    return f"{number:.6g}"
