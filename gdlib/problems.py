"""What is to be made small: a loss with its gradient, on a landscape or on data.

A problem has three things, and descent asks for nothing else: `n`, the number of its rows;
`loss(w)`; and `gradient(w, rows)`, the gradient as those rows see it. `Problem` says it in full.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from gdlib import checks
from gdlib.many import Many

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

#: from so many entries on X is larger than a cache, and one pass on all cores beats two products
LARGE = 2**21
#: the methods of a regression that say what it predicts
PREDICTIONS = ("_predict", "_scores")


class Problem(Protocol):
    """What every problem has, ours or a reader's own.

    It is asked for one w (d,) at a time, and gets copies: what a method does to its arguments stays
    there. A gradient that is too large for a float may be infinite, or raise OverflowError.

    A problem may know more of itself, and whoever finds it there makes use of it:
        lipschitz() -> float: the largest curvature L. The explorer marks the rate 2/L.
        minimiser() -> (d,): where the loss is least. The explorer counts losses from there.
        minima: known minima, (k, d), or None. The explorer counts from the least of them.
        window: ((low, high), ...), the part worth looking at, or None. The explorer shows it.
        curvature(w) -> float: the largest at w. The explorer's mark, where there are minima.

    An heir of ours that has a loss or gradient of its own should say these anew; it isn't asked for
    those of its parent, which would be of another loss.
    """

    n: int

    def loss(self, w: np.ndarray) -> float:
        """The loss at w, over all the rows."""

    def gradient(self, w: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
        """The gradient at w, (d,), over `rows` (row numbers); over all of them where it is None."""


class Landscape:
    """A curve or a surface, given by its loss and its gradient.

    Args:
        loss: function of w, (d, ...) -> (...). d = 1 is a curve.
        gradient: function of w, (d, ...) -> (d, ...), the partial derivatives, one for each weight.
        minima: known minima, (k, d), or None.
        window: the part worth looking at, a (low, high) for each weight, or None.

    Written over the first axis (`w[0]`, `w[1]`, ...) and with NumPy's functions, both answer in one call
    for a point, a whole grid or all the paths of a sweep. That is tried once; functions that take one w
    alone (`math.sin(w[0])`) are asked point by point.

    >>> valley = Landscape(lambda w: w[0] ** 2, lambda w: 2 * w)
    >>> valley.gradient(np.array([3.0]))
    array([6.])
    """

    n = 1  # a landscape is one row: every step sees all of it

    def __init__(
        self,
        loss: Callable[[np.ndarray], np.ndarray],
        gradient: Callable[[np.ndarray], np.ndarray],
        *,
        minima: ArrayLike | None = None,
        window: Sequence[tuple[float, float]] | None = None,
    ):
        self._height = Many(checks.function(loss, "loss", "w"), slopes=False)
        self._slopes = Many(checks.function(gradient, "gradient", "w"), slopes=True)
        self.minima = None if minima is None else checks.minima(minima)
        self.window = None if window is None else checks.window(window)
        self._d = checks.same_weights(self.minima, self.window)

    def loss(self, w: ArrayLike) -> np.ndarray:
        """Height at w, (d, ...) -> (...)."""
        return self._height(checks.weights(w, self._d, f"this landscape has {self._d} weights"))

    def gradient(self, w: ArrayLike, rows: None = None) -> np.ndarray:
        """Slope along each weight at w, (d, ...) -> (d, ...); `rows` makes no difference: there is one."""
        if rows is not None:
            checks.rows(rows, self.n, "rows")
        return self._slopes(checks.weights(w, self._d, f"this landscape has {self._d} weights"))

    def _gradient(self, w, rows):
        return self._slopes(w)

    def curvature(self, w: ArrayLike) -> np.ndarray:
        """Largest curvature at w, (d, ...) -> (...), in loss per weight squared.

        It is the largest eigenvalue of the second derivatives, by central differences of the gradient.
        """
        w, h = checks.weights(w, self._d, f"this landscape has {self._d} weights"), 1e-5
        aside = h * np.eye(len(w)).reshape(len(w), len(w), *[1] * (w.ndim - 1))
        with np.errstate(all="ignore"):
            second = [(self.gradient(w + step) - self.gradient(w - step)) / (2 * h) for step in aside]
        return largest_eigenvalue(np.moveaxis(second, (0, 1), (-2, -1)))

    def lipschitz(self) -> float:
        """Largest curvature L in the window, in loss per weight squared, looked for on a grid.

        Raises:
            ValueError: without a window, for the curvature may have no end.
        """
        if self.window is None:
            raise ValueError(
                "the landscape has no window, and L is the largest curvature there: give window="
            )
        if len(self.window) > 3:
            raise ValueError(f"a grid over {len(self.window)} weights is too large; L is looked for up to 3")
        with np.errstate(all="ignore"):
            sides = [np.linspace(*side, 121) for side in self.window]
            return float(self.curvature(np.stack(np.meshgrid(*sides))).max())


def largest_eigenvalue(matrices):
    """Of symmetric matrices (..., d, d): (...); where one is not finite, infinity."""
    finite = np.isfinite(matrices).all(axis=(-2, -1))
    eigenvalues = np.linalg.eigvalsh(np.where(finite[..., None, None], matrices, 0.0))
    return np.where(finite, eigenvalues[..., -1], np.inf)


class _Regression:
    """Data and a loss that is a mean over its rows.

    The products below are written with w transposed, so that they also hold for many w at once:
    (d,) gives (n,), and (d, m), a sweep of m paths, gives (m, n).
    """

    def __init__(self, X: ArrayLike, y: ArrayLike):
        self.X, self.y = checks.data(X, y)

    @property
    def n(self) -> int:
        """How many rows."""
        return self.X.shape[0]

    @property
    def d(self) -> int:
        """How many weights."""
        return self.X.shape[1]

    def _scores(self, w, X):
        return w.T @ X.T

    def gradient(self, w: ArrayLike, rows: ArrayLike | None = None) -> np.ndarray:
        """Gradient of the mean loss over `rows` (all of them if None), (d,)."""
        rows = None if rows is None else checks.rows(rows, self.n, "rows")
        with np.errstate(all="ignore"):
            return self._gradient(self._weights(w), rows)

    def _gradient(self, w, rows):
        if rows is None and self.X.size >= LARGE and w.ndim == 1 and self._predicts_as_compiled():
            from gdlib import kernel  # loads Numba

            if kernel.COMPILED:
                return kernel.gradient(self, w)
        X, y = (self.X, self.y) if rows is None else (self.X[rows], self.y[rows])
        error = self._predict(self._scores(w, X)) - y
        return self.factor / len(y) * (error @ X).T

    def _predicts_as_compiled(self):
        """Whether kernel.gradient was written for its predictions."""
        replaced = any(name in vars(self) for name in PREDICTIONS)
        return type(self) in (LinearRegression, LogisticRegression) and not replaced

    def _weights(self, w):
        return checks.weights(w, self.d, f"X has {self.d} columns")

    def _largest_eigenvalue(self):
        with np.errstate(all="ignore"):
            return float(largest_eigenvalue(self.X.T @ self.X)) / self.n


class LinearRegression(_Regression):
    """Least squares: the mean of the squared errors, with no factor 1/2.

    loss(w) = 1/n sum (x_i . w - y_i)^2,   gradient(w) = 2/n sum (x_i . w - y_i) x_i

    Args:
        X: (n, d), used as given: for an intercept, give X a column of ones.
        y: (n,).

    Raises:
        ValueError, TypeError: a wrong shape, an empty data set, NaN or infinity, with its place.

    X and y are not copied where they are float64 already, and never changed.
    """

    factor, logistic = 2.0, False  # for the kernel: gradient = factor/n sum (prediction - y) x

    @staticmethod
    def _predict(scores):
        return scores

    def loss(self, w: ArrayLike) -> float:
        """Mean squared error at w, a float; for w (d, ...) an array (...)."""
        with np.errstate(all="ignore"):
            loss = np.mean((self._scores(self._weights(w), self.X) - self.y) ** 2, axis=-1).T
        return float(loss) if loss.ndim == 0 else loss

    def lipschitz(self) -> float:
        """Largest curvature L, in loss per weight squared: 2 lambda_max(X'X) / n."""
        return 2 * self._largest_eigenvalue()

    def minimiser(self) -> np.ndarray:
        """The w of least loss, (d,); of least length where several are (by SVD)."""
        return np.linalg.lstsq(self.X, self.y)[0]


class LogisticRegression(_Regression):
    """Two classes: the mean log loss of p_i = 1 / (1 + exp(-x_i . w)).

    loss(w) = -1/n sum [y_i log p_i + (1 - y_i) log(1 - p_i)],   gradient(w) = 1/n sum (p_i - y_i) x_i

    Args:
        X: (n, d), used as given: for an intercept, give X a column of ones.
        y: (n,), each 0 or 1.

    Raises:
        ValueError, TypeError: as LinearRegression, and for a label outside {0, 1}.
    """

    factor, logistic = 1.0, True

    def __init__(self, X: ArrayLike, y: ArrayLike):
        super().__init__(X, y)
        checks.labels(self.y)

    @staticmethod
    def _predict(scores):
        """1 / (1 + exp(-z)), by tanh, which can't overflow; far below 0 that one would lose all digits."""
        return np.where(scores < -10, 1 / (1 + np.exp(-scores)), 0.5 + 0.5 * np.tanh(0.5 * scores))

    def loss(self, w: ArrayLike) -> float:
        """Mean log loss at w, a float, in nats; for w (d, ...) an array (...)."""
        with np.errstate(all="ignore"):
            wrong = (1 - 2 * self.y) * self._scores(self._weights(w), self.X)  # the score for the other class
            loss = np.mean(np.logaddexp(0, wrong), axis=-1).T
        return float(loss) if loss.ndim == 0 else loss

    def lipschitz(self) -> float:
        """Bound L on the curvature, reached where every p is 1/2: lambda_max(X'X) / 4n."""
        return self._largest_eigenvalue() / 4


def gradient_check(problem: Problem, w: ArrayLike) -> float:
    """Worst relative error of problem.gradient at w against central differences.

    A right gradient gives about 1e-9 or less; a missing factor 2 gives 0.5, a wrong sign 2.

    Args:
        problem: anything with n, loss(w) and gradient(w, rows).
        w: where to look, a number or (d,).

    Returns:
        float, the largest over j of |gradient_j - difference_j|, relative to the larger of the two.
        Where both are zero, as at a minimum, it is relative to the derivative one h further on.

    Source: the five-point stencil, Abramowitz and Stegun (1964), 25.3.6.

    >>> wrong = Landscape(lambda w: w[0] ** 2, lambda w: w)  # the 2 is missing
    >>> round(gradient_check(wrong, 3.0), 6)
    0.5
    """
    checks.rows_of(problem)
    w = checks.point(w, "w")
    loss = checks.Loss(problem)
    with np.errstate(all="ignore"):
        gradient = checks.Gradient(problem)(w, None)
        return max((_worst(gradient[j], _differences(loss, w, j)) for j in range(len(w))), default=0.0)


def _differences(loss, w, j):
    """The derivative along w_j by central differences, and how much it changes one h further on."""
    # The error of the stencil falls with h^4 and rounding grows with 1/h: epsilon^(1/5) balances them.
    h = np.finfo(float).eps ** 0.2 * max(1.0, abs(w[j]))
    along = np.arange(len(w)) == j
    far_below, below, here, above, far_above = (loss(w + k * h * along) for k in (-2, -1, 0, 1, 2))
    return (far_below - 8 * below + 8 * above - far_above) / (12 * h), abs(above - 2 * here + below) / h


def _worst(slope, differences):
    difference, nearby = differences
    if not np.isfinite([slope, difference, nearby]).all():
        return np.inf
    return float(abs(slope - difference) / max(abs(slope), abs(difference), nearby, np.finfo(float).tiny))
