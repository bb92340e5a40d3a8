"""watch(loop): run a reader's loop with a gradient that keeps a record, and say what the loop does."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from gdlib import checks
from gdlib.exercises import law, loops, safe
from gdlib.exercises.report import Report, say, sentence, short
from gdlib.exercises.same import parting, plain, same, tell_parting
from gdlib.problems import LinearRegression, LogisticRegression

#: A loop that asks so many times what is needed has no end that it could reach.
PATIENCE = 20


class Course(NamedTuple):
    """A problem, and how the loop is started on it."""

    problem: object
    start: np.ndarray
    rate: float
    batches: list


@lru_cache(maxsize=1)
def courses() -> tuple[Course, ...]:
    """Three, so unlike that no two mistakes look the same on all. The first has two weights: it is shown."""
    rng = np.random.default_rng(0)

    def shuffled(n, size, epochs):
        orders = [rng.permutation(n) for _ in range(epochs)]
        return [order[i : i + size] for order in orders for i in range(0, n, size)]

    x = rng.normal(size=14)
    line = LinearRegression(np.column_stack([np.ones(14), x]), 1 + 2 * x + rng.normal(size=14))
    X = rng.normal(size=(23, 3)) * [1.0, 0.4, 1.6]
    plane = LinearRegression(X, X @ [2.0, -1.0, 0.5] + rng.normal(size=23))
    labels = (X @ [1.0, 2.0, -1.0] + rng.normal(size=23) > 0).astype(float)
    classes = LogisticRegression(X, labels)
    return (
        Course(line, np.array([-1.5, -1.0]), 0.07, shuffled(14, 4, 5)),
        Course(plane, np.array([1.5, -2.0, 0.7]), 0.02, shuffled(23, 5, 6)),
        Course(classes, np.array([-0.5, 1.2, 2.0]), 0.4, shuffled(23, 4, 4)),
    )


class Asked(NamedTuple):
    """One question of a loop to its gradient: where, for which rows (sorted), and the answer."""

    w: np.ndarray
    rows: tuple
    answer: np.ndarray


class Recorder:
    """The gradient that a loop is given: it answers, and keeps a record."""

    def __init__(self, course):
        self._problem, self._most = course.problem, PATIENCE * len(course.batches) * len(course.start)
        self.record = []

    def __call__(self, w, rows=None, *others):
        """The gradient at w, the mean over these rows; None for all of them."""
        if others:
            raise TypeError("the gradient that a loop is given takes w and rows: gradient(w, rows)")
        if len(self.record) >= self._most:
            raise safe.Refused(f"it asks for the gradient again and again: {len(self.record)} times by now")
        d = self._problem.d
        place = checks.weights(w, d, f"the gradient is asked for {d} weights")
        if place.ndim != 1:
            raise ValueError(f"w has shape {place.shape}, but must be ({d},)")
        answer = self._problem.gradient(place, rows)
        every = range(self._problem.n) if rows is None else np.ravel(rows)
        self.record.append(Asked(place.copy(), tuple(sorted(int(row) for row in every)), answer.copy()))
        return answer


class Run(NamedTuple):
    """What a loop gave on one course, and what it asked."""

    points: np.ndarray | None  # (points, d); None where no path came back
    record: list
    trouble: str | None  # why there is no path
    spoiled: str | None = None  # what it was given and changed in place


def run(loop: Callable, course: Course) -> Run:
    """Run a loop on a course; whatever it does, a Run comes back."""
    gradient, start = Recorder(course), course.start.copy()
    batches = [rows.copy() for rows in course.batches]
    points, trouble = safe.call(lambda: _points(loop(gradient, start, course.rate, batches), course))
    record = tuple(gradient.record)  # a thread may go on asking
    spoiled = None if np.array_equal(start, course.start) else "start"
    if len(batches) != len(course.batches) or not all(map(np.array_equal, batches, course.batches)):
        spoiled = "batches"
    return Run(points, record, trouble, spoiled)


def _points(given, course):
    """What came back as points (points, d), or Refused with what is no path about it."""
    d, most = len(course.start), PATIENCE * len(course.batches)
    wanted = f"it must give the path: a list of points w of shape ({d},), the start first"
    if given is None or given is ...:
        raise safe.Refused(f"it gives nothing back: is there a return? {wanted}".replace("? it", "? It"))
    if isinstance(given, str | bytes | dict) or not hasattr(given, "__iter__"):
        raise safe.Refused(f"it gives {short(given)}; {wanted}")
    # A generator runs here; its points are kept as they stand when all is done, as a list keeps them.
    kept = list(itertools.islice(given, most + 1))
    if len(kept) > most:
        raise safe.Refused(f"it gives more than {most} points for {len(course.batches)} batches")
    try:
        points = np.array([checks.real(plain(point), "a point") for point in kept])
    except Exception:
        raise safe.Refused(f"it gives {short(given)}; {wanted}") from None
    if points.shape == (d,):  # a single point: seen below as the only one
        points = points[None]
    if not len(points) or points.ndim != 2 or points.shape[1] != d:
        what = f"points of shape {points.shape[1:]}" if points.ndim > 1 else f"{len(points)} numbers in a row"
        raise safe.Refused(f"it gives {what}; {wanted}")
    return points


def _same_questions(record, other):
    return len(record) == len(other) and all(
        mine.rows == theirs.rows and same(mine.w, theirs.w)
        for mine, theirs in zip(record, other, strict=True)
    )


class Candidate(NamedTuple):
    """What a known program gives on each course, by the names of its mistake and of what it gives back."""

    name: str | None
    returns: str | None
    paths: tuple
    records: tuple


@lru_cache(maxsize=1)
def candidates() -> tuple[Candidate, ...]:
    """All known programs on all courses: the right one first, then those with one mistake, then with two."""
    every = {None: loops.descent, **loops.WRONG}
    with safe.unguarded():
        runs = {name: [run(loop, course) for course in courses()] for name, loop in every.items()}
    found = [_candidate(name, None, runs[name]) for name in runs]
    found += [_candidate(None, returns, runs[None]) for returns in loops.RETURNS]
    for name in loops.WRONG:
        # Where the start stands twice, one less is another mistake's path, or none.
        twice = np.array_equal(*runs[name][0].points[:2])
        found += [_candidate(name, each, runs[name]) for each in loops.RETURNS if not twice]
    return tuple(found)


def _candidate(name, returns, runs):
    change = loops.RETURNS[returns][0] if returns else list
    paths = tuple(np.atleast_2d(np.array(change(list(each.points)))) for each in runs)
    return Candidate(name, returns, paths, tuple(each.record for each in runs))


def watch(loop: Callable) -> Report:
    """Say what a loop does: that it is gradient descent, or which mistake it makes, or which law it follows.

    Args:
        loop: loop(gradient, w, learning_rate, batches) -> the path, a list of points with the start first.
            gradient(w, rows) gives the gradient at w, (d,), the mean over those rows.

    >>> def uphill(gradient, w, learning_rate, batches):
    ...     path = [w]
    ...     for rows in batches:
    ...         w = w + learning_rate * gradient(w, rows)
    ...         path.append(w)
    ...     return path
    >>> watch(uphill).mistake
    'uphill'
    """
    if loop is None or loop is ...:
        return Report(False, "Not attempted yet: write the loop, and hand it to watch.", attempted=False)
    if not callable(loop):
        return Report(
            False, f"watch needs a function, loop(gradient, w, learning_rate, batches), not {short(loop)}."
        )
    runs = []
    for course in courses():
        runs.append(run(loop, course))
        if runs[-1].trouble:
            if safe.is_stub(loop) and runs[-1].trouble.startswith("it gives nothing back"):
                return Report(False, "Not attempted yet: write it in place of the dots.", attempted=False)
            return Report(False, f"Not yet: {sentence(runs[-1].trouble)}")
    with np.errstate(all="ignore"):
        return _judge(runs)


def _judge(runs):
    right = candidates()[0]
    if all(same(each.points, path) for each, path in zip(runs, right.paths, strict=True)):
        return _right(runs)
    if not any(each.record for each in runs):
        alone = all(len(each.points) == 1 for each in runs)
        if alone:
            return Report(
                False,
                "Not attempted yet: the gradient was never asked, and no step was made.",
                attempted=False,
            )
    first, shown = _first(runs, right.paths)
    place, mine, true = shown
    figure = partial(_figure, mine.points, true, first.step) if place == 0 else None  # of two weights
    found = _law(runs)
    tell = partial(Report, False, law=found, first=first, _figure=figure)
    known = [each for each in candidates() if all(map(same, (r.points for r in runs), each.paths))]
    for each in known:
        if all(map(_same_questions, (r.record for r in runs), each.records)):
            return tell(_named(each, first), mistake=each.name or each.returns)
    for family in (_typed_rate, _falling_rate):
        if told := family(runs):
            return tell(f"{told[1]} {tell_parting(first)}", mistake=told[0])
    if known:  # the same path, by other questions: so what is said of it need not be what was done
        return tell(f"Not yet. Your path is the one that this mistake gives: {_named(known[0], first)}")
    told = _asking(runs)
    if found:
        meaning = found.meaning()
        text = f"Each step of your loop is {found.words()}" + (f": {meaning}." if meaning else ".")
        return tell(f"Not yet. {text} {told}{tell_parting(first)}")
    return tell(f"Not yet. {told}{tell_parting(first)}")


def _right(runs):
    for each in runs:
        if each.spoiled:
            words = (
                f"The path is right, but your loop changes the {each.spoiled} in place: whoever called it "
                "finds another there. Write w = w − …, which makes a new array, or begin with a copy."
            )
            return Report(False, words, mistake=f"{each.spoiled} changed in place", law=_law(runs))
    words = "Right: this is gradient descent, step for step."
    asked, needed = (
        sum(map(len, parts)) for parts in ([r.record for r in runs], [c.batches for c in courses()])
    )
    if asked > needed:
        words += f" It asks for the gradient {asked / needed:.3g} times in each step; once is enough."
    return Report(True, words, law=_law(runs))


def _named(candidate, first):
    words = loops.WRONG[candidate.name].words if candidate.name else ""
    if candidate.returns:
        about = loops.RETURNS[candidate.returns][1]
        words += f" Besides, {about}." if words else f"The steps are right, but {about}."
    return f"{words} {tell_parting(first)}".strip()


def _first(runs, paths):
    """The first point, of the first course, where the paths part."""
    for place, (each, path) in enumerate(zip(runs, paths, strict=True)):
        if first := parting(each.points, path):
            return first, (place, each, path)
    raise AssertionError("the paths are the same")


def _asking(runs):
    """Where its questions differ from those of descent on its own path: a sentence, or none."""
    for each, course in zip(runs, courses(), strict=True):
        if not each.record:
            return "It never asks for the gradient. "
        for t, (asked, rows) in enumerate(zip(each.record, course.batches, strict=False)):
            batch = sorted(rows.tolist())
            if list(asked.rows) != batch:
                mine = short(list(asked.rows))
                return f"Its question {t + 1} was for the rows {mine}, where the batch is {short(batch)}. "
        if len(each.record) == len(course.batches) == len(each.points) - 1:
            for t, (asked, point) in enumerate(zip(each.record, each.points, strict=False)):
                if not same(asked.w, point):
                    return (
                        f"It asks for gradient {t + 1} at {say(asked.w)}, while it stands at {say(point)}. "
                    )
    return ""


def _law(runs):
    """The law of the loop, by the gradients that it was given or, where not one a step, of its points."""
    walks = []
    for each, course in zip(runs, courses(), strict=True):
        steps = len(each.points) - 1
        if len(each.record) == steps:
            gradients = np.array([asked.answer for asked in each.record]).reshape(steps, -1)
        elif steps == len(course.batches):
            gradients = np.array(
                [course.problem.gradient(*at) for at in zip(each.points, course.batches, strict=False)]
            )
        else:
            return None
        walks.append((course.rate, each.points, gradients))
    return law.fit(walks)


def _multiples(runs):
    """For each course the number c_t of each step −c_t × gradient, or None where steps are no such."""
    every = []
    for each, course in zip(runs, courses(), strict=True):
        if not len(each.points) - 1 == len(course.batches) == len(each.record):
            return None
        numbers = []
        for t, (asked, moved) in enumerate(zip(each.record, np.diff(each.points, axis=0), strict=True)):
            if not (
                same(asked.w, each.points[t]) and asked.rows == tuple(sorted(course.batches[t].tolist()))
            ):
                return None
            c = -(asked.answer @ moved) / (asked.answer @ asked.answer)
            if not np.abs(moved + c * asked.answer).max() <= 1e-7 * np.abs(moved).max():
                return None
            numbers.append(c)
        every.append(np.array(numbers))
    return every


def _typed_rate(runs):
    """The same rate on every course, whatever was given."""
    every = _multiples(runs)
    if (
        every is None
        or not every[0][0]
        or not np.allclose(np.concatenate(every), every[0][0], rtol=1e-7, atol=0)
    ):
        return None
    if every[0][0] < 0:  # and uphill besides: two mistakes, told as the law that they make
        return None
    words = f"Your loop steps with the rate {every[0][0]:.6g} whatever it is given: use learning_rate."
    return "rate typed in", words


def _falling_rate(runs):
    """A share of the rate that falls, the same on every course; perhaps from the top again in each epoch."""
    every = _multiples(runs)
    if every is None:
        return None
    shares = [numbers / course.rate for numbers, course in zip(every, courses(), strict=True)]
    shortest = min(map(len, shares))
    if all(np.allclose(each[:shortest], shares[0][:shortest], rtol=1e-7, atol=0) for each in shares):
        falls = all((np.diff(each) < -1e-12).all() for each in shares) and shares[0][-1] > 0
        if falls:
            shown = f"step 1 takes {shares[0][0]:.4g} times the rate, step 2 {shares[0][1]:.4g} times"
            words = f"Your loop lets the rate fall, which was not asked: {shown}."
            return "rate falls", words
        return None
    for each, course in zip(shares, courses(), strict=True):
        epoch = -(-course.problem.n // len(course.batches[0]))
        table = each.reshape(-1, epoch)
        if not (
            np.allclose(table, table[0], rtol=1e-7, atol=0)
            and (np.diff(table[0]) < -1e-12).all()
            and table[0, -1] > 0
        ):
            return None
    return (
        "rate falls and is reset each epoch",
        "Your loop lets the rate fall, and sets it back at the start of each epoch; neither was asked.",
    )


def _figure(mine, right, step):
    """The reader's path on the first course beside the right one, opened at the step where they part."""
    from gdlib.explorer import explore_paths

    problem = courses()[0].problem
    seen = np.vstack([right, problem.minimiser()])
    room = 0.2 * np.ptp(seen, axis=0)
    window = np.column_stack([seen.min(axis=0) - room, seen.max(axis=0) + room])
    explorer = explore_paths(problem, {"yours": mine, "right": right}, window=window)
    explorer.step = min(step, len(mine) - 1)
    return explorer
