"""What is to be made small: a loss with its gradient, on a landscape or on data.

A problem has three things, and descent asks for nothing else: `n`, the number of its rows;
`loss(w)`; and `gradient(w, rows)`, the slope as those rows see it.
"""

import numpy as np

from gdlib import checks

#: from so many entries on X is larger than a cache, and one pass on all cores beats two products
LARGE = 2**21


class Landscape:
    """A curve or a surface, given by its loss and its gradient.

    Args:
        loss: function of w, (d, ...) -> (...). d = 1 is a curve.
        gradient: function of w, (d, ...) -> (d, ...), the slope along each weight.
        minima: known minima, (k, d), or None.
        window: the part worth looking at, a (low, high) for each weight, or None.

    Both functions are written over the first axis (`w[0]`, `w[1]`, ...), so that one call
    answers for a point, a whole grid or all the paths of a sweep.

    >>> valley = Landscape(lambda w: w[0] ** 2, lambda w: 2 * w)
    >>> valley.gradient(np.array([3.0]))
    array([6.])
    """

    n = 1  # a landscape is one row: every step sees all of it

    def __init__(self, loss, gradient, *, minima=None, window=None):
        for name, function in (("loss", loss), ("gradient", gradient)):
            if not callable(function):
                raise TypeError(f"{name} must be a function of w, not {function!r}")
        self._loss, self._gradient = loss, gradient
        self.minima = None if minima is None else np.array(minima, dtype=float, ndmin=2)
        self.window = window

    def loss(self, w):
        """Height at w, (d, ...) -> (...)."""
        return self._loss(np.asarray(w, dtype=float))

    def gradient(self, w, rows=None):
        """Slope at w, (d, ...) -> (d, ...); `rows` makes no difference."""
        return np.asarray(self._gradient(np.asarray(w, dtype=float)))

    def curvature(self, w):
        """Largest curvature at w, (d, ...) -> (...), in loss per weight squared.

        It is the largest eigenvalue of the second derivatives, by central differences of the gradient.
        """
        w, h = np.asarray(w, dtype=float), 1e-5
        aside = h * np.eye(len(w)).reshape(len(w), len(w), *[1] * (w.ndim - 1))
        second = [(self.gradient(w + step) - self.gradient(w - step)) / (2 * h) for step in aside]
        return np.linalg.eigvalsh(np.moveaxis(second, (0, 1), (-2, -1)))[..., -1]

    def lipschitz(self):
        """Largest curvature L in the window, in loss per weight squared, looked for on a grid.

        Raises:
            ValueError: without a window, for the curvature may have no end.
        """
        if self.window is None:
            raise ValueError(
                "the landscape has no window, and L is the largest curvature there: give window="
            )
        return float(
            self.curvature(np.stack(np.meshgrid(*(np.linspace(*side, 121) for side in self.window)))).max()
        )


