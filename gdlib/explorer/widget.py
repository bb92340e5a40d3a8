"""A figure that answers the hand within a frame, with or without a kernel.

Matplotlib draws what stays, the browser moves what moves: every path is computed before a slider moves,
mapped to the picture's pixels by Matplotlib's own transforms and sent once; then a slider only chooses.
It knows arrays and the function that makes them, no problem and no descent.
"""

import base64
import gzip
import html
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gdlib import checks, plotting
from gdlib.optional import needed_by

with needed_by("gdlib.explorer", "notebooks"):
    import anywidget
    import traitlets
    from IPython import get_ipython
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from PIL import Image

_STYLE = {"figure.constrained_layout.use": False, "xtick.minor.size": 0, "ytick.minor.size": 0}
# anywidget imports its module anew for every widget, and a browser never forgets a module: so let it be small
_LOADER = """export default { render: async (page) => {
  const [source, known] = [page.model.get("source"), (globalThis.gdlib_modules ??= {})];
  known[source] ??= import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  return (await known[source]).render(page);
} };"""
_on_screen = []


@dataclass
class Run:
    """One kind of descent, for all m learning rates.

    weights: (m, points, d), NaN from where a path is no longer finite.   losses: (m, points).
    clocks: what to count in, {"updates": (points,), "epochs": (points,), ...}.
    readings: what is told of each point, {"w": (m, points), ...}.   style: as in gdlib.plotting.METHODS.
    limit: above this rate nothing settles, or None.   law: its formula.
    noisy: a step sees a part of the data only.   second: (name, value) of the second slider; None for always.
    """

    name: str
    weights: np.ndarray
    losses: np.ndarray
    clocks: dict
    readings: dict
    style: dict
    limit: float | None = None
    law: str = "2/L"
    noisy: bool = False
    second: tuple | None = None

    def verdict(self, i, rate):
        """What became of the i-th path, such as "swings, and settles after 23 steps"."""
        updates, alive = self.clocks["updates"], np.isfinite(self.weights[i]).all(axis=1)
        alive &= np.isfinite(self.losses[i])
        end = len(alive) if alive.all() else int(np.argmin(alive))
        w, loss = self.weights[i, :end], self.losses[i, :end]
        moves = w[1:] - w[:-1]
        sizes, far = np.linalg.norm(moves, axis=1), np.linalg.norm(w - w[-1], axis=1)
        grew = len(moves) and loss[-1] > (10 if self.noisy else 1) * loss[0] and sizes[-1] > sizes[0]
        if end < len(alive) or grew:
            above = self.limit and rate > self.limit
            return "diverges" + (f": the rate is above {self.law} = {self.limit:.3g}" if above else "")
        if not far.max() > 0:
            return "stays: the slope is zero here"
        settled = int(np.flatnonzero(far > 0.01 * far.max())[-1]) + 1
        turns = np.count_nonzero((moves[1:] * moves[:-1]).sum(axis=1)[:settled] < 0)
        if sizes[-1] <= 1e-3 * far.max():
            how = "swings, and settles" if turns > 1 else "rolls down and settles"
            return f"{how} after {updates[settled]:.0f} step{'s' if updates[settled] != 1 else ''}"
        if self.noisy and loss[0] <= loss.mean():
            return "wanders about, and does not settle"
        near = loss <= loss.min() + 0.1 * (loss[0] - loss.min())
        if self.noisy and near[-(end // 4) - 1 :].mean() > 0.5:
            return f"is near the bottom after {updates[np.argmax(near)]:.0f} steps, then wanders"
        how = "still swings" if turns > end // 4 and not self.noisy else "is still on its way"
        return f"{how} after {updates[end - 1]:.0f} steps"


class Explorer(anywidget.AnyWidget):
    """A picture, and over it the paths that a slider picks from; explore_curve and explore_map make it.

    ax: from axes(), with all that stays.   runs: function of a start (d,) that gives a list of Run.
    losses: the least, from which the second panel counts, and the largest on the picture.
    curve: weights and losses, close together: the ball rolls on them. None for a map.

    These attributes follow the reader's hand when it lets go, and code may set them: learning_rate; second,
    the value chosen; step, the updates made by the first run; start, d numbers; count_in, the clock.
    """

    _esm, _css = _LOADER, Path(__file__).with_name("explorer.css").read_text("utf-8")
    source = traitlets.Unicode(Path(__file__).with_name("explorer.mjs").read_text("utf-8")).tag(sync=True)
    layout = traitlets.Any(None, allow_none=True)  # CSS lays it out; a Layout would be a second comm
    spec = traitlets.Dict().tag(sync=True)
    said, pictures = (traitlets.List().tag(sync=True) for _ in range(2))
    stack = traitlets.Bytes().tag(sync=True)
    learning_rate, second = (traitlets.Float(0.0).tag(sync=True) for _ in range(2))
    step = traitlets.Int(0).tag(sync=True)
    count_in = traitlets.Unicode().tag(sync=True)
    start = traitlets.List(traitlets.Float()).tag(sync=True)

    def __init__(
        self, ax, runs, learning_rates, start, losses, *, curve=None, learning_rate=None, count_in="updates"
    ):
        self._ax, self._make, self._curve, self._runs = ax, runs, curve, runs(start)
        self._rates = _rising(learning_rates, "learning_rates")
        choices = [run.second for run in self._runs if run.second]
        self._second, values = (choices[0][0], [value for _, value in choices]) if choices else (None, [0, 1])
        self._values = _rising(values, self._second)
        if learning_rate is None:
            learning_rate = self._rates[len(self._rates) // 2]
        rate = checks.positive(learning_rate, "learning_rate")
        self._least, high = losses[0], losses[1] - losses[0]
        self._tops = {c: max(float(run.clocks[c][-1]) for run in self._runs) for c in self._runs[0].clocks}
        scale = {"yscale": "log", "ylim": (1e-6 * high, high)}
        self._chart = axes((3.7, 3.8), 0.22, ylabel="loss above the least", **scale)
        pictures = [_png(ax), *(_png(self._counting(clock)) for clock in self._tops)]
        super().__init__(
            start=[float(w) for w in start], second=self._values[0], learning_rate=rate, count_in=count_in
        )
        self.pictures = [f"data:image/png;base64,{base64.b64encode(png).decode()}" for png in pictures]
        self._pack()
        self.on_msg(self._dragged)
        _take_the_place(self)

    @property
    def path(self):
        """The first run's weights as the sliders stand, (points, d)."""
        return self._runs[self._shown[0]].weights[np.searchsorted(self._rates, self.learning_rate)]

    @property
    def _shown(self):
        """The numbers of the runs that are seen as the second slider stands."""
        chosen = None, (self._second, self.second)
        return [r for r, run in enumerate(self._runs) if run.second in chosen]

    def __repr__(self):
        low, high = self._rates[[0, -1]]
        start = ", ".join(f"{w:.3g}" for w in np.round(self.start, 9) + 0.0)  # rounding errors, and -0, are 0
        return f"Explorer({len(self._rates)} learning rates {low:.3g} to {high:.3g}, start [{start}])"

    @traitlets.validate("learning_rate", "second")
    def _snap(self, proposal):
        places = self._values if proposal.trait.name == "second" else self._rates
        return float(places[np.abs(places - proposal.value).argmin()])

    @traitlets.observe("start")
    def _restart(self, _):
        if self.spec:
            self._runs = self._make(np.array(self.start))
            self._pack()

    def _dragged(self, _, message, __):
        try:
            x, y = message["start"]
            pixel = x, self._ax.figure.bbox.height - y
            with self.hold_sync():  # the start, its paths and their words in one message
                self.start = self._ax.transData.inverted().transform(pixel)[: len(self.start)].tolist()
        finally:  # the browser waits for this before it asks again
            self.send({"done": True})

    def _counting(self, clock):
        self._chart.set(xlabel=clock, xlim=(0, self._tops[clock]))
        return self._chart

    @np.errstate(all="ignore")
    def _pack(self):
        """Put all numbers that move into one float32 array, and what does not change beside it."""
        columns, runs, rates, floor = {}, [], self._rates, self._chart.get_ylim()[0]
        self.said = [[run.verdict(i, rate) for i, rate in enumerate(rates)] for run in self._runs]
        if self._curve is not None:
            x, y = _pixels(self._ax, *self._curve)
            columns["curve"] = np.stack([y, np.append(0, np.hypot(np.diff(x), np.diff(y)).cumsum())])
            track = {"first": x[0], "gap": np.ptp(x) / (len(x) - 1), "points": len(x)}
        for r, run in enumerate(self._runs):
            w, high = run.weights, np.maximum(run.losses - self._least, np.finfo(float).tiny)
            x, y = _pixels(self._ax, w[..., 0], w[..., 1] if self._curve is None else run.losses)
            named = {"x": x, "y": y, "height": _pixels(self._chart, 0 * high, high)[1], **run.readings}
            for name, times in run.clocks.items():
                named[f"{name}.times"] = times
                named[f"{name}.across"], _ = _pixels(self._counting(name), times, floor + 0 * times)
            columns |= {f"{r}.{name}": values for name, values in named.items()}
            limit = np.interp(run.limit or np.nan, rates, np.linspace(0, 1, len(rates)), -1, -1)
            choice = run.second and int(np.searchsorted(self._values, run.second[1]))
            more = {"limit": max(-1, limit), "choice": choice, "points": w.shape[1]}
            runs.append({"name": run.name, "law": run.law} | run.style | more)
        numbers = np.concatenate([np.ravel(values) for values in columns.values()], dtype=np.float32)
        bits = numbers.view(np.int32)
        bits[:] = (bits + 0x100) & ~0x1FF  # 15 bits: more than is read, and it packs well
        self.stack = numbers.tobytes()
        ends = np.cumsum([0, *(values.size for values in columns.values())])
        ticks = {"updates": self._tops["updates"], "epochs": 10 * self._tops.get("epochs", 0)}
        self.spec = self.spec or {
            "rates": rates.tolist(),
            "second": {"name": self._second, "values": self._values.tolist()},
            "runs": runs,
            "readings": list(self._runs[0].readings),
            "clocks": [{"name": c, "top": top, "ticks": ticks.get(c, 200)} for c, top in self._tops.items()],
            "panels": [_panel(self._ax), _panel(self._chart)],
            "curve": None if self._curve is None else track,
            "at": dict(zip(columns, ends.tolist(), strict=False)),  # where in the array each column begins
        }

    def _repr_mimebundle_(self, **kwargs):
        """The live view; beside it a page that needs no kernel, and a picture that needs no script."""
        bundle, metadata = super()._repr_mimebundle_(**kwargs)
        picture, words = self._still()
        names = "spec", "said", "pictures", "start", "learning_rate", "second", "step", "count_in"
        head = json.dumps({name: getattr(self, name) for name in names}).encode()
        packed = base64.b64encode(gzip.compress(head + b"\n" + self.stack, mtime=0)).decode()
        bundle["image/png"] = base64.b64encode(picture).decode()
        image = f'alt="{html.escape(words)}" src="data:image/png;base64,{bundle["image/png"]}"'
        bundle["text/html"] = (
            f'<div data-gdlib><img style="max-width: 100%" {image}></div>\n'
            f'<style>{self._css}</style>\n<script type="module">\n{self.source}\nwake("{packed}");\n</script>'
        )
        return bundle, metadata

    def _still(self):
        """A few paths that teach with no script at all: as PNG, and in words."""
        i, drawn = int(np.searchsorted(self._rates, self.learning_rate)), []
        shown = [(r, self._runs[r].name, i) for r in self._shown]
        if len(shown) == 1:  # one run alone is shown at three rates
            places = i // 2, i, (i + len(self._rates)) // 2
            shown = [(shown[0][0], f"rate {self._rates[i]:.2g}", i) for i in places]
        for (r, name, i), style in zip(shown, plotting.METHODS.values(), strict=False):
            w, losses = self._runs[r].weights[i], self._runs[r].losses[i]
            x, y = w[:, 0], losses if self._curve else w[:, 1]
            drawn += self._ax.plot(x, y, **style, lw=1.4, ms=4, label=f"{name}: {self.said[r][i]}")
        words = [f"Gradient descent at rate {self.learning_rate:.2g}", *(line.get_label() for line in drawn)]
        drawn.append(self._ax.legend(fontsize=10, frameon=True, framealpha=0.9, edgecolor="none"))
        picture = _png(self._ax, 150, transparent=False)
        for artist in drawn:
            artist.remove()
        return picture, ". ".join(words)


def axes(size, left=0.17, **settings):
    """Axes for an Explorer's picture, alone on a figure with a fixed layout of 100 dots to the inch."""
    with rc_context(plotting.STYLE | _STYLE):
        ax = Figure(figsize=size, dpi=100).add_axes([left, 0.16, 0.95 - left, 0.81])
    ax.set(**settings)
    return ax


def _rising(values, name):
    values = checks.array(values, name)
    if values.ndim != 1 or len(values) < 2 or not (np.diff(values) > 0).all():
        raise ValueError(f"{name} must be at least 2 values that rise, (m,), but is {values}")
    return values


def _panel(ax):
    """In CSS pixels: the figure's width and height; left, top, width and height of the axes."""
    (_, _, *size), (x, y, wide, high) = ax.figure.bbox.bounds, ax.bbox.bounds
    return {"size": size, "box": [x, size[1] - y - high, wide, high]}


def _pixels(ax, x, y):
    """Data to CSS pixels from the upper left corner, by the axes' own scales; 1e5 is as far as it goes."""
    points = ax.transData.transform(np.column_stack([np.ravel(x), np.ravel(y)]))
    points = np.round(8 * np.clip([0, ax.figure.bbox.height] + points * [1, -1], -1e5, 1e5)) / 8
    return points.T.reshape(2, *np.shape(x))


def _png(ax, dpi=200, transparent=True):
    """The figure as PNG bytes with a palette: a third of the size, and nobody sees it."""
    drawn, small = io.BytesIO(), io.BytesIO()
    with rc_context(_STYLE):  # savefig asks anew whether to lay the figure out
        ax.figure.savefig(drawn, dpi=dpi, transparent=transparent)
    Image.open(drawn).quantize(128, method=Image.Quantize.FASTOCTREE).save(small, "PNG", optimize=True)
    return small.getvalue()


def _take_the_place(explorer):
    """Close what an earlier run of the same notebook cell made: its view is gone, and its comm would leak."""
    parent = getattr(get_ipython(), "get_parent", dict)()
    cell, run = parent.get("metadata", {}).get("cellId"), parent.get("header", {}).get("msg_id")
    for old in [each for each in _on_screen if each.made_in[0] == cell and each.made_in[1] != run]:
        _on_screen.remove(old)
        old.close()
    if cell:
        explorer.made_in = cell, run
        _on_screen.append(explorer)
