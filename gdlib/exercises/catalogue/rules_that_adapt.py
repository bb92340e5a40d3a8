"""The exercises of notebook 07."""

from __future__ import annotations

import numpy as np

from gdlib import rules
from gdlib.exercises import safe
from gdlib.exercises.checking import Exercise, Mistake
from gdlib.exercises.kinds import Function, Number
from gdlib.exercises.report import short
from gdlib.exercises.walks import Walk

# --- a rule: what a step makes of a gradient ---------------------------------------------------


def _gradients():
    """A start and the gradients of six steps; one weight that is not pulled at first, and never by much."""
    two = [[4.0, 0.0], [-1.0, 0.02], [2.5, -0.01], [0.5, 0.03], [-3.0, 0.01], [1.0, -0.05]]
    three = [[0.3, -20.0, 1.0], [0.1, 5.0, 1.0], [-0.2, 8.0, 1.0], [0.4, -3.0, 1.0], [0.1, 2.0, 1.0]]
    return [
        (np.array([1.0, -2.0]), [np.array(g) for g in two]),
        (np.array([0.5, 0.0, 3.0]), [np.array(g) for g in three]),
    ]


def _by_rule(rule, w, gradients, rate=0.5):
    """The path of a rule that is given these gradients, one a step."""
    path, memory = [w], None
    for step, gradient in enumerate(gradients):
        given = rule(gradient, memory, step)
        if given is ... or (given is None and safe.is_stub(rule)):
            return ...
        direction, memory = _pair(given, "direction, memory")
        path.append(_finite(path[-1] - rate * np.asarray(direction, dtype=float), step))
    return np.array(path), np.zeros(0)


def _pair(given, named):
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise safe.Refused(f"two things are to be given back, {named}; yours gives {short(given)}")
    return given


def _finite(w, step):
    if not np.isfinite(w).all():
        raise safe.Refused(
            f"in step {step} a weight is no longer a finite number: something is divided by zero"
        )
    return w


def adagrad(gradient, total, step):
    """The gradient over the root of the sum of all its squares."""
    total = gradient**2 if total is None else total + gradient**2
    return gradient / (np.sqrt(total) + 1e-10), total


def _adagrad(add, move):
    """AdaGrad with a mistake: in the sum, add(total, g), or in the direction, move(g, total)."""

    def wrong(gradient, total, step):
        total = add(0.0 * gradient if total is None else total, gradient)
        return move(gradient, total), total

    return wrong


def _summed(total, g):
    return total + g**2


def _over_root(g, total):
    return g / (np.sqrt(total) + 1e-10)


def _one_behind(gradient, total, step):
    total = np.ones_like(gradient) if total is None else total
    return _over_root(gradient, total), total + gradient**2


def _root_kept(gradient, total, step):
    total = np.sqrt(gradient**2 if total is None else total + gradient**2)
    return gradient / (total + 1e-10), total


def adam(gradient, means, step):
    """The running mean of the gradient over the root of that of its square, both corrected."""
    m, v = (0.0, 0.0) if means is None else means
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient**2
    t = step + 1
    m_hat = m / (1 - 0.9**t)
    v_hat = v / (1 - 0.999**t)
    return m_hat / (np.sqrt(v_hat) + 1e-8), (m, v)


def _adam(move=None, betas=(0.9, 0.999), fresh=(0.1, 0.001), keep=None):
    """Adam with a mistake: move(m, v, m_hat, v_hat, g) is the direction, keep(m, v, m_hat, v_hat) is kept."""

    def wrong(gradient, means, step):
        m, v = (0.0, 0.0) if means is None else means
        m = betas[0] * m + fresh[0] * gradient
        v = betas[1] * v + fresh[1] * gradient**2
        hats = m / (1 - betas[0] ** (step + 1)), v / (1 - betas[1] ** (step + 1))
        direction = _adams(m, v, *hats, gradient) if move is None else move(m, v, *hats, gradient)
        return direction, ((m, v) if keep is None else keep(m, v, *hats))

    return wrong


def _adams(m, v, m_hat, v_hat, g):
    return m_hat / (np.sqrt(v_hat) + 1e-8)


