"""Notebook 06: other ways to write what is right are accepted, other mistakes refused without a name."""

import numpy as np
import pytest
from exercise_answers import judged

from gdlib import LinearRegression, descend, rules
from gdlib.exercises import check
from gdlib.exercises.catalogue.three_libraries import adam_step

torch = pytest.importorskip("torch")


pytestmark = pytest.mark.usefixtures("own_folder")


def as_generator(X, y, w, learning_rate, batches):
    X, y, w = torch.tensor(X), torch.tensor(y), torch.tensor(w, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=learning_rate)
    yield w.detach().clone()
    for rows in batches:
        loss = torch.nn.functional.mse_loss(X[rows] @ w, y[rows])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        yield w.clone()


def without_optimizer(X, y, w, learning_rate, batches):
    X, y, path = torch.from_numpy(X), torch.from_numpy(y), [torch.from_numpy(w)]
    for rows in batches:
        w = path[-1].detach().requires_grad_()
        (gradient,) = torch.autograd.grad(((X[rows] @ w - y[rows]) ** 2).mean(), w)
        path.append(w - learning_rate * gradient)
    return torch.stack(path)


def by_gdlib(X, y, w, learning_rate, batches):
    return descend(LinearRegression(X, y), w, learning_rate, batches).weights


def absolute(X, y, w, learning_rate, batches):
    X, y, w = torch.tensor(X), torch.tensor(y), torch.tensor(w, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=learning_rate)
    path = [w.detach().clone()]
    for rows in batches:
        optimizer.zero_grad()
        (X[rows] @ w - y[rows]).abs().mean().backward()
        optimizer.step()
        path.append(w.detach().clone())
    return path


def first_batch_left_out(X, y, w, learning_rate, batches):
    return by_gdlib(X, y, w, learning_rate, batches[1:])


def mixed(X, y, w, learning_rate, batches):
    return torch.tensor(X) @ torch.tensor(w, dtype=torch.float32)


def single_by_hand(X, y, w, learning_rate, batches):
    X, y, path = X.astype(np.float32), y.astype(np.float32), [w.astype(np.float32)]
    for rows in batches:
        error = X[rows] @ path[-1] - y[rows]
        path.append(path[-1] - np.float32(2 * learning_rate / len(rows)) * (error @ X[rows]))
    return path


def adam_lerp(w, g, m, v, t, learning_rate, beta1, beta2, epsilon):
    m, v = m + (1 - beta1) * (g - m), v - (1 - beta2) * (v - g * g)
    root = np.sqrt(v) / np.sqrt(1 - beta2**t) + epsilon
    return [w - learning_rate / (1 - beta1**t) * m / root, m, v]


def adam_by_torch(w, g, m, v, t, learning_rate, beta1, beta2, epsilon):
    weights = torch.tensor(w, requires_grad=True)
    weights.grad = torch.tensor(g)
    optimizer = torch.optim.Adam([weights], lr=learning_rate, betas=(beta1, beta2), eps=epsilon)
    state = {"step": torch.tensor(t - 1.0), "exp_avg": torch.tensor(m), "exp_avg_sq": torch.tensor(v)}
    optimizer.state[weights] = state
    optimizer.step()
    return weights, state["exp_avg"], state["exp_avg_sq"]


def adam_in_place(w, g, m, v, t, learning_rate, beta1, beta2, epsilon):
    m *= beta1
    m += (1 - beta1) * g
    return adam_step(w, g, (m - (1 - beta1) * g) / beta1, v, t, learning_rate, beta1, beta2, epsilon)


def only_weights(*given):
    return adam_step(*given)[0]


@pytest.mark.parametrize(
    ("name", "answer", "right"),
    [
        ("06 torch loop", as_generator, True),
        ("06 torch loop", without_optimizer, True),
        ("06 torch loop", by_gdlib, True),
        ("06 torch loop", absolute, False),
        ("06 torch loop", first_batch_left_out, False),
        ("06 torch loop", mixed, False),
        ("06 torch loop", lambda X, y, w, learning_rate, batches: [w] * 3, False),
        ("06 torch loop", lambda X, y, w, learning_rate, batches: w, False),
        ("06 adam step", adam_lerp, True),
        ("06 adam step", adam_by_torch, True),
        ("06 adam step", adam_in_place, False),
        ("06 adam step", only_weights, False),
        ("06 forgotten mean", 0.032, True),
        ("06 forgotten mean", 4 / 125, True),
        ("06 forgotten mean", 0.03, False),
        ("06 forgotten mean", 0.033, False),
        ("06 whole rate", float(np.float32(0.01)), True),
        ("06 whole rate", 11 / 1024, True),
        ("06 whole rate", "5/512", False),
        ("06 whole rate", float("nan"), False),
        ("06 rolling on", 9.1, True),
        ("06 rolling on", 91 / 10, True),
        ("06 rolling on", 9.2, False),
        ("06 rolling on", 0.91, False),
    ],
)
def test_other_answers(name, answer, right):
    judged(answer, name, right)


def test_float32_is_named_however_it_is_summed():
    assert check(single_by_hand, "06 torch loop").mistake == "float32"


def test_the_step_is_that_of_gdlib():
    w, rule, memory = np.array([1.0, -2.0]), rules.adam(0.8, 0.9, 0.1), None
    mine, m, v = w, 0 * w, 0 * w
    for t in range(3):
        g = np.array([0.3, -0.1]) * (t + 1)
        mine, m, v = adam_step(mine, g, m, v, t + 1, 0.5, 0.8, 0.9, 0.1)
        direction, memory = rule(g, memory, t)
        w = w - 0.5 * direction
    np.testing.assert_allclose(mine, w, rtol=1e-12)
