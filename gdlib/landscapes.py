"""Named curves and surfaces, each with its gradient, its known minima and a window worth looking at."""

from __future__ import annotations

import numpy as np

from gdlib import checks
from gdlib.problems import Landscape


def parabola(curvature: float = 2.0) -> Landscape:
    """Curve: curvature/2 w^2. Minimum at 0; descent settles below the rate 2 / curvature."""
    c = checks.positive(curvature, "curvature")
    return Landscape(lambda w: c / 2 * w[0] ** 2, lambda w: c * w, minima=[[0]], window=[(-3, 3)])


def double_well() -> Landscape:
    """Curve: (w^2 - 1)^2 + 0.3 w. Two valleys, the left one deeper.

    The slope 4 w^3 - 4 w + 0.3 is zero at three points, by Viete's formula for a cubic with
    three real roots; the middle one is a maximum.
    """
    angle = np.arccos(-0.075 * np.sqrt(27) / 2) / 3
    right, left = 2 / np.sqrt(3) * np.cos(angle - np.array([0, 2]) * 2 * np.pi / 3)
    right, left = max(right, left), min(right, left)
    return Landscape(
        lambda w: (w[0] ** 2 - 1) ** 2 + 0.3 * w[0],
        lambda w: 4 * w * (w**2 - 1) + 0.3,
        minima=[[left], [right]],
        window=[(-1.7, 1.7)],
    )


def plateau() -> Landscape:
    """Curve: (3 w^4 - 8 w^3) / 16. Level at 0, where it goes on falling: no minimum. Minimum at 2.

    Its slope is 3/4 w^2 (w - 2).
    """
    return Landscape(
        lambda w: (3 * w[0] ** 4 - 8 * w[0] ** 3) / 16,
        lambda w: 0.75 * w**2 * (w - 2),
        minima=[[2]],
        window=[(-1.3, 2.9)],
    )


def waves() -> Landscape:
    """Curve: w cos w. Ever deeper valleys to both sides; four minima within |w| < 10.

    They are where w tan w = 1. Source: Abramowitz and Stegun (1964), table 4.20, row lambda = 1,
    whose five decimals (0.86033, 3.42562, 6.43730, 9.52933) are carried on here.
    """
    return Landscape(
        lambda w: w[0] * np.cos(w[0]),
        lambda w: np.cos(w) - w * np.sin(w),
        minima=[[-6.437298179171947], [-0.8603335890193797], [3.4256184594817283], [9.529334405361963]],
        window=[(-8, 11)],
    )


def bowl(condition: float = 10.0) -> Landscape:
    """Surface: (w0^2 + condition w1^2) / 2. Minimum at (0, 0), curvatures 1 and `condition`."""
    k = checks.positive(condition, "condition")
    return Landscape(
        lambda w: (w[0] ** 2 + k * w[1] ** 2) / 2,
        lambda w: np.stack([w[0], k * w[1]]),
        minima=[[0, 0]],
        window=[(-3, 3), (-2, 2)],
    )


def saddle() -> Landscape:
    """Surface: (w0^2 - w1^2) / 2 + w1^4 / 4. Level at (0, 0), a saddle; minima at (0, -1) and (0, 1)."""
    return Landscape(
        lambda w: (w[0] ** 2 - w[1] ** 2) / 2 + w[1] ** 4 / 4,
        lambda w: np.stack([w[0], w[1] ** 3 - w[1]]),
        minima=[[0, -1], [0, 1]],
        window=[(-1.5, 1.5), (-1.6, 1.6)],
    )


def rosenbrock() -> Landscape:
    """Surface: (1 - w0)^2 + 100 (w1 - w0^2)^2, a bent valley. Minimum at (1, 1).

    Source: Rosenbrock, The Computer Journal 3 (1960).
    """
    return Landscape(
        lambda w: (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2,
        lambda w: np.stack([2 * (w[0] - 1) - 400 * w[0] * (w[1] - w[0] ** 2), 200 * (w[1] - w[0] ** 2)]),
        minima=[[1, 1]],
        window=[(-1.8, 1.8), (-0.8, 2.6)],
    )


def himmelblau() -> Landscape:
    """Surface: (w0^2 + w1 - 11)^2 + (w0 + w1^2 - 7)^2. Four minima, all of loss 0.

    Source: Himmelblau, Applied Nonlinear Programming (1972); the minima to double precision
    by Newton's method from its printed ones.
    """
    return Landscape(
        lambda w: (w[0] ** 2 + w[1] - 11) ** 2 + (w[0] + w[1] ** 2 - 7) ** 2,
        lambda w: np.stack(
            [
                4 * w[0] * (w[0] ** 2 + w[1] - 11) + 2 * (w[0] + w[1] ** 2 - 7),
                2 * (w[0] ** 2 + w[1] - 11) + 4 * w[1] * (w[0] + w[1] ** 2 - 7),
            ]
        ),
        minima=[
            [3, 2],
            [-2.805118086952745, 3.131312518250573],
            [-3.779310253377747, -3.283185991286170],
            [3.584428340330492, -1.848126526964404],
        ],
        window=[(-5.5, 5.5), (-5.5, 5.5)],
    )


def beale() -> Landscape:
    """Surface: sum over i = 1, 2, 3 of (c_i - w0 (1 - w1^i))^2, c = (1.5, 2.25, 2.625). Minimum at (3, 1/2).

    Source: Beale (1958), problem 5 in More, Garbow and Hillstrom, ACM TOMS 7 (1981).
    """

    def residuals(w):
        return [c - w[0] * (1 - w[1] ** i) for i, c in ((1, 1.5), (2, 2.25), (3, 2.625))]

    def gradient(w):
        along_w0 = sum(-2 * r * (1 - w[1] ** i) for i, r in enumerate(residuals(w), start=1))
        along_w1 = sum(2 * r * w[0] * i * w[1] ** (i - 1) for i, r in enumerate(residuals(w), start=1))
        return np.stack([along_w0, along_w1])

    return Landscape(
        lambda w: sum(r**2 for r in residuals(w)), gradient, minima=[[3, 0.5]], window=[(-1, 4.5), (-2, 2)]
    )
