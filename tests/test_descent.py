"""The loop, its three fronts, sweep and Path: laws that hold for every problem and every run."""

import io
import pickle
import warnings
from contextlib import redirect_stderr

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gdlib
from gdlib import LinearRegression, LogisticRegression, batch_gd, descend, minibatch_gd, stochastic_gd, sweep

PARABOLA = gdlib.landscapes.parabola(curvature=2.0)


@st.composite
def problems(draw):
    """A small regression, linear or logistic, well scaled."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, d = draw(st.integers(1, 20)), draw(st.integers(1, 4))
    X = rng.standard_normal((n, d))
    if draw(st.booleans()):
        return LinearRegression(X, rng.standard_normal(n))
    return LogisticRegression(X, rng.integers(0, 2, n))


options = st.fixed_dictionaries(
    {
        "momentum": st.sampled_from([0.0, 0.5, 0.9]),
        "nesterov": st.booleans(),
        "record_every": st.integers(1, 7),
    }
)


def test_plain_descent_on_a_parabola_is_the_closed_form():
    path = batch_gd(PARABOLA, 3.0, 0.2, 30)
    np.testing.assert_allclose(path.weights[:, 0], 3 * (1 - 0.2 * 2) ** np.arange(31), rtol=1e-13)


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_on_a_parabola_is_the_closed_form(nesterov):
    """(w, v) is multiplied by one matrix each step, and a power of it is the closed form."""
    rate, beta, c = 0.1, 0.9, 2.0
    look = 1 + beta if nesterov else 1
    ahead = beta**2 if nesterov else beta
    one_step = np.array([[1 - rate * c * look, -rate * ahead], [c, beta]])
    path = batch_gd(PARABOLA, 1.0, rate, 40, momentum=beta, nesterov=nesterov)
    expected = [(np.linalg.matrix_power(one_step, k) @ [1, 0])[0] for k in range(41)]
    np.testing.assert_allclose(path.weights[:, 0], expected, rtol=1e-10, atol=1e-13)


@given(problems(), st.integers(0, 5), st.integers(0, 2**32), st.data())
def test_every_epoch_is_a_fresh_permutation(problem, epochs, seed, data):
    b = data.draw(st.integers(1, problem.n))
    path = minibatch_gd(problem, np.zeros(problem.d), 0.01, epochs, b, rng=seed)
    per_epoch = -(-problem.n // b)
    assert len(path.batches) == epochs * per_epoch
    for e in range(epochs):
        batches = path.batches[e * per_epoch : (e + 1) * per_epoch]
        assert sorted(np.concatenate(batches)) == list(range(problem.n))
        assert [len(rows) for rows in batches[:-1]] == [b] * (per_epoch - 1)


def test_epochs_differ_from_one_another():
    problem = LinearRegression(np.eye(50), np.ones(50))
    path = stochastic_gd(problem, np.zeros(50), 0.1, 2, rng=0)
    assert not np.array_equal(np.concatenate(path.batches[:50]), np.concatenate(path.batches[50:]))


@given(problems(), options)
def test_batch_size_n_is_batch_descent_and_1_is_stochastic(problem, how):
    start = np.ones(problem.d)
    whole = minibatch_gd(problem, start, 0.05, 4, problem.n, rng=1, **how)
    np.testing.assert_array_equal(whole.weights, batch_gd(problem, start, 0.05, 4, **how).weights)
    one = minibatch_gd(problem, start, 0.05, 4, 1, rng=1, **how)
    np.testing.assert_array_equal(one.weights, stochastic_gd(problem, start, 0.05, 4, rng=1, **how).weights)


@given(problems(), options, st.data())
def test_the_rows_of_a_path_give_the_path_again(problem, how, data):
    b = data.draw(st.integers(1, problem.n))
    path = minibatch_gd(problem, np.zeros(problem.d), 0.05, 3, b, rng=data.draw(st.integers(0, 99)), **how)
    for rows in (path.batches, list(path.batches)):
        again = descend(problem, np.zeros(problem.d), 0.05, rows, **how)
        np.testing.assert_allclose(again.weights, path.weights, rtol=1e-12, atol=1e-15)
        np.testing.assert_array_equal(again.epochs, path.epochs)


@given(problems(), st.integers(0, 4), options, st.data())
def test_shapes_and_what_is_recorded(problem, epochs, how, data):
    b = data.draw(st.integers(1, problem.n))
    path = minibatch_gd(problem, np.zeros(problem.d), 0.01, epochs, b, rng=0, **how)
    every = minibatch_gd(problem, np.zeros(problem.d), 0.01, epochs, b, rng=0, **how | {"record_every": 1})
    total, k = epochs * -(-problem.n // b), how["record_every"]
    assert list(path.steps) == [*range(0, total, k), total]
    assert path.weights.shape == (len(path), problem.d) == (len(path.steps), problem.d)
    assert every.weights.shape == (total + 1, problem.d)
    np.testing.assert_array_equal(path.weights, every.weights[path.steps])
    np.testing.assert_array_equal(np.array(list(path)), path.weights)
    seen = np.cumsum([0, *map(len, path.batches)]) / problem.n
    np.testing.assert_array_equal(path.epochs, seen[path.steps])
    np.testing.assert_allclose(path.losses, [problem.loss(w) for w in path.weights])
    assert not path.diverged


@given(problems(), st.integers(0, 2**32))
def test_a_seed_reproduces_and_a_generator_moves_on(problem, seed):
    def run(rng):
        return np.concatenate([[0], *minibatch_gd(problem, np.zeros(problem.d), 0.1, 3, 1, rng=rng).batches])

    np.testing.assert_array_equal(run(seed), run(seed))
    np.testing.assert_array_equal(run(np.random.default_rng(seed)), run(np.random.default_rng(seed)))


def test_zero_is_a_seed_and_one_generator_gives_two_runs_different_rows():
    problem = LinearRegression(np.eye(30), np.ones(30))

    def order(rng):
        return np.concatenate(stochastic_gd(problem, np.zeros(30), 0.1, 1, rng=rng).batches).tolist()

    assert order(0) == order(0)
    assert order(None) != order(None)
    generator = np.random.default_rng(0)
    assert order(generator) != order(generator)


def test_rows_may_be_looked_at_in_any_order():
    problem = LinearRegression(np.eye(7), np.ones(7))
    batches = minibatch_gd(problem, np.zeros(7), 0.1, 5, 3, rng=3).batches
    forward = [rows.tolist() for rows in batches]
    assert [batches[i].tolist() for i in reversed(range(15))] == forward[::-1]
    assert batches[-1].tolist() == forward[-1] and len(batches[12:20]) == 3
    with pytest.raises(IndexError):
        batches[15]


@given(problems(), options)
def test_the_callers_arrays_are_left_alone(problem, how):
    start, X, y = np.ones(problem.d), problem.X.copy(), problem.y.copy()
    rows = [np.array([0]), np.arange(problem.n)]
    path = descend(problem, start, 0.1, rows, **how)
    path.weights[:] = 7
    np.testing.assert_array_equal(start, np.ones(problem.d))
    np.testing.assert_array_equal(problem.X, X)
    np.testing.assert_array_equal(problem.y, y)
    assert rows[0].tolist() == [0] and rows[1].tolist() == list(range(problem.n))


@given(problems(), st.booleans(), st.sampled_from([0.0, 0.9]), st.data())
def test_sweep_is_the_runs_one_by_one(problem, nesterov, momentum, data):
    b, rates = data.draw(st.integers(1, problem.n)), [0.001, 0.01, 0.03]
    how = {"momentum": momentum, "nesterov": nesterov}
    paths = sweep(problem, np.ones(problem.d), rates, 3, batch_size=b, rng=5, **how)
    for rate, path in zip(rates, paths, strict=True):
        one = minibatch_gd(problem, np.ones(problem.d), rate, 3, b, rng=5, **how)
        np.testing.assert_allclose(path, one.weights, rtol=1e-12, atol=1e-14)


def test_sweep_over_a_surface_and_past_divergence():
    rates = [0.01, 0.19, 0.21, 1e10]
    paths = sweep(gdlib.landscapes.bowl(10), [1.0, 1.0], rates, 2000)
    assert paths.shape == (4, 2001, 2)
    assert np.isfinite(paths[:3]).all()
    assert np.isnan(paths[3, -1]).all() and np.isfinite(paths[3, :28]).all()
    alone = batch_gd(gdlib.landscapes.bowl(10), [1.0, 1.0], 0.21, 2000)
    np.testing.assert_allclose(paths[2], alone.weights, rtol=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_diverging_run_ends_at_its_last_finite_point_with_one_warning(momentum):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        path = batch_gd(PARABOLA, 1.0, 5.0, 100_000, momentum=momentum, record_every=1000)
        path.losses, repr(path)
    assert path.diverged and np.isfinite(path.weights).all() and len(path) == 2
    last = path.steps[-1]
    assert [w.category for w in told] == [gdlib.DivergenceWarning]
    assert f"step {last + 1} at learning rate 5" in str(told[0].message)
    assert told[0].filename == __file__
    with pytest.warns(gdlib.DivergenceWarning):
        full = batch_gd(PARABOLA, 1.0, 5.0, 100_000, momentum=momentum)
    assert len(full) == last + 1 and full.weights[-1] == path.weights[-1]
    assert abs(full.weights[-1, 0]) > 1e300


def test_a_run_on_data_that_diverges_keeps_what_it_recorded():
    data = gdlib.datasets.diabetes(standardise=True)
    problem = LinearRegression(data.X, data.y)
    with pytest.warns(gdlib.DivergenceWarning) as told:
        path = minibatch_gd(problem, np.zeros(11), 10.0, 100_000, 32, rng=0, record_every=7)
    assert len(told) == 1 and path.diverged and np.isfinite(path.weights).all()
    assert path.steps[-1] < len(path.batches) and (np.diff(path.steps)[:-1] == 7).all()


def test_a_schedule_counts_steps_over_the_whole_run():
    asked = []
    problem = LinearRegression(np.eye(3), np.ones(3))
    stochastic_gd(problem, np.zeros(3), lambda step: asked.append(step) or 0.1, 4, rng=0)
    assert asked == list(range(12))


def test_progress_shows_a_bar_that_counts_epochs():
    shown = io.StringIO()
    with redirect_stderr(shown):
        minibatch_gd(LinearRegression(np.eye(5), np.ones(5)), np.zeros(5), 0.1, 3, 2, rng=0, progress=True)
    assert "3/3" in shown.getvalue() and "epoch" in shown.getvalue()


def test_a_path_says_in_one_line_what_it_is_and_can_be_saved():
    path = batch_gd(LinearRegression(np.eye(2), np.ones(2)), [0, 0], 0.5, 3)
    assert repr(path) == "Path(3 steps, 3 epochs, d = 2, loss 1 -> 0.01562)"
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(path)).weights, path.weights)


class Counted:
    """A problem of one's own: n, loss and gradient are all that descent asks for."""

    n = 2

    def loss(self, w):
        return float(w @ w)

    def gradient(self, w, rows=None):
        return 2 * w * (1 if rows is None else len(rows))


