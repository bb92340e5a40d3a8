"""The loop as it is to be, and a program for each known mistake.

Each is loop(gradient, w, learning_rate, batches) -> the path. What is told of a wrong one is in its `words`.
A mistake is named only where its program gives every value that the reader's gave.
"""

from __future__ import annotations

import numpy as np


def descent(gradient, w, learning_rate, batches):
    """Gradient descent."""
    path = [w]
    for rows in batches:
        w = w - learning_rate * gradient(w, rows)
        path.append(w)
    return path


def _steps(direction):
    """A loop whose step is made by direction(gradient, w, rate, rows, t, memory)."""

    def loop(gradient, w, learning_rate, batches):
        path, memory = [w], {}
        for t, rows in enumerate(batches):
            w = w + direction(gradient, w, learning_rate, rows, t, memory)
            path.append(w)
        return path

    return loop


WRONG = {}


def mistake(name, words):
    """Keep a wrong loop under its name, with what its reader is told."""

    def keep(loop):
        loop.words = words
        WRONG[name] = loop
        return loop

    return keep


def _direction(name, words):
    return lambda direction: mistake(name, words)(_steps(direction))


@_direction("uphill", "Your loop goes uphill: it adds rate × gradient, and it must subtract it.")
def _(gradient, w, rate, rows, t, memory):
    return rate * gradient(w, rows)


@_direction(
    "never moves",
    "Your loop takes the gradient, and then w stays as it was: the new w must be kept, as w = …",
)
def _(gradient, w, rate, rows, t, memory):
    gradient(w, rows)
    return 0 * w


@_direction("rate forgotten", "Your loop subtracts the whole gradient: the learning rate is missing.")
def _(gradient, w, rate, rows, t, memory):
    return -gradient(w, rows)


@_direction("divided by the rate", "Your loop divides the gradient by the learning rate; it must multiply.")
def _(gradient, w, rate, rows, t, memory):
    return -gradient(w, rows) / rate


@_direction("half", "Your loop makes half of each step: a factor ½ too many.")
def _(gradient, w, rate, rows, t, memory):
    return -0.5 * rate * gradient(w, rows)


@_direction("twice", "Your loop makes each step twice as long: a factor 2 too many.")
def _(gradient, w, rate, rows, t, memory):
    return -2 * rate * gradient(w, rows)


@_direction(
    "never reset",
    "Your loop adds up all the gradients so far and never starts from 0 again: each step must use its own.",
)
def _(gradient, w, rate, rows, t, memory):
    memory["sum"] = memory.get("sum", 0) + gradient(w, rows)
    return -rate * memory["sum"]


@_direction(
    "mean of all so far",
    "Your loop steps along the mean of all the gradients so far; each step must use its own alone.",
)
def _(gradient, w, rate, rows, t, memory):
    memory["sum"] = memory.get("sum", 0) + gradient(w, rows)
    return -rate * memory["sum"] / (t + 1)


@_direction(
    "one weight at a time",
    "Your loop changes the weights one by one, and asks for the gradient of the next when the first has "
    "already moved. Ask once, then move them all.",
)
def _(gradient, w, rate, rows, t, memory):
    moved = w.copy()
    for j in range(len(w)):
        moved[j] = moved[j] - rate * gradient(moved, rows)[j]
    return moved - w


@_direction(
    "stale",
    "Your loop asks for the gradient at the place where it was one step before. Ask where it stands now.",
)
def _(gradient, w, rate, rows, t, memory):
    place = memory.get("place", w)
    memory["place"] = w
    return -rate * gradient(place, rows)


@_direction(
    "gradient of the step before",
    "Your loop steps with the gradient that it took one step before. Take the gradient first, then step.",
)
def _(gradient, w, rate, rows, t, memory):
    kept = memory.get("gradient", 0 * w)
    memory["gradient"] = gradient(w, rows)
    return -rate * kept


@_direction(
    "gradient at the start",
    "Your loop asks for the gradient at the start in every step. Ask where it stands now.",
)
def _(gradient, w, rate, rows, t, memory):
    return -rate * gradient(memory.setdefault("start", w), rows)


@_direction(
    "asked once",
    "Your loop takes one gradient and uses it in every step. The gradient must be asked inside the loop.",
)
def _(gradient, w, rate, rows, t, memory):
    if "gradient" not in memory:
        memory["gradient"] = gradient(w, rows)
    return -rate * memory["gradient"]


@_direction(
    "all rows",
    "Your loop asks for the gradient of all the rows in every step. Give it the rows of the batch.",
)
def _(gradient, w, rate, rows, t, memory):
    return -rate * gradient(w, None)


@_direction(
    "same rows",
    "Your loop uses the rows of the first batch in every step. Take those of the step's own batch.",
)
def _(gradient, w, rate, rows, t, memory):
    return -rate * gradient(w, memory.setdefault("rows", rows))


@_direction(
    "first row of each batch",
    "Your loop uses one row of each batch. Give the gradient all the rows of the batch.",
)
def _(gradient, w, rate, rows, t, memory):
    return -rate * gradient(w, rows[:1])


