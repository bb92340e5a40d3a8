"""Where the paths end: scikit-learn's solutions. What the rates are on the way: torch's schedulers."""

import numpy as np
import pytest
from agreement import SAME, largest_difference, needs

import gdlib
from gdlib import datasets, schedules


@pytest.mark.parametrize("load", [datasets.bmi, datasets.diabetes])
@pytest.mark.parametrize("nesterov", [False, True])
def test_linear_regression_ends_at_scikit_learns_solution(load, nesterov):
    linear_model = needs("sklearn.linear_model")
    data = load(standardise=True)
    problem = gdlib.LinearRegression(data.X, data.y)
    solution = linear_model.LinearRegression(fit_intercept=False).fit(data.X, data.y).coef_
    path = gdlib.batch_gd(
        problem, np.zeros(problem.d), 1 / problem.lipschitz(), 3000, momentum=0.95, nesterov=nesterov
    )
    assert largest_difference(solution, path.weights[-1]) <= 1e-10
    assert largest_difference(solution, problem.minimiser()) <= 1e-10


def _logistic():
    linear_model = needs("sklearn.linear_model")
    data = datasets.breast_cancer(standardise=True)
    exact = linear_model.LogisticRegression(
        C=np.inf, fit_intercept=False, solver="newton-cholesky", tol=1e-10
    )
    return gdlib.LogisticRegression(data.X, data.y), exact.fit(data.X, data.y).coef_[0]


@pytest.mark.parametrize("nesterov", [False, True])
def test_logistic_regression_ends_at_scikit_learns_solution(nesterov):
    problem, solution = _logistic()
    path = gdlib.batch_gd(
        problem, np.zeros(problem.d), 1 / problem.lipschitz(), 3000, momentum=0.9, nesterov=nesterov
    )
    assert largest_difference(solution, path.weights[-1]) <= 1e-8


@pytest.mark.parametrize("size", [1, 32])
def test_with_a_falling_rate_single_rows_find_it_too(size):
    """Noise keeps a constant rate from arriving; a rate that falls like 1/step lets it die out."""
    problem, solution = _logistic()
    falling = schedules.inverse_time_decay(0.5, 20 * problem.n / size)
    path = gdlib.minibatch_gd(problem, np.zeros(problem.d), falling, 300, size, rng=0, record_every=10**6)
    assert largest_difference(solution, path.weights[-1]) <= 0.02
    assert problem.loss(path.weights[-1]) <= problem.loss(solution) * (1 + 1e-3)


@pytest.mark.parametrize(
    ("ours", "scheduler", "arguments"),
    [
        (schedules.step_decay(0.1, 7, 0.5), "StepLR", {"step_size": 7, "gamma": 0.5}),
        (schedules.step_decay(0.1, 1, 0.9), "StepLR", {"step_size": 1, "gamma": 0.9}),
        (schedules.exponential_decay(0.1, 0.97), "ExponentialLR", {"gamma": 0.97}),
        (schedules.exponential_decay(0.1, 1.0), "ExponentialLR", {"gamma": 1.0}),
        (schedules.cosine_decay(0.1, 60), "CosineAnnealingLR", {"T_max": 60}),
        (schedules.cosine_decay(0.1, 200), "CosineAnnealingLR", {"T_max": 200}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_schedules_give_torchs_rates(ours, scheduler, arguments):
    torch_rates = needs("torch_paths").torch_rates
    make = getattr(needs("torch").optim.lr_scheduler, scheduler)
    theirs = torch_rates(0.1, 60, lambda optimizer: make(optimizer, **arguments))
    assert largest_difference(theirs, [ours(step) for step in range(60)]) <= SAME


@pytest.mark.parametrize("calls_per_epoch", [1, 5])
def test_torchs_schedulers_count_the_calls_of_step(calls_per_epoch):
    """Notebook 02 says so: after each epoch or after each batch, as it is called; updates do not count."""
    torch = needs("torch")
    w = torch.zeros(1, requires_grad=True)
    w.grad = torch.zeros_like(w)
    optimizer = torch.optim.SGD([w], lr=0.02)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    for _ in range(4):
        for batch in range(5):
            optimizer.step()
            if batch >= 5 - calls_per_epoch:
                scheduler.step()
    halved = 4 * calls_per_epoch // 2  # and 10 times, if it counted the 20 updates
    assert np.isclose(optimizer.param_groups[0]["lr"], 0.02 * 0.5**halved)
