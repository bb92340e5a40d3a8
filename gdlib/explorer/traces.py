"""The view of a quantity that was measured along a run: its value against the step, and a level beside it."""

from __future__ import annotations

import numpy as np

from gdlib.explorer.view import View, axes, say

#: a trace stays at its level where the mean of its last third is within this share of it
AT = 0.03
#: the top of the picture, in the largest value of the trace: a level above the trace should be seen
ABOVE = 1.5


class Traces(View):
    """What was measured, at each rate, after every so many steps.

    Args:
        name: what it is called, such as "curvature".
        values: (m, points), the start first.
        losses: (m, points).
        every: steps from one point to the next.
        levels: (m,), for each rate a level to compare it with, drawn as a dashed line; or None.
        level: what that is called, such as "2/rate".
    """

    name = "traces"
    alt = ("What was measured, step by step", "Loss, step by step")
    sides = (("below", "above"),)
    minima, depths = np.empty((0, 1)), np.empty(0)
    loss_label = "loss"
    least = 0.0
    markevery = 10
    fixed = ""

    def __init__(self, name, values, losses, every=1, levels=None, level=""):
        self.weights = (name,)
        self.levels, self.level_name = levels, level
        seen, losses = values[np.isfinite(values)], losses[np.isfinite(losses) & (losses > 0)]
        if not seen.size or not losses.size:
            raise ValueError("no value, or no loss, is a finite number: there is nothing to show")
        low, high = min(0.0, ABOVE * seen.min()), max(0.0, ABOVE * seen.max()) or 1.0
        self.window = [(low, high)]
        self.most = 10.0 ** np.ceil(np.log10(losses.max()))  # whole powers of ten, which are read at once
        self.floor = min(0.1, max(1e-6, 10.0 ** np.floor(np.log10(losses.min())) / self.most))
        steps = max(1, every * (values.shape[1] - 1))
        self.ax = axes((5.4, 3.8), xlim=(0, steps), ylim=(low, high), xlabel="step", ylabel=name)
        self.ax.yaxis.label.set_parse_math(False)  # it is text, as in the table

    def spots(self, weights, losses, steps):
        """Data coordinates of points."""
        values = weights[..., 0]
        return np.broadcast_to(steps, values.shape), values

    def verdict(self, run, i, rate):
        """Whether it stays at its level, or where it ends."""
        end = run.ends[i]
        if end < run.points - 1:
            return f"is lost after step {run.every * max(end, 0)}"
        values = run.weights[i, :, 0]
        late = values[-max(1, len(values) // 3) :].mean()
        if self.levels is None:
            return "ends higher than it began" if values[-1] > values[0] else "ends no higher than it began"
        level = self.levels[i]
        told = f"{self.level_name} = {say(level)}"
        if abs(late - level) <= AT * abs(level):
            return f"stays at {told}"
        return f"ends {'below' if late < level else 'above'} {told}"
