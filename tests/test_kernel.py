"""The compiled loop against the loop that is read; and everything once more where Numba is missing."""

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdlib import (
    DivergenceWarning,
    LinearRegression,
    LogisticRegression,
    batch_gd,
    descent,
    kernel,
    minibatch_gd,
    roads,
    rules,
    schedules,
    sweep,
)
from gdlib.batches import Epochs, Given
from gdlib.checks import Rates

HERE = Path(__file__).parent
quiet = lambda step: None  # noqa: E731
compiled_only = pytest.mark.skipif(not kernel.COMPILED, reason="too slow where nothing is compiled")


@st.composite
def runs(draw):
    """Arguments for both loops: any regression, batches, rate or schedule, momentum and recording."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, d = draw(st.integers(1, 30)), draw(st.integers(1, 5))
    X = rng.standard_normal((n, d)) * draw(st.sampled_from([0.1, 1.0, 3.0]))
    problem = LinearRegression(X, rng.standard_normal(n))
    if draw(st.booleans()):
        problem = LogisticRegression(X, rng.integers(0, 2, n))
    if draw(st.booleans()):
        batches = Epochs(n, draw(st.integers(0, 6)), draw(st.integers(1, n)), 0)
    else:
        batches = Given(
            n, [rng.integers(0, n, rng.integers(1, 2 * n + 1)) for _ in range(draw(st.integers(0, 9)))]
        )
    rate = draw(
        st.sampled_from([1e-3, 0.01, schedules.cosine_decay(0.01, 500), schedules.step_decay(0.02, 3)])
    )
    momentum, nesterov = draw(st.sampled_from([0.0, 0.5, 0.9])), draw(st.booleans())
    return (
        problem,
        rng.standard_normal(d),
        Rates(rate),
        batches,
        rules.momentum(momentum, nesterov),
        draw(st.integers(1, 8)),
        quiet,
    )


def read_aloud(problem, w, rate, batches, rule, every, tick):
    """What kernel.record does, by the loop of descent.py."""
    walk = descent.loop(roads.gradient(problem), w, rate, batches.each(), rule)
    return descent.record(walk, w, every, tick)


@given(runs(), st.sampled_from([1, 7, 2**20]))
def test_the_compiled_loop_is_the_loop_that_is_read(arguments, block):
    whole, kernel.BLOCK = kernel.BLOCK, block
    try:
        steps, weights = kernel.record(*arguments)
    finally:
        kernel.BLOCK = whole
    plain_steps, plain_weights = read_aloud(*arguments)
    np.testing.assert_array_equal(steps, plain_steps)
    np.testing.assert_allclose(weights, plain_weights, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("size", [1, 32])
def test_rows_of_a_large_X_are_sent_for_and_make_the_same_steps(size):
    rng = np.random.default_rng(0)
    problem = LinearRegression(rng.standard_normal((4001, 9)), rng.standard_normal(4001))
    assert problem.X.size >= kernel.FAR
    arguments = problem, np.ones(9), Rates(1e-3), Epochs(4001, 1, size, 0), rules.momentum(), 100, quiet
    weights, plain = kernel.record(*arguments)[1], read_aloud(*arguments)[1]
    np.testing.assert_allclose(weights, plain, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("every", [1, 5, 1000])
def test_both_stop_at_the_same_last_finite_point(momentum, every):
    rng = np.random.default_rng(0)
    problem = LinearRegression(rng.standard_normal((40, 3)), rng.standard_normal(40))
    arguments = (
        problem,
        np.ones(3),
        Rates(3.0),
        Epochs(40, 2000, 7, 0),
        rules.momentum(momentum),
        every,
        quiet,
    )
    with np.errstate(over="ignore", invalid="ignore"):
        steps, weights = kernel.record(*arguments)
        plain_steps, plain_weights = read_aloud(*arguments)
    np.testing.assert_array_equal(steps, plain_steps)
    np.testing.assert_allclose(weights, plain_weights, rtol=1e-9)
    assert np.isfinite(weights).all()


def test_a_path_saturated_logistic_scores_do_not_hide_divergence():
    """Its errors stay finite where its weights do not: the check must look at the weights."""
    problem = LogisticRegression([[1e200, 0.0], [0.0, 1.0]], [1, 0])
    with pytest.warns(DivergenceWarning):
        path = batch_gd(problem, [0.0, 0.0], 1e200, 10)
    assert path.steps[-1] == 0


@compiled_only
@pytest.mark.parametrize("kind", [LinearRegression, LogisticRegression])
@pytest.mark.parametrize(
    ("n", "d"), [(300_001, 7), (8_003, 263)]
)  # rows go by twos where short, else by fours
def test_one_pass_over_a_large_X_is_the_two_products_and_the_same_on_every_run(kind, n, d):
    rng = np.random.default_rng(0)
    problem = kind(rng.standard_normal((n, d)), rng.integers(0, 2, n))
    w = rng.standard_normal(d) / d
    assert problem.X.size >= 2**21
    once = problem.gradient(w)
    np.testing.assert_allclose(once, problem.gradient(w, np.arange(n)), rtol=1e-11, atol=1e-14)
    assert all(np.array_equal(once, problem.gradient(w)) for _ in range(5))
    path = batch_gd(problem, w, 0.1, 3)
    np.testing.assert_array_equal(path.weights[1], w - 0.1 * once)
    with pytest.raises(ValueError, match=f"X has {d} columns"):
        problem.gradient(w[:3])


class Ridge(LinearRegression):
    """A subclass with a gradient of its own."""

    def gradient(self, w, rows=None):
        return super().gradient(w, rows) + 2 * w


def test_a_gradient_of_ones_own_is_used():
    problem = Ridge(np.eye(3), np.zeros(3))
    path = batch_gd(problem, [1, 1, 1], 0.1, 1)
    np.testing.assert_allclose(path.weights[1], 1 - 0.1 * (2 / 3 + 2))


def drawn(n, epochs, seed):
    """The orders of all epochs, drawn at once, (epochs, n)."""
    ((rows, _),) = Epochs(n, epochs, 1, seed).blocks(epochs * n)
    return rows.reshape(epochs, n)


@compiled_only
class TestShuffle:
    def test_every_order_is_equally_likely(self):
        """Six orders of three rows, 60,000 epochs; chi-squared with 5 degrees of freedom, 99.9 % at 20.5."""
        orders = drawn(3, 60_000, 0)
        counts = np.unique(orders @ [9, 3, 1], return_counts=True)[1]
        assert len(counts) == 6
        assert ((counts - 10_000) ** 2 / 10_000).sum() < 20.5

    def test_each_row_is_equally_likely_in_each_place(self):
        orders = drawn(10, 40_000, 1)
        counts = np.array([np.bincount(orders[:, place], minlength=10) for place in range(10)])
        assert np.abs(counts - 4000).max() < 4.5 * np.sqrt(4000 * 0.9)

    def test_an_epoch_is_the_same_drawn_alone_or_with_others(self):
        together = drawn(11, 6, 4)
        alone = Epochs(11, 6, 1, 4)
        np.testing.assert_array_equal([alone.order(epoch) for epoch in range(6)], together)


def test_a_seed_gives_these_rows_for_good():
    """A figure or a number in a lesson must not change with the library."""
    epochs = Epochs(7, 3, 2, 0)
    assert [epochs.order(epoch).tolist() for epoch in range(3)] == [
        [5, 2, 3, 4, 1, 6, 0],
        [5, 1, 2, 6, 3, 4, 0],
        [5, 2, 4, 6, 1, 0, 3],
    ]


@given(st.integers(1, 40), st.integers(0, 9), st.integers(0, 2**32), st.data())
def test_blocks_hold_the_batches_however_they_are_cut(n, epochs, seed, data):
    batches = Epochs(n, epochs, data.draw(st.integers(1, n)), seed)
    kept = [batches.order(epoch) for epoch in range(epochs)]
    seen = []
    for rows, ends in batches.blocks(data.draw(st.integers(1, 200))):
        seen += [part.tolist() for part in np.split(rows, ends[:-1])]  # copied: the next block overwrites it
    assert seen == [rows.tolist() for rows in batches]
    assert np.ravel(kept).tolist() == [row for rows in seen for row in rows]  # kept, and still the same


def test_sweep_over_data_in_one_product_is_the_runs_one_by_one():
    rng = np.random.default_rng(3)
    problem = LinearRegression(rng.standard_normal((442, 10)), rng.standard_normal(442))
    rates = np.geomspace(1e-4, 1.9 / problem.lipschitz(), 25)
    for path, rate in zip(sweep(problem, np.zeros(10), rates, 50), rates, strict=True):
        np.testing.assert_allclose(
            path, batch_gd(problem, np.zeros(10), rate, 50).weights, rtol=1e-12, atol=1e-14
        )


def test_compressed_has_the_same_gradient_and_curvature_from_fewer_rows():
    rng = np.random.default_rng(3)
    problem = LinearRegression(rng.standard_normal((50, 4)), rng.standard_normal(50))
    w = rng.standard_normal(4)
    small = roads.compressed(problem, rules.momentum(), Epochs(50, 1, 50), w)
    assert small.n == 4
    np.testing.assert_allclose(small.gradient(w), problem.gradient(w), rtol=1e-12)
    assert small.lipschitz() == pytest.approx(problem.lipschitz(), rel=1e-12)
    offset = problem.loss(problem.minimiser())
    assert small.loss(w) + offset == pytest.approx(problem.loss(w), rel=1e-12)


@compiled_only
def test_memory_is_bounded_by_what_is_recorded():
    """Ten million steps of which eleven are kept: the rows and rates of one block at a time."""
    import tracemalloc

    problem = LinearRegression(np.ones((1000, 1)), np.ones(1000))
    tracemalloc.start()
    path = minibatch_gd(problem, 0.0, 1e-4, 10_000, 1, rng=0, record_every=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(path) == 11
    assert peak < 100e6


@pytest.fixture
def ctrl_c():
    """Python's own answer to Ctrl-C: in a run that a shell put into the background it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@compiled_only
