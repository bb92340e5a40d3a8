"""A figure that answers the hand within a frame, with or without a kernel.

Matplotlib draws what stays, the browser moves what moves: every path is computed before a slider moves,
mapped to the picture's pixels by Matplotlib's own transforms and sent once; then a slider only chooses.
It knows arrays and the function that makes them, no problem and no descent.
"""

import base64
import gzip
import hashlib
import html
import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from gdlib import checks, plotting
from gdlib.explorer.words import verdict

_HERE = Path(__file__).parent
DASHES = {"-": [], "--": [7, 4], ":": [2, 3]}
STYLE = plotting.STYLE | {
    "figure.constrained_layout.use": False,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
}
# anywidget imports its module anew for every widget, and a browser never forgets a module: so let it be small
_LOADER = """const loaded = (globalThis.gdlib_modules ??= {});
export default { async render(page) {
  const source = page.model.get("source");
  const address = () => URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  return (await (loaded[source] ??= import(address()))).render(page);
} };"""
_on_screen = {}  # cell: (the run of that cell, the explorers it made)


@dataclass
class Run:
    """One kind of descent, for all m learning rates and the k places of the second slider (1 without).

    weights: (k, m, points, d), NaN from where a path is no longer finite.   losses: (k, m, points).
    clocks: what to count in, {"updates": (k, points), "epochs": (k, points), ...}.
    slopes: (k, m, points), for a curve.   limits: (k,), rates above which nothing settles (2/L).
    style: color, linestyle, marker, as in gdlib.plotting.METHODS.
    noisy: True where a step sees a part of the data only.
    """

    name: str
    weights: np.ndarray
    losses: np.ndarray
    clocks: dict
    style: dict
    slopes: np.ndarray | None = None
    limits: list | None = None
    noisy: bool = False

    def readings(self):
        """What is told of each point, {name: (k, m, points)}."""
        d = self.weights.shape[-1]
        named = {"w" if d == 1 else f"w{'₀₁'[j]}": self.weights[..., j] for j in range(d)}
        return named | ({} if self.slopes is None else {"slope": self.slopes}) | {"loss": self.losses}