@_direction(
    "sum for the mean",
    "Your loop multiplies the gradient by the number of rows. It is a mean over the rows already.",
)
def _(gradient, w, rate, rows, t, memory):
    return -rate * len(rows) * gradient(w, rows)


@_direction(
    "divided by the rows again",
    "Your loop divides the gradient by the number of rows. It is a mean over the rows already.",
)
def _(gradient, w, rate, rows, t, memory):
    return -rate * gradient(w, rows) / len(rows)


@_direction(
    "gradient squared", "Your loop squares the gradient, weight by weight: it multiplies by it twice."
)
def _(gradient, w, rate, rows, t, memory):
    return -rate * gradient(w, rows) ** 2


@mistake(
    "last rows",
    "Your loop uses the rows of the last batch in every step. Take those of the step's own batch.",
)
def _(gradient, w, learning_rate, batches):
    return descent(gradient, w, learning_rate, [batches[-1]] * len(batches))


@mistake("backwards", "Your loop takes the batches from the last to the first. Take them in their order.")
def _(gradient, w, learning_rate, batches):
    return descent(gradient, w, learning_rate, batches[::-1])


@mistake("first batch left out", "Your loop leaves out the first batch.")
def _(gradient, w, learning_rate, batches):
    return descent(gradient, w, learning_rate, batches[1:])


@mistake("last batch left out", "Your loop leaves out the last batch: it stops one step too early.")
def _(gradient, w, learning_rate, batches):
    return descent(gradient, w, learning_rate, batches[:-1])


@mistake("one step too many", "Your loop makes one step too many: it uses the last batch twice.")
def _(gradient, w, learning_rate, batches):
    return descent(gradient, w, learning_rate, [*batches, batches[-1]])


@mistake(
    "short batches left out",
    "Your loop leaves out the batches that are shorter than the others. Their rows count too.",
)
def _(gradient, w, learning_rate, batches):
    return descent(gradient, w, learning_rate, [rows for rows in batches if len(rows) == len(batches[0])])


@mistake(
    "short batches weighed",
    "Your loop makes shorter steps for short batches. The gradient is a mean over their own rows already.",
)
def _(gradient, w, learning_rate, batches):
    full = len(batches[0])
    return descent(lambda w, rows: gradient(w, rows) * len(rows) / full, w, learning_rate, batches)


@mistake(
    "forgets where it was",
    "Your loop sets w to −rate × gradient. The step must be added to the w that was there.",
)
def _(gradient, w, learning_rate, batches):
    path = [w]
    for rows in batches:
        w = -learning_rate * gradient(w, rows)
        path.append(w)
    return path


@mistake(
    "starts again each step",
    "Your loop makes every step from the start. It must go on from where the step before ended.",
)
def _(gradient, w, learning_rate, batches):
    path = [w]
    for rows in batches:
        path.append(w - learning_rate * gradient(w, rows))
    return path


@mistake(
    "kept once",
    "Your loop keeps w only once, after its end: `append` belongs inside the for, after each step.",
)
def _(gradient, w, learning_rate, batches):
    path = descent(gradient, w, learning_rate, batches)
    return [path[0], path[-1]]


@mistake("returns too early", "Your loop returns after its first step: move `return` out of the for.")
def _(gradient, w, learning_rate, batches):
    return descent(gradient, w, learning_rate, batches[:1])


@mistake("steps for points", "Your loop gives back its steps. Give back the places: w after each step.")
def _(gradient, w, learning_rate, batches):
    path = descent(gradient, w, learning_rate, batches)
    return [w, *np.diff(path, axis=0)]


@mistake(
    "gradients for points", "Your loop gives back the gradients. Give back the places: w after each step."
)
def _(gradient, w, learning_rate, batches):
    kept = [w]

    def ask(place, rows):
        kept.append(gradient(place, rows))
        return kept[-1]

    descent(ask, w, learning_rate, batches)
    return kept


@mistake(
    "kept before the step",
    "Your loop keeps w before each step, so that the start stands there twice and the end is missing. "
    "Keep it after the step.",
)
def _(gradient, w, learning_rate, batches):
    path = descent(gradient, w, learning_rate, batches)
    return [path[0], *path[:-1]]


# What may be wrong in how a path is given back, whatever the loop: each is a function of the points.
RETURNS = {
    "start missing": (
        lambda points: points[1:],
        "the start is missing: the path begins with w before the first step",
    ),
    "end missing": (lambda points: points[:-1], "the end is missing: keep w after the last step too"),
    "same array": (
        lambda points: [points[-1]] * len(points),
        "all points are the same array, changed in place: keep a copy, or write w = w − … for a new one",
    ),
    "start changed in place": (
        lambda points: [points[-1], *points[1:]],
        "the first point is no longer the start: the loop changes in place the array that it was given. "
        "Write w = w − … for a new one, or begin with a copy",
    ),
    "only the end": (
        lambda points: points[-1],
        "only the last point is there: give back every point, the start first",
    ),
    "backwards in time": (
        lambda points: points[::-1],
        "the path runs from the end to the start; the start comes first",
    ),
}
