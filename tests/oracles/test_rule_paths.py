"""Every rule of gdlib beside the optimizers of PyTorch and Keras, over 300 mini-batch steps.

Two tables, with rows for each rule and its parameters. PyTorch agrees with all of them. Keras agrees on
SGD; its Adagrad, RMSprop and Adam differ. For these a row says by formula what Keras does, as a rule of
one's own, which must give Keras' path; and how far gdlib's rule is from it, as measured.
"""

from typing import NamedTuple

import numpy as np
import pytest
from agreement import SAME, largest_difference, needs
from test_paths import DATA, PROBLEMS, Any, framework_path, gdlib_paths

import gdlib
from gdlib import rules

REGRESSIONS = ["bmi", "diabetes", "breast_cancer"]


class Row(NamedTuple):
    """A rule, and torch's optimizer that does the same."""

    rule: object
    rate: float
    optimizer: str
    settings: dict


TORCH = {
    "plain": Row(rules.momentum(0.0), 0.01, "SGD", {}),
    "momentum": Row(rules.momentum(), 0.01, "SGD", {"momentum": 0.9}),
    "momentum, other": Row(rules.momentum(0.3), 0.05, "SGD", {"momentum": 0.3}),
    "nesterov": Row(rules.momentum(nesterov=True), 0.01, "SGD", {"momentum": 0.9, "nesterov": True}),
    "nesterov, other": Row(rules.momentum(0.3, True), 0.05, "SGD", {"momentum": 0.3, "nesterov": True}),
    "adagrad": Row(rules.adagrad(), 0.01, "Adagrad", {}),
    "adagrad, other": Row(rules.adagrad(0.1), 0.5, "Adagrad", {"eps": 0.1}),
    "rmsprop": Row(rules.rmsprop(), 0.01, "RMSprop", {}),
    "rmsprop, other": Row(rules.rmsprop(0.5, 0.1), 0.05, "RMSprop", {"alpha": 0.5, "eps": 0.1}),
    "adam": Row(rules.adam(), 0.01, "Adam", {}),
    "adam, other": Row(rules.adam(0.5, 0.9, 0.1), 0.05, "Adam", {"betas": (0.5, 0.9), "eps": 0.1}),
}


# What Keras does. It keeps some numbers in float32: 0.1 is then another number, 1/2 is not.


def keras_adagrad(epsilon, beginning=0.1):
    """The sum begins at `beginning`, and epsilon stands inside the root: g / sqrt(s + epsilon)."""

    def rule(g, s, step):
        s = (float(np.float32(beginning)) if s is None else s) + g**2
        return g / np.sqrt(s + epsilon), s

    return rule


def keras_rmsprop(rho, epsilon):
    """Epsilon stands inside the root: g / sqrt(v + epsilon)."""

    def rule(g, v, step):
        v = rho * (0.0 if v is None else v) + (1 - rho) * g**2
        return g / np.sqrt(v + epsilon), v

    return rule


def keras_adam(beta1, beta2, epsilon):
    """The means are corrected outside: sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon).

    So epsilon weighs 1 / sqrt(1 - beta2^t) times more: it is the "epsilon hat" below the paper's
    algorithm 1. And the two corrections are made with the betas of float32.
    """
    kept1, kept2 = float(np.float32(beta1)), float(np.float32(beta2))

    def rule(g, means, step):
        m, v = (0.0, 0.0) if means is None else means
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        corrected = np.sqrt(1 - kept2 ** (step + 1)) / (1 - kept1 ** (step + 1))
        return corrected * m / (np.sqrt(v) + epsilon), (m, v)

    return rule


class Keras(NamedTuple):
    """A rule, Keras' optimizer of that name, and what that one does."""

    rule: object
    optimizer: str
    settings: dict
    formula: object = None  # None: what the rule does


