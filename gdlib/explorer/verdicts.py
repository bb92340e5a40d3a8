"""What became of a run, in words: told from every step of it, not only from those that are drawn."""

from __future__ import annotations

import numpy as np

#: a run has settled where it stays within this share of the way it went (a hair more, for a step that leaves
#: just a tenth is rounded up or down)
NEAR = 0.01 * (1 + 1e-9)
#: a noisy run hovers near the bottom where that is within this share of the loss it began with
LOW = 0.1
#: and it hovers where the last quarter's mean loss is at least this share of the quarter's before,
LEVEL = 0.6
#: or this small a share of the loss it began with: then what falls is only noise
BOTTOM = 0.01
#: it falls steadily where each point of its last half is lower than the one before: so many falls at least,
#: for noise does that too, but not for long
FALLS = 4


def verdict(run, i: int, rate: float | None, view) -> str:
    """What became of the i-th path of a run, such as "swings, and settles at w = 1.04 after 23 steps".

    Args:
        rate: its learning rate; None where it is not known.
        view: says where places are: view.place(w), view.side(w), view.hills(w, v).
    """
    end = run.ends[i]
    if end < 0:
        return "begins where the loss is not a finite number"
    w, loss = run.weights[i, : end + 1], run.losses[i, : end + 1]
    if end < run.points - 1 or _runs_away(w, loss, run.noisy):
        return _lost(run, w, rate, view)
    far = np.linalg.norm(w - w[-1], axis=1)
    if not far.max() > 0:
        return "stays where it is" if run.noisy is None or len(w) == 1 else "stays: the gradient is zero here"
    if run.noisy:
        return _noisy(run, w, loss, view)
    return _quiet(run, w, loss, far, view)


def _runs_away(w, loss, noisy):
    """Whether it ends higher than it began, with steps that grow; one noisy step may do that by chance."""
    moves = np.linalg.norm(np.diff(w, axis=0), axis=1)
    return len(moves) > 0 and loss[-1] > (10 if noisy else 1 + 1e-9) * loss[0] and moves[-1] > moves[0]


def _lost(run, w, rate, view):
    outside = np.array([view.side(point) is not None for point in w])
    words = "diverges"
    if outside[-1] and run.noisy:  # it may come back many a time, and other rows may have kept it
        left = int(outside.argmax())
        words = f"is lost: first leaves {view.side(w[left])} at step {run.every * left}"
    elif outside[-1]:
        inside = np.flatnonzero(~outside)
        left = 0 if not inside.size else int(inside[-1]) + 1
        words = f"diverges: leaves {view.side(w[left])} at step {run.every * left}"
    if rate is not None and run.limit is not None and rate > run.limit:
        words += f"; the rate is above {run.law} = {run.limit:.3g}"
    return words


def _quiet(run, w, loss, far, view):
    moves = np.diff(w, axis=0)
    sizes, last = np.linalg.norm(moves, axis=1), len(w) - 1
    settled = int(np.flatnonzero(far > NEAR * far.max())[-1]) + 1
    turns = np.count_nonzero((moves[1:] * moves[:-1]).sum(axis=1)[:settled] < 0)
    over = "goes over the hill, and " if view.hills(w[0], w[-1]) else ""
    if sizes[-1] <= 1e-3 * far.max() and view.at_minimum(w[-1], far.max()):
        how = "swings, and settles" if turns > 1 else "settles"
        return f"{over}{how} {_there(view, w)} after {_count(run, settled)}"
    if run.noisy is None:
        return _noisy(run, w, loss, view)
    how = "still swings" if turns > last // 4 else "is still on its way"
    return f"{over}{how} after {_count(run, last)}"


def _noisy(run, w, loss, view):
    above = loss - view.least
    if above[0] <= above.mean():
        return "wanders about, and does not settle"
    half, quarter = len(above) // 2, max(1, len(above) // 4)
    last, before = above[-quarter:].mean(), above[-2 * quarter : -quarter].mean()
    if last < LEVEL * before and last > BOTTOM * above[0]:
        return f"is still on its way after {_count(run, len(above) - 1)}"
    hovers = above[half:].mean()
    first = _count(run, int(np.argmax(above <= hovers)))
    if hovers > LOW * above[0]:
        if above[half:].min() < LOW * above[0]:
            return "passes near the bottom, and does not stay there"
        return f"wanders about, far from the bottom, after {first}"
    late = np.linalg.norm(np.diff(w, axis=0), axis=1)[-(len(w) // 10) - 1 :]
    if late.max() <= 1e-3 * np.linalg.norm(w - w[-1], axis=1).max():
        return f"is near the bottom after {first}, and settles {view.place(w[-1])}"
    falls = np.diff(above[half:]) < 0
    if len(falls) >= FALLS and falls.all():
        if last > BOTTOM * above[0]:
            return f"is still on its way after {_count(run, len(above) - 1)}"
        return f"is near the bottom after {first}, and still goes down"
    return f"is near the bottom after {first}, then wanders"


def _there(view, w):
    """Where it has settled; a comma closes what a valley is called."""
    place = view.place(w[-1])
    return place + "," * (", " in place and not place.endswith(")"))


def _count(run, points):
    """The steps made when so many points follow the start."""
    steps = run.every * points
    return f"{steps} step{'' if steps == 1 else 's'}"
