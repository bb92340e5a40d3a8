"""The rules by themselves: what they must give in closed form, and what every rule promises."""

import numpy as np
import pytest

from gdlib import Landscape, LinearRegression, batch_gd, descend, landscapes, minibatch_gd, rules, sweep

ALL = [*(rule() for rule in rules.OURS), rules.momentum(0.5, True)]
each = pytest.mark.parametrize("rule", ALL, ids=repr)
RATE = 0.01
#: its gradient is the same everywhere
SLOPE = np.array([3.0, -0.01, 200.0])
SLOPING = Landscape(
    lambda w: np.tensordot(SLOPE, w, 1), lambda w: SLOPE.reshape(-1, *[1] * (w.ndim - 1)) + 0 * w
)


def steps(rule, count):
    """The steps down the constant slopes, in rates, (count, 3); downhill is positive."""
    weights = batch_gd(SLOPING, np.zeros(3), RATE, count, rule=rule).weights
    return -np.diff(weights, axis=0) / RATE * np.sign(SLOPE)


def test_without_momentum_the_direction_is_the_gradient():
    for nesterov in (False, True):
        direction, _ = rules.momentum(0.0, nesterov)(SLOPE, None, 0)
        np.testing.assert_array_equal(direction, SLOPE)


def test_momentum_on_a_constant_slope_tends_to_a_longer_step():
    """v = 1 + beta + beta^2 + ... = (1 - beta^t) / (1 - beta) slopes; Nesterov is one step ahead."""
    t = np.arange(1, 41)[:, None]
    for nesterov in (False, True):
        expected = (1 - 0.9 ** (t + nesterov)) / 0.1 * np.abs(SLOPE)
        np.testing.assert_allclose(steps(rules.momentum(0.9, nesterov), 40), expected, rtol=1e-11)


def test_adagrad_on_a_constant_slope_steps_like_one_over_the_root_of_t():
    """Whatever the slope's size: g / sqrt(t g^2)."""
    t = np.arange(1, 101)[:, None]
    expected = np.broadcast_to(1 / np.sqrt(t), (100, 3))
    np.testing.assert_allclose(steps(rules.adagrad(1e-15), 100), expected, rtol=1e-11)


def test_rmsprop_on_a_constant_slope_falls_to_the_rate():
    """v = (1 - decay^t) g^2: the first step is 1 / sqrt(1 - decay) too long, the last one is the rate."""
    t = np.arange(1, 1001)[:, None]
    taken = steps(rules.rmsprop(0.99, 1e-15), 1000)
    np.testing.assert_allclose(taken, np.broadcast_to(1 / np.sqrt(1 - 0.99**t), taken.shape), rtol=1e-9)
    np.testing.assert_allclose(taken[0], 10, rtol=1e-9)
    np.testing.assert_allclose(taken[-1], 1, rtol=1e-4)


def test_adams_steps_on_a_constant_slope_are_the_rate_from_the_first_on():
    """Both means are corrected: m is g and v is g^2, at every t, but for epsilon."""
    taken = steps(rules.adam(), 100)
    np.testing.assert_allclose(
        taken, np.broadcast_to(np.abs(SLOPE) / (np.abs(SLOPE) + 1e-8), taken.shape), rtol=1e-10
    )


@pytest.mark.parametrize("epsilon", [1e-8, 0.5])
def test_the_first_steps_say_where_epsilon_stands(epsilon):
    """Outside the root, beside the gradient's size."""
    first = {
        rules.adagrad(epsilon): 1,
        rules.rmsprop(0.75, epsilon): 1 / 2,
        rules.adam(epsilon=epsilon): 1,
    }
    for rule, root in first.items():
        size = np.abs(SLOPE)
        expected = size / (root * size + epsilon)
        np.testing.assert_allclose(steps(rule, 1)[0], expected, rtol=1e-12, err_msg=repr(rule))


def test_adam_with_no_memory_is_rmsprop_with_none():
    """beta1 = beta2 = 0: nothing to correct, and both go by the sign."""
    start, batches = [1.0, -0.7], [None] * 30
    paths = [
        descend(landscapes.rosenbrock(), start, 0.01, batches, rule=rule).weights
        for rule in (rules.adam(0, 0, 1e-3), rules.rmsprop(0, 1e-3))
    ]
    np.testing.assert_allclose(paths[0], paths[1], rtol=1e-13)


@each
def test_a_weight_without_a_slope_stays(rule):
    valley = Landscape(lambda w: w[0] ** 2 + 0 * w[1], lambda w: np.stack([2 * w[0], 0 * w[1]]))
    weights = batch_gd(valley, [1.0, 5.0], 0.1, 20, rule=rule).weights
    assert (weights[:, 1] == 5.0).all() and weights[-1, 0] < 1