MOST, NEARLY = 7 / 8, 1 - 2.0**-10  # float32 holds them
BETAS = {"beta_1": MOST, "beta_2": NEARLY}
ZERO = {"initial_accumulator_value": 0.0}
NONE = 1e-30  # an epsilon too small to matter, wherever it stands
KERAS_RATE = 2.0**-7
KERAS = {
    "plain": Keras(rules.momentum(0.0), "SGD", {}),
    "momentum": Keras(rules.momentum(MOST), "SGD", {"momentum": MOST}),
    "nesterov": Keras(rules.momentum(MOST, True), "SGD", {"momentum": MOST, "nesterov": True}),
    # without epsilon all agree,
    "adagrad": Keras(rules.adagrad(NONE), "Adagrad", {"epsilon": NONE} | ZERO),
    "rmsprop": Keras(rules.rmsprop(MOST, NONE), "RMSprop", {"rho": MOST, "epsilon": NONE}),
    "adam": Keras(rules.adam(MOST, NEARLY, NONE), "Adam", {"epsilon": NONE} | BETAS),
    # with the same epsilon they differ by where it stands,
    "adagrad, 1e-7": Keras(rules.adagrad(1e-7), "Adagrad", ZERO, keras_adagrad(1e-7, 0.0)),
    "adagrad, 1e-3": Keras(
        rules.adagrad(1e-3), "Adagrad", {"epsilon": 1e-3} | ZERO, keras_adagrad(1e-3, 0.0)
    ),
    "rmsprop, 1e-7": Keras(rules.rmsprop(0.9, 1e-7), "RMSprop", {}, keras_rmsprop(0.9, 1e-7)),
    "rmsprop, 1e-3": Keras(rules.rmsprop(0.9, 1e-3), "RMSprop", {"epsilon": 1e-3}, keras_rmsprop(0.9, 1e-3)),
    "adam, 1e-7": Keras(rules.adam(MOST, NEARLY, 1e-7), "Adam", BETAS, keras_adam(MOST, NEARLY, 1e-7)),
    "adam, 1e-3": Keras(
        rules.adam(MOST, NEARLY, 1e-3), "Adam", {"epsilon": 1e-3} | BETAS, keras_adam(MOST, NEARLY, 1e-3)
    ),
    # by what is kept in float32,
    "adam, float32": Keras(rules.adam(epsilon=NONE), "Adam", {"epsilon": NONE}, keras_adam(0.9, 0.999, NONE)),
    # and by their defaults
    "adagrad, defaults": Keras(rules.adagrad(), "Adagrad", {}, keras_adagrad(1e-7)),
    "rmsprop, defaults": Keras(rules.rmsprop(), "RMSprop", {}, keras_rmsprop(0.9, 1e-7)),
    "adam, defaults": Keras(rules.adam(), "Adam", {}, keras_adam(0.9, 0.999, 1e-7)),
}
#: how far gdlib's path and Keras' are apart on each of REGRESSIONS, relative to the largest weight: measured
APART = {
    "adagrad, 1e-7": (5.19e-9, 6.67e-6, 7.12e-8),
    "adagrad, 1e-3": (5.19e-5, 9.28e-3, 6.47e-4),
    "rmsprop, 1e-7": (1.45e-7, 2.13e-4, 1.10e-5),
    "rmsprop, 1e-3": (1.34e-3, 3.29e-2, 7.04e-2),
    "adam, 1e-7": (3.09e-7, 4.52e-6, 5.76e-7),
    "adam, 1e-3": (3.06e-3, 1.04e-2, 5.61e-3),
    "adam, float32": (2.77e-6, 3.49e-6, 3.50e-6),
    "adagrad, defaults": (3.85e-3, 1.51e-2, 2.16e-2),
    "rmsprop, defaults": (3.36e-1, 4.45e-1, 1.52e-1),
    "adam, defaults": (3.12e-6, 4.70e-6, 4.31e-6),
}


@pytest.mark.parametrize("table", [TORCH, KERAS], ids=["torch", "keras"])
def test_no_rule_is_without_a_row(table):
    public = {
        each
        for name, each in vars(rules).items()
        if isinstance(each, type) and each.__module__ == rules.__name__ and not name.startswith("_")
    }
    assert public == set(rules.OURS) == {type(row.rule) for row in table.values()}


@pytest.mark.parametrize("kind", rules.OURS)
def test_no_parameter_is_left_at_its_default(kind):
    ours = [vars(row.rule) for row in TORCH.values() if type(row.rule) is kind]
    for name, default in vars(kind()).items():
        assert {row[name] for row in ours} > {default}, f"{kind.__name__}: no row has another {name}"


@pytest.fixture(scope="module", params=REGRESSIONS)
def run(request):
    """A regression's name and problem, what any framework is given before the rate, and 25 epochs of rows."""
    needs("sklearn")
    model, load = DATA[request.param]
    X, y = load()[:2]
    problem, start = PROBLEMS[model](X, y), np.linspace(-0.5, 0.5, X.shape[1])
    batches = list(gdlib.minibatch_gd(problem, start, 0.01, 25, 32, rng=0).batches)
    assert len(batches) > 300
    return request.param, problem, (model, X, y, start), batches


@pytest.mark.parametrize("name", TORCH)
def test_300_mini_batch_steps_equal_torch(name, run):
    """At everyday rates: PyTorch keeps them in float64, so nothing need be exact in float32."""
    rule, rate, optimizer, settings = TORCH[name]
    _, problem, args, batches = run
    theirs = framework_path("torch", *args, rate, batches, optimizer, **settings)
    for ours in gdlib_paths(problem, args[-1], rate, batches, rule=rule):
        assert largest_difference(theirs, ours) <= SAME
        np.testing.assert_allclose(ours, theirs, rtol=SAME, atol=1e-15)


@pytest.mark.parametrize("name", TORCH)
def test_a_rule_in_a_sweep_is_that_rule_alone(name, run):
    rule, rate = TORCH[name][:2]
    _, problem, (*_, start), _ = run
    for each in (problem, Any(problem)):
        for size in (32, problem.n):
            several = gdlib.sweep(each, start, [rate / 2, rate], 9, batch_size=size, rule=rule, rng=0)
            for path, only in zip(several, [rate / 2, rate], strict=True):
                alone = gdlib.minibatch_gd(each, start, only, 9, size, rule=rule, rng=0).weights
                assert largest_difference(alone, path) <= SAME


@pytest.mark.parametrize("name", KERAS)
def test_300_mini_batch_steps_in_keras_are_its_formula_and_so_far_from_gdlib(name, run):
    rule, optimizer, settings, formula = KERAS[name]
    data, problem, args, batches = run
    theirs = framework_path("keras", *args, KERAS_RATE, batches, optimizer, **settings)
    ours = gdlib.descend(problem, args[-1], KERAS_RATE, batches, rule=rule).weights
    if formula is None:
        assert largest_difference(theirs, ours) <= SAME
        return
    by_formula = gdlib.descend(problem, args[-1], KERAS_RATE, batches, rule=formula).weights
    assert largest_difference(theirs, by_formula) <= SAME
    measured = APART[name][REGRESSIONS.index(data)]
    assert largest_difference(theirs, ours) == pytest.approx(measured, rel=0.02)
