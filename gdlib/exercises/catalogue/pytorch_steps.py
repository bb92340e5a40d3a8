"""The exercises of notebook 05. PyTorch is imported where it is used."""

from __future__ import annotations

import numpy as np

from gdlib.exercises.checking import Exercise, Mistake
from gdlib.exercises.kinds import Function, Number, Whole
from gdlib.exercises.walks import Walk

# --- the gradient by hand ----------------------------------------------------------------------


def _lines():
    """A w and a table: one of four patients, and one of six."""
    four = [-1.0, 0.5, 2.0, 3.5], [1.0, -0.5, 2.5, 3.0]
    six = [0.4, -2.0, 1.5, 0.1, 3.0, -0.7], [0.5, -1.0, 2.0, 1.2, 1.0, 0.6]
    cases = ([-1.0, -0.5], four), ([0.3, 2.0], six), ([2.0, 0.7], four)
    return [(np.array(w), np.array(x), np.array(y)) for w, (x, y) in cases]


def by_hand(w, x, y):
    """The derivatives of the mean squared error by the two weights."""
    error = w[0] + w[1] * x - y
    return np.array([2 * np.mean(error), 2 * np.mean(error * x)])


def _without_x(w, x, y):
    error = w[0] + w[1] * x - y
    return np.array([2 * np.mean(error), 2 * np.mean(error)])


# --- steps of PyTorch --------------------------------------------------------------------------


def _batches(sizes, d, seed):
    """For each step an x (n, d) and a y (n, 1)."""
    import torch

    rng = np.random.default_rng(seed)
    pairs = []
    for n in sizes:
        X = rng.normal(size=(n, d))
        y = 1 + X @ np.linspace(2, -1, d) + rng.normal(size=n)
        pairs.append((torch.from_numpy(X), torch.from_numpy(y[:, None])))
    return pairs


def _model(d, lr, **options):
    """A model that starts at the same weights each time, and its optimizer."""
    import torch

    with torch.random.fork_rng(devices=[]):  # the reader's random numbers go on where they were
        model = torch.nn.Linear(d, 1, dtype=torch.float64)
    with torch.no_grad():
        model.weight[:], model.bias[:] = torch.linspace(-0.5, 1.5, d, dtype=torch.float64), -1.0
    return model, torch.optim.SGD(model.parameters(), lr=lr, **options)


def _single():
    return [
        (*_model(1, 0.07), _batches([4, 4, 4, 2, 4], 1, 0), 4),
        (*_model(3, 0.02, momentum=0.9), _batches([5, 5, 5, 3], 3, 1), 5),
    ]


def _in_chunks():
    one, three = _batches([5, 5, 3] * 3, 1, 2), _batches([4, 4, 4, 2] * 4, 3, 3)
    return [
        (*_model(1, 0.07), [(one[i : i + 3],) for i in range(0, 9, 3)], 5),
        (*_model(3, 0.02, momentum=0.9), [(three[i : i + 4],) for i in range(0, 16, 4)], 4),
    ]


def _walk(step, model, optimizer, calls, most):
    """The weights after each call of step(model, optimizer, ...), and three numbers.

    Where the weights never move, the first two count backward() and optimizer.step(), so that it can be told
    why; the third is 1 where the model saw more than `most` rows at once.
    """
    seen, backward, moves = [], [], []
    model.register_forward_hook(lambda model, given, out: seen.append(len(out)))
    model.bias.register_hook(lambda gradient: backward.append(gradient))
    optimizer.register_step_post_hook(lambda *_: moves.append(1))
    path = [_weights(model)]
    for given in calls:
        step(model, optimizer, *given)
        path.append(_weights(model))
    if any(not np.array_equal(point, path[0]) for point in path):
        return np.array(path), np.array([0, 0, max(seen, default=0) > most], dtype=float)
    if not seen and not backward and not moves:
        return ...
    return np.array(path), np.array([len(backward), len(moves), 0], dtype=float)


def _weights(model):
    return np.concatenate([part.detach().numpy().ravel() for part in (model.bias, model.weight)])


