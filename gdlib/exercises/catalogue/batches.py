"""The exercises of notebook 03."""

from __future__ import annotations

import numpy as np

from gdlib import datasets
from gdlib.exercises import safe
from gdlib.exercises.checking import Exercise, Mistake
from gdlib.exercises.kinds import Figure, Function, Number, Rows, Seen, Whole
from gdlib.exercises.report import First, short


def _table(n, d, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(size=n)


def _batches():
    """A w, a table, and the rows of a batch; each time another number of rows and of weights."""
    small, large = _table(6, 2, 0), _table(9, 3, 1)
    return [
        (np.array([-1.5, 0.5]), *small, np.array([4, 0, 3])),
        (np.array([0.5, -1.0, 2.0]), *large, np.array([8, 2, 5, 0])),
        (np.array([1.0, 2.0]), *small, np.array([5])),
    ]


def gradient(w, X, y, rows):
    """The mean over the rows of 2 · error · x."""
    error = X[rows] @ w - y[rows]
    return 2 / len(rows) * error @ X[rows]


def _first_not_divided(w, X, y, rows):
    g = gradient(w, X, y, rows)
    g[0] *= len(rows)
    return g


class TwoRuns(Rows):
    """The rows of a run, and of one with another table, batch size and number of epochs.

    The batches of the second fill its epochs, so that no short one moves about where pieces are shuffled.
    """

    def observe(self, function) -> Seen:
        """The traits of what it draws, with two of the second run."""
        seen = super().observe(function)
        if seen.values is None:
            return seen
        n = 12

        def second():
            drawn = [np.ravel(each) for each in function(n, 4, 2, np.random.default_rng(1))]
            return tuple(map(len, drawn)), all(bool(np.all((each >= 0) & (each < n))) for each in drawn)

        told, trouble = safe.call(second)
        if trouble:
            return Seen(trouble=f"{trouble}; {self.says}")
        return Seen([{**seen.values[0], "sizes of the second": told[0], "its own rows": told[1]}])

    def part(self, mine, right):
        """The first trait that differs."""
        (yours,), (true,) = mine, right
        trait = next(name for name in true if yours[name] != true[name])
        if trait == "sizes of the second":
            sizes = short([*yours[trait]])
            told = f"For 12 rows in batches of 4, twice, yours have sizes {sizes}. Is a number typed in?"
        elif trait == "its own rows":
            told = "Of a table with 12 rows it takes others than 0 to 11. Is the number of rows typed in?"
        else:
            return super().part(mine, right)
        return First(0, yours[trait], true[trait]), told


def rows(n, batch_size, epochs, rng):
    """The rows of each step: in every epoch a fresh shuffle, cut into batches."""
    batches = []
    for _ in range(epochs):
        order = rng.permutation(n)
        batches += [order[i : i + batch_size] for i in range(0, n, batch_size)]
    return batches


def _cut(order, size):
    return [order[i : i + size] for i in range(0, len(order), size)]


def _shuffled_once(n, size, epochs, rng):
    return _cut(rng.permutation(n), size) * epochs


def _shuffled_in_place(n, size, epochs, rng):
    order, batches = np.arange(n), []
    for _ in range(epochs):
        rng.shuffle(order)
        batches += _cut(order, size)
    return batches


def _short_dropped(n, size, epochs, rng):
    return [each for each in rows(n, size, epochs, rng) if len(each) == size]


def _only_batches_shuffled(n, size, epochs, rng):
    batches = []
    for _ in range(epochs):
        pieces = _cut(np.arange(n), size)
        batches += [pieces[i] for i in rng.permutation(len(pieces))]
    return batches


def _orders():
    """A table, a start, a rate, and an order of the rows: all of them, and some, one of them twice."""
    return [
        (*_table(6, 2, 2), np.array([-1.0, 1.5]), 0.1, np.array([3, 0, 5, 4, 1, 2])),
        (*_table(5, 3, 3), np.array([1.0, 0.5, -2.0]), 0.04, np.array([2, 4, 2, 0])),
    ]


def stochastic(X, y, w, learning_rate, order):
    """One step for each row, in this order: the path, the start first."""
    path = [w]
    for i in order:
        error = X[i] @ w - y[i]
        w = w - learning_rate * 2 * error * X[i]
        path.append(w)
    return path


def _walk(step):
    """A run whose step is step(w, X, y, rate, i, start)."""

    def walk(X, y, w, rate, order):
        path, start = [w], w
        for i in order:
            w = w + step(w, X, y, rate, i, start)
            path.append(w)
        return path

    return walk


def _row(w, X, y, i):
    return gradient(w, X, y, [i])


def _same_array(X, y, w, rate, order):
    path = [w]
    for i in order:
        w -= rate * _row(w, X, y, i)
        path.append(w)
    return path


def _ends(figure):
    """Of each run: how far from the minimum it was in its last epoch, as a word."""
    bottom = datasets.bmi(standardise=True)
    best = np.linalg.lstsq(bottom.X, bottom.y, rcond=None)[0]
    if len(figure.shown) != 3:
        raise safe.Refused("hand over the figure with the three runs")
    words = []
    for run in figure.shown:
        away = np.linalg.norm(run.weights[figure._place] - best, axis=1)
        late = np.mean(away[np.arange(len(away)) * 10 > 9 * (len(away) - 1)]) / away[0]  # of ten epochs
        words.append("near" if late < 0.2 else "between" if late <= 1 else "lost")
    return words


def _still_missing(ends):
    batch, mini_batch, stochastic = ends
    if "lost" in (batch, mini_batch):
        return "More than one run is lost, or it is the wrong one. Move the learning rate down."
    if stochastic != "lost":
        return "No run is lost yet: all three stay nearer than they began. Move the learning rate up."
    return "One run is lost, but another has not come near the minimum. Move the learning rate a little."


def _losses():
    """Training losses, validation losses and a patience; what is right is 3, 3, 7, 0, 4, 1, 1, 5 and 4.

    The last four: it ends in the middle of waiting; a loss is as low as the least and no lower; one is hardly
    lower; and one is no lower than `patience` steps before, after a new least.
    """
    kinds = [
        ([0.9, 0.7, 0.75, 0.8, 0.3, 0.35], [0.9, 0.6, 0.7, 0.5, 0.6, 0.65], 2),
        (
            [0.9, 0.7, 0.5, 0.4, 0.3, 0.25, 0.2, 0.18, 0.16, 0.14, 0.15],
            [0.9, 0.6, 0.7, 0.5, 0.6, 0.65, 0.4, 0.45, 0.46, 0.47, 0.3],
            2,
        ),
        ([0.9, 0.7, 0.5, 0.4, 0.3, 0.2, 0.1, 0.15, 0.2], [1, 0.8, 0.85, 0.7, 0.75, 0.6, 0.65, 0.5, 0.55], 3),
        ([0.5, 0.4, 0.3, 0.2, 0.1], [0.5, 0.6, 0.7, 0.8, 0.9], 2),
        (
            [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.15],
            [1, 0.9, 0.95, 0.92, 0.8, 0.85, 0.84, 0.83, 0.82, 0.7, 0.75],
            4,
        ),
        ([2, 1.5, 1], [2, 1, 1.2], 4),
        ([1, 0.9, 0.8, 0.7, 0.6, 0.5], [1, 0.8, 0.8, 0.9, 0.95, 0.7], 3),
        ([1, 0.9, 0.8, 0.7, 0.6, 0.5], [1, 0.8, 0.799, 0.9, 0.95, 0.7], 3),
        ([1, 0.9, 0.8, 0.7, 0.6], [1, 0.6, 0.5, 0.7, 0.4], 2),
    ]
    return [(np.array(training), np.array(validation), patience) for training, validation, patience in kinds]


def when_to_stop(training, validation, patience):
    """The step of the least validation loss, up to where `patience` steps in a row have brought none."""
    best = 0
    for step in range(len(validation)):
        if validation[step] < validation[best]:
            best = step
        if step - best == patience:
            break
    return best


def _where_it_stops(training, validation, patience):
    best = when_to_stop(training, validation, patience)
    return min(best + patience, len(validation) - 1)


def _as_low_is_lower(training, validation, patience):
    best = 0
    for step in range(len(validation)):
        if validation[step] <= validation[best]:
            best = step
        if step - best == patience:
            break
    return best


def _beside_one_step(training, validation, patience):
    for step in range(patience, len(validation)):
        if validation[step] >= validation[step - patience]:
            return np.argmin(validation[: step + 1])
    return np.argmin(validation)


def _all_rises_counted(training, validation, patience):
    best, without = 0, 0
    for step in range(1, len(validation)):
        if validation[step] < validation[best]:
            best = step
        else:
            without += 1
        if without == patience:
            break
    return best


def _beside_the_step_before(training, validation, patience):
    best, rises = 0, 0
    for step in range(1, len(validation)):
        rises = rises + 1 if validation[step] >= validation[step - 1] else 0
        if validation[step] < validation[best]:
            best = step
        if rises == patience:
            break
    return best


def iterations():
    """Of ten epochs: each has 8 full batches of 64 and one with the 57 rows that are left."""
    of_an_epoch = int(np.ceil(569 / 64))
    return 10 * of_an_epoch


def rows_for_half_the_width():
    """The width is σ/√b: half of it needs four times the rows."""
    return 32 * 2**2


def floor(rate=0.02, b=25):
    """rate · σ² / (4b), with σ² the mean of the squared row gradients at the minimum."""
    X, y, *_ = datasets.bmi(standardise=True)
    best = np.linalg.lstsq(X, y, rcond=None)[0]
    row_gradients = 2 * (X @ best - y)[:, None] * X
    sigma2 = np.mean(np.sum(row_gradients**2, axis=1))
    return rate * sigma2 / (4 * b)


EXERCISES = [
    Exercise(
        "03 gradient",
        Function(_batches, "gradient(w, X, y, rows) must give an array with a number for each weight"),
        gradient,
        {
            "sum for the mean": Mistake(
                lambda w, X, y, rows: 2 * (X[rows] @ w - y[rows]) @ X[rows],
                "that is a sum over the batch. Divide by its number of rows.",
            ),
            "divided by n": Mistake(
                lambda w, X, y, rows: gradient(w, X, y, rows) * len(rows) / len(X),
                "it is divided by the rows of the whole table. Divide by those of the batch.",
            ),
            "factor 2 missing": Mistake(
                lambda w, X, y, rows: gradient(w, X, y, rows) / 2,
                "half of it: the square brings a factor 2 down.",
            ),
            "x missing": Mistake(
                lambda w, X, y, rows: 2 * np.mean(X[rows] @ w - y[rows]),
                "the inner derivative is missing: each error is multiplied by its own row x.",
            ),
            "first weight not divided": Mistake(
                _first_not_divided,
                "the first number of the gradient is a sum, the others are means. Divide them all.",
            ),
            "not summed": Mistake(
                lambda w, X, y, rows: 2 / len(rows) * (X[rows] @ w - y[rows])[:, None] * X[rows],
                "there is one line for each row of the batch: add them up. `error @ X[rows]` does "
                "both, it multiplies and adds.",
            ),
            "mean over the weights too": Mistake(
                lambda w, X, y, rows: 2 * np.mean((X[rows] @ w - y[rows])[:, None] * X[rows]),
                "that is one number: the mean over rows and weights. Take it over the rows alone.",
            ),
            "loss for the gradient": Mistake(
                lambda w, X, y, rows: np.mean((X[rows] @ w - y[rows]) ** 2),
                "that is the loss of the batch, not its gradient.",
            ),
            "all rows": Mistake(
                lambda w, X, y, rows: gradient(w, X, y, np.arange(len(X))),
                "that is the gradient over all the rows. Take those of the batch, `X[rows]` and `y[rows]`.",
            ),
            "the first rows": Mistake(
                lambda w, X, y, rows: gradient(w, X, y, np.arange(len(rows))),
                "it looks at the first rows of the table, as many as the batch has. `X[rows]` are its own.",
            ),
            "uphill": Mistake(lambda w, X, y, rows: -gradient(w, X, y, rows), "its sign is wrong."),
        },
        (
            "`X[rows]` and `y[rows]` are the batch. Its errors are `X[rows] @ w - y[rows]`.",
            "Each error is multiplied by 2 and by its own row x; then comes the mean over the batch.",
            "`error @ X[rows]` multiplies each row by its error and adds them up.",
        ),
    ),
    Exercise(
        "03 rows",
        TwoRuns(),
        rows,
        {
            "in order": Mistake(
                lambda n, b, epochs, rng: _cut(np.arange(n), b) * epochs,
                "the rows come in their order. Shuffle them: `rng.permutation(n)`.",
            ),
            "shuffled once only": Mistake(
                _shuffled_once, "the rows are shuffled once, and every epoch has that order. Shuffle in each."
            ),
            "shuffled in place": Mistake(
                _shuffled_in_place,
                "each epoch is shuffled, and yet all have one order: the pieces are windows on one array and "
                "change with it. Take a new array each time, `rng.permutation(n)`.",
            ),
            "short batch dropped": Mistake(
                _short_dropped, "the short batch at the end of an epoch is left out. Its rows count too."
            ),
            "with replacement": Mistake(
                lambda n, b, epochs, rng: [
                    rng.integers(n, size=len(each)) for each in _cut(np.arange(n), b) * epochs
                ],
                "the rows are drawn with replacement: some come twice in an epoch, and others not at all.",
            ),
            "with replacement, all full": Mistake(
                lambda n, b, epochs, rng: list(rng.integers(n, size=(epochs * -(-n // b), b))),
                "the rows are drawn with replacement, and no batch is short. Shuffle, and cut the order into "
                "pieces.",
            ),
            "each batch alone": Mistake(
                lambda n, b, epochs, rng: [
                    rng.permutation(n)[: len(each)] for each in _cut(np.arange(n), b) * epochs
                ],
                "each batch is drawn anew from all the rows, so that some come twice in an epoch. Shuffle "
                "once an epoch, and cut.",
            ),
            "own seed": Mistake(
                lambda n, b, epochs, rng: rows(n, b, epochs, np.random.default_rng(0)),
                "whatever the seed, the rows are the same. Draw from the `rng` that is given.",
            ),
            "own generator": Mistake(
                lambda n, b, epochs, rng: rows(n, b, epochs, np.random.default_rng()),
                "with the same seed it gives other rows. Draw from the `rng` that is given.",
            ),
            "only the batches shuffled": Mistake(
                _only_batches_shuffled,
                "the batches are shuffled, but in each the rows are neighbours. Shuffle the rows, then cut.",
            ),
            "one shuffle of all epochs": Mistake(
                lambda n, b, epochs, rng: _cut(rng.permutation(np.tile(np.arange(n), epochs)), b),
                "the rows of all the epochs are shuffled together: one may come twice before another comes "
                "at all. Shuffle each epoch for itself.",
            ),
            "cut across epochs": Mistake(
                lambda n, b, epochs, rng: _cut(
                    np.concatenate([rng.permutation(n) for _ in range(epochs)]), b
                ),
                "a batch reaches from one epoch into the next. Cut each epoch for itself; its last is short.",
            ),
            "one epoch": Mistake(
                lambda n, b, epochs, rng: rows(n, b, 1, rng), "that is one epoch, and `epochs` are asked."
            ),
            "like sizes": Mistake(
                lambda n, b, epochs, rng: [
                    each for _ in range(epochs) for each in np.array_split(rng.permutation(n), -(-n // b))
                ],
                "the batches are cut alike. Cut full ones, `batch_size` rows each; the last is short.",
            ),
        },
        (
            "For each epoch take an order, `rng.permutation(n)`, and cut it into pieces.",
            "The pieces begin at 0, batch_size, 2 · batch_size, …: `range(0, n, batch_size)`.",
            "`order[i : i + batch_size]` is a piece; at the end it is shorter by itself.",
        ),
    ),
    Exercise(
        "03 stochastic",
        Function(_orders, "stochastic(X, y, w, learning_rate, order) must give a list of points w"),
        stochastic,
        {
            "uphill": Mistake(
                _walk(lambda w, X, y, r, i, _: r * _row(w, X, y, i)),
                "it goes uphill. Subtract rate × gradient.",
            ),
            "factor 2 missing": Mistake(
                _walk(lambda w, X, y, r, i, _: -r * _row(w, X, y, i) / 2),
                "each step is half as long as it should be: the factor 2 of the square is missing.",
            ),
            "rate forgotten": Mistake(
                _walk(lambda w, X, y, r, i, _: -_row(w, X, y, i)), "the learning rate is missing."
            ),
            "x missing": Mistake(
                _walk(lambda w, X, y, r, i, _: -2 * r * (X[i] @ w - y[i])),
                "the inner derivative is missing: multiply the error by the row x.",
            ),
            "all rows": Mistake(
                _walk(lambda w, X, y, r, i, _: -r * gradient(w, X, y, np.arange(len(X)))),
                "each step looks at all the rows. That is batch descent: take the row `i` alone.",
            ),
            "divided by n": Mistake(
                _walk(lambda w, X, y, r, i, _: -r * _row(w, X, y, i) / len(X)),
                "each step is divided by n. A batch of one row is its own mean.",
            ),
            "order ignored": Mistake(
                lambda X, y, w, r, order: stochastic(X, y, w, r, range(len(order))),
                "the rows are taken from the first to the last. Take them in the given order.",
            ),
            "errors of the start": Mistake(
                _walk(lambda w, X, y, r, i, start: -r * _row(start, X, y, i)),
                "all the errors are those of the first w. Compute the error in the loop, where you stand.",
            ),
            "start missing": Mistake(
                lambda *given: stochastic(*given)[1:], "the start is missing: it is the first point."
            ),
            "only the end": Mistake(
                lambda *given: stochastic(*given)[-1], "only the last point is there. Keep every w."
            ),
            "same array": Mistake(
                _same_array,
                "all the points are one array, changed in place. Write w = w − …, which makes a new one.",
            ),
        },
        (
            "One row: its error is `X[i] @ w - y[i]`, its gradient is 2 · error · `X[i]`.",
            "In the loop: the error, the new w, and `path.append(w)`.",
        ),
    ),
    Exercise(
        "03 one is lost",
        Figure(_ends, _still_missing),
        ["near", "near", "lost"],
        {
            "none is lost": Mistake(["near", "near", "near"], _still_missing(["near", "near", "near"])),
            "all are lost": Mistake(["lost", "lost", "lost"], _still_missing(["lost", "lost", "lost"])),
        },
        (
            "A run is lost where its last points lie farther away than its start.",
            "The limit 2/L is far above. Half of it is a good place to try.",
        ),
    ),
    Exercise(
        "03 when to stop",
        Function(_losses, "when_to_stop(training, validation, patience) must give the number of a step"),
        when_to_stop,
        {
            "last step": Mistake(
                lambda training, validation, patience: len(validation) - 1,
                "that is the last step. Keep the one where the validation loss was least.",
            ),
            "least training loss": Mistake(
                lambda training, validation, patience: np.argmin(training),
                "that is where the training loss is least. Look at the rows that were kept aside.",
            ),
            "training watched": Mistake(
                lambda training, validation, patience: when_to_stop(training, training, patience),
                "it waits for the training loss. Watch that of the rows that were kept aside.",
            ),
            "least of all": Mistake(
                lambda training, validation, patience: np.argmin(validation),
                "it looks at the whole run. A run that has been stopped does not see what comes after.",
            ),
            "first rise": Mistake(
                lambda training, validation, patience: np.argmax(np.diff(validation) > 0),
                "it stops at the first rise. Wait until `patience` steps in a row have brought no new least.",
            ),
            "a step late": Mistake(
                lambda training, validation, patience: when_to_stop(training, validation, patience) + 1,
                "one too many. The first loss is that of step 0, before any update.",
            ),
            "where it stops": Mistake(
                _where_it_stops,
                "that is where the run is stopped. Keep the weights of the best step before it.",
            ),
            "waits too long": Mistake(
                lambda training, validation, patience: when_to_stop(training, validation, patience + 1),
                "it waits one step too long.",
            ),
            "too impatient": Mistake(
                lambda training, validation, patience: when_to_stop(training, validation, patience - 1),
                "it stops one step too early.",
            ),
            "not in a row": Mistake(
                _all_rises_counted,
                "it counts every step without a new least. After a new least the count begins again.",
            ),
            "a tie counts": Mistake(
                _as_low_is_lower, "it takes a loss that is as low as the least for a new one: < and not <=."
            ),
            "beside one step": Mistake(
                _beside_one_step,
                "it compares with the loss `patience` steps before. Compare each with the least so far.",
            ),
            "beside the step before": Mistake(
                _beside_the_step_before,
                "it compares each loss with the one before. Compare it with the least so far.",
            ),
            "the loss itself": Mistake(
                lambda training, validation, patience: validation[
                    when_to_stop(training, validation, patience)
                ],
                "that is the least loss. The number of its step is asked.",
            ),
        },
        (
            "Keep the step with the least validation loss so far, `best`; it begins at 0.",
            "At each step: if its validation loss is below that of `best`, it is the new `best`.",
            "The run is stopped where `step - best` is `patience`.",
        ),
    ),
    Exercise(
        "03 iterations",
        Whole(),
        iterations,
        {
            "short batch dropped": Mistake(
                lambda: 10 * (569 // 64), "the short last batch of each epoch is kept, and is a step too."
            ),
            "one epoch": Mistake(lambda: int(np.ceil(569 / 64)), "that is one epoch. You make ten."),
            "epochs run together": Mistake(
                lambda: int(np.ceil(10 * 569 / 64)),
                "the epochs are not run together: each ends with a short batch of its own.",
            ),
            "rows": Mistake(lambda: 10 * 569, "that is the rows seen. A step sees a batch of them."),
            "batches of ten": Mistake(
                lambda: 10 * 64, "64 is the rows in a step, not the steps in an epoch."
            ),
        },
        ("How many batches of 64 does it take to see 569 rows?", "569 / 64 = 8.9: nine batches an epoch."),
    ),
    Exercise(
        "03 quieter gradient",
        Whole(),
        rows_for_half_the_width,
        {
            "variance for width": Mistake(
                lambda: 64, "that halves the variance. The width is its square root."
            ),
            "wrong way": Mistake(lambda: 8, "the wrong way: that makes the cloud twice as wide."),
            "half the rows": Mistake(lambda: 16, "fewer rows make a wider cloud."),
            "squared": Mistake(lambda: 32**2, "that is 32 times the rows: the width would fall by √32."),
        },
        ("The mean squared distance is σ²/b; the width is its root, σ/√b.", "σ/√b halves where b is …"),
    ),
    Exercise(
        "03 floor",
        Number(),
        floor,
        {
            "one row": Mistake(
                lambda: floor(b=1), "that is the floor with one row. Twenty-five rows have less noise."
            ),
            "root of b": Mistake(
                lambda: floor(b=5),
                "that is with √25 = 5. The width has the root of b; the floor has b itself.",
            ),
            "quarter missing": Mistake(
                lambda: 4 * floor(), "a factor 4 too large: it is in the denominator of the formula."
            ),
            "rate missing": Mistake(lambda: floor(rate=1), "the learning rate is missing."),
            "b squared": Mistake(lambda: floor(b=25**2), "b stands in the formula once, not twice."),
        },
        (
            "The formula is rate · σ² / (4b), with σ² at the minimum; `sigma2` holds it.",
            "`small_rate_floor` above does this for any b.",
        ),
    ),
]