@each
def test_a_rule_keeps_nothing_between_runs(rule):
    data = np.random.default_rng(0)
    problem = LinearRegression(data.standard_normal((20, 3)), data.standard_normal(20))
    made = repr(rule)

    def run():
        return minibatch_gd(problem, np.ones(3), RATE, 4, 7, rng=0, rule=rule).weights

    first = run()
    sweep(problem, np.zeros(3), [0.1, 0.2], 3, rule=rule)  # many runs at once, between the two
    batch_gd(landscapes.bowl(), [1.0, 1.0], RATE, 5, rule=rule)
    np.testing.assert_array_equal(run(), first)
    assert repr(rule) == made


@each
def test_two_runs_that_take_turns_do_not_meet(rule):
    memories, weights = [None, None], [np.ones(2), np.ones(2)]
    for step in range(5):
        for i, slope in enumerate([2.0, -0.3]):
            direction, memories[i] = rule(slope * weights[i], memories[i], step)
            weights[i] = weights[i] - RATE * direction
    for i, slope in enumerate([2.0, -0.3]):
        one = Landscape(lambda w: w[0], lambda w, slope=slope: slope * w)
        np.testing.assert_array_equal(batch_gd(one, np.ones(2), RATE, 5, rule=rule).weights[-1], weights[i])


@each
def test_a_rule_changes_neither_the_gradient_nor_its_memory(rule):
    gradient, memory = np.array([3.0, -0.01]), None
    for step in range(3):
        before = repr(memory)
        _, new = rule(gradient, memory, step)
        assert repr(memory) == before and gradient.tolist() == [3.0, -0.01]
        memory = new


def test_the_short_form_is_rules_momentum():
    for beta, nesterov in [(0.0, False), (0.9, False), (0.9, True), (0.0, True)]:
        short = batch_gd(landscapes.himmelblau(), [1, 1], RATE, 9, momentum=beta, nesterov=nesterov)
        long = batch_gd(landscapes.himmelblau(), [1, 1], RATE, 9, rule=rules.momentum(beta, nesterov))
        np.testing.assert_array_equal(short.weights, long.weights)


@pytest.mark.parametrize("both", [{"momentum": 0.9}, {"nesterov": True}, {"momentum": 0.9, "nesterov": True}])
@pytest.mark.parametrize(
    "front",
    [
        lambda **how: batch_gd(SLOPING, np.zeros(3), RATE, 3, **how),
        lambda **how: minibatch_gd(SLOPING, np.zeros(3), RATE, 3, 1, **how),
        lambda **how: descend(SLOPING, np.zeros(3), RATE, [None], **how),
        lambda **how: sweep(SLOPING, np.zeros(3), [RATE], 3, **how),
    ],
)
def test_a_rule_together_with_momentum_is_refused(front, both):
    with pytest.raises(ValueError, match=r"rule=adam\(.*\) together with momentum= or nesterov=: give one"):
        front(rule=rules.adam(), **both)


def test_a_rule_says_how_it_was_made():
    assert repr(rules.momentum()) == "momentum(beta=0.9, nesterov=False)"
    assert repr(rules.momentum(0, True)) == "momentum(beta=0.0, nesterov=True)"
    assert repr(rules.adagrad()) == "adagrad(epsilon=1e-10)"
    assert repr(rules.rmsprop(0.5)) == "rmsprop(decay=0.5, epsilon=1e-08)"
    assert repr(rules.adam()) == "adam(beta1=0.9, beta2=0.999, epsilon=1e-08)"
    for rule in ALL:
        assert repr(eval(repr(rule), vars(rules))) == repr(rule)


REFUSED = {
    "beta is 1, but must be at least 0 and less than 1": lambda: rules.momentum(1),
    "nesterov must be True or False, not 'no'": lambda: rules.momentum(0.9, "no"),
    "epsilon is 0, but must be finite and greater than 0": lambda: rules.adagrad(0),
    "decay is -0.1, but must be at least 0": lambda: rules.rmsprop(-0.1),
    "beta1 is 1, but": lambda: rules.adam(1.0),
    "beta2 must be a number, not None": lambda: rules.adam(0.9, None),
    "rule is the class adam; make one of it: adam": lambda: batch_gd(
        SLOPING, 0 * SLOPE, 1, 1, rule=rules.adam
    ),
    "rule must be a function of gradient and memory and step, not 'adam'": lambda: batch_gd(
        SLOPING, 0 * SLOPE, 1, 1, rule="adam"
    ),
    r"rule must give \(direction, memory\), not": lambda: batch_gd(
        SLOPING, 0 * SLOPE, 1, 1, rule=lambda g, memory, step: g
    ),
    r"a direction of shape \(\) at step 0; it must be that of the gradient, \(3,\)": lambda: batch_gd(
        SLOPING, 0 * SLOPE, 1, 1, rule=lambda g, memory, step: (g[0], None)
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_bad_parameters_and_rules_are_refused(message):
    with pytest.raises((ValueError, TypeError), match=message):
        REFUSED[message]()
