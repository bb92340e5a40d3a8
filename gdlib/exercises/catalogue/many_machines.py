"""The exercises of notebook 09."""

from __future__ import annotations

import numpy as np

from gdlib.exercises.checking import Exercise, Mistake
from gdlib.exercises.kinds import Function, Number
from gdlib.exercises.walks import Walk

# --- one gradient of many ----------------------------------------------------------------------


def _means_and_sizes():
    """The mean gradient of each worker's rows, and how many rows it has: never as many as the next one."""
    return [
        (np.array([[1.0, -2.0], [4.0, 0.5], [-3.0, 6.0]]), np.array([40, 16, 8])),
        (np.array([[0.3, 1.0, -1.0], [2.0, -0.7, 5.0]]), np.array([3, 7])),
        (np.array([[2.0], [-1.0], [0.5], [8.0]]), np.array([5, 1, 2, 9])),
    ]


def combine(means, sizes):
    """Each worker's sum is its mean times its rows; all the sums, over all the rows."""
    return sizes @ means / sizes.sum()


# --- who gets which rows -----------------------------------------------------------------------


def _rows_and_workers():
    return [(10, 4), (7, 3), (8, 2), (5, 4)]


def sampler(n, k):
    """Rows in turn, as cards are dealt; the first rows once more, until all have as many."""
    each = -(-n // k)
    rows = np.concatenate([np.arange(n), np.arange(each * k - n)])
    return [rows[worker::k] for worker in range(k)]


def _dealt(rows, k):
    return [rows[worker::k] for worker in range(k)]


def _padded(n, k, filling):
    """All the rows, and so many more that all have as many: filling(more)."""
    return np.concatenate([np.arange(n), filling(-n % k)]).astype(int)


# --- steps alone, then a mean ------------------------------------------------------------------


def _workers():
    """The gradients of the workers, a w, a rate and a number of steps."""

    def pulled(curvature, place):
        return lambda w: np.array(curvature) * (w - np.array(place))

    two = [pulled([1.0, 4.0], [2.0, 0.0]), pulled([3.0, 0.5], [-1.0, 1.0])]
    three = [pulled([2.0], [1.0]), pulled([0.5], [4.0]), pulled([1.0], [-3.0])]
    return [(two, np.array([0.5, -2.0]), 0.1, 4), (three, np.array([1.5]), 0.3, 3)]


def local_round(gradients, w, rate, steps):
    """Each worker takes its steps from the same w, with its own gradient; then the mean of the places."""
    places = []
    for gradient in gradients:
        mine = w
        for _ in range(steps):
            mine = mine - rate * gradient(mine)
        places.append(mine)
    return np.mean(places, axis=0)


def _round(begin=lambda w, places: w, end=lambda w, places: np.mean(places, axis=0), more=0):
    """A round with a mistake: where a worker begins, what is made of the places, steps too many."""

    def wrong(gradients, w, rate, steps):
        places = []
        for gradient in gradients:
            mine = begin(w, places)
            for _ in range(steps + more):
                mine = mine - rate * gradient(mine)
            places.append(mine)
        return end(w, places)

    return wrong


def _averaged_each_step(gradients, w, rate, steps):
    for _ in range(steps):
        w = w - rate * np.mean([gradient(w) for gradient in gradients], axis=0)
    return w


def _asked_once(gradients, w, rate, steps):
    return w - steps * rate * np.mean([gradient(w) for gradient in gradients], axis=0)


# --- late gradients ----------------------------------------------------------------------------


def _late_cases():
    """A gradient, a start, a rate, a delay and a number of steps."""

    def long_bowl(w):
        return np.array([2.0, 0.5]) * (w - np.array([1.0, -3.0]))

    def quartic(w):
        return w**3 - w

    return [(long_bowl, np.array([4.0, 1.0]), 0.2, 2, 7), (quartic, np.array([2.0]), 0.1, 3, 6)]


def late(gradient, w, rate, delay, steps):
    """The gradient is that of the place `delay` steps ago; before, that of the start."""
    path = [w]
    for t in range(steps):
        old = path[max(t - delay, 0)]
        path.append(path[-1] - rate * gradient(old))
    return np.array(path)


def _late(delay_of=lambda delay: delay, from_old=False, sign=-1):
    """A late run with a mistake: another delay, or a step from the old place."""

    def wrong(gradient, w, rate, delay, steps):
        path = [w]
        for t in range(steps):
            old = path[max(t - delay_of(delay), 0)]
            path.append((old if from_old else path[-1]) + sign * rate * gradient(old))
        return np.array(path)

    return wrong


def _waits(gradient, w, rate, delay, steps):
    path = [w]
    for t in range(steps):
        step = rate * gradient(path[t - delay]) if t >= delay else 0 * w
        path.append(path[-1] - step)
    return np.array(path)


def _unfilled(gradient, w, rate, delay, steps):
    path = np.zeros((steps + 1, len(w)))
    path[0] = w
    for t in range(steps):
        path[t + 1] = path[t] - rate * gradient(path[t - delay])
    return path


def ring_megabytes():
    """2(k − 1)/k times the size of the gradient, in millions of bytes."""
    return 2 * 7 / 8 * 25 * 4


EXERCISES = [
    Exercise(
        "09 combine",
        Function(_means_and_sizes, "combine(means, sizes) must give an array (d,)"),
        combine,
        {
            "mean of means": Mistake(
                lambda means, sizes: means.mean(axis=0),
                "that is the mean of the means: each worker counts the same, however few its rows.",
            ),
            "sum of means": Mistake(lambda means, sizes: means.sum(axis=0), "you only add the means."),
            "not divided": Mistake(
                lambda means, sizes: sizes @ means,
                "that is the sum over all the rows. Divide by how many there are.",
            ),
            "divided by the workers": Mistake(
                lambda means, sizes: sizes @ means / len(sizes),
                "you divide by the number of workers. Divide by the number of rows.",
            ),
            "sums divided again": Mistake(
                lambda means, sizes: means.sum(axis=0) / sizes.sum(),
                "you add means, and divide by the rows. A worker's sum is its mean times its rows.",
            ),
            "fewer count more": Mistake(
                lambda means, sizes: (1 / sizes) @ means / (1 / sizes).sum(),
                "it is upside down: who has more rows is to count more.",
            ),
        },
        (
            "What is the sum of the gradients of worker j's rows, when their mean is means[j]?",
            "Add the sums; then divide by the number of all the rows.",
        ),
    ),
    Exercise(
        "09 sampler",
        Function(
            _rows_and_workers,
            "sampler(n, k) must give k arrays of row numbers",
            read=lambda result, arguments: list(result),
            several=True,
        ),
        sampler,
        {
            "blocks": Mistake(
                lambda n, k: np.split(_padded(n, k, np.arange), k),
                "your workers get blocks of neighbours. The rows are dealt out in turn, as cards are.",
            ),
            "blocks, not padded": Mistake(
                lambda n, k: np.array_split(np.arange(n), k),
                "your workers get blocks, and not all of one length. Deal the rows in turn, and fill up.",
            ),
            "not padded": Mistake(
                lambda n, k: _dealt(np.arange(n), k),
                "some workers have a row less. The first rows come once more, until all have as many.",
            ),
            "dropped": Mistake(
                lambda n, k: _dealt(np.arange(n - n % k), k),
                "you leave the last rows out. That is what drop_last=True does.",
            ),
            "filled with the last": Mistake(
                lambda n, k: _dealt(_padded(n, k, lambda more: np.arange(n - more, n)), k),
                "you fill up with the last rows. It is the first that come once more.",
            ),
            "filled with one row": Mistake(
                lambda n, k: _dealt(_padded(n, k, lambda more: np.zeros(more)), k),
                "you fill up with row 0 alone. The rows from the first on come once more.",
            ),
        },
        (
            "How many rows does each worker get? n / k, rounded up: -(-n // k).",
            "A list of all n, and the first ones once more. Then rows[j::k] is every k-th, from j on.",
        ),
    ),
    Exercise(
        "09 bytes",
        Number(),
        ring_megabytes,
        {
            "eight bytes": Mistake(lambda: 350, "that would be with eight bytes a number. float32 has four."),
            "once round": Mistake(
                lambda: 87.5, "that is one time round the ring. It goes round twice: to add, and to hand out."
            ),
            "the gradient": Mistake(lambda: 100, "that is the size of the gradient itself."),
            "twice the gradient": Mistake(
                lambda: 200, "nearly. A piece need not be sent to the one that it began with: (k − 1)/k."
            ),
            "all workers": Mistake(
                lambda: 1400, "that is what all eight send together. How much does one of them send?"
            ),
            "in bytes": Mistake(lambda: 175e6, "in bytes it is right. Give millions of bytes."),
        },
        (
            "How many bytes has the gradient? 25 million numbers of four bytes.",
            "Each worker sends 2(k − 1)/k times as much.",
        ),
    ),
    Exercise(
        "09 local round",
        Function(_workers, "local_round(gradients, w, rate, steps) must give an array like w"),
        local_round,
        {
            "one after the other": Mistake(
                _round(begin=lambda w, places: places[-1] if places else w, end=lambda w, places: places[-1]),
                "each worker goes on where the one before it ended. All of them begin at w.",
            ),
            "goes on, then averaged": Mistake(
                _round(begin=lambda w, places: places[-1] if places else w),
                "each worker begins where the one before it ended. All of them begin at w.",
            ),
            "averaged each step": Mistake(
                _averaged_each_step,
                "you take the mean after each step: that is the exact step. Here it is taken at the end.",
            ),
            "asked once": Mistake(
                _asked_once,
                "each worker asks for its gradient once, at w. It moves, and must ask anew at each step.",
            ),
            "summed": Mistake(
                _round(end=lambda w, places: np.sum(places, axis=0)),
                "you add the places. Take their mean.",
            ),
            "moves summed": Mistake(
                _round(end=lambda w, places: w + np.sum([each - w for each in places], axis=0)),
                "you add the moves of all the workers. Take the mean of the places.",
            ),
            "last worker": Mistake(
                _round(end=lambda w, places: places[-1]),
                "that is where the last worker ends. Take the mean of all.",
            ),
            "one step more": Mistake(_round(more=1), "each worker takes one step too many."),
            "one step less": Mistake(_round(more=-1), "each worker takes one step too few."),
        },
        (
            "Two loops: over the workers, and in it over the steps. Where does each worker begin?",
            "Keep the places where they end in a list; np.mean(places, axis=0) is their mean.",
        ),
    ),
    Exercise(
        "09 late",
        Walk(_late_cases, "late(gradient, w, rate, delay, steps) must give all the points, the start first"),
        late,
        {
            "not late": Mistake(_late(lambda delay: 0), "your gradients are not late."),
            "one too late": Mistake(
                _late(lambda delay: delay + 1), "your gradients come one step later than they should."
            ),
            "one too early": Mistake(
                _late(lambda delay: delay - 1), "your gradients come one step earlier than they should."
            ),
            "one step late": Mistake(
                _late(lambda delay: 1), "your gradients are one step late, whatever the delay."
            ),
            "from the old place": Mistake(
                _late(from_old=True),
                "your steps begin at the old place. Only the gradient is old; step from the newest.",
            ),
            "waits": Mistake(
                _waits,
                "at first yours does not move. Until there is an old place, take the gradient of the start.",
            ),
            "unfilled": Mistake(
                _unfilled,
                "at first yours reads points that are not made yet: a negative index counts from the end.",
            ),
            "uphill": Mistake(_late(sign=1), "it goes uphill: the step is minus rate times gradient."),
            "starts never old": Mistake(
                _late(lambda delay: 10**6), "yours asks for the gradient of the start for ever."
            ),
        },
        (
            "At step t (from 0) the gradient is that of path[t − delay]; until there is one, of path[0].",
            "max(t - delay, 0) is the number of the old point. The step is made from path[-1].",
        ),
    ),
]
