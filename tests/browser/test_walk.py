# ruff: noqa: E501 (JavaScript stands in the strings)
"""A figure never shows a number, a place or a verdict that gdlib would not give.

Every live figure of the lessons is opened in a browser and walked through: each place of each control.
What stands there is compared with what gdlib's fronts, run one by one, say of that case. The figures of
04 to 06, whose paths a framework made, are taken as they are stored, and compared with the losses of the
weights that they tell.
"""

import ast
import dis
import inspect
import json
import re
import warnings
from functools import cache
from pathlib import Path
from types import CodeType
from typing import NamedTuple

import matplotlib
import nbformat
import numpy as np
import pytest

import gdlib
from gdlib import explorer

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = ["00_start_here", "01_the_rolling_ball", "02_the_learning_rate", "03_batch_minibatch_stochastic"]
FRAMEWORKS = ["04_tensorflow", "05_pytorch", "06_three_libraries_one_path"]
FRONTS = "explore_curve", "explore_map", "explore_paths"
PIXEL = 0.2
HUGE, TINY = 1e30, 1e-30
ROUNDING = 1e-13  # of the largest number of a path: two programs add in two orders

WALK = """() => {
    const f = document.querySelector('.gd').gdlib, told = [];
    const text = node => node.textContent.trim();
    const { spec } = f;
    for (const rate of (spec.rates ?? [0]).keys())
        for (const second of spec.second.values.keys())
            for (const clock of spec.clocks.keys()) {
                if (!spec.second.name && second) continue;
                Object.assign(f.now, { rate, second, clock, tick: 0 });
                for (let tick = 0; tick <= f.last; tick++) {
                    f.now.tick = tick;
                    f.draw();
                    const runs = spec.runs.map((_, r) => f.tables[r].hidden ? null : {
                        cells: [...f.tables[r].rows[0].cells].map(text),
                        verdict: text(f.tables[r].rows[1]),
                        place: f.scene.balls[r].getAttribute('transform'),
                        ball: !f.scene.balls[r].hasAttribute('hidden') && f.scene.balls[r].style.display !== 'none',
                        arrow: !f.scene.outs[r].hasAttribute('hidden') && f.scene.outs[r].style.display !== 'none',
                        words: text(f.scene.outs[r].lastElementChild),
                    });
                    const values = Object.fromEntries(['rate', 'second', 'tick'].filter(name => f.fields[name]).map(
                        name => [name, text(f.fields[name].closest('.gd-row').querySelector('.gd-value'))]));
                    told.push({ rate, second, clock, tick, values, runs });
                }
            }
    const { rates, second, clocks, readings } = spec;
    return JSON.stringify({ rates, second, clocks, readings, names: spec.runs.map(run => run.name), told });
}"""


class Live(NamedTuple):
    """A figure of a lesson, and the call that made it."""

    figure: explorer.Explorer
    recipe: dict