def _as_in_keras(gradient, means, step):
    m, v = adam(gradient, means, step)[1]
    t = step + 1
    return np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + 1e-8), (m, v)


# --- weight decay ------------------------------------------------------------------------------


def _valleys():
    """A start, a gradient(w), a rate, the decay and a number of steps."""
    return [
        (np.array([1.0, -2.0]), lambda w: np.array([30.0, 0.1]) * (w - [0.5, 3.0]), 0.1, 0.3, 6),
        (np.array([2.0, 1.0, -1.0]), lambda w: np.array([1.0, 5.0, 0.02]) * w + [0, 1, 0.1], 0.05, 2.0, 5),
    ]


def _by_step(step, w, gradient, rate, decay, steps):
    """The path of a step that is called again and again, with Adam for its rule."""
    path, memory, rule = [w], None, rules.adam()
    for t in range(steps):
        given = step(path[-1].copy(), gradient, memory, t, rule, rate, decay)
        if given is ... or (given is None and safe.is_stub(step)):
            return ...
        w, memory = _pair(given, "w, memory")
        path.append(_finite(np.array(w, dtype=float), t))
    return np.array(path), np.zeros(0)


def adamw_step(w, gradient, memory, step, rule, rate, decay):
    """One step: the rule sees the loss alone; the decay is taken off beside it."""
    direction, memory = rule(gradient(w), memory, step)
    return w - rate * direction - rate * decay * w, memory


def _decay(move, into=0):
    """A step with a mistake: so much of the decay goes into the gradient; move(w, direction, rate, decay)."""

    def wrong(w, gradient, memory, t, rule, rate, decay):
        direction, memory = rule(gradient(w) + into * decay * w, memory, t)
        return move(w, direction, rate, decay), memory

    return wrong


def _plainly(w, direction, rate, decay):
    return w - rate * direction


def _moved_first(w, direction, rate, decay):
    moved = w - rate * direction
    return moved - rate * decay * moved


# --- clipping ----------------------------------------------------------------------------------


def _long_and_short():
    """Among them one whose square is too long, and itself is not; and one too long by no number alone."""
    gradients = [3.0, -4.0], [0.3, 0.1], [-60.0, 1.0, 8.0], [0.5, -0.5, 0.7], [-7.0], [1.2, 1.2], [0.9, 0.9]
    limits = 1.0, 1.0, 2.5, 1.0, 2.0, 2.0, 1.0
    return [(np.array(g), most) for g, most in zip(gradients, limits, strict=True)]


def clip(g, most):
    """The same direction, and not longer than `most`."""
    length = np.sqrt((g**2).sum())
    if length <= most:
        return g
    return g * most / length


def _clip(length):
    """Clipping by something other than the length."""
    return lambda g, most: g * min(1.0, most / length(g))


def _clip_where(too_long):
    """Clipping rightly, but where too_long(g, most)."""
    return lambda g, most: g * most / np.linalg.norm(g) if too_long(g, most) else g


# --- numbers -----------------------------------------------------------------------------------


def first_step():
    """m is g times (1 − β₁), v is g² times (1 − β₂): the first step is 0.1 / √0.001 times the rate."""
    return (1 - 0.9) / (1 - 0.999) ** 0.5


def hundredth_step():
    """The sum is 100 times 5²; its root is 50. The step is 0.2 · 5 / 50."""
    return 0.2 * 5 / (100 * 5**2) ** 0.5


_RULE = "a rule(gradient, memory, step) must give two things, direction and memory"
_STEP = "step(w, gradient, memory, t, rule, rate, decay) must give two things, w and memory"

