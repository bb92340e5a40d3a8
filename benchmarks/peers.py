"""gdlib beside what one would pick instead: side by side in one run, medians, ratios.

    make benchmark              the table, and benchmarks/peers.png for the README
    python benchmarks/peers.py --quick      smaller data, fewer runs: a look in a minute

Work is equal before it is timed: all peers end at the same weights on the same rows.
"""

import argparse
import gc
import os
import platform
import statistics
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

NEEDED = "numpy", "numba", "sklearn", "torch", "tensorflow", "matplotlib"
if missing := [name for name in NEEDED if find_spec(name) is None]:
    sys.exit(f"benchmarks/peers.py needs {', '.join(missing)}. To install it: pip install -e '.[benchmark]'")

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "2", "TF_ENABLE_ONEDNN_OPTS": "0", "CUDA_VISIBLE_DEVICES": "-1"}

import numpy as np
from numba import njit
from sklearn.linear_model import SGDClassifier, SGDRegressor

import gdlib
from gdlib import (
    LinearRegression,
    LogisticRegression,
    batch_gd,
    descend,
    kernel,
    minibatch_gd,
    stochastic_gd,
    sweep,
)

RATE = 2.0**-12  # held exactly in float32, so that Keras takes the same steps


def median_seconds(calls, runs):
    """Median seconds of each call: all in turn, `runs` times, each right after a call that is not counted.

    So nobody pays for caches that another has emptied, or for threads that another left spinning.
    Python's garbage collector rests meanwhile.
    """
    taken = {name: [] for name in calls}
    gc.collect()
    gc.disable()
    for _ in range(runs):
        for name, call in calls.items():
            call()
            began = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - began)
    gc.enable()
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def regression(n, d, labels=False, dtype=float):
    """Made-up data, well scaled; the shape is what matters here."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, d), dtype=dtype)
    y = X @ np.full(d, 1 / np.sqrt(d), dtype=dtype) + rng.standard_normal(n, dtype=dtype)
    return X, ((y > 0).astype(dtype) if labels else y)


class Report:
    """Prints a row for each promise, and keeps the ratios."""

    def __init__(self):
        self.rows = []
        self.kept = []

    def __call__(self, what, ours, theirs, peer, bound, unit, per):
        """Print one row; `per` is how many units of work the seconds were for."""
        ratio, good = ours / theirs, ours / theirs <= bound
        self.rows.append((f"{what} / {peer}", ratio, bound))
        self.kept.append(good)
        print(
            f"{what:<46} {ours / per * 1e6:>11.4f} {theirs / per * 1e6:>11.4f} {unit:<10} {peer:<22}"
            f" {ratio:>8.4f} {bound:>8.4f}  {'yes' if good else 'NO'}",
            flush=True,
        )


# --- the peers ------------------------------------------------------------------------------


def numpy_loop(X, y, batches, w):
    """What one writes by hand."""
    for rows in batches:
        Xb, yb = X[rows], y[rows]
        w = w - RATE * 2 / len(rows) * Xb.T @ (Xb @ w - yb)
    return w


def torch_loop(X, y, batches, w):
    """torch.optim.SGD, as in its tutorials."""
    import torch

    X, y = torch.from_numpy(X), torch.from_numpy(y)
    w = torch.nn.Parameter(torch.from_numpy(w.copy()))
    optimizer = torch.optim.SGD([w], lr=RATE)
    for rows in batches:
        rows = torch.from_numpy(rows)
        optimizer.zero_grad()
        torch.mean((X[rows] @ w - y[rows]) ** 2).backward()
        optimizer.step()
    return w.detach().numpy()


def keras_loop(X, y, batches, w, graph):
    """GradientTape and Keras' SGD, eagerly or in a tf.function."""
    import tensorflow as tf

    X, y, w = tf.constant(X), tf.constant(y), tf.Variable(w)
    optimizer = tf.keras.optimizers.SGD(RATE)
    optimizer.build([w])

    def step(rows):
        with tf.GradientTape() as tape:
            score = tf.linalg.matvec(tf.gather(X, rows), w)
            loss = tf.reduce_mean((score - tf.gather(y, rows)) ** 2)
        optimizer.apply_gradients([(tape.gradient(loss, w), w)])

    if graph:
        step = tf.function(step, input_signature=[tf.TensorSpec([None], tf.int64)])
        step(tf.constant(batches[0]))  # traced before it is timed, and taken back
        w.assign(tf.zeros_like(w))

    def go():
        for rows in batches:
            step(tf.constant(rows))
        return w.numpy()

    return go


