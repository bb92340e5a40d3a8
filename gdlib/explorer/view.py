"""What every view knows: the picture that stays, and how places are called.

A view is a Python class that draws what stays and says where w is on the picture, and a file
browser/view_NAME.mjs that draws what moves; draw.mjs says what is asked of it. map.py with
browser/view_map.mjs is the least that there can be; curve.py has a tangent and a ball that turns.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from gdlib import checks, plotting, roads
from gdlib.explorer.verdicts import verdict
from gdlib.optional import needed_by
from gdlib.problems import Landscape

with needed_by("gdlib.explorer", "live"):
    from matplotlib import rc_context
    from matplotlib.figure import Figure

_STYLE = {"figure.constrained_layout.use": False, "xtick.minor.size": 0, "ytick.minor.size": 0}


class View:
    """What the explorer asks of a view.

    A view sets
        name: that of browser/view_NAME.mjs.
        ax: the picture, from axes() below.
        weights: how the d weights are called.
        window: ((low, high), ...), the weights that it shows, a pair for each.
        sides: ((below low, above high), ...), in words, a pair for each weight.
        minima, depths: known minima (k, d), in the window or not, and their losses (k,).
        least, most: the loss that the second panel counts from, and the largest that it shows.
        alt: what the panels are, in words.
        loss_label, floor: of the second panel: its name, and the share of its top that is its bottom.
        levels, level_name: None, or (m,) a level for each rate, in data coordinates; what it is called.
        data: None, or axes beside the picture, on which a straight line stands for weights: then ends(weights
            (..., 2)) gives its heights at both sides, line(w, ...) draws it, and `squashed` tells whether the
            logistic function goes over it.
        fixed: what is told where no ball can be let go elsewhere.
        markevery: points from one marker to the next, in the picture that needs no script.
        track: None, or x (at equal gaps) and y in data coordinates of a curve that view_NAME.mjs draws on.
    and has
        spots(weights (..., d), losses (...), steps (...)): data coordinates x, y, each (...).
        start_at(x, y): the weights (d,) of a place on the picture. The sliders of the start take the
            picture's axis d for the weight d.
    The methods below, of which the verdicts are made, it may have its own of.
    """

    track = None
    alt = ("Loss over the weights", "Loss, step by step")
    loss_label = "loss above the least"
    floor = 1e-6
    levels, level_name = None, ""
    markevery = None
    data, squashed = None, False
    fixed = "The start is fixed here."

    def call(self, names):
        """Give the d weights other names, which stand at the axes, in the table and in the words."""
        self.weights = tuple(names)
        self.alt = (f"Loss over {' and '.join(names)}", self.alt[1])
        for axis, name in zip((self.ax.xaxis, self.ax.yaxis), names, strict=False):
            axis.set_label_text(name, parse_math=False)  # it is text, as in the table

    @property
    def small(self):
        """A weight below this is zero but for rounding."""
        return 1e-12 * np.ptp(self.window, axis=1).max()

    def verdict(self, run, i, rate):
        """What became of the i-th path of a run, in words."""
        return verdict(run, i, rate, self)

    def side(self, w):
        """By which side of the picture w is outside, such as "to the left"; None where it is inside."""
        for value, (low, high), sides in zip(w, self.window, self.sides, strict=True):
            if not low <= value <= high:
                return sides[int(value > high)]
        return None

    def hills(self, w, v):
        """Whether a hill stands between two places; a map doesn't say."""
        return False

    def at_minimum(self, w, scale):
        """Whether w is at a minimum, as far as minima are known; `scale` is how far the run went."""
        return not len(self.minima) or self._nearest(w)[1] <= 0.02 * scale

    def place(self, w):
        """Where a run has settled, such as "at w = 1.04, the lower valley"."""
        i, away = self._nearest(w) if len(self.minima) else (0, np.inf)
        if away > 0.02 * np.ptp(self.window, axis=1).max():
            return f"at {self.point(w)}"
        return f"at {self.point(self.minima[i])}, {self._valleys[i]}"

    @cached_property
    def _valleys(self):
        """What each minimum is called beside the others."""
        count, lowest = len(self.minima), np.isclose(self.depths, self.depths.min())
        if count == 1:
            return ["the minimum"]
        if lowest.all():
            return [f"one of {count} equal valleys"] * count
        names = ("higher", "lower") if count == 2 else ("not the lowest", "the lowest")
        names = [name if count > 2 else f"the {name}" for name in names]
        return [f"{names[int(low)]} valley" for low in lowest]

    def point(self, w):
        """The weights as one reads them: "w = 1.04", "(0.5, -1.2)"."""
        values = ", ".join(say(value if abs(value) > self.small else 0.0) for value in w)
        return f"{self.weights[0]} = {values}" if len(w) == 1 else f"({values})"

    def _nearest(self, w):
        away = np.linalg.norm(self.minima - w, axis=1)
        return int(away.argmin()), float(away.min())


def known_minima(problem, d):
    """(k, d), the minima that a problem knows of; none where it knows of none."""
    minimiser, minima = roads.known(problem, "minimiser"), roads.known(problem, "minima")
    if minimiser is not None:
        minima = minimiser()
    return np.empty((0, d)) if minima is None else checks.minima(minima)


def limit(problem):
    """2/L: above this rate nothing settles, not even at the flattest minimum; None where no L is known."""
    minima, curvature = roads.known(problem, "minima"), roads.known(problem, "curvature")
    if minima is not None and curvature is not None:
        flattest = round(min(float(curvature(w)) for w in checks.minima(minima)), 6)
        return 2 / flattest if flattest > 0 else None
    lipschitz = roads.known(problem, "lipschitz")
    if lipschitz is None or isinstance(problem, Landscape):  # whose L is of its window, not of a minimum
        return None
    largest = lipschitz()
    return 2 / largest if 0 < largest < np.inf else None


def axes(size, left=0.17, bottom=0.16, **settings):
    """Axes alone on a figure with a fixed layout of 100 dots to the inch."""
    with rc_context(plotting.STYLE | _STYLE):
        ax = Figure(figsize=size, dpi=100).add_axes([left, bottom, 0.95 - left, 0.97 - bottom])
    ax.set(**settings)
    return ax


def say(value):
    """A number as the browser says it (say in browser/numbers.mjs): three digits and a true minus."""
    size = abs(value)
    if size and not 1e-3 <= size < 1e5:
        digits, power = f"{value:.2e}".split("e")
        text = f"{digits}e{int(power):+d}"
    else:
        text = f"{float(f'{value:.3g}'):.10f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")