EXERCISES = [
    Exercise(
        "07 adagrad",
        Walk(_gradients, _RULE, _by_rule, nearly="Is ε added to the root, 1e-10?"),
        adagrad,
        {
            "never summed": Mistake(
                _adagrad(lambda total, g: g**2, _over_root),
                "your s holds the last square alone. It is to grow with every step, by g².",
            ),
            "no root": Mistake(
                _adagrad(_summed, lambda g, total: g / (total + 1e-10)),
                "you divide by the sum itself. Take its root: g² is a square, and so is a sum of them.",
            ),
            "forgets": Mistake(
                _adagrad(lambda total, g: 0.9 * total + 0.1 * g**2, _over_root),
                "that is a running mean, which forgets. AdaGrad adds and keeps all.",
            ),
            "one sum for all": Mistake(
                _adagrad(lambda total, g: total + (g**2).sum(), _over_root),
                "you keep one sum for all the weights. Each weight has a sum of its own.",
            ),
            "sizes summed": Mistake(
                _adagrad(lambda total, g: total + np.abs(g), lambda g, total: g / (total + 1e-10)),
                "you add sizes. Add squares, and take the root of the sum.",
            ),
            "one behind": Mistake(
                _one_behind,
                "you divide by the sum of the steps before. Add the square of this gradient first.",
            ),
            "root kept": Mistake(
                _root_kept,
                "your memory holds the root. Keep the sum; the root is taken anew in each step.",
            ),
            "uphill": Mistake(
                _adagrad(_summed, lambda g, total: -_over_root(g, total)),
                "it goes uphill: the loop subtracts the direction already.",
            ),
        },
        (
            "At the first step the memory is None: then s begins with this gradient's square.",
            "total = gradient**2 if total is None else total + gradient**2; and then the direction?",
        ),
    ),
    Exercise(
        "07 adam",
        Walk(_gradients, _RULE, _by_rule, nearly="Is ε added to the root, 1e-8?"),
        adam,
        {
            "not corrected": Mistake(
                _adam(lambda m, v, m_hat, v_hat, g: m / (np.sqrt(v) + 1e-8)),
                "neither mean is corrected: both begin at zero, and are too small at first.",
            ),
            "only m corrected": Mistake(
                _adam(lambda m, v, m_hat, v_hat, g: m_hat / (np.sqrt(v) + 1e-8)),
                "m is corrected, but v is not.",
            ),
            "only v corrected": Mistake(
                _adam(lambda m, v, m_hat, v_hat, g: m / (np.sqrt(v_hat) + 1e-8)),
                "v is corrected, but m is not.",
            ),
            "the gradient itself": Mistake(
                _adam(lambda m, v, m_hat, v_hat, g: g / (np.sqrt(v_hat) + 1e-8)),
                "you divide the gradient itself: that is RMSProp, corrected. Divide the mean, m.",
            ),
            "no root": Mistake(
                _adam(lambda m, v, m_hat, v_hat, g: m_hat / (v_hat + 1e-8)),
                "you divide by the mean square. Take its root.",
            ),
            "epsilon in the root": Mistake(
                _adam(lambda m, v, m_hat, v_hat, g: m_hat / np.sqrt(v_hat + 1e-8)),
                "you add ε under the root. It is added to the root.",
            ),
            "epsilon before the correction": Mistake(
                _as_in_keras,
                "ε is added before the correction, as Keras does. Correct v first.",
            ),
            "betas exchanged": Mistake(
                _adam(betas=(0.999, 0.9), fresh=(0.001, 0.1)),
                "the betas are exchanged: 0.9 is for m, and 0.999 for v.",
            ),
            "sums for means": Mistake(
                _adam(fresh=(1, 1)),
                "your m and v are sums, as in momentum. In a running mean the new value counts 1 − β.",
            ),
            "corrected kept": Mistake(
                _adam(keep=lambda m, v, m_hat, v_hat: (m_hat, v_hat)),
                "your memory holds the corrected means. Keep m and v as they are, and correct copies.",
            ),
            "uphill": Mistake(
                _adam(lambda *all: -_adams(*all)), "it goes uphill: the loop subtracts the direction already."
            ),
        },
        (
            "Six lines: m and v, first 0 or from the memory; the new m; the new v; t; the two corrected.",
            "step counts from 0, t from 1. With t = 0 you would divide by zero.",
            "Give back the direction and the pair (m, v).",
        ),
    ),
    Exercise(
        "07 first step",
        Number(),
        first_step,
        {
            "only m": Mistake(lambda: 0.1, "that is what becomes of m. But v is too small as well."),
            "only v": Mistake(
                lambda: 1 / 0.001**0.5, "that is what becomes of the root of v. But m is too small as well."
            ),
            "no root": Mistake(lambda: 0.1 / 0.001, "v stands under a root."),
            "upside down": Mistake(
                lambda: 0.001**0.5 / 0.1, "upside down: what is divided by a number too small, is too large."
            ),
            "as it should be": Mistake(lambda: 1, "that is the first step with the correction."),
        },
        (
            "At the first step m is 0.1 g and v is 0.001 g². What is m / √v?",
            "With the correction the first step is 1 times the rate.",
        ),
    ),
    Exercise(
        "07 clip",
        Function(_long_and_short, "clip(g, most) must give an array like g"),
        clip,
        {
            "each by itself": Mistake(
                lambda g, most: np.clip(g, -most, most),
                "you cut each number by itself. That turns the gradient another way.",
            ),
            "always": Mistake(
                lambda g, most: g * most / np.sqrt((g**2).sum()),
                "short gradients become longer. What is not too long stays as it is.",
            ),
            "squared length": Mistake(
                _clip(lambda g: (g**2).sum()), "you take the square of the length: a root is missing."
            ),
            "sum of sizes": Mistake(
                _clip(lambda g: np.abs(g).sum()), "you add sizes. A length is the root of a sum of squares."
            ),
            "largest": Mistake(
                _clip(lambda g: np.abs(g).max()),
                "you make the largest number as large as it may be. The length is more than that.",
            ),
            "square compared": Mistake(
                _clip_where(lambda g, most: g @ g > most),
                "you compare the square of the length with `most`: a root is missing.",
            ),
            "largest compared": Mistake(
                _clip_where(lambda g, most: np.abs(g).max() > most),
                "you compare the largest number with `most`. The length is more than that.",
            ),
            "dropped": Mistake(
                lambda g, most: g if np.sqrt((g**2).sum()) <= most else 0 * g,
                "you drop what is too long. Shorten it, and keep the way it points.",
            ),
        },
        (
            "The length is the root of the sum of the squares: np.linalg.norm(g).",
            "Too long? Then multiply by most / length.",
        ),
    ),
    Exercise(
        "07 decay outside",
        Walk(_valleys, _STEP, _by_step),
        adamw_step,
        {
            "inside": Mistake(
                _decay(_plainly, into=1),
                "the decay goes through the rule, with the gradient. Give the rule the gradient alone.",
            ),
            "no decay": Mistake(_decay(_plainly), "that is Adam without any decay."),
            "rate missing": Mistake(
                _decay(lambda w, d, rate, decay: w - rate * d - decay * w),
                "you take decay · w off. The rate belongs to it too.",
            ),
            "grows": Mistake(
                _decay(lambda w, d, rate, decay: w - rate * d + rate * decay * w),
                "its sign is wrong: the weights grow.",
            ),
            "moved first": Mistake(
                _decay(_moved_first), "you move first, and then shrink what has moved. Shrink the old w."
            ),
            "shrunk by size": Mistake(
                _decay(lambda w, d, rate, decay: w - rate * d - rate * decay * np.sign(w)),
                "every weight loses as much. It is to lose a share of itself.",
            ),
            "both": Mistake(
                _decay(lambda w, d, rate, decay: w - rate * d - rate * decay * w, into=1),
                "the decay is in the gradient and beside it. Take it out of the gradient.",
            ),
        },
        (
            "The rule is called with gradient(w), as if there were no decay.",
            "w − rate · direction − rate · decay · w, all with the old w.",
        ),
    ),
    Exercise(
        "07 hundredth step",
        Number(),
        hundredth_step,
        {
            "no root": Mistake(lambda: 0.2 * 5 / (100 * 5**2), "you divide by the sum. Take its root."),
            "not summed": Mistake(
                lambda: 0.2, "that is the first step. The sum grows, and the steps get shorter."
            ),
            "gradient left": Mistake(
                lambda: 0.2 * 5 / 10,
                "the gradient is in the root as well: its size falls out.",
            ),
            "by 100": Mistake(lambda: 0.2 / 100, "a hundred squares are summed, and then comes a root."),
            "mean": Mistake(lambda: 0.2 * 5, "that is rate times gradient, with no division."),
        },
        ("After a hundred steps s is 100 · 5². What is its root, and what is 5 divided by that?",),
    ),
]