@njit(nogil=True, fastmath=True)
def read(values):
    """Read every number once, at the speed of the memory."""
    total = 0.0
    for i in range(len(values)):
        total += values[i]
    return total


def read_once(X, threads):
    """Seconds' worth of work no batch gradient can go below: X read once, on the threads gdlib uses."""
    return sum(threads.map(read, np.array_split(X.reshape(-1), kernel.PARTS)))


def same(weights, expected, tolerance, who):
    """Stop if a peer did other work."""
    error = np.abs(weights - expected).max() / np.abs(expected).max()
    assert error < tolerance, f"{who} ends {error:.1e} away: not the same work, so no time is printed"


# --- the measurements -----------------------------------------------------------------------


def stochastic(report, runs, epochs=20, n=1000):
    """One row a step, beside scikit-learn."""
    how = {
        "penalty": None,
        "learning_rate": "constant",
        "max_iter": epochs,
        "tol": None,
        "fit_intercept": False,
    }
    for d in (2, 10, 100):
        zero = np.zeros(d)
        X, y = regression(n, d)
        problem, peer = LinearRegression(X, y), SGDRegressor(eta0=RATE, **how)  # its loss has the factor 1/2
        ordered = SGDRegressor(eta0=RATE, **how | {"shuffle": False}).fit(X, y)
        same(
            ordered.coef_,
            descend(problem, zero, RATE / 2, [[i] for i in range(n)] * epochs).weights[-1],
            1e-9,
            "sklearn",
        )
        seconds = median_seconds(
            {
                "once": lambda: stochastic_gd(problem, zero, RATE / 2, epochs, rng=0, record_every=n),
                "every": lambda: stochastic_gd(problem, zero, RATE / 2, epochs, rng=0),
                "peer": lambda: peer.fit(X, y),
            },
            runs,
        )
        report(
            f"stochastic, d = {d}, kept once an epoch",
            seconds["once"],
            seconds["peer"],
            "SGDRegressor",
            0.5,
            "us/sample",
            n * epochs,
        )
        report(
            f"stochastic, d = {d}, every step kept",
            seconds["every"],
            seconds["peer"],
            "SGDRegressor",
            1.0,
            "us/sample",
            n * epochs,
        )
        X, y = regression(n, d, labels=True)
        logistic, peer = LogisticRegression(X, y), SGDClassifier(loss="log_loss", eta0=RATE, **how)
        ordered = SGDClassifier(loss="log_loss", eta0=RATE, **how | {"shuffle": False}).fit(X, y)
        same(
            ordered.coef_[0],
            descend(logistic, zero, RATE, [[i] for i in range(n)] * epochs).weights[-1],
            1e-9,
            "sklearn",
        )
        seconds = median_seconds(
            {
                "once": lambda: stochastic_gd(logistic, zero, RATE, epochs, rng=0, record_every=n),
                "peer": lambda: peer.fit(X, y),
            },
            runs,
        )
        report(
            f"logistic, d = {d}, kept once an epoch",
            seconds["once"],
            seconds["peer"],
            "SGDClassifier",
            0.7,
            "us/sample",
            n * epochs,
        )


def small(report, runs, epochs=100, n=1000):
    """A run of a millisecond: draws, memory and the call itself cost as much as its steps."""
    for d in (2, 10):
        zero, (X, y) = np.zeros(d), regression(n, d)
        problem = LinearRegression(X, y)
        peer = SGDRegressor(
            eta0=RATE, penalty=None, learning_rate="constant", max_iter=epochs, tol=None, fit_intercept=False
        )
        seconds = median_seconds(
            {
                "gdlib": lambda: stochastic_gd(problem, zero, RATE / 2, epochs, rng=0, record_every=n),
                "peer": lambda: peer.fit(X, y),
            },
            3 * runs,
        )
        report(
            f"stochastic, d = {d}, {epochs} epochs",
            seconds["gdlib"],
            seconds["peer"],
            "SGDRegressor",
            0.3,
            "us/sample",
            n * epochs,
        )