def step(model, optimizer, x, y):
    """One step: clear, predict, compare, find the gradient, move."""
    optimizer.zero_grad()
    predicted = model(x)
    loss = ((predicted - y) ** 2).mean()
    loss.backward()
    optimizer.step()


def _piled(model, optimizer, x, y):
    ((model(x) - y) ** 2).mean().backward()
    optimizer.step()


def _cleared_too_late(model, optimizer, x, y):
    ((model(x) - y) ** 2).mean().backward()
    optimizer.zero_grad()
    optimizer.step()


def _no_slope(model, optimizer, x, y):
    optimizer.zero_grad()
    ((model(x) - y) ** 2).mean()
    optimizer.step()


def _no_move(model, optimizer, x, y):
    optimizer.zero_grad()
    ((model(x) - y) ** 2).mean().backward()


def _behind(model, optimizer, x, y):
    optimizer.step()
    optimizer.zero_grad()
    ((model(x) - y) ** 2).mean().backward()


def _behind_and_piled(model, optimizer, x, y):
    optimizer.step()
    ((model(x) - y) ** 2).mean().backward()


def _summed(model, optimizer, x, y):
    optimizer.zero_grad()
    ((model(x) - y) ** 2).sum().backward()
    optimizer.step()


def _broadcast(model, optimizer, x, y):
    optimizer.zero_grad()
    ((model(x) - y[:, 0]) ** 2).mean().backward()
    optimizer.step()


def _rebuilt(model, optimizer, x, y):
    step(model, type(optimizer)(model.parameters(), **optimizer.defaults), x, y)


def _halved(model, optimizer, x, y):
    optimizer.zero_grad()
    (((model(x) - y) ** 2).mean() / 2).backward()
    optimizer.step()


def _moved_twice(model, optimizer, x, y):
    step(model, optimizer, x, y)
    optimizer.step()


# --- one step for many chunks ------------------------------------------------------------------


def big_step(model, optimizer, chunks):
    """One step with the gradient of all rows, of which the model sees one chunk (x, y) at a time."""
    n = sum(len(y) for _, y in chunks)
    optimizer.zero_grad()
    for x, y in chunks:
        loss = ((model(x) - y) ** 2).mean()
        (len(y) / n * loss).backward()
    optimizer.step()


def _shares(share):
    """A step in which share(y, chunks) stands for a chunk's share of the rows."""

    def wrong(model, optimizer, chunks):
        optimizer.zero_grad()
        for x, y in chunks:
            (share(y, chunks) * ((model(x) - y) ** 2).mean()).backward()
        optimizer.step()

    return wrong


def _rows(chunks):
    return sum(len(y) for _, y in chunks)


def _step_for_each(model, optimizer, chunks):
    for x, y in chunks:
        step(model, optimizer, x, y)


def _step_for_each_share(model, optimizer, chunks):
    optimizer.zero_grad()
    for x, y in chunks:
        (len(y) / _rows(chunks) * ((model(x) - y) ** 2).mean()).backward()
        optimizer.step()


def _cleared_in_each(model, optimizer, chunks):
    for x, y in chunks:
        optimizer.zero_grad()
        (len(y) / _rows(chunks) * ((model(x) - y) ** 2).mean()).backward()
    optimizer.step()


def _never_cleared(model, optimizer, chunks):
    for x, y in chunks:
        (len(y) / _rows(chunks) * ((model(x) - y) ** 2).mean()).backward()
    optimizer.step()


def _at_once(model, optimizer, chunks):
    import torch

    step(model, optimizer, torch.cat([x for x, _ in chunks]), torch.cat([y for _, y in chunks]))


# --- numbers -----------------------------------------------------------------------------------


def differences():
    """Broadcasting stretches (442, 1) and (442,) to (442, 442): every prediction minus every target."""
    return (np.zeros((442, 1)) - np.zeros(442)).size


def share_of_the_last():
    """The big mean is the sum over all rows by 442; the chunk's mean is its own sum by 58."""
    return 58 / (128 + 128 + 128 + 58)


