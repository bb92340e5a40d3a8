"""The house's hand: draws arrays on the Axes it is given, returns the artists, computes nothing.

Colours are Okabe and Ito's, which stay apart for colour-blind eyes; every method has also a
line style and a marker of its own, so that nothing hangs on colour alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.contour import QuadContourSet
    from matplotlib.lines import Line2D
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection
    from numpy.typing import ArrayLike

INK, GREY = "#1f2933", "#8a949e"
BLUE, VERMILLION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
PURPLE, OCHRE, SKY = (
    "#A0508A",
    "#8A6A00",
    "#2F8FC4",
)  # their purple, yellow and sky blue, dark enough for a line

#: for plt.rcParams.update: large enough for a projector.
STYLE = {
    "figure.figsize": (7, 4),
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "font.size": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.titlesize": 13,
    "axes.titlelocation": "left",
    "axes.titlecolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "lines.linewidth": 2,
}

#: looks that differ in colour, line and marker, so that they stay apart in grey print too.
STYLES = [
    {"color": BLUE, "linestyle": "-", "marker": "o"},
    {"color": VERMILLION, "linestyle": "--", "marker": "s"},
    {"color": GREEN, "linestyle": ":", "marker": "^"},
    {"color": PURPLE, "linestyle": "-.", "marker": "D"},
    {"color": OCHRE, "linestyle": "-", "marker": "v"},
    {"color": INK, "linestyle": "--", "marker": "P"},
    {"color": SKY, "linestyle": ":", "marker": "X"},
    {"color": GREY, "linestyle": "-.", "marker": "*"},
]

#: how each method is drawn, wherever it is drawn.
METHODS = dict(zip(["batch", "mini-batch", "stochastic"], STYLES, strict=False))


def styles(count: int) -> list[dict]:
    """So many looks; more than eight come round again."""
    return [STYLES[i % len(STYLES)] for i in range(count)]


def curve(ax: Axes, w: ArrayLike, loss: ArrayLike, **style) -> Line2D:
    """The loss (points,) over one weight (points,). Returns the line."""
    ax.set(xlabel="weight $w$", ylabel="loss")
    return ax.plot(w, loss, **{"color": INK, "zorder": 1} | style)[0]


def contours(ax: Axes, grid: ArrayLike, loss: ArrayLike, levels=20, **style) -> QuadContourSet:
    """The loss (r, c) as a map over two weights, grid (2, r, c). Returns the contour set."""
    ax.set(xlabel="weight $w_0$", ylabel="weight $w_1$")
    return ax.contour(*grid, loss, levels, **{"cmap": "Greys_r", "linewidths": 0.9, "zorder": 1} | style)


def shades(ax: Axes, grid: ArrayLike, loss: ArrayLike, levels: ArrayLike) -> QuadContourSet:
    """The same map as surfaces between the levels, white at the bottom. Returns the contour set."""
    height = [i / max(1, len(levels) - 2) for i in range(len(levels) - 1)]
    colors = [(1 - 0.27 * t, 1 - 0.19 * t, 1 - 0.12 * t) for t in height]
    return ax.contourf(*grid, loss, levels, colors=colors, zorder=0)


def surface(ax: Axes, grid: ArrayLike, loss: ArrayLike, **style) -> Poly3DCollection:
    """The loss (r, c) as a landscape over two weights, grid (2, r, c), on 3-D Axes. Returns the surface."""
    ax.set(xlabel="$w_0$", ylabel="$w_1$", zlabel="loss")
    return ax.plot_surface(*grid, loss, **{"cmap": "cividis", "alpha": 0.85, "linewidth": 0} | style)


def path(ax: Axes, x: ArrayLike, y: ArrayLike, **style) -> Line2D:
    """A path, (points,) by (points,): a dot for each point, the start ringed. Returns the line.

    On a curve x is the weight and y the loss; on a map they are the two weights.
    """
    style = {"color": BLUE, "marker": "o", "markersize": 5, "linewidth": 1.4, "zorder": 3} | style
    ax.plot(x[:1], y[:1], "o", color=style["color"], markersize=11, fillstyle="none", zorder=style["zorder"])
    return ax.plot(x, y, **style)[0]


def tangent(ax: Axes, w: float, loss: float, slope: float, width: float = 1.0, **style) -> Line2D:
    """The tangent at (w, loss), `width` wide to both sides. Returns the line."""
    style = {"color": ORANGE, "linewidth": 2, "zorder": 2} | style
    return ax.plot([w - width, w + width], [loss - slope * width, loss + slope * width], **style)[0]


def minima(ax: Axes, x: ArrayLike, y: ArrayLike, **style) -> Line2D:
    """Stars where the minima are. Returns the artist."""
    style = {"color": INK, "marker": "*", "markersize": 13, "linestyle": "none", "zorder": 2} | style
    return ax.plot(x, y, **style)[0]


def losses(ax: Axes, x: ArrayLike, loss: ArrayLike, against: str = "updates", **style) -> Line2D:
    """The loss (points,) against updates, epochs, samples seen or seconds, x (points,). Logarithmic."""
    ax.set(xlabel=against, ylabel="loss", yscale="log")
    return ax.plot(x, loss, **style)[0]