def minibatch(report, runs, quick, epochs=5):
    """Batches of 32 and 64, beside NumPy, PyTorch and Keras."""
    for n, d, b, others in ((10_000, 10, 32, True), (10_000, 100, 32, True), (60_000, 784, 64, False)):
        if quick and not others:
            continue
        X, y = regression(n, d)
        problem, zero = LinearRegression(X, y), np.zeros(d)
        path = minibatch_gd(problem, zero, RATE, epochs, b, rng=0, record_every=n)
        batches, expected = list(path.batches), path.weights[-1]
        steps = len(batches)
        calls = {
            "gdlib": lambda: minibatch_gd(problem, zero, RATE, epochs, b, rng=0, record_every=n),
            "NumPy loop": lambda: numpy_loop(X, y, batches, zero),
        }
        bounds = {"NumPy loop": 0.25 if others else 0.7}
        if others:
            calls["PyTorch"] = lambda: torch_loop(X, y, batches, zero)
            bounds |= {"PyTorch": 1 / 50, "Keras tf.function": 1 / 200, "Keras eager": 1 / 200}
            graph, eager = keras_loop(X, y, batches, zero, True), keras_loop(X, y, batches, zero, False)
            same(graph(), expected, 1e-9, "Keras tf.function")
            same(eager(), expected, 1e-9, "Keras eager")
            calls |= {"Keras tf.function": graph, "Keras eager": eager}
            same(calls["PyTorch"](), expected, 1e-9, "PyTorch")
        same(calls["NumPy loop"](), expected, 1e-9, "NumPy")
        seconds = median_seconds(calls, runs)
        for peer, bound in bounds.items():
            report(
                f"mini-batch {b}, n = {n}, d = {d}",
                seconds["gdlib"],
                seconds[peer],
                peer,
                bound,
                "us/step",
                steps,
            )


def batch(report, runs, quick):
    """The whole gradient, beside the memory itself."""
    import torch

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for n, d in ((10**6, 10),) if quick else ((10**7, 10), (10**6, 100), (130_000, 784)):
            X, y = regression(n, d)
            problem, w = LinearRegression(X, y), np.full(d, 0.1)
            tX, ty, tw = torch.from_numpy(X), torch.from_numpy(y), torch.from_numpy(w)
            calls = {
                "gdlib": lambda: problem.gradient(w),
                "reading X once": lambda: read_once(X, threads),
                "NumPy's two products": lambda: 2 / n * X.T @ (X @ w - y),
                "PyTorch's": lambda: 2 / n * tX.T @ (tX @ tw - ty),
            }
            for peer in ("NumPy's two products", "PyTorch's"):
                same(np.asarray(calls[peer]()), calls["gdlib"](), 1e-9, peer)
            seconds = median_seconds(calls, runs)
            for peer, bound in (
                ("reading X once", 1.25),
                ("NumPy's two products", 1 / 3),
                ("PyTorch's", 1 / 3),
            ):
                size = X.nbytes / 1e9
                report(
                    f"batch gradient, {n:.0e} x {d}, {size:.2g} GB",
                    seconds["gdlib"],
                    seconds[peer],
                    peer,
                    bound,
                    "us/pass",
                    1,
                )


def sweeps(report, runs):
    """200 rates at once, beside the 200 runs one by one."""
    data = gdlib.datasets.diabetes(standardise=True)
    regression_, zero = LinearRegression(data.X[:, 1:], data.y), np.zeros(10)
    curve = gdlib.landscapes.double_well()
    for what, problem, start, top, bound in (
        (
            "sweep, 200 rates x 50 steps, n = 442, d = 10",
            regression_,
            zero,
            1.9 / regression_.lipschitz(),
            1 / 4,
        ),
        ("sweep, 200 rates x 50 steps, a curve", curve, 1.5, 0.05, 1 / 50),
    ):
        rates = np.geomspace(top / 1000, top, 200)
        ends = [batch_gd(problem, start, rate, 50).weights[-1] for rate in rates]
        same(sweep(problem, start, rates, 50)[:, -1], np.array(ends), 1e-9, "sweep")
        seconds = median_seconds(
            {
                "sweep": lambda: sweep(problem, start, rates, 50),
                "runs": lambda: [batch_gd(problem, start, rate, 50) for rate in rates],
            },
            runs,
        )
        report(what, seconds["sweep"], seconds["runs"], "one by one", bound, "us", 1)