@pytest.mark.skipif(os.name == "nt", reason="signals to oneself differ on Windows")
@pytest.mark.usefixtures("ctrl_c")
def test_an_interrupt_is_answered_within_a_second():
    rng = np.random.default_rng(0)
    problem = LinearRegression(rng.standard_normal((200_000, 10)), rng.standard_normal(200_000))
    minibatch_gd(problem, np.zeros(10), 1e-6, 1, 1, record_every=10**9)
    asked = []

    def interrupt():
        asked.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.3, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        minibatch_gd(problem, np.zeros(10), 1e-6, 100_000, 1, record_every=10**9)
    assert time.perf_counter() - asked[0] < 1


WITHOUT = os.environ | {"PYTHONPATH": str(HERE / "without_numba")}


@compiled_only
def test_a_first_run_on_data_loads_numba_and_a_curve_does_not():
    code = (
        "import sys, gdlib, numpy as np; gdlib.batch_gd(gdlib.landscapes.parabola(), 1.0, 0.1, 3); "
        "before = 'numba' in sys.modules; "
        "gdlib.batch_gd(gdlib.LinearRegression(np.eye(2), [1, 2]), [0, 0], 0.1, 3); "
        "print(before, 'numba' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == ["False", "True"]


@compiled_only
def test_everything_holds_without_numba():
    """The tests of the loop, its problems and this file again, in a process where Numba can't be imported."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "test_descent.py",
        "test_problems.py",
        "test_roads.py",
    ]
    done = subprocess.run([*command, "test_kernel.py"], cwd=HERE, env=WITHOUT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]


@compiled_only
def test_paths_are_the_same_with_and_without_numba():
    code = (
        "import sys, numpy as np; from gdlib import *; "
        "data = datasets.diabetes(standardise=True); problem = LinearRegression(data.X, data.y); "
        "path = minibatch_gd(problem, np.zeros(11), 0.01, 20, 32, rng=0, momentum=0.9); "
        "from gdlib import kernel; assert kernel.COMPILED == (sys.argv[1] == 'with'); "
        "sys.stdout.buffer.write(path.weights.tobytes())"
    )
    outputs = [
        np.frombuffer(subprocess.check_output([sys.executable, "-c", code, how], env=env))
        for how, env in (("with", os.environ), ("without", WITHOUT))
    ]
    np.testing.assert_allclose(outputs[0], outputs[1], rtol=1e-12, atol=1e-14)


def test_no_warning_from_numba():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        minibatch_gd(LogisticRegression(np.eye(2), [0, 1]), [0, 0], 0.1, 3, 1, rng=0)