class Explorer(anywidget.AnyWidget):
    """A picture, and over it the paths that a slider picks from.

    Args:
        ax: Axes with all that stays (curve or map, labels), alone on a figure with a fixed layout.
        runs: function of a start (d,) that gives a list of Run; called again when the ball is dragged.
        learning_rates: (m,), rising.
        start: (d,), or a number where d = 1.
        loss_range: (low, high) of the loss panel, which is logarithmic where low > 0.
        curve: (points, 2), weight and loss, close together: the ball rolls on it. None for a map.
        second: (name, values), what the second slider chooses, rising; or None.
        learning_rate: the rate to begin with; None for the middle one.
        count_in: the clock to begin with.

    Attributes that follow the reader's hand when it lets go, and that code may set:
        learning_rate; second, the value chosen; step, the updates made by the first run; start, d numbers;
        count_in, "updates", "epochs", ...

    Raises:
        ValueError, TypeError: for bad input, with what would be right.
    """

    _esm, _css = _LOADER, (_HERE / "explorer.css").read_text("utf-8")
    source = traitlets.Unicode((_HERE / "explorer.js").read_text("utf-8")).tag(sync=True)
    layout = traitlets.Any(None, allow_none=True)  # CSS lays it out; a Layout would be a second comm
    spec = traitlets.Dict().tag(sync=True)
    said, pictures = (traitlets.List().tag(sync=True) for _ in range(2))
    stack = traitlets.Bytes().tag(sync=True)
    learning_rate, second = (traitlets.Float(0.0).tag(sync=True) for _ in range(2))
    step = traitlets.Int(0).tag(sync=True)
    count_in = traitlets.Unicode().tag(sync=True)
    start = traitlets.List(traitlets.Float()).tag(sync=True)

    def __init__(
        self, ax, runs, learning_rates, start, loss_range,
        *, curve=None, second=None, learning_rate=None, count_in="updates",
    ):  # fmt: skip
        self._ax, self._make, self._curve = ax, runs, curve
        self._rates = rising(learning_rates, "learning_rates")
        name, values = second or (None, [0.0, 1.0])
        self._values = rising(values, name)
        start = np.array(checks.array(start, "start"), ndmin=1)
        rate = self._rates[len(self._rates) // 2] if learning_rate is None else checks.rate(learning_rate)
        self._runs = runs(start)
        self._tops = {c: max(float(np.nanmax(r.clocks[c])) for r in self._runs) for c in self._runs[0].clocks}
        with rc_context(STYLE):
            self._chart = Figure(figsize=(3.7, 3.8), dpi=100).add_axes([0.22, 0.16, 0.73, 0.81])
            self._chart.set(ylabel="loss", yscale="log" if loss_range[0] > 0 else "linear", ylim=loss_range)
            pictures = [_png(ax), *(_png(self._counting(clock)) for clock in self._tops)]
        super().__init__(
            pictures=pictures, start=start.tolist(), second=float(self._values[0]), count_in=count_in,
            learning_rate=float(self._rates[_nearest(self._rates, rate)]),
        )  # fmt: skip
        self.stack, at = self._pack()
        self.said, self.spec = self._say(), self._describe(name, at)
        self.on_msg(self._dragged)
        _take_the_place(self)

    @property
    def path(self):
        """The first run's weights as the sliders stand, (points, d)."""
        run = self._runs[0].weights
        return run[_nearest(self._values[: len(run)], self.second), _nearest(self._rates, self.learning_rate)]

    def __repr__(self):
        low, high = self._rates[[0, -1]]
        return f"Explorer({len(self._rates)} learning rates {low:.3g} to {high:.3g}, start {self.start})"

    def close(self):
        """Close the comm, and let go of the paths."""
        super().close()
        self._runs, self.stack, self.pictures = [], b"", []  # Out[n] may keep the shell of it for long

    @traitlets.observe("start")
    def _restart(self, change):
        if self.stack and self.comm is not None:
            self._runs = self._make(np.array(change.new))
            self.said, self.stack = self._say(), self._pack()[0]

    def _dragged(self, _, message, __):
        try:
            x, y = message["start"]
            pixel = np.array([x, _size(self._ax)[1] - y]) * self._ax.figure.dpi / 100
            with self.hold_sync():  # the start, its paths and their words in one message
                self.start = self._ax.transData.inverted().transform(pixel)[: len(self.start)].tolist()
        finally:  # the browser waits for this before it asks again
            self.send({"done": True})

    def _counting(self, clock):
        if self._chart.get_xlabel() != clock:
            self._chart.set(xlabel=clock, xlim=(0, self._tops[clock]))
        return self._chart

    def _pack(self):
        """All numbers that move, as one float32 array in bytes; and where in it each column begins."""
        parts, at, end = [], {}, 0

        def put(name, array):
            nonlocal end
            parts.append(np.asarray(array, dtype=np.float32).ravel())
            at[name], end = end, end + parts[-1].size

        with np.errstate(all="ignore"):
            if self._curve is not None:
                put("curve", _track(self._ax, self._curve))
            for r, run in enumerate(self._runs):
                w, floor = run.weights, self._chart.get_ylim()[0]
                x, y = _pixels(self._ax, w[..., 0], run.losses if self._curve is not None else w[..., 1])
                _, height = _pixels(self._chart, 0 * run.losses, np.maximum(run.losses, floor))
                for name, values in {"x": x, "y": y, "height": height, **run.readings()}.items():
                    put(f"{r}.{name}", values)
                for name, times in run.clocks.items():
                    put(f"{r}.{name}.times", times)
                    put(f"{r}.{name}.across", _pixels(self._counting(name), times, floor + 0 * times)[0])
            numbers = np.concatenate(parts)
            numbers.view(np.int32)[:] = (
                numbers.view(np.int32) + 0x100
            ) & ~0x1FF  # 15 bits: more than is read
        return numbers.tobytes(), at

    def _said(self, run, k, m):
        limit = None if run.limits is None else run.limits[k]
        path = run.weights[k, m], run.losses[k, m], run.clocks["updates"][k]
        return verdict(*path, self._rates[m], limit, run.noisy)

    def _say(self):
        with np.errstate(all="ignore"):
            return [
                [self._said(run, k, m) for k, m in np.ndindex(run.weights.shape[:2])] for run in self._runs
            ]

    def _describe(self, second, at):
        """What does not change while the figure lives."""
        first, last, rates = self._runs[0], self._runs[-1], self._rates
        limits = (last if second else first).limits or [np.nan]
        shares = np.interp(limits, rates, np.linspace(0, 1, len(rates)), np.nan, np.nan)
        track = None if self._curve is None else _track(self._ax, self._curve)
        shown = (self._ax, "Loss over the weights"), (self._chart, "Loss, step by step")
        return {
            "name": "Gradient descent, live",
            "rates": rates.tolist(),
            "limits": [None if np.isnan(share) else share for share in shares.tolist()],
            "second": second and {"name": second, "values": self._values.tolist()},
            "starts": [f"Start {name}" for name in list(first.readings())[: len(self.start)]],
            "curve": track is not None
            and {"points": len(track), "gap": float(np.hypot(*(track[1] - track[0])))},
            "clocks": [
                {
                    "name": name,
                    "top": top,
                    "ticks": int({"updates": 1, "epochs": 10}.get(name, 200 / top) * top),
                }
                for name, top in self._tops.items()
            ],
            "panels": [{"size": _size(axes), "box": _box(axes), "alt": alt} for axes, alt in shown],
            "runs": [
                run.style
                | {"name": run.name, "seconds": len(run.weights), "points": run.weights.shape[2]}
                | {"readings": list(run.readings()), "dash": DASHES[run.style["linestyle"]]}
                | {"ball": run.style["color"] if len(self._runs) > 1 else plotting.ORANGE}
                for run in self._runs
            ],
            "at": at,
        }

    def _repr_mimebundle_(self, **kwargs):
        """The live view; beside it a page that needs no kernel, and a picture that needs no script."""
        bundle, metadata = super()._repr_mimebundle_(**kwargs)
        picture, words = self._still()
        names = ("spec", "said", "learning_rate", "second", "step", "count_in")
        sizes = [len(self.stack), *map(len, self.pictures)]
        head = json.dumps({name: getattr(self, name) for name in names} | {"sizes": sizes}).encode()
        # as they pack best (`unpack` in explorer.js): the changes from number to number, first bytes first
        changes = np.diff(np.frombuffer(self.stack, "<i4"), prepend=np.int32(0))
        numbers = changes.astype("<i4").view(np.uint8).reshape(-1, 4).T.tobytes()
        parts = [len(head).to_bytes(4, "little"), head, numbers, *self.pictures]
        packed = gzip.compress(b"".join(parts), mtime=0)
        still, packed = (base64.b64encode(part).decode() for part in (picture, packed))
        name = hashlib.sha256(repr(self).encode()).hexdigest()[:12]
        bundle["image/png"] = still
        image = f'alt="{html.escape(words)}" src="data:image/png;base64,{still}"'
        script = f'{self.source}\nwake("{name}", "data:application/gzip;base64,{packed}");'
        bundle["text/html"] = (
            f'<div data-gdlib="{name}"><img style="max-width: 100%; background: white" {image}></div>\n'
            f'<style>{self._css}</style>\n<script type="module">\n{script}\n</script>'
        )
        return bundle, metadata

    def _still(self):
        """A few paths that teach with no script at all: as PNG, and in words."""
        chosen, m = _nearest(self._rates, self.learning_rate), len(self._rates)
        pairs = [(run, chosen) for run in self._runs]
        if len(pairs) == 1:  # one run alone is shown at three rates
            pairs = [(self._runs[0], place) for place in (chosen // 2, chosen, (chosen + m) // 2)]
        chart, drawn, words = self._counting(self.count_in), [], []
        for (run, place), style in zip(pairs, plotting.METHODS.values(), strict=False):
            w, loss, rate = run.weights[0, place].T, run.losses[0, place], f"rate {self._rates[place]:.2g}"
            drawn += self._ax.plot(w[0], loss if self._curve is not None else w[1], **style, lw=1.4, ms=4)
            label = rate if run is pairs[-1][0] and len(self._runs) == 1 else run.name
            drawn += chart.plot(run.clocks[self.count_in][0], loss, label=label, **style | {"marker": ""})
            words.append(f"{run.name}, {rate}: {self._said(run, 0, place)}")
        drawn.append(chart.legend())
        pictures = [Image.open(io.BytesIO(_png(axes, 150))).convert("RGBA") for axes in (self._ax, chart)]
        for artist in drawn:
            artist.remove()
        whole = Image.new("RGBA", (sum(p.width for p in pictures), max(p.height for p in pictures)), "white")
        for picture, x in zip(pictures, (0, pictures[0].width), strict=True):
            whole.alpha_composite(picture, (x, 0))
        return _small(whole), ". ".join(words)


def rising(values, name):
    """Give `values` as a rising array, or say which one is out of order."""
    values = checks.array(values, name)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(
            f"{name} has shape {values.shape}, but must be (m,) with at least 2 values to choose from"
        )
    for i in np.flatnonzero(np.diff(values) <= 0):
        raise ValueError(f"{name}[{i + 1}] is {values[i + 1]:g}, after {values[i]:g}; they must rise")
    return values


def _nearest(values, value):
    return int(np.abs(np.asarray(values) - value).argmin())


def _size(axes):
    """Width and height of the figure in CSS pixels, 100 to the inch."""
    return [round(100 * inches) for inches in axes.figure.get_size_inches()]


def _box(axes):
    """Left, top, width and height of the axes in CSS pixels, from the figure's upper left corner."""
    (wide, high), (x, y, w, h) = _size(axes), axes.get_position().bounds
    return [x * wide, (1 - y - h) * high, w * wide, h * high]


def _pixels(axes, x, y):
    """Data to CSS pixels from the upper left corner, by the axes' own scales; 1e5 is as far as it goes."""
    points = axes.transData.transform(np.column_stack([np.ravel(x), np.ravel(y)])) * 100 / axes.figure.dpi
    points = np.round(8 * np.clip([0, _size(axes)[1]] + points * [1, -1], -1e5, 1e5)) / 8
    return points[:, 0].reshape(np.shape(x)), points[:, 1].reshape(np.shape(y))


def _track(axes, curve, count=800):
    """The curve as points at equal arc lengths, (count, 2) in pixels."""
    x, y = _pixels(axes, *curve.T)
    rolled = np.append(0, np.hypot(np.diff(x), np.diff(y)).cumsum())
    s = np.linspace(0, rolled[-1], count)
    return np.column_stack([np.interp(s, rolled, x), np.interp(s, rolled, y)])


def _png(axes, dpi=200):
    file = io.BytesIO()
    FigureCanvasAgg(axes.figure)
    axes.figure.savefig(file, dpi=dpi, transparent=True)
    return _small(Image.open(file))


def _small(picture):
    """PNG bytes with a palette: a third of the size, and nobody sees it."""
    file = io.BytesIO()
    picture.quantize(128, method=Image.Quantize.FASTOCTREE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _take_the_place(explorer):
    """Close what an earlier run of the same notebook cell made: its view is gone, and its comm would leak."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell, run = parent.get("metadata", {}).get("cellId"), parent.get("header", {}).get("msg_id")
    before, made = _on_screen.get(cell, (run, []))
    if before != run:
        for old in made:
            old.close()
        made = []
    if cell:
        _on_screen[cell] = run, [*made, explorer]