def growth(runs):
    """How the cost grows with n d, and with the number of steps: slopes of straight lines in logarithms."""
    for method, step in (("batch", batch_gd), ("stochastic", stochastic_gd)):
        grid = [(10**k, d) for k in (3, 4, 5, 6) for d in (10, 100) if 10**4 <= 10**k * d <= 10**7]
        seconds = []
        for n, d in grid:
            problem, epochs = LinearRegression(*regression(n, d)), 10**7 // (n * d)
            call = lambda: step(problem, np.zeros(d), RATE / d, epochs, record_every=10**9)
            seconds.append(median_seconds({"run": call}, runs)["run"] / epochs)
        slope = np.polyfit([np.log(n * d) for n, d in grid], np.log(seconds), 1)[0]
        print(f"an epoch of {method} descent costs (n d)^{slope:.3f}, fitted for n d from 1e4 to 1e7")
    problem, epochs = LinearRegression(*regression(1000, 10)), np.array([100, 300, 1000, 3000, 10_000])
    seconds = [
        median_seconds(
            {"run": lambda: stochastic_gd(problem, np.zeros(10), RATE / 2, int(e), record_every=10**9)}, runs
        )["run"]
        for e in epochs
    ]
    slope = np.polyfit(np.log(epochs), np.log(seconds), 1)[0]
    print(f"a run costs steps^{slope:.3f}, fitted from 1e5 to 1e7 steps")


FIRST_CALL = """
import sys, time
began = time.perf_counter()
import numba
imported = time.perf_counter()
if sys.argv[1] == "gdlib":
    import gdlib, numpy
    problem = gdlib.LinearRegression(numpy.eye(3), numpy.ones(3))
    gdlib.minibatch_gd(problem, numpy.zeros(3), 0.1, 2, 2, rng=0)
elif sys.argv[1] == "least":
    numba.njit(lambda x: x)(1)
print(imported - began, time.perf_counter() - imported)
"""


def first_call(runs):
    """What the first call costs: ever, and in a new process once the machine code is on disk."""
    import tempfile

    with tempfile.TemporaryDirectory() as cache:
        env = os.environ | {"NUMBA_CACHE_DIR": cache}

        def seconds(what):
            done = subprocess.check_output([sys.executable, "-c", FIRST_CALL, what], env=env, text=True)
            return np.array(done.split(), dtype=float)

        ever = seconds("gdlib")[1]
        imported, call = np.median([seconds("gdlib") for _ in range(runs)], axis=0)
        least = np.median([seconds("least")[1] for _ in range(runs)])
    print(f"\nfirst call ever, compiled: {ever:.2f} s; once a machine")
    print(f"first call of a new process: {call:.2f} s; Numba's import: {imported:.2f} s")
    print(f"(Numba takes {least:.2f} s to compile its first function in a process, however small)")


def draw(rows, path):
    """The ratios as a figure."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    from gdlib import plotting

    with plt.rc_context(plotting.STYLE | {"font.size": 10}):
        figure, ax = plt.subplots(figsize=(9, 0.3 * len(rows) + 1.2))
        names, ratios, bounds = zip(*rows[::-1], strict=True)
        places = range(len(rows))
        ax.hlines(places, ratios, 1, color=plotting.GREY, linewidth=1)
        ax.plot(ratios, places, "o", color=plotting.BLUE, label="gdlib's time as a share of the peer's")
        ax.plot(bounds, places, "|", color=plotting.VERMILLION, markersize=10, label="aim")
        ax.axvline(1, color=plotting.INK, linewidth=1)
        ax.set(
            xscale="log", yticks=places, yticklabels=names, xlabel="share of the peer's time (left is faster)"
        )
        figure.legend(loc="outside upper right", ncols=2)
        figure.savefig(path, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="smaller data, fewer runs")
    quick = parser.parse_args().quick
    warnings.simplefilter("ignore")  # scikit-learn's ConvergenceWarning: the work is fixed, not its end
    runs, passes, report = 3 if quick else 7, 3 if quick else 15, Report()
    print(platform.platform(), f"{os.cpu_count()} cores, Python {platform.python_version()}", sep=", ")
    print(f"medians of {runs} runs ({passes} of the batch gradient), all in turn\n")
    print(f"{'what':<46} {'gdlib':>11} {'peer':>11} {'unit':<10} {'peer':<22} {'ratio':>8} {'aim':>8}  met")
    stochastic(report, runs)
    small(report, runs)
    minibatch(report, runs, quick)
    batch(report, passes, quick)
    sweeps(report, runs)
    print()
    growth(runs)
    first_call(runs)
    if not quick:
        draw(report.rows, Path(__file__).with_name("peers.png"))
    print(f"\n{sum(report.kept)} of {len(report.kept)} aims met")