class _Regression:
    """Data and a loss that is a mean over its rows.

    The products below are written with w transposed, so that they also hold for many w at once:
    (d,) gives (n,), and (d, m), a sweep of m paths, gives (m, n).
    """

    def __init__(self, X, y):
        self.X, self.y = checks.data(X, y)
        self.n, self.d = self.X.shape

    def _scores(self, w, X):
        w = np.asarray(w, dtype=float)
        if w.ndim == 0 or len(w) != self.d:
            raise ValueError(f"w has shape {w.shape}, but X has {self.d} columns: w must be ({self.d},)")
        return w.T @ X.T

    def gradient(self, w, rows=None):
        """Gradient of the mean loss over `rows` (all of them if None), (d,)."""
        if rows is None and self.X.size >= LARGE and np.ndim(w) == 1:
            return self._gradient_in_one_pass(w)
        X, y = (self.X, self.y) if rows is None else (self.X[rows], self.y[rows])
        error = self._predict(self._scores(w, X)) - y
        return self.factor / len(y) * (error @ X).T

    def suits_kernel(self, whole):
        """Whether descend may run its compiled copy of `gradient`.

        Not where a subclass has one of its own; and whole batches of a large X are best left
        to `gradient` itself, which then works on all cores.
        """
        return type(self).gradient is _Regression.gradient and not (whole and self.X.size >= LARGE)

    def _gradient_in_one_pass(self, w):
        from gdlib import kernel  # loads Numba

        w = np.ascontiguousarray(w, dtype=float)
        self._scores(w, self.X[:1])  # refuses a wrong shape
        return kernel.gradient(self, w) if kernel.COMPILED else self.gradient(w, slice(None))

    def _largest_eigenvalue(self):
        return float(np.linalg.eigvalsh(self.X.T @ self.X)[-1]) / self.n


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

    def loss(self, w):
        """Mean squared error at w, a float; for w (d, ...) an array (...)."""
        loss = np.mean((self._scores(w, self.X) - self.y) ** 2, axis=-1).T
        return float(loss) if loss.ndim == 0 else loss

    def lipschitz(self):
        """Largest curvature L, in loss per weight squared: 2 lambda_max(X'X) / n."""
        return 2 * self._largest_eigenvalue()

    def compressed(self):
        """The same gradient everywhere from at most d rows, by X = QR; the loss is less by a constant.

        Worth it where many gradients are needed: a sweep over n = 442, d = 11 costs 1/40.
        """
        Q, R = np.linalg.qr(self.X)
        scale = np.sqrt(len(R) / self.n)
        return LinearRegression(R * scale, Q.T @ self.y * scale)

    def minimiser(self):
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

    def __init__(self, X, y):
        super().__init__(X, y)
        checks.labels(self.y)

    @staticmethod
    def _predict(scores):
        return 0.5 + 0.5 * np.tanh(0.5 * scores)  # 1 / (1 + exp(-z)), but it cannot overflow

    def loss(self, w):
        """Mean log loss at w, a float, in nats; for w (d, ...) an array (...)."""
        scores = self._scores(w, self.X)
        loss = np.mean(np.logaddexp(0, scores) - self.y * scores, axis=-1).T
        return float(loss) if loss.ndim == 0 else loss

    def lipschitz(self):
        """Bound L on the curvature, reached where every p is 1/2: lambda_max(X'X) / 4n."""
        return self._largest_eigenvalue() / 4


def gradient_check(problem, w):
    """Worst relative error of problem.gradient at w against central differences.

    A right gradient gives about 1e-9 or less; a missing factor 2 gives 0.5, a wrong sign 2.

    Args:
        problem: anything with loss(w) and gradient(w).
        w: where to look, a number or (d,).

    Returns:
        float, the largest over j of |gradient_j - difference_j|, relative to the larger of the two.
        Where both are zero, as at a minimum, it is relative to the slope one h further on.

    Source: the five-point stencil, Abramowitz and Stegun (1964), 25.3.6.
    """
    w = np.array(checks.array(w, "w"), ndmin=1)
    gradient, worst = problem.gradient(w), 0.0
    if np.shape(gradient) != w.shape:
        raise ValueError(
            f"the gradient has shape {np.shape(gradient)}, but w has {w.shape}; they must be equal"
        )
    for j in range(len(w)):
        # The error of the stencil falls with h^4 and rounding grows with 1/h: epsilon^(1/5) balances them.
        h = np.finfo(float).eps ** 0.2 * max(1.0, abs(w[j]))
        far_below, below, here, above, far_above = (
            problem.loss(w + k * h * (np.arange(len(w)) == j)) for k in (-2, -1, 0, 1, 2)
        )
        difference = (far_below - 8 * below + 8 * above - far_above) / (12 * h)
        nearby = abs(above - 2 * here + below) / h
        scale = max(abs(gradient[j]), abs(difference), nearby, np.finfo(float).tiny)
        worst = max(worst, float(abs(gradient[j] - difference) / scale))
    return worst
