"""Learning rates that change: each schedule gives a function of the step, ready for descend.

The step counts from 0 over the whole run; no schedule starts again with an epoch.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from gdlib import checks

#: where a rate falls below every float it stays at the least, for a rate of 0 would not be one
TINY = 2.0**-1022
#: the rate of a step, 0, 1, ...
Schedule = Callable[[int], float]
#: a constant rate, or one that changes
Rate = float | Schedule


def step_decay(rate: float, every: int, factor: float = 0.5) -> Schedule:
    """rate * factor ** (step // every): a staircase. (torch: StepLR)"""
    rate, every = checks.positive(rate, "rate"), checks.whole(every, "every", 1)
    factor = checks.share(factor, "factor", one=True)
    return lambda step: max(rate * factor ** (step // every), TINY)


def exponential_decay(rate: float, factor: float) -> Schedule:
    """rate * factor ** step: the same share less at every step. (torch: ExponentialLR)"""
    rate, factor = checks.positive(rate, "rate"), checks.share(factor, "factor", one=True)
    return lambda step: max(rate * factor**step, TINY)


def inverse_time_decay(rate: float, half_after: float) -> Schedule:
    """rate / (1 + step / half_after): half the rate after `half_after` steps, a third after twice as many.

    It meets the conditions of Robbins and Monro (1951): the rates sum to infinity, so every
    minimum can be reached, and their squares do not, so the noise dies out.
    """
    rate, half_after = checks.positive(rate, "rate"), checks.positive(half_after, "half_after")
    return lambda step: rate / (1 + step / half_after)


def cosine_decay(rate: float, steps: int) -> Schedule:
    """rate * (1 + cos(pi * step / steps)) / 2: slow, fast, slow, for a run of `steps` steps.

    It would be 0 at `steps`, the first step after the run; descend refuses a rate of 0.

    Source: Loshchilov and Hutter, ICLR 2017, without restarts. (torch: CosineAnnealingLR)
    """
    rate, steps = checks.positive(rate, "rate"), checks.whole(steps, "steps", 1, checks.MOST_STEPS)
    return lambda step: rate * (1 + math.cos(math.pi * min(step, steps) / steps)) / 2