def code_cells(lesson):
    """What stands in the code cells, in their order."""
    notebook = nbformat.read(NOTEBOOKS / f"{lesson}.ipynb", as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def names(source):
    """The global names that a cell loads, and those that it stores."""
    todo, loads, stores = [compile(source, "a cell", "exec")], set(), set()
    while todo:
        code = todo.pop()
        todo += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        for step in dis.get_instructions(code):
            loads |= {step.argval} if step.opname in ("LOAD_NAME", "LOAD_GLOBAL") else set()
            stores |= {step.argval} if step.opname == "STORE_NAME" else set()
    return loads, stores


def with_what_they_need(sources, chosen):
    """The chosen cells and those before them that make what they load."""
    wanted, kept = set(), []
    for i in reversed(range(len(sources))):
        loads, stores = names(sources[i])
        if i in chosen or stores & wanted:
            kept.insert(0, sources[i])
            wanted |= loads
    return kept


@cache
def made(lesson):
    """Run what the live figures of a lesson need, and the cells that measure them.

    Returns:
        The figures, in their order, and the names of the cells.
    """
    found = []

    def watched(front):
        def call(*arguments, **options):
            figure = front(*arguments, **options)
            bound = inspect.signature(front).bind(*arguments, **options)
            bound.apply_defaults()
            found.append(Live(figure, dict(bound.arguments)))
            return figure

        return call

    sources = [cell.source for cell in code_cells(lesson)]
    chosen = [i for i, source in enumerate(sources) if re.search(r"\bexplore_\w+\(|\blive_\w+\.", source)]
    space = {}
    with pytest.MonkeyPatch.context() as patched, matplotlib.rc_context({"backend": "agg"}):
        for name in FRONTS:
            patched.setattr(explorer, name, watched(getattr(explorer, name)))
        for source in with_what_they_need(sources, chosen):
            exec(source, space)
    return found, space


def walked(chromium, page, folder):
    """What a figure tells at each place of each control, with no network and no kernel."""
    file = folder / "figure.html"
    file.write_text(f"<!doctype html><meta charset='utf-8'><body>{page}</body>", "utf-8")
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    opened, errors = context.new_page(), []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(file.as_uri())
    opened.wait_for_function("document.querySelector('.gd')?.gdlib")
    told = json.loads(opened.evaluate(WALK))
    context.close()
    assert errors == []
    assert len(told["told"]) > 40
    return told


class Truth:
    """One run as gdlib's fronts make it: its numbers, its places on the picture, what became of it."""

    def __init__(self, problem, view, path, steps, times, limit):
        self.problem, self.ax, self.steps, self.times, self.limit = problem, view.ax, steps, times, limit
        self.w, self.losses = path.weights, path.losses
        alive = np.isfinite(self.losses)
        self.last = len(alive) - 1 if alive.all() else int(alive.argmin()) - 1
        self.readings = [*self.w.T]
        if path.weights.shape[1] == 1:
            self.readings.append(np.array([problem.gradient(w)[0] for w in path.weights]))
            spots = np.column_stack([self.w[:, 0], self.losses])
        else:
            spots = self.w
        self.readings.append(self.losses)
        self.sizes = [np.abs(values[: self.last + 1]).max() for values in self.readings]
        with np.errstate(all="ignore"):
            x, y = self.ax.transData.transform(np.where(np.isfinite(spots), spots, HUGE)).T
        self.spots = np.column_stack([x, self.ax.figure.bbox.height - y])
        sides = [self.ax.get_xlim(), self.ax.get_ylim()][: path.weights.shape[1]]
        self.sides = np.array(sides)
        self.small = 1e-12 * np.ptp(self.sides, axis=1).max()
        self.wide = np.ptp(self.sides, axis=1).max()

    def alive(self, step):
        """Whether the readings of a step are numbers that the figure shows."""
        return step <= self.last and abs(self.losses[step]) <= HUGE and np.abs(self.w[step]).max() <= HUGE

    def inside(self):
        """(points,), whether a point is in the window."""
        w = self.w[: self.last + 1]
        return ((w >= self.sides[:, 0]) & (w <= self.sides[:, 1])).all(axis=1)


def number(text):
    return float(text.replace("−", "-"))


def is_told(text, value, small, size):
    """Whether a reading is this value, rounded to three digits."""
    told, rounding = number(text), ROUNDING * size
    if told == 0:
        return abs(value) <= small * (1 + 1e-3) + rounding
    if abs(value) < small * (1 - 1e-3) - rounding:
        return False
    unit = 10.0 ** (np.floor(np.log10(abs(told))) - 2)
    return abs(told - value) <= 0.5001 * unit + rounding


def edge(ax, spot):
    """How far outside the axes a place is, in pixels."""
    high, box = ax.figure.bbox.height, ax.bbox
    low, most = np.array([box.x0, high - box.y1]), np.array([box.x1, high - box.y0])
    return np.hypot(*(spot - np.clip(spot, low, most)))


def ball_is_right(told, ax, spot, alive, slack=PIXEL):
    """Whether the ball stands on its place; where that is outside, an arrow stands in for it."""
    if told["ball"] == told["arrow"]:
        return False  # the one or the other
    away = edge(ax, spot) if alive else np.inf
    if not told["ball"]:
        return away > 4 - slack
    x, y = re.match(r"translate\((\S+) (\S+)\)", told["place"]).groups()
    return away < 4 + slack and bool(np.hypot(float(x) - spot[0], float(y) - spot[1]) <= slack)


def step_is_wrong(told, truth, step, weights):
    """What is wrong with one run at one place of the controls; None where nothing is."""
    _, count, *cells = told["cells"]
    if count != str(step):
        return f"is at step {count}, not {step}"
    alive = truth.alive(step)
    if not alive and set(cells) != {"out"}:
        return f"shows {cells} at step {step}, where it is out of range"
    if alive:
        small = [truth.small] * (len(cells) - 1) + [TINY]
        for cell, values, least, size in zip(cells, truth.readings, small, truth.sizes, strict=True):
            if cell == "out" or not is_told(cell, values[step], least, size):
                return f"shows {cell} for {values[step]:.6g} at step {step}"
    if not ball_is_right(told, truth.ax, truth.spots[step] if alive else None, alive):
        return f"has its ball at {told['place']}, {told['ball']}, {told['arrow']}, at step {step}"
    if told["arrow"] and told["words"] != ", ".join(map(" ".join, zip(weights, cells, strict=False))):
        return f"says {told['words']} at the side"
    return None


# -- verdicts


def settles(truth, place, valley, count):
    w = truth.w
    far = np.linalg.norm(w - w[-1], axis=1)
    near = far <= 0.01 * (1 + 1e-9) * far.max()
    true = truth.last == truth.steps and near[count:].all() and not near[count - 1]
    told = np.array([number(value) for value in place.split(", ")])
    true &= np.abs(told - w[-1]).max() < 0.02 * truth.wide + 0.006 * np.abs(w[-1]).max()
    if valley is None:
        return true
    if not hasattr(truth.problem, "minima"):
        minimum = truth.problem.minimiser()
        return true and valley == "the minimum" and np.linalg.norm(w[-1] - minimum) < 0.02 * truth.wide
    minima = np.asarray(truth.problem.minima)
    depths = np.array([truth.problem.loss(each) for each in minima]).ravel()
    away = np.linalg.norm(minima - w[-1], axis=1)
    lowest = np.isclose(depths[away.argmin()], depths.min())
    two = {True: "the lower valley", False: "the higher valley"}
    more = {True: "the lowest valley", False: "not the lowest valley"}
    words = "the minimum" if len(minima) == 1 else (two if len(minima) == 2 else more)[bool(lowest)]
    return true and away.min() < 0.02 * truth.wide and valley == words


def goes_over_a_hill(truth):
    w = np.linspace(truth.w[0, 0], truth.w[-1, 0], 4001)
    loss = truth.problem.loss(w[None])
    return loss[1:-1].max() > max(loss[0], loss[-1]) or bool(
        ((loss[1:-1] > loss[:-2]) & (loss[1:-1] > loss[2:])).any()
    )


def diverges(truth, first, side, count, law, limit, rate):
    grows = truth.last < truth.steps or truth.losses[-1] > truth.losses[0]
    if (law is not None) != (truth.limit is not None and rate > truth.limit):
        return False
    if limit is not None and not is_told(limit, truth.limit, 0, truth.limit):
        return False
    if side is None:
        return grows
    inside, left = truth.inside(), truth.w[count]
    d, low = {"to the left": (0, True), "to the right": (0, False), "below": (1, True), "above": (1, False)}[
        side
    ]
    out = left[d] < truth.sides[d, 0] if low else left[d] > truth.sides[d, 1]
    if first:  # a noisy run may come back
        return grows and out and bool(inside[:count].all())
    return grows and out and not inside[count:].any() and (count == 0 or bool(inside[count - 1]))


def is_near(truth, count):
    """The first step at which the loss is as low as it is on average in the run's last half."""
    level = truth.losses[len(truth.losses) // 2 :].mean()
    return truth.losses[count] <= level and not (truth.losses[:count] <= level).any()


NUMBER = r"−?[\d.]+(?:e[+−]\d+)?"
PLACE = (
    rf"at (?:w = ({NUMBER})|\(({NUMBER}, {NUMBER})\))(?:, ((?:the|not|one)[\w ]*?(?:valleys?|minimum)))?,?"
)
VERDICTS = {
    rf"(goes over the hill, and )?(?:swings, and )?settles {PLACE} after (\d+) steps?": lambda truth, rate, found: (
        settles(truth, found[2] or found[3], found[4], int(found[5]))
        and (not found[1] or goes_over_a_hill(truth))
    ),
    rf"(diverges|is lost)(?:: (?:first )?leaves ([\w ]+) at step (\d+))?(?:; the rate is above (.+) = ({NUMBER}))?": lambda truth, rate, found: (
        diverges(truth, found[1] == "is lost", found[2], int(found[3] or 0), found[4], found[5], rate)
    ),
    r"(goes over the hill, and )?(?:is still on its way|still swings|has not settled) after (\d+) steps?": lambda truth, rate, found: (
        int(found[2]) == truth.steps == truth.last and (not found[1] or goes_over_a_hill(truth))
    ),
    rf"is near the bottom after (\d+) steps?, (?:then wanders|and still goes down|and settles {PLACE})": lambda truth, rate, found: (
        is_near(truth, int(found[1]))
    ),
    r"wanders about, far from the bottom, after (\d+) steps?": lambda truth, rate, found: is_near(
        truth, int(found[1])
    ),
    r"passes near the bottom, and does not stay there": lambda truth, rate, found: truth.last == truth.steps,
    r"wanders about, and does not settle": lambda truth, rate, found: truth.last == truth.steps,
    r"stays: the slope is zero here": lambda truth, rate, found: np.ptp(truth.w, axis=0).max() == 0,
}


@cache
def verdict_is_true(words, truth, rate):
    """Whether the numbers of a verdict are those of the whole path; a verdict that is not known is not."""
    for pattern, true in VERDICTS.items():
        found = re.fullmatch(pattern, words)
        if found:
            return bool(true(truth, rate, found))
    return False


# -- what gdlib says of each case


class Case:
    """The runs of one figure, made one by one by the fronts that a student calls."""

    def __init__(self, figure, recipe):
        self.view, self.recipe = figure._view, recipe
        self.problem = recipe["problem"]
        self.start = np.atleast_1d(recipe["start"])
        self.count = recipe.get("steps", recipe.get("epochs"))
        assert recipe["rules"] is None and recipe.get("seconds") is None  # no lesson has one yet

    def options(self, name, second):
        """The keywords of the front for a run of this name."""
        momentum, size = self.recipe["momentum"], self.recipe.get("batch_size")
        if momentum is not None and name != "plain":
            return {"momentum": second if np.ndim(momentum) else momentum}
        if np.ndim(size):
            return {"batch_size": int(second)}
        return (
            {}
            if size is None
            else {"batch_size": {"batch": self.problem.n, "mini-batch": size, "stochastic": 1}[name]}
        )

    def path(self, rate, options):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore", gdlib.path.DivergenceWarning)
            if "batch_size" not in options:
                return gdlib.batch_gd(self.problem, self.start, rate, self.count, **options)
            return gdlib.minibatch_gd(
                self.problem, self.start, rate, self.count, rng=self.recipe["rng"], **options
            )

    @cache  # noqa: B019 (a case lives as long as its test)
    def truth(self, name, rate, second):
        options = self.options(name, second)
        path, whole = self.path(rate, options), self.path(1e-12, options)
        times = {"steps": np.arange(len(whole.weights)), "epochs": whole.epochs}
        base = self.limit()
        limit = None if base is None else base * (1 + options.get("momentum", 0))
        with np.errstate(all="ignore"):
            return Truth(self.problem, self.view, path, len(whole.weights) - 1, times, limit)

    def limit(self):
        """2/L, at the flattest of the minima."""
        if not isinstance(self.problem, gdlib.Landscape):
            return 2 / self.problem.lipschitz()
        curvatures = []
        for w in np.asarray(self.problem.minima):
            h = 1e-5
            curvatures.append((self.problem.gradient(w + h) - self.problem.gradient(w - h))[0] / (2 * h))
        return 2 / min(curvatures)


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_place_of_every_control_tells_what_gdlib_says(chromium, tmp_path, lesson):
    figures, _ = made(lesson)
    assert figures
    for figure, recipe in figures:
        case, wrong = Case(figure, recipe), []
        seen = walked(chromium, figure._repr_mimebundle_()[0]["text/html"], tmp_path)
        rates = np.asarray(recipe["learning_rates"], dtype=float)
        assert np.allclose(seen["rates"], rates, rtol=1e-15)
        weights = case.view.weights
        assert seen["readings"] == [*weights, *(["slope"] if len(weights) == 1 else []), "loss"]
        for at in seen["told"]:
            rate, second = rates[at["rate"]], seen["second"]["values"][at["second"]]
            clock = seen["clocks"][at["clock"]]
            moment, last = clock["moments"][at["tick"]], clock["moments"][-1]
            assert is_told(at["values"]["rate"], rate, 0, rate)
            assert "second" not in at["values"] or is_told(at["values"]["second"], second, 0, second)
            told, of = re.match(r"(\S+) of (\S+) ", at["values"]["tick"]).groups()
            assert is_told(told, moment, 0, last) and is_told(of, last, 0, last)
            for name, run in zip(seen["names"], at["runs"], strict=True):
                if run is None:
                    continue
                truth = case.truth(name, rate, second)
                times = truth.times[clock["name"]]
                step = np.searchsorted(times, moment * (1 + 1e-9) + 1e-12, side="right") - 1
                fault = step_is_wrong(run, truth, step, weights)
                if fault is None and not verdict_is_true(run["verdict"], truth, rate):
                    fault = f"says that it {run['verdict']}"
                if fault:
                    wrong.append(
                        f"rate {rate:.4g}, second {second:g}, {moment:g} {clock['name']}: {name} {fault}"
                    )
        assert wrong == [], f"{len(wrong)} of {len(seen['told'])}"


def stored(lesson):
    """The page that a notebook holds, and the window that its cell asks for."""
    for cell in code_cells(lesson):
        for call in ast.walk(ast.parse(cell.source)):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "explore_paths":
                window = {key.arg: key.value for key in call.keywords}["window"]
                (page,) = [output.data["text/html"] for output in cell.outputs if "data" in output]
                return page, ast.literal_eval(window)
    raise AssertionError(f"{lesson} has no explore_paths")


@pytest.mark.parametrize("lesson", FRAMEWORKS)
def test_a_stored_figure_tells_the_losses_of_its_weights(chromium, tmp_path, lesson):
    problem = gdlib.LinearRegression(*gdlib.datasets.bmi(standardise=True)[:2])
    page, window = stored(lesson)
    seen, curvature = walked(chromium, page, tmp_path), problem.lipschitz()
    ax = explorer.explore_paths(problem, {"here": [[0.0, 0.0]]}, window=window)._view.ax
    wrong = []
    for at in seen["told"]:
        for name, run in zip(seen["names"], at["runs"], strict=True):
            _, step, *cells = run["cells"]
            w = np.array([number(cell) for cell in cells[:2]])
            unit = 0.5001 * 10.0 ** (np.floor(np.log10(np.maximum(np.abs(w), 1e-12))) - 2)
            spot = ax.transData.transform(w) * [1, -1] + [0, ax.figure.bbox.height]
            slack = PIXEL + np.abs(ax.transData.transform(w + unit) - ax.transData.transform(w)).max()
            apart = unit @ np.abs(problem.gradient(w)) + curvature * unit @ unit
            loss = float(problem.loss(w))
            if step != str(at["tick"]):
                wrong.append(f"{name} is at step {step}, not {at['tick']}")
            if abs(number(cells[2]) - loss) > apart + 0.006 * loss:
                wrong.append(f"{name} shows the loss {cells[2]} for {loss:.6g} at step {step}")
            if not ball_is_right(run, ax, spot, True, slack):
                wrong.append(f"{name} has its ball at {run['place']} for {w} at step {step}")
            count = re.search(r"after (\d+) step", run["verdict"])
            if count and int(count[1]) > int(seen["clocks"][0]["moments"][-1]):
                wrong.append(f"{name} {run['verdict']}")
    assert wrong == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_cells_below_a_figure_hold_wherever_its_sliders_stand(lesson):
    figures, space = made(lesson)
    sources = [cell.source for cell in code_cells(lesson)]
    for figure, recipe in figures:
        (name,) = [name for name, value in space.items() if value is figure and name.startswith("live_")]
        below = [source for source in sources if f"{name}." in source and "explore_" not in source]
        assert below, f"{name} is not measured"
        rates = np.asarray(recipe["learning_rates"])
        for rate in rates[[0, len(rates) // 2, -1]]:
            for second in np.atleast_1d(recipe.get("batch_size") or recipe["momentum"] or 0.0)[[0, -1]]:
                figure.learning_rate, figure.second = float(rate), float(second)
                for source in below:
                    exec(source, space)
