"""The loop of descent.py once more, with momentum or without, compiled: nanoseconds a step on data.

It is plain Python that can be read; Numba turns it into machine code at the first call and keeps
that on disk. Where Numba is missing, descent.py's own loop runs in its place: on the same rows,
with the same result but for rounding.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

try:
    import numba
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic

    COMPILED = True
except ImportError:
    COMPILED = False
except Exception as error:
    raise ImportError(
        f"Numba can't be loaded ({error}). If it was interrupted the first time, restart Python or the kernel"
    ) from error


def njit(**options):
    """Compile the function, and keep that on disk if possible; without Numba leave it as it is."""
    if not COMPILED:
        return lambda function: function

    def compiled(function):
        try:
            return numba.njit(**options)(function)
        except RuntimeError:  # neither beside this file nor in the reader's home is there room for the cache
            return numba.njit(**options | {"cache": False})(function)

    return compiled


# Sums may be taken in another order; but infinity and NaN must stay what they are, or a
# diverging run would go unnoticed.
_FAST = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz"}}

#: Work of one call, in rows times weights: some milliseconds, so that Ctrl-C and the bar get their turn.
BLOCK = 2**20
#: Rows drawn at once, where an epoch has fewer: with their draws and rates they stay in a core's cache.
ROWS = 2**15
#: A large X is cut into so many parts, on every machine: the sum, and so the result, is always the same.
PARTS = 8
#: An X of fewer numbers is in the cache once it has been read. In a larger one,
FAR = 2**15
#: while a row is worked on, the row so many places further on is sent for,
AHEAD = 16
#: or the first so many of its numbers: then the processor guesses the rest.
BEGINNING = 128


@njit(cache=True, nogil=True)
def shuffle(orders, before, draws):
    """Shuffle the row numbers `before` (n,) into orders[0], that into orders[1], and so on.

    Fisher and Yates: each place in turn gets one of those not yet given out. The draws are whole
    random numbers below 2^32, (k, n), scaled to 0..i without a division (Lemire 2019); for n rows
    no place is favoured by more than n / 2^32. Unsigned, for a place that might be below zero takes longer.
    """
    for epoch in range(len(orders)):
        order, draw = orders[epoch], draws[epoch]
        for i in range(len(order)):
            order[i] = before[i]
        for i in range(len(order) - 1, 0, -1):
            j = (np.uint64(draw[i]) * np.uint64(i + 1)) >> np.uint64(32)
            order[i], order[j] = order[j], order[i]
        before = order


if COMPILED:

    @intrinsic
    def prefetch(typing, values, i):
        """Ask the memory for values[i], and don't wait for it (LLVM's prefetch)."""

        def instruction(context, builder, signature, arguments):
            array = context.make_array(values)(context, builder, arguments[0])
            place = cgutils.get_item_pointer(context, builder, values, array, arguments[1:])
            number, byte = ir.IntType(32), ir.IntType(8).as_pointer()
            call = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
            function = builder.module.declare_intrinsic("llvm.prefetch", [byte], call)
            builder.call(function, [builder.bitcast(place, byte), number(0), number(3), number(1)])
            return context.get_dummy_value()

        return types.void(values, i), instruction

else:

    def prefetch(values, i):
        """Nothing waits for memory in plain Python."""


@njit(inline="always")
def send_for(X, y, rows, k):
    """Start to fetch the row rows[k]: nothing else can foresee a random order, and memory is slow."""
    row = rows[min(k, len(rows) - 1)]
    prefetch(y, row)
    for j in range(0, min(X.shape[1], BEGINNING), 8):  # memory comes in lines of eight numbers
        prefetch(X[row], j)


@njit(inline="always")
def error(score, target, logistic):
    """How far the prediction is off."""
    return (1 / (1 + np.exp(-score)) if logistic else score) - target


@njit(inline="always")
def add_row(X, y, logistic, w, row, scale, total):
    """Add scale (prediction - y) x to `total` (d,), for one row of X, which is read once."""
    score = 0.0
    for j in range(len(w)):
        score += X[row, j] * w[j]
    off = scale * error(score, y[row], logistic)
    for j in range(len(w)):
        total[j] += off * X[row, j]


@njit(inline="always")
def move(X, w, row, off, after):
    """Add off x to w (d,), for one row of X, and give the score of the row after it, while w is at hand."""
    score = 0.0
    for j in range(len(w)):
        w[j] += off * X[row, j]
        score += w[j] * X[after, j]
    return score


@njit(inline="always")
def add_four(X, y, logistic, w, p, q, r, s, scale, total):
    """As add_row, for four rows: w and `total` are fetched once, and four rows waited for at once."""
    a = b = c = e = 0.0
    for j in range(len(w)):
        a += X[p, j] * w[j]
        b += X[q, j] * w[j]
        c += X[r, j] * w[j]
        e += X[s, j] * w[j]
    a, b = scale * error(a, y[p], logistic), scale * error(b, y[q], logistic)
    c, e = scale * error(c, y[r], logistic), scale * error(e, y[s], logistic)
    for j in range(len(w)):
        total[j] += a * X[p, j] + b * X[q, j] + c * X[r, j] + e * X[s, j]


@njit(**_FAST)
def walk(X, y, logistic, w, v, rates, rows, first, ends, momentum, nesterov, due, every, out):
    """Take a step for each of `ends`, with weights w and velocity v (d,) changed in place.

    Args:
        rates: (k,), the learning rate of each step.
        rows: row numbers, batch after batch, the first batch from `first` on.
        ends: (k,), where in `rows` each batch ends.
        due, every: the weights are written to `out` after `due` steps, then after every so many.
    """
    factor = 1.0 if logistic else 2.0
    far, gradient, written = X.size >= FAR, np.zeros(len(w)), 0
    score, scored = 0.0, -1  # of the row in this place the score is known
    for step in range(len(ends)):
        last, rate = ends[step], rates[step]
        if last - first == 1 and momentum == 0:  # one row: the step needs no sum, and goes straight to w
            if far:
                send_for(X, y, rows, first + AHEAD)
            row, after = rows[first], rows[min(last, len(rows) - 1)]
            if scored != first:
                score = move(X, w, row, 0.0, row)
            off = -rate * factor * error(score, y[row], logistic)
            score, scored = move(X, w, row, off, after), last
        else:
            scale = factor / (last - first)
            fours = last - (last - first) % 4
            for k in range(first, fours, 4):
                if far:
                    for ahead in range(k + AHEAD, k + AHEAD + 4):
                        send_for(X, y, rows, ahead)
                add_four(X, y, logistic, w, rows[k], rows[k + 1], rows[k + 2], rows[k + 3], scale, gradient)
            for k in range(fours, last):
                if far:
                    send_for(X, y, rows, k + AHEAD)
                add_row(X, y, logistic, w, rows[k], scale, gradient)
            for j in range(len(w)):
                v[j] = momentum * v[j] + gradient[j]
                w[j] -= rate * (gradient[j] + momentum * v[j] if nesterov else v[j])
                gradient[j] = 0.0
        first, due = last, due - 1
        if due == 0:
            for j in range(len(w)):
                out[written, j] = w[j]
            written, due = written + 1, every


# Both add all rows, and take rows far apart together: memory is read quickest in several places.
@njit(**_FAST)
def _twos(X, y, logistic, w, scale, total):
    half = len(y) // 2
    for p in range(half):
        q, a, b = p + half, 0.0, 0.0
        for j in range(len(w)):
            a += X[p, j] * w[j]
            b += X[q, j] * w[j]
        a, b = scale * error(a, y[p], logistic), scale * error(b, y[q], logistic)
        for j in range(len(w)):
            total[j] += a * X[p, j] + b * X[q, j]
    for row in range(2 * half, len(y)):
        add_row(X, y, logistic, w, row, scale, total)


@njit(**_FAST)
def _fours(X, y, logistic, w, scale, total):
    quarter = len(y) // 4
    for p in range(quarter):
        q, r, s = p + quarter, p + 2 * quarter, p + 3 * quarter
        add_four(X, y, logistic, w, p, q, r, s, scale, total)
    for row in range(4 * quarter, len(y)):
        add_row(X, y, logistic, w, row, scale, total)


def gradient(problem, w):
    """The gradient over all rows, (d,), in one pass over X on all cores; the same on every run."""
    cuts = np.linspace(0, problem.n, PARTS + 1).astype(int)
    sums = np.zeros((PARTS, problem.d + 16))  # a gap, or two cores would write to one line of memory in turn
    scale, add = problem.factor / problem.n, _fours if problem.d >= 256 else _twos

    def part(first, last, total):
        add(problem.X[first:last], problem.y[first:last], problem.logistic, w, scale, total[: problem.d])

    with ThreadPoolExecutor(min(PARTS, os.cpu_count() or 1)) as threads:
        list(threads.map(part, cuts[:-1], cuts[1:], sums))
    return sums[:, : problem.d].sum(axis=0)


def record(problem, w, rate, batches, rule, every, tick):
    """Take a step for each batch by rules.momentum, and give what descent.record gives."""
    w, v, step, room = w.copy(), np.zeros_like(w), 0, max(1, BLOCK // problem.d)
    weights = np.empty((1 - (-len(batches) // every), problem.d))
    weights[0] = w
    for rows, ends in batches.blocks(min(room, ROWS)):
        done, take = 0, max(1, room * len(ends) // len(rows))
        while done < len(ends):
            ahead = ends[done : done + take]
            before, rates = (w.copy(), v.copy()), rate.between(step, step + len(ahead))
            ahead = ahead[: len(rates)]
            first, due, out = (
                ends[done - 1] if done else 0,
                every - step % every,
                weights[step // every + 1 :],
            )
            walk(
                problem.X, problem.y, problem.logistic, w, v, rates, rows, first, ahead,
                rule.beta, rule.nesterov, due, every, out,
            )  # fmt: skip
            if np.isfinite(w).all():
                done, step = done + len(ahead), step + len(ahead)
                tick(step)
            elif len(ahead) == 1:
                return _kept(before[0], weights, step, every)
            else:  # a step in here is not finite, and so are all after it: take fewer and look closer
                (w, v), take = before, len(ahead) // 2
    return _kept(w, weights, step, every)


def _kept(w, weights, step, every):
    kept = np.arange(0, step + every, every)
    kept[-1] = step
    weights[len(kept) - 1] = w
    return kept, weights[: len(kept)]
