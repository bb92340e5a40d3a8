"""Says in one plain sentence how a path went, so that the figure can also be read and heard."""

import numpy as np


def verdict(weights, losses, updates, rate, limit=None, noisy=False, law="2/L"):
    """What became of a run, such as "swings, and settles after 23 steps".

    weights: (points, d), NaN from where it was no longer finite.   losses, updates: (points,).
    limit: the rate above which nothing settles, or None.   law: its formula.
    noisy: a run that may wander for ever.
    """
    alive = np.isfinite(weights).all(axis=1) & np.isfinite(losses)
    end = len(alive) if alive.all() else int(np.argmin(alive))
    w, loss = weights[:end], losses[:end]
    moves = w[1:] - w[:-1]
    sizes, far = np.linalg.norm(moves, axis=1), np.linalg.norm(w - w[-1], axis=1)
    grew = len(moves) and loss[-1] > (10 if noisy else 1) * loss[0] and sizes[-1] > sizes[0]
    if end < np.isfinite(updates).sum() or grew:
        return "diverges" + (f": the rate is above {law} = {limit:.3g}" if limit and rate > limit else "")
    if not far.max() > 0:
        return "stays: the slope is zero here"
    settled = int(np.flatnonzero(far > 0.01 * far.max())[-1]) + 1
    turns = np.count_nonzero((moves[1:] * moves[:-1]).sum(axis=1)[:settled] < 0)
    if sizes[-1] <= 1e-3 * far.max():
        how = "swings, and settles" if turns > 1 else "rolls down and settles"
        return f"{how} after {updates[settled]:.0f} step{'s' if updates[settled] != 1 else ''}"
    near = loss <= loss.min() + 0.1 * (loss[0] - loss.min())
    if noisy and near[-(end // 4) - 1 :].mean() > 0.5:
        return f"is near the bottom after {updates[np.argmax(near)]:.0f} steps, then wanders"
    how = "still swings" if turns > end // 4 and not noisy else "is still on its way"
    return f"{how} after {updates[end - 1]:.0f} steps"
