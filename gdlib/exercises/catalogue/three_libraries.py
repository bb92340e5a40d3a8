"""The exercises of notebook 06. PyTorch is imported where it is used."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from gdlib.exercises.checking import Exercise, Mistake
from gdlib.exercises.kinds import Function, Number, Seen
from gdlib.exercises.report import First
from gdlib.exercises.walks import Walk

# --- a loop in PyTorch -------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _ready():
    """Have PyTorch load what its first optimizer needs: seconds, and not the reader's."""
    import torch

    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)


def _problems():
    _ready()
    cases = []
    for n, size, start, rate in ((14, 4, [-1.5, -1.0], 0.07), (23, 5, [1.5, -2.0, 0.7], 0.02)):
        rng = np.random.default_rng(n)
        X = np.column_stack([np.ones(n), rng.normal(size=(n, len(start) - 1))])
        y = X @ np.linspace(2, -1, len(start)) + rng.normal(size=n)
        orders = [rng.permutation(n) for _ in range(3)]
        batches = [order[i : i + size] for order in orders for i in range(0, n, size)]
        cases.append((X, y, np.array(start), rate, batches))
    return cases


def torch_loop(X, y, w, learning_rate, batches):
    """The path of plain descent on the mean squared error, with autograd and an optimizer."""
    import torch

    path = [w]
    X, y = torch.tensor(X), torch.tensor(y)
    w = torch.tensor(w, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=learning_rate)
    for rows in batches:
        optimizer.zero_grad()
        ((X[rows] @ w - y[rows]) ** 2).mean().backward()
        optimizer.step()
        path.append(w.detach().numpy().copy())
    return path


def _loop(single=False, every=False, clear=True, loss="mean", share=1.0, kind="SGD", keep=None, **options):
    """The loop with a mistake: `keep` makes the path of the points, the start first, in the end."""

    def wrong(X, y, w, learning_rate, batches):
        import torch

        dtype = torch.float32 if single else torch.float64
        path = [w]
        X, y = torch.tensor(X, dtype=dtype), torch.tensor(y, dtype=dtype)
        w = torch.tensor(w, dtype=dtype, requires_grad=True)
        optimizer = getattr(torch.optim, kind)([w], lr=learning_rate, **options)
        for rows in batches:
            if clear:
                optimizer.zero_grad()
            rows = slice(None) if every else rows
            (share * getattr((X[rows] @ w - y[rows]) ** 2, loss)()).backward()
            optimizer.step()
            path.append(w.detach().numpy().copy())
        return path if keep is None else keep(path)

    return wrong


def _in_place(X, y, w, learning_rate, batches):
    path = torch_loop(X, y, w, learning_rate, batches)
    w[:] = path[-1]
    return [w, *path[1:]]


def _in_place_and_not_copied(X, y, w, learning_rate, batches):
    path = torch_loop(X, y, w, learning_rate, batches)
    w[:] = path[-1]
    return [w] * len(path)


_NOT_COPIED = (
    "every point is the same tensor, which the optimizer changes in place: keep a copy, "
    "w.detach().clone() or w.detach().numpy().copy()."
)

# --- a step of Adam ----------------------------------------------------------------------------


def _adam_cases():
    """Late enough for t − 1, with an epsilon that shows; m and v stay above 0 in every wrong program."""
    w, g = np.array([1.0, -2.0, 0.5]), np.array([0.3, 2.0, -0.05])
    m, v = np.array([0.4, 0.5, 0.6]), np.array([0.09, 1.5, 0.04])
    return [
        (w, g, m, v, 2, 0.1, 0.9, 0.99, 0.01),
        (w + 1, 2 * g, 2 * m, 3 * v, 7, 0.25, 0.8, 0.95, 0.2),
    ]


