"""Losses, gradients and curvatures, against finite differences, scikit-learn and refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression as SklearnLeastSquares
from sklearn.metrics import log_loss, mean_squared_error

import gdlib
from gdlib import Landscape, LinearRegression, LogisticRegression, gradient_check

RNG = np.random.default_rng(0)
X, TARGET, LABELS = RNG.standard_normal((40, 3)), RNG.standard_normal(40), RNG.integers(0, 2, 40)


def test_linear_loss_is_scikit_learns_mean_squared_error():
    w = np.array([0.3, -1.0, 2.0])
    assert LinearRegression(X, TARGET).loss(w) == pytest.approx(mean_squared_error(TARGET, X @ w), rel=1e-13)


def test_logistic_loss_is_scikit_learns_log_loss():
    w = np.array([0.3, -1.0, 2.0])
    expected = log_loss(LABELS, 1 / (1 + np.exp(-X @ w)))
    assert LogisticRegression(X, LABELS).loss(w) == pytest.approx(expected, rel=1e-13)


def test_the_minimiser_is_scikit_learns():
    sklearn = SklearnLeastSquares(fit_intercept=False).fit(X, TARGET)
    problem = LinearRegression(X, TARGET)
    np.testing.assert_allclose(problem.minimiser(), sklearn.coef_, rtol=1e-12)
    np.testing.assert_allclose(problem.gradient(problem.minimiser()), 0, atol=1e-14)


@pytest.mark.parametrize(
    "problem", [LinearRegression(X, TARGET), LogisticRegression(X, LABELS)], ids=["linear", "logistic"]
)
class TestBoth:
    def test_gradient_agrees_with_differences(self, problem):
        for w in (np.zeros(3), np.array([1.0, -2.0, 0.5])):
            assert gradient_check(problem, w) < 1e-9

    def test_gradient_over_rows_is_that_of_a_problem_of_those_rows(self, problem):
        w, rows = np.array([1.0, -2.0, 0.5]), [3, 1, 3]
        alone = type(problem)(problem.X[rows], problem.y[rows])
        np.testing.assert_allclose(problem.gradient(w, rows), alone.gradient(w), rtol=1e-14)

    def test_many_weights_at_once(self, problem):
        grid = RNG.standard_normal((3, 4, 5))
        loss, gradient = problem.loss(grid), problem.gradient(grid)
        assert loss.shape == (4, 5) and gradient.shape == (3, 4, 5)
        assert loss[2, 3] == pytest.approx(problem.loss(grid[:, 2, 3]), rel=1e-13)
        np.testing.assert_allclose(gradient[:, 2, 3], problem.gradient(grid[:, 2, 3]), rtol=1e-12)

    def test_loss_is_a_float(self, problem):
        assert type(problem.loss([0, 0, 0])) is float and type(problem.lipschitz()) is float

    def test_float64_data_are_neither_copied_nor_changed(self, problem):
        assert type(problem)(problem.X, problem.y).X is problem.X

    def test_a_wrong_number_of_weights_is_refused(self, problem):
        for ask in (problem.loss, problem.gradient):
            with pytest.raises(
                ValueError, match=r"w has shape \(2,\), but X has 3 columns: w must be \(3,\)"
            ):
                ask(np.zeros(2))


def test_lipschitz_is_the_largest_curvature():
    """Of least squares everywhere; of logistic regression at 0, where every p is 1/2; by differences."""

    def hessian(problem, w, h=1e-5):
        return np.array(
            [(problem.gradient(w + h * e) - problem.gradient(w - h * e)) / (2 * h) for e in np.eye(3)]
        )

    for problem in (LinearRegression(X, TARGET), LogisticRegression(X, LABELS)):
        largest = np.linalg.eigvalsh(hessian(problem, np.zeros(3)))[-1]
        assert problem.lipschitz() == pytest.approx(largest, rel=1e-6)
    away = np.linalg.eigvalsh(hessian(problem, np.array([1.0, -2.0, 0.5])))[-1]
    assert away < problem.lipschitz()


def test_logistic_regression_survives_scores_of_any_size():
    problem = LogisticRegression([[1000.0], [-1000.0]], [1, 0])
    assert problem.loss([1.0]) == 0 and problem.loss([-1.0]) == 1000
    np.testing.assert_array_equal(problem.gradient([1.0]), [0])
    np.testing.assert_array_equal(problem.gradient([-1.0]), [-1000])


@given(st.floats(-5, 5), st.sampled_from([0.5, 2.0, -1.0]))
def test_gradient_check_finds_a_wrong_factor_and_a_wrong_sign(w, factor):
    right = Landscape(lambda w: w[0] ** 2, lambda w: 2 * w)
    wrong = Landscape(lambda w: w[0] ** 2, lambda w: factor * 2 * w)
    assert gradient_check(right, w) < 1e-9
    if abs(w) > 0.01:
        assert gradient_check(wrong, w) == pytest.approx({0.5: 0.5, 2.0: 0.5, -1.0: 2.0}[factor], rel=1e-6)


def test_gradient_check_names_the_worst_weight_and_refuses_a_wrong_shape():
    one_wrong = Landscape(lambda w: w[0] ** 2 + 1e-6 * w[1] ** 2, lambda w: np.stack([2 * w[0], 3e-6 * w[1]]))
    assert gradient_check(one_wrong, [1.0, 1.0]) == pytest.approx(1 / 3, rel=1e-6)
    with pytest.raises(ValueError, match=r"the gradient has shape \(\)"):
        gradient_check(Landscape(lambda w: w[0] ** 2, lambda w: 2 * w[0]), 1.0)


NAN = np.array([[0.0, 1.0], [2.0, np.nan]])
REFUSED = [
    (
        lambda: LinearRegression(NAN, [0, 1]),
        ValueError,
        "X holds nan at row 1, column 1; every entry must be finite",
    ),
    (lambda: LinearRegression(np.eye(2), [0, -np.inf]), ValueError, "y holds -inf at position 1"),
    (lambda: LinearRegression(np.zeros((2, 2, 2)) + np.nan, [0, 1]), ValueError, "X holds nan"),
    (lambda: LinearRegression([1, 2, 3], [1, 2, 3]), ValueError, r"X has shape \(3,\).*X.reshape\(-1, 1\)"),
    (lambda: LinearRegression(np.zeros((2, 2, 2)), [0, 1]), ValueError, r"X has shape \(2, 2, 2\)"),
    (
        lambda: LinearRegression(np.zeros((0, 2)), []),
        ValueError,
        "an empty data set has nothing to learn from",
    ),
    (
        lambda: LinearRegression(np.zeros((2, 0)), [0, 1]),
        ValueError,
        r"X has shape \(2, 0\): an empty data set",
    ),
    (
        lambda: LinearRegression(np.eye(2), [[0], [1]]),
        ValueError,
        r"y has shape \(2, 1\).*\(2,\); write y.ravel\(\)",
    ),
    (
        lambda: LinearRegression(np.eye(2), np.eye(2)),
        ValueError,
        r"y has shape \(2, 2\), but must be \(n,\) = \(2,\)$",
    ),
    (lambda: LinearRegression(np.eye(2), [0, 1, 2]), ValueError, "X has 2 rows, but y has 3 entries"),
    (lambda: LinearRegression([[1, 2], [3]], [0, 1]), TypeError, "X must hold real numbers in equal rows"),
    (lambda: LinearRegression(np.eye(2) * 1j, [0, 1]), TypeError, "X must hold real numbers"),
    (
        lambda: LinearRegression(np.eye(2), ["a", "b"]),
        TypeError,
        r"y must hold real numbers in equal rows, not \['a', 'b'\]",
    ),
    (
        lambda: LogisticRegression(np.eye(3), [0, 1, 2]),
        ValueError,
        r"y\[2\] is 2; every label must be 0 or 1",
    ),
    (lambda: LogisticRegression(np.eye(2), [-1, 1]), ValueError, r"y\[0\] is -1"),
    (lambda: Landscape(3, abs), TypeError, "loss must be a function of w, not 3"),
    (lambda: Landscape(abs, None), TypeError, "gradient must be a function of w, not None"),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED)
def test_bad_data_are_refused_with_their_place(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_large_array_is_not_printed_whole():
    with pytest.raises(TypeError) as refusal:
        LinearRegression([["x" * 50] * 50], [0])
    assert len(str(refusal.value)) < 140


def test_integer_data_stay_as_they_are():
    whole = np.array([[1, 2], [3, 4]])
    problem = LinearRegression(whole, [1, 0])
    assert problem.X.dtype == float and whole.dtype.kind == "i"
    assert gdlib.batch_gd(problem, 0 * problem.X[0], 0.01, 2).weights.shape == (3, 2)


def test_curvature_of_a_landscape_is_that_of_its_second_derivatives():
    H = np.array([[2.0, 1.0], [1.0, 10.0]])
    bowl = Landscape(
        lambda w: np.einsum("i...,ij,j...->...", w, H, w) / 2,
        lambda w: np.tensordot(H, w, 1),
        window=[(-1, 1)] * 2,
    )
    expected = np.linalg.eigvalsh(H)[-1]
    np.testing.assert_allclose(bowl.curvature(np.ones((2, 3, 4))), np.full((3, 4), expected), rtol=1e-9)
    assert bowl.lipschitz() == pytest.approx(expected, rel=1e-9)
    quartic = Landscape(lambda w: w[0] ** 4, lambda w: 4 * w**3, window=[(-2, 1)])
    assert quartic.curvature([1.5]) == pytest.approx(27, rel=1e-8)
    assert quartic.lipschitz() == pytest.approx(48, rel=1e-8)  # 12 w^2, at the window's far end
    with pytest.raises(ValueError, match="has no window"):
        Landscape(lambda w: w[0], lambda w: w).lipschitz()