def last_step():
    """The velocity gathers 1 + 0.9 + 0.9² + … = 10 slopes; the step is the rate times that."""
    velocity = 0.0
    for _ in range(1000):
        velocity = 0.9 * velocity + 1
    return 0.01 * velocity


_ASKED = "step(model, optimizer, x, y) must move the model's weights by one step"
_ASKED_BIG = "big_step(model, optimizer, chunks) must move the model's weights by one step"

EXERCISES = [
    Exercise(
        "05 gradient by hand",
        Function(_lines, "by_hand(w, x, y) must give an array of two numbers"),
        by_hand,
        {
            "factor 2 missing": Mistake(
                lambda w, x, y: by_hand(w, x, y) / 2, "half of it: the square brings a factor 2 down."
            ),
            "uphill": Mistake(
                lambda w, x, y: -by_hand(w, x, y), "its sign is wrong: the error is predicted minus y."
            ),
            "sum for the mean": Mistake(
                lambda w, x, y: len(x) * by_hand(w, x, y), "those are sums over the patients. Divide by n."
            ),
            "x missing": Mistake(
                _without_x, "in the second, each error must be multiplied by its x: the inner derivative."
            ),
            "order": Mistake(
                lambda w, x, y: by_hand(w, x, y)[::-1], "both are there, but w₀, the intercept, comes first."
            ),
            "x in both": Mistake(
                lambda w, x, y: np.full(2, by_hand(w, x, y)[1]),
                "the first has an x too many: the inner derivative by w₀ is 1.",
            ),
        },
        (
            "The chain rule: the derivative of error² is 2 × error × the derivative of the error.",
            "The error is w₀ + w₁x − y. By w₀ its derivative is 1; what is it by w₁?",
        ),
    ),
    Exercise(
        "05 step",
        Walk(_single, _ASKED, _walk, "The weights are right, but the model sees more rows than x has."),
        step,
        {
            "zero_grad forgotten": Mistake(
                _piled,
                "backward() adds to what is in .grad already, and your step never clears it: each step uses "
                "the sum of all the gradients so far.",
            ),
            "cleared too late": Mistake(
                _cleared_too_late,
                "nothing moves: your step clears the gradient just before optimizer.step() would use it.",
            ),
            "backward forgotten": Mistake(
                _no_slope,
                "nothing moves: optimizer.step() finds no gradient: backward() was never called.",
            ),
            "step forgotten": Mistake(
                _no_move, "nothing moves: the gradient is found, but optimizer.step() is never called."
            ),
            "one behind": Mistake(
                _behind,
                "optimizer.step() comes before backward(): each step uses the gradient of the rows before.",
            ),
            "one behind, and never cleared": Mistake(
                _behind_and_piled,
                "optimizer.step() comes before backward(), so it uses old gradients; and they stay.",
            ),
            "sum for the mean": Mistake(
                _summed, "that is the gradient of the sum of the squared errors. The loss is their mean."
            ),
            "broadcast": Mistake(
                _broadcast,
                "(n, 1) minus (n,) is stretched to (n, n): each prediction is compared with every y. "
                "Both must have the shape (n, 1).",
            ),
            "optimizer rebuilt": Mistake(
                _rebuilt,
                "a new optimizer in each step has forgotten its velocity: use the one that is given.",
            ),
            "factor ½": Mistake(_halved, "that loss has a factor ½ too many."),
            "moved twice": Mistake(_moved_twice, "optimizer.step() is called twice: once is a step."),
        },
        (
            "Five lines: clear the gradients, predict, compare, find the gradient, move.",
            "The loss is the mean of (predicted − y)², one number; backward() is asked of it.",
            "optimizer.zero_grad() comes first, optimizer.step() last.",
        ),
    ),
    Exercise(
        "05 big step",
        Walk(
            _in_chunks, _ASKED_BIG, _walk, "The weights are right, but the model sees too many rows at once."
        ),
        big_step,
        {
            "means added": Mistake(
                _shares(lambda y, chunks: 1),
                "the gradients of all chunks are added in full: the step is several times too long.",
            ),
            "mean of means": Mistake(
                _shares(lambda y, chunks: 1 / len(chunks)),
                "that is the mean of the chunks' means. It is right for equal chunks only: the rows of the "
                "short one count more than the others.",
            ),
            "short chunk divided by the full size": Mistake(
                _shares(lambda y, chunks: len(y) / (len(chunks) * len(chunks[0][1]))),
                "you divide as if the last chunk were as long as the others: the number of rows is smaller.",
            ),
            "full share for the short chunk": Mistake(
                _shares(lambda y, chunks: len(chunks[0][1]) / _rows(chunks)),
                "each chunk gets the share of a full one, so the short one counts too much.",
            ),
            "sums added": Mistake(
                _shares(lambda y, chunks: len(y)),
                "that is the gradient of the sum over all rows, not of the mean.",
            ),
            "a step for each chunk": Mistake(
                _step_for_each, "your model moves after each chunk. It is to move once, after the last."
            ),
            "a step for each share": Mistake(
                _step_for_each_share,
                "optimizer.step() stands in the loop: your model moves before all the gradients are there.",
            ),
            "cleared in each chunk": Mistake(
                _cleared_in_each,
                "zero_grad() stands in the loop: only the gradient of the last chunk is left for the step.",
            ),
            "zero_grad forgotten": Mistake(
                _never_cleared,
                "the gradients of the chunks pile up, but on those of the big step before.",
            ),
            "all at once": Mistake(
                _at_once,
                "the step is right, but all the rows go through the model at once, for which there is no "
                "room. Give it a chunk at a time.",
            ),
        },
        (
            "Clear once, call backward() for each chunk, move once.",
            "A chunk's mean is its sum divided by its own rows. Which number turns it into its part of the "
            "big mean, which is divided by all the rows?",
        ),
    ),
    Exercise(
        "05 missing dimension",
        Whole(),
        differences,
        {
            "as it was meant": Mistake(
                lambda: 442, "that is what was meant. What shape does (442, 1) − (442,) give?"
            ),
            "twice": Mistake(
                lambda: 2 * 442, "the two are not set one after the other: each is stretched along the other."
            ),
            "without the diagonal": Mistake(
                lambda: 442 * 441, "almost: each prediction is compared with its own y too."
            ),
            "each pair once": Mistake(
                lambda: 442 * 443 // 2, "that counts each pair of patients once. a − B and b − A both occur."
            ),
        },
        ("Broadcasting stretches both: print (model(x) - y[:, 0]).shape.",),
    ),
    Exercise(
        "05 share of the last",
        Number(),
        share_of_the_last,
        {
            "in full": Mistake(lambda: 1, "then all the gradients are added in full."),
            "a quarter": Mistake(lambda: 1 / 4, "that is right for four equal chunks only."),
            "of a full chunk": Mistake(
                lambda: 58 / 128, "that compares it with one full chunk. Compare it with all the rows."
            ),
            "as if all were full": Mistake(
                lambda: 58 / 512, "there are not four times 128 rows: the last chunk is short."
            ),
            "of the others": Mistake(
                lambda: 58 / 384,
                "that compares it with the other three chunks. It is among all the rows itself.",
            ),
        },
        ("Of all the rows, which share is in the last chunk?",),
    ),
    Exercise(
        "05 last step",
        Number(),
        last_step,
        {
            "first step": Mistake(lambda: 0.01, "that is the first step. The next ones are longer."),
            "second step": Mistake(lambda: 0.019, "that is the second step. It goes on growing."),
            "velocity": Mistake(
                lambda: 10, "that is the velocity. A step is the learning rate times the velocity."
            ),
            "factor 0.9": Mistake(
                lambda: 0.09, "nearly: 0.9 of the velocity stays, and then the slope 1 is added."
            ),
        },
        (
            "The velocity is 1 after the first step, 0.9 · 1 + 1 after the second.",
            "Sum 1 + 0.9 + 0.9² + … and multiply by the rate.",
        ),
    ),
]
