"""What a step makes of a gradient: the only thing in which the rules differ.

A rule is called once a step, and the step it makes is always the same:

    direction, memory = rule(gradient, memory, step)
    w = w - rate(step) * direction

`memory` is whatever the rule wants to see again at the next step, None at the first; `step` counts
0, 1, .... So a rule keeps nothing to itself: one rule serves many runs. It works weight by weight, on
a gradient (d,) as on (d, m), m runs side by side. Any function like that is a rule.

Below, g is the gradient, t = step + 1, and every operation is one weight at a time. The formulas and
their defaults are those of torch.optim. The names are small, for they are used like functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gdlib import checks

#: (gradient, memory, step) -> (direction, memory)
Rule = Callable[[np.ndarray, Any, int], tuple[np.ndarray, Any]]


class _Named:
    """A rule that says how it was made."""

    def __repr__(self):
        made = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({made})"


class momentum(_Named):
    """This gradient, and a fading memory of earlier ones: the velocity v.

        v <- beta v + g
        direction = v                    with nesterov: g + beta v, a look ahead

    With beta = 0 it is plain gradient descent: the direction is the gradient.

    Args:
        beta: how much of the velocity stays from step to step, in [0, 1).
        nesterov: look ahead along the velocity.

    Source: torch.optim.SGD, after Sutskever, Martens, Dahl and Hinton, ICML 2013.

    >>> from gdlib import batch_gd, landscapes
    >>> batch_gd(landscapes.parabola(), 1.0, 0.25, 3, rule=momentum(0.5)).weights.ravel()
    array([ 1.  ,  0.5 ,  0.  , -0.25])
    """

    def __init__(self, beta: float = 0.9, nesterov: bool = False):
        self.beta, self.nesterov = checks.share(beta, "beta"), checks.flag(nesterov, "nesterov")

    def __call__(self, gradient, velocity, step):
        velocity = gradient if velocity is None else self.beta * velocity + gradient
        return (gradient + self.beta * velocity if self.nesterov else velocity), velocity


class adagrad(_Named):
    """Each weight has a rate of its own, that falls with all the gradient it has seen.

        s <- s + g^2
        direction = g / (sqrt(s) + epsilon)

    Args:
        epsilon: greater than 0, so that a weight whose gradient is zero stays.

    Source: torch.optim.Adagrad, after Duchi, Hazan and Singer, JMLR 12 (2011).

    >>> adagrad()(np.array([3.0, -0.01]), None, 0)[0].round(5)
    array([ 1., -1.])
    """

    def __init__(self, epsilon: float = 1e-10):
        self.epsilon = checks.positive(epsilon, "epsilon")

    def __call__(self, gradient, total, step):
        total = gradient**2 if total is None else total + gradient**2
        return gradient / (np.sqrt(total) + self.epsilon), total


class rmsprop(_Named):
    """As adagrad, but what is long ago is forgotten: v is a running mean of g^2.

        v <- decay v + (1 - decay) g^2
        direction = g / (sqrt(v) + epsilon)

    Args:
        decay: how much of the mean stays from step to step, in [0, 1).
        epsilon: as in adagrad.

    Source: torch.optim.RMSprop, after Tieleman and Hinton, Coursera lecture 6.5 (2012).

    >>> rmsprop(decay=0.75)(np.array([3.0, -0.01]), None, 0)[0].round(5)
    array([ 2., -2.])
    """

    def __init__(self, decay: float = 0.99, epsilon: float = 1e-8):
        self.decay, self.epsilon = checks.share(decay, "decay"), checks.positive(epsilon, "epsilon")

    def __call__(self, gradient, mean, step):
        mean = self.decay * (0.0 if mean is None else mean) + (1 - self.decay) * gradient**2
        return gradient / (np.sqrt(mean) + self.epsilon), mean


class adam(_Named):
    """Momentum and rmsprop together, each a running mean that is corrected for its beginning at zero.

        m <- beta1 m + (1 - beta1) g
        v <- beta2 v + (1 - beta2) g^2
        direction = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)

    Args:
        beta1, beta2: how much of each mean stays from step to step, in [0, 1).
        epsilon: as in adagrad.

    Source: torch.optim.Adam, after Kingma and Ba, ICLR 2015, algorithm 1.

    >>> adam()(np.array([3.0, -0.01]), None, 0)[0].round(5)
    array([ 1., -1.])
    """

    def __init__(self, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8):
        self.beta1, self.beta2 = checks.share(beta1, "beta1"), checks.share(beta2, "beta2")
        self.epsilon = checks.positive(epsilon, "epsilon")

    def __call__(self, gradient, means, step):
        m, v = (0.0, 0.0) if means is None else means
        m = self.beta1 * m + (1 - self.beta1) * gradient
        v = self.beta2 * v + (1 - self.beta2) * gradient**2
        mean, square = m / (1 - self.beta1 ** (step + 1)), v / (1 - self.beta2 ** (step + 1))
        return mean / (np.sqrt(square) + self.epsilon), (m, v)


#: Those that hold for many runs side by side as for one, and give what they should.
OURS = (momentum, adagrad, rmsprop, adam)


def chosen(rule: Rule | None, beta: float, nesterov: bool) -> Rule:
    """The rule of a run: `rule`, or where it is None that of the short form momentum=, nesterov=."""
    beta, nesterov = checks.share(beta, "momentum"), checks.flag(nesterov, "nesterov")
    if rule is None:
        return momentum(beta, nesterov)
    if beta or nesterov:
        raise ValueError(f"rule={checks.short(rule)} together with momentum= or nesterov=: give one of them")
    return rule if type(rule) in OURS else checks.Rule(rule)