def adam_step(w, g, m, v, t, learning_rate, beta1, beta2, epsilon):
    """One step of Adam: the new w, m and v."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon), m, v


def _adam(move, means=None, gives=None):
    """A step of Adam with a mistake: in how it moves, in the two means, or in what it gives back."""

    def wrong(w, g, m, v, t, rate, beta1, beta2, epsilon):
        if means is None:
            m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        else:
            m, v = means(g, m, v, beta1, beta2)
        w = move(w, g, m, v, t, rate, beta1, beta2, epsilon)
        return (w, m, v) if gives is None else gives(w, m, v, t, beta1, beta2)

    return wrong


def _rightly(w, g, m, v, t, rate, beta1, beta2, epsilon):
    return w - rate * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)


def _counted(later):
    return _adam(lambda w, g, m, v, t, *others: _rightly(w, g, m, v, t + later, *others))


# --- numbers -----------------------------------------------------------------------------------


class Held(Number):
    """A learning rate from 0.009 to 0.011 that float32 holds exactly; there are many."""

    def observe(self, answer) -> Seen:
        """Whether it is in the range, and whether float32 holds it."""
        seen = super().observe(answer)
        if seen.trouble:
            return seen
        (rate,) = seen.values
        with np.errstate(over="ignore"):
            return Seen([0.009 <= rate <= 0.011, float(np.float32(rate)) == rate])

    def same(self, mine, other) -> bool:
        """Whether the same holds of both."""
        return mine == other

    def part(self, mine, right):
        """What does not hold; each of the three ways is a mistake with a name."""
        return First(0, mine, right), "It is outside the range, or float32 does not hold it."


def rate_for_a_mean():
    """The sum over 64 rows has 64 times the gradient of the mean, so the mean needs 64 times the rate."""
    return 64 * 0.0005


def rate_that_float32_holds():
    """A whole number of up to 24 bits divided by a power of two; float(np.float32(0.01)) is another."""
    return 5 / 512


def times_as_long():
    """Keras keeps the rate in its velocity, so the old rate rolls on."""
    v_torch = v_keras = 0.0
    for rate in [1.0] * 1000 + [0.1]:
        v_torch, v_keras = 0.9 * v_torch + 1, 0.9 * v_keras + rate * 1
    return v_keras / (rate * v_torch)


EXERCISES = [
    Exercise(
        "06 torch loop",
        Walk(_problems, "torch_loop must give the path: a list of points w of shape (d,), the start first"),
        torch_loop,
        {
            "same tensor": Mistake(
                _loop(keep=lambda path: [path[0], *path[-1:] * (len(path) - 1)]), _NOT_COPIED
            ),
            "same tensor, the start too": Mistake(
                _loop(keep=lambda path: path[-1:] * len(path)), f"even the start is gone: {_NOT_COPIED}"
            ),
            "start changed in place": Mistake(
                _in_place,
                "torch.from_numpy shares its memory with the array given, so the optimizer changes the start "
                "in place: torch.tensor makes a copy.",
            ),
            "everything in place": Mistake(
                _in_place_and_not_copied,
                "all points are the array that was given, changed in place: torch.tensor makes a copy, and "
                "each point that is kept must be one too.",
            ),
            "float32": Mistake(
                _loop(single=True),
                "your weights are float32, which has seven digits. Keep float64, as the arrays are given.",
            ),
            "rows ignored": Mistake(
                _loop(every=True), "each step uses all the rows. Take those of the step: X[rows] and y[rows]."
            ),
            "start missing": Mistake(
                _loop(keep=lambda path: path[1:]),
                "the steps are right, but the start is missing in the path.",
            ),
            "end missing": Mistake(
                _loop(keep=lambda path: path[:-1]),
                "the steps are right, but the end is missing: keep w after the last step too.",
            ),
            "kept before the step": Mistake(
                _loop(keep=lambda path: [path[0], *path[:-1]]),
                "you keep w before each step, so the start stands there twice. Keep it after the step.",
            ),
            "only the end": Mistake(
                _loop(keep=lambda path: path[-1:]), "only the end is there: give back every point."
            ),
            "sum for the mean": Mistake(
                _loop(loss="sum"), "that is the gradient of a sum over the rows. The loss is their mean."
            ),
            "factor ½": Mistake(_loop(share=0.5), "your loss has a factor ½, and gdlib's has none."),
            "momentum added": Mistake(
                _loop(momentum=0.9), "your optimizer has momentum 0.9. Plain descent has none."
            ),
            "zero_grad forgotten": Mistake(
                _loop(clear=False),
                "backward() adds to what is in .grad already, and your loop never clears it.",
            ),
            "Adam": Mistake(_loop(kind="Adam"), "your optimizer is Adam. Plain descent is torch.optim.SGD."),
        },
        (
            "Before the loop: X, y as tensors, w as a tensor with requires_grad=True, an optimizer for [w].",
            "In the loop: the five lines of notebook 05, with X[rows] @ w as the prediction.",
            "The optimizer changes w in place. So keep w.detach().numpy().copy().",
        ),
    ),
    Exercise(
        "06 adam step",
        Function(_adam_cases, "adam_step must give three arrays: the new w, m and v", several=True),
        adam_step,
        {
            "no bias correction": Mistake(
                _adam(lambda w, g, m, v, t, r, b, c, e: w - r * m / (np.sqrt(v) + e)),
                "the correction is missing: divide m by 1 − β₁ᵗ and v by 1 − β₂ᵗ before the step.",
            ),
            "epsilon inside the root": Mistake(
                _adam(lambda w, g, m, v, t, r, b, c, e: w - r * m / (1 - b**t) / np.sqrt(v / (1 - c**t) + e)),
                "your epsilon stands inside the root. Take the root first, then add it.",
            ),
            "epsilon before the correction": Mistake(
                _adam(
                    lambda w, g, m, v, t, r, b, c, e: (
                        w - r * np.sqrt(1 - c**t) / (1 - b**t) * m / (np.sqrt(v) + e)
                    )
                ),
                "your epsilon is added to √v before v is corrected, so the correction enlarges it too. Keras "
                "does it so; here it is added to the root of the corrected v.",
            ),
            "epsilon missing": Mistake(
                _adam(lambda w, g, m, v, t, r, b, c, e: _rightly(w, g, m, v, t, r, b, c, 0)),
                "epsilon is missing under the line: add it to the root.",
            ),
            "counted one too far": Mistake(
                _counted(1), "the correction is off by one: t is 1 at the first step already; take βᵗ."
            ),
            "counted from 0": Mistake(
                _counted(-1),
                "the correction is off by one: βᵗ, not βᵗ⁻¹, which divides by 0 at first.",
            ),
            "moments swapped": Mistake(
                _adam(
                    lambda w, g, m, v, t, r, b, c, e: w - r * v / (1 - c**t) / (np.sqrt(m / (1 - b**t)) + e)
                ),
                "m and v are exchanged in the step: m stands above the line, the root of v below it.",
            ),
            "betas swapped": Mistake(
                lambda w, g, m, v, t, r, b, c, e: adam_step(w, g, m, v, t, r, c, b, e),
                "the betas are exchanged: β₁ belongs to m, β₂ to v.",
            ),
            "not squared": Mistake(
                _adam(_rightly, lambda g, m, v, b, c: (b * m + (1 - b) * g, c * v + (1 - c) * g)),
                "v must gather the squares of the gradients.",
            ),
            "root missing": Mistake(
                _adam(lambda w, g, m, v, t, r, b, c, e: w - r * m / (1 - b**t) / (v / (1 - c**t) + e)),
                "the root is missing under the line.",
            ),
            "gradient for its mean": Mistake(
                _adam(lambda w, g, m, v, t, r, b, c, e: w - r * g / (np.sqrt(v / (1 - c**t)) + e)),
                "the step goes along g itself. It must go along m, corrected.",
            ),
            "uphill": Mistake(
                _adam(lambda w, *others: 2 * w - _rightly(w, *others)), "it goes uphill: subtract the step."
            ),
            "corrected means given back": Mistake(
                _adam(_rightly, gives=lambda w, m, v, t, b, c: (w, m / (1 - b**t), v / (1 - c**t))),
                "w is right, but the m and v that you give back are the corrected ones. The next step needs "
                "them as they were before the correction.",
            ),
        },
        (
            "First the two means, then both corrected under new names, then the step.",
            "w - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon); give back w, m and v.",
        ),
    ),
    Exercise(
        "06 forgotten mean",
        Number(),
        rate_for_a_mean,
        {
            "same rate": Mistake(lambda: 0.0005, "that is the rate for the sum. gdlib takes the mean."),
            "wrong way": Mistake(
                lambda: 0.0005 / 64, "the other way round: the sum has the larger gradient."
            ),
            "factor 2": Mistake(lambda: 0.064, "twice too large: neither of the two losses has a ½."),
            "factor ½": Mistake(lambda: 0.016, "half of it: neither of the two losses has a ½."),
        },
        ("How many times as large as the gradient of the mean is that of the sum, over 64 rows?",),
    ),
    Exercise(
        "06 whole rate",
        Held(),
        rate_that_float32_holds,
        {
            "rounded": Mistake(
                lambda: 0.01, "float32 rounds that number. Try a fraction of whole numbers, k / 2**m."
            ),
            "outside": Mistake(
                lambda: 1 / 128, "float32 holds that number, but it is not between 0.009 and 0.011."
            ),
            "neither": Mistake(
                lambda: 0.02, "that is not between 0.009 and 0.011; and float32 would round it too."
            ),
        },
        (
            "Float32 holds a whole number of up to 24 bits, divided by a power of two.",
            "Which k / 512 lies between 0.009 and 0.011?",
        ),
    ),
    Exercise(
        "06 rolling on",
        Number(),
        times_as_long,
        {
            "equal": Mistake(lambda: 1, "they are equal only while the rate is constant."),
            "old rate": Mistake(
                lambda: 10, "nearly: Keras' velocity fades by 0.9, and the new gradient comes in at rate 0.1."
            ),
            "new gradient left out": Mistake(
                lambda: 9, "nearly: to Keras' 0.9 × 10 the new gradient is added, at the rate 0.1."
            ),
            "at the old rate": Mistake(
                lambda: 0.1,
                "that is PyTorch's step as a share of Keras' old one. Compare the two next steps.",
            ),
        },
        (
            "Both velocities settle at 1 / (1 − 0.9) = 10.",
            "PyTorch's next step is 0.1 × (0.9 × 10 + 1). Keras' velocity is the step itself.",
        ),
    ),
]