def test_a_problem_of_ones_own():
    np.testing.assert_allclose(descend(Counted(), [1.0, 2.0], 0.1, [[0], [0, 1]]).weights[-1], [0.48, 0.96])


REGRESSION = LinearRegression(np.eye(3), np.ones(3))
ZERO = np.zeros(3)
REFUSED = [
    (
        lambda: batch_gd(REGRESSION, ZERO, -0.1, 5),
        ValueError,
        "learning_rate is -0.1, but must be finite and greater",
    ),
    (lambda: batch_gd(REGRESSION, ZERO, 0, 5), ValueError, "learning_rate is 0"),
    (lambda: batch_gd(REGRESSION, ZERO, np.nan, 5), ValueError, "learning_rate is nan"),
    (lambda: batch_gd(REGRESSION, ZERO, np.inf, 5), ValueError, "learning_rate is inf"),
    (
        lambda: batch_gd(REGRESSION, ZERO, "fast", 5),
        TypeError,
        "a number or a function of the step, not 'fast'",
    ),
    (lambda: batch_gd(REGRESSION, ZERO, lambda t: 1 - t, 5), ValueError, r"learning_rate\(1\) is 0"),
    (lambda: batch_gd(REGRESSION, ZERO, 0.1, 2.5), TypeError, "epochs must be a whole number, not 2.5"),
    (lambda: batch_gd(REGRESSION, ZERO, 0.1, -1), ValueError, "epochs is -1, but must be at least 0"),
    (
        lambda: minibatch_gd(REGRESSION, ZERO, 0.1, 5, 0),
        ValueError,
        "batch_size is 0, but must be from 1 to 3",
    ),
    (
        lambda: minibatch_gd(REGRESSION, ZERO, 0.1, 5, 4),
        ValueError,
        "batch_size is 4, but must be from 1 to 3",
    ),
    (lambda: batch_gd(REGRESSION, [0, 0], 0.1, 5), ValueError, r"w has shape \(2,\), but X has 3 columns"),
    (lambda: batch_gd(REGRESSION, np.zeros((3, 1)), 0.1, 5), ValueError, r"start has shape \(3, 1\)"),
    (lambda: batch_gd(REGRESSION, [], 0.1, 5), ValueError, r"start has shape \(0,\)"),
    (lambda: batch_gd(REGRESSION, [0, np.nan, 0], 0.1, 5), ValueError, "start holds nan at position 1"),
    (lambda: batch_gd(PARABOLA, np.inf, 0.1, 5), ValueError, "start holds inf; every entry must be finite"),
    (lambda: batch_gd(REGRESSION, "here", 0.1, 5), TypeError, "start must hold real numbers"),
    (
        lambda: batch_gd(REGRESSION, ZERO, 0.1, 5, momentum=1),
        ValueError,
        "momentum is 1, but must be at least 0",
    ),
    (lambda: batch_gd(REGRESSION, ZERO, 0.1, 5, momentum=-0.1), ValueError, "momentum is -0.1"),
    (
        lambda: batch_gd(REGRESSION, ZERO, 0.1, 5, momentum=None),
        TypeError,
        "momentum must be a number, not None",
    ),
    (lambda: batch_gd(REGRESSION, ZERO, 0.1, 5, record_every=0), ValueError, "record_every is 0"),
    (
        lambda: descend(REGRESSION, ZERO, 0.1, [[0], [3]]),
        ValueError,
        r"batches\[1\] names row 3, but the rows are 0 to 2",
    ),
    (lambda: descend(REGRESSION, ZERO, 0.1, [[-1]]), ValueError, r"batches\[0\] names row -1"),
    (lambda: descend(REGRESSION, ZERO, 0.1, [[0], []]), TypeError, r"batches\[1\] must be a 1-D array"),
    (lambda: descend(REGRESSION, ZERO, 0.1, [np.array([], int)]), ValueError, r"batches\[0\] is empty"),
    (
        lambda: descend(REGRESSION, ZERO, 0.1, [[0.5]]),
        TypeError,
        r"batches\[0\] must be a 1-D array of whole",
    ),
    (lambda: descend(REGRESSION, ZERO, 0.1, [0, 1]), TypeError, r"batches\[0\] must be a 1-D array"),
    (
        lambda: descend(REGRESSION, ZERO, 0.1, iter([[0]])),
        TypeError,
        "batches must be a sequence of row arrays",
    ),
    (lambda: sweep(REGRESSION, ZERO, 0.1, 5), ValueError, r"learning_rates has shape \(\)"),
    (lambda: sweep(REGRESSION, ZERO, [0.1, -1], 5), ValueError, r"learning_rates\[1\] is -1"),
    (lambda: sweep(REGRESSION, ZERO, [0.1], 5, batch_size=9), ValueError, "batch_size is 9"),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED)
def test_bad_input_is_refused_before_the_first_step(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_landscape_not_written_over_its_first_axis_is_refused():
    wrong = gdlib.Landscape(lambda w: w[0] ** 2, lambda w: 2 * w[0])
    with pytest.raises(
        ValueError, match=r"the gradient has shape \(\).*write loss and gradient over the first axis"
    ):
        batch_gd(wrong, 1.0, 0.1, 5)
