"""Notebook 07: other ways to write what is right are accepted, other mistakes refused without a name."""

import numpy as np
import pytest
from exercise_answers import judged

from gdlib import rules
from gdlib.exercises import check

pytestmark = pytest.mark.usefixtures("own_folder")


def adagrad_in_place(gradient, total, step):
    if total is None:
        total = np.zeros_like(gradient)
    total += gradient**2
    return gradient / (total**0.5 + 1e-10), total


def adagrad_by_list(gradient, seen, step):
    seen = [*(seen or []), gradient]
    return gradient / (np.linalg.norm(seen, axis=0) + 1e-10), seen


def adagrad_cube_root(gradient, total, step):
    total = gradient**2 if total is None else total + gradient**2
    return gradient / (np.cbrt(total) + 1e-10), total


def adagrad_from_one(gradient, total, step):
    total = 1 + gradient**2 if total is None else total + gradient**2
    return gradient / np.sqrt(total), total


def adam_by_dict(gradient, memory, step):
    memory = memory or {"m": 0 * gradient, "v": 0 * gradient}
    memory["m"] = 0.9 * memory["m"] + (1 - 0.9) * gradient
    memory["v"] = 0.999 * memory["v"] + (1 - 0.999) * gradient * gradient
    m_hat, v_hat = memory["m"] / (1 - 0.9 ** (step + 1)), memory["v"] / (1 - 0.999 ** (step + 1))
    return m_hat / (v_hat**0.5 + 1e-8), memory


def adam_nesterov(gradient, means, step):
    direction, (m, v) = rules.adam()(gradient, means, step)
    return 0.9 * direction + 0.1 * gradient / (np.sqrt(v) + 1e-8), (m, v)


def adam_counts_from_two(gradient, means, step):
    m, v = rules.adam()(gradient, means, step)[1]
    m_hat, v_hat = m / (1 - 0.9 ** (step + 2)), v / (1 - 0.999 ** (step + 2))
    return m_hat / (np.sqrt(v_hat) + 1e-8), (m, v)


def adam_without_a_zero(gradient, means, step):
    m, v = rules.adam()(gradient, means, step)[1]
    return m / (1 - 0.9**step) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8), (m, v)


def decay_first(w, gradient, memory, t, rule, rate, decay):
    direction, memory = rule(gradient(w), memory, t)
    w = w * (1 - rate * decay)
    return w - rate * direction, memory


def decay_in_place(w, gradient, memory, t, rule, rate, decay):
    direction, memory = rule(gradient(w), memory, t)
    w -= rate * (direction + decay * w)
    return [w, memory]


def decay_doubled(w, gradient, memory, t, rule, rate, decay):
    direction, memory = rule(gradient(w), memory, t)
    return w - rate * (direction + 2 * decay * w), memory


def decay_before_the_slope(w, gradient, memory, t, rule, rate, decay):
    w = w * (1 - rate * decay)
    direction, memory = rule(gradient(w), memory, t)
    return w - rate * direction, memory


def clip_by_share(g, most):
    return g * min(1, most / np.linalg.norm(g))


def clip_in_a_loop(g, most):
    length = sum(each**2 for each in g) ** 0.5
    return np.array([each / max(1, length / most) for each in g])


def clip_soft(g, most):
    return g / (1 + np.linalg.norm(g) / most)


def clip_twice(g, most):
    return clip_by_share(g, most / 2)


@pytest.mark.parametrize(
    ("name", "answer", "right"),
    [
        ("07 adagrad", adagrad_in_place, True),
        ("07 adagrad", adagrad_by_list, True),
        ("07 adagrad", rules.adagrad(), True),
        ("07 adagrad", adagrad_cube_root, False),
        ("07 adagrad", adagrad_from_one, False),
        ("07 adagrad", rules.momentum(), False),
        ("07 adam", adam_by_dict, True),
        ("07 adam", rules.adam(), True),
        ("07 adam", adam_nesterov, False),
        ("07 adam", adam_counts_from_two, False),
        ("07 first step", 3.16, True),
        ("07 first step", 0.1 / np.sqrt(0.001), True),
        ("07 first step", np.float32(10**0.5), True),
        ("07 first step", np.float32(3.1623), True),
        ("07 first step", np.float32(3.1624), False),
        ("07 first step", 3.0, False),
        ("07 first step", 10, False),
        ("07 clip", clip_by_share, True),
        ("07 clip", clip_in_a_loop, True),
        ("07 clip", clip_soft, False),
        ("07 clip", clip_twice, False),
        ("07 decay outside", decay_first, True),
        ("07 decay outside", decay_in_place, True),
        ("07 decay outside", decay_doubled, False),
        ("07 decay outside", decay_before_the_slope, False),
        ("07 hundredth step", 0.02, True),
        ("07 hundredth step", 0.2 / np.sqrt(100), True),
        ("07 hundredth step", np.float32(0.2) / np.float32(10), True),
        ("07 hundredth step", 0.05, False),
        ("07 hundredth step", 0.018, False),
    ],
)
def test_other_answers(name, answer, right):
    judged(answer, name, right)


@pytest.mark.parametrize(
    ("name", "answer", "told"),
    [
        ("07 adam", adam_without_a_zero, "divided by zero"),
        ("07 adagrad", lambda gradient, total, step: gradient, "two things are to be given back"),
        ("07 decay outside", lambda w, *others: w, "two things are to be given back"),
    ],
)
def test_what_gives_no_path_is_told(name, answer, told):
    report = check(answer, name)
    assert not report.right and report.attempted and told in str(report)


def adagrad_without_epsilon(gradient, total, step):
    total = gradient**2 if total is None else total + gradient**2
    return np.divide(gradient, total**0.5, out=0 * gradient, where=total > 0), total


def adam_with_a_floor(gradient, means, step):
    m, v = rules.adam()(gradient, means, step)[1]
    m_hat, v_hat = m / (1 - 0.9 ** (step + 1)), v / (1 - 0.999 ** (step + 1))
    return m_hat / np.maximum(np.sqrt(v_hat), 1e-8), (m, v)


@pytest.mark.parametrize(
    ("name", "answer"), [("07 adagrad", adagrad_without_epsilon), ("07 adam", adam_with_a_floor)]
)
def test_an_epsilon_that_is_missing_is_asked_for(name, answer):
    judged(answer, name, right=False)
    assert "Is ε added to the root" in str(check(answer, name))
