"""The format in which the numbers of a figure go to the browser; browser/numbers.mjs reads it.

One array of float32. `offsets` says where each column begins; r is the index of a run in the figure, c
that of a clock, k how many of its points are sent (see clocks.py), m the number of learning rates:

    r.x, r.y        (m, k)  where it is on the picture, in pixels; NaN where it is no number any more
    r.nextx, r.nexty (m, k) where the step after that leads; only for runs of which steps are left out
    r.height        (m, k)  its loss on the second panel, in pixels
    r.read.i        (m, k)  a reading: weights, slope, loss; rounded to the three digits that are shown
    r.left, r.right (m, k)  the ends of its line on the panel of the data, in pixels; only where there is one
    r.steps         (k,)    the steps made
    r.across.c      (k,)    its place along the second panel, in pixels
    r.shown.c       (moments,) which of the k is shown at a moment
    level           (m,)    a level across the first panel, in pixels
    track.y, track.rolled (count,) the curve that a ball rolls on, and the pixels rolled along it

Columns of a rate come by themselves after a drag: those of (m, k), one row of each, in the same order.
In the browser and in what it asks, a rate is its index among the m.
Pixels are CSS pixels from the upper left corner, by Matplotlib's own transforms.
"""

from __future__ import annotations

import numpy as np

#: as far as a pixel goes: what is farther is out of every picture
FAR = 1e9
#: numbers beyond this are told as out of range, and below the other as 0: float32 goes not much further
HUGE, TINY = 1e30, 1e-30


def pixels(ax, x, y, parts=8):
    """Data to pixels, to one of so many parts of a pixel."""
    points = ax.transData.transform(np.column_stack([np.ravel(x), np.ravel(y)]))
    from_the_top = [0, ax.figure.bbox.height] + points * [1, -1]
    rounded = np.round(parts * np.clip(from_the_top, -FAR, FAR)) / parts
    return rounded.T.reshape(2, *np.shape(x))


def three_digits(values, small=TINY):
    """Numbers rounded as they are read; below `small` they are zero but for rounding, and so zero."""
    values = np.where(np.abs(values) < max(small, TINY), 0.0, values)
    with np.errstate(all="ignore"):
        power = np.floor(np.log10(np.abs(values)))
        power = np.where(np.isfinite(power), power, 0.0)
        scale = 10.0 ** (power - 2)
        return np.where(np.isfinite(values), np.round(values / scale) * scale, values)


def columns_of(run, kept, view, chart) -> dict:
    """The columns (m, k) of one run; kept (k,) are the points that are sent."""
    w, loss = run.weights[:, kept], run.losses[:, kept]
    made = run.times("steps")
    x, y = pixels(view.ax, *view.spots(w, loss, made[kept]))
    columns = {"x": x, "y": y}
    if len(kept) < run.points:  # some are left out, and with them where the next step leads
        after = np.minimum(kept + 1, run.points - 1)
        further = view.spots(run.weights[:, after], run.losses[:, after], made[after])
        columns["nextx"], columns["nexty"] = pixels(view.ax, *further)
    above = np.maximum(loss - view.least, np.finfo(float).tiny)
    columns["height"] = pixels(chart, 0 * above, above)[1]
    if view.data is not None:
        columns["left"], columns["right"] = (pixels(view.data, 0 * end, end)[1] for end in view.ends(w))
    readings = [*np.moveaxis(w, -1, 0), *([] if run.slopes is None else [run.slopes[:, kept]])]
    readings = [three_digits(values, view.small) for values in readings] + [three_digits(loss)]
    columns |= {f"read.{i}": values for i, values in enumerate(readings)}
    gone = (kept > run.ends[:, None]) | (np.abs(loss) > HUGE) | (np.abs(w).max(axis=2) > HUGE)
    return {name: np.where(gone, np.nan, values) for name, values in columns.items()}


def numbers(columns) -> bytes:
    """The array, column after column."""
    return np.concatenate([np.ravel(values) for values in columns.values()], dtype=np.float32).tobytes()


def offsets(columns) -> dict:
    """Where in the array each column begins."""
    sizes = [np.size(values) for values in columns.values()]
    return dict(zip(columns, np.cumsum([0, *sizes[:-1]]).tolist(), strict=True))
