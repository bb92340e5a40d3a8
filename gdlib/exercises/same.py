"""Whether two answers are the same, where two paths part, and what NumPy sees of a framework's tensors."""

from __future__ import annotations

import numpy as np

from gdlib.exercises.report import First, say

#: Values are the same up to this share of the largest: rounding, in whatever order it was summed.
SAME = 1e-9


def same(mine, other, share: float = SAME) -> bool:
    """Whether two arrays are equal, up to rounding; what is no number, as 0/0, is so at the same places."""
    if mine is None or other is None or mine.shape != other.shape:
        return False
    size = np.abs(other[np.isfinite(other)]).max(initial=0.0)
    with np.errstate(all="ignore"):
        near = np.abs(mine - other) <= share * size
    return bool(np.all(near | (mine == other) | (np.isnan(mine) & np.isnan(other))))


def plain(value):
    """A framework's tensor as an array, without its graph, in a list or a tuple too; all else as it is."""
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value.detach().cpu().numpy() if callable(getattr(value, "detach", None)) else value


def parting(path, true) -> First | None:
    """The first point at which a path is not the true one; None where there is no such."""
    size = np.abs(true).max()
    for step in range(max(len(path), len(true))):
        yours = path[step].copy() if step < len(path) else None
        right = true[step].copy() if step < len(true) else None
        if yours is None or right is None or not np.all(np.abs(yours - right) <= SAME * size):
            return First(step, yours, right)
    return None


def tell_parting(first: First) -> str:
    """Where two paths part, in a sentence."""
    if first.yours is None:
        return f"Your path ends before point {first.step}, where w should be {say(first.right)}."
    if first.right is None:
        return f"Your path goes on at point {first.step}, where it should have ended."
    where = f"After step {first.step}" if first.step else "At the start"
    yours, right = say(first.yours), say(first.right)
    if yours == right:  # in the digits that are shown
        return f"{where} your w is off by {np.abs(first.yours - first.right).max():.1g} from {right}."
    return f"{where} your w is {yours}, and should be {right}."
