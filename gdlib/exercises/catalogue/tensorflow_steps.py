"""The exercises of notebook 04. TensorFlow is imported only where an answer is looked at."""

from __future__ import annotations

from unittest import mock

import numpy as np

from gdlib import LinearRegression, datasets
from gdlib.exercises.checking import Exercise, Mistake
from gdlib.exercises.kinds import Function, Number, Seen, Whole


def _tensorflow():
    """TensorFlow, and Keras with it: it is loaded at first use, which takes seconds."""
    import tensorflow as tf

    assert tf.keras.optimizers
    return tf


# --- the classic class: a step in two halves -----------------------------------------------------


class _Halves(Function):
    """A function (optimizer, loss) -> an operation; run once in a session, it leaves the weights."""

    needs = "tensorflow"

    def __init__(self):
        super().__init__(self._graphs, "doubled(optimizer, loss) must give the operation that takes the step")

    @staticmethod
    def _graphs():
        v1 = _tensorflow().compat.v1
        cases = []
        for rate, start in ((1 / 8, [-1.0, 2.0]), (1 / 4, [0.5, 3.0])):
            with _tensorflow().Graph().as_default():
                a, b = (v1.get_variable(name, initializer=w) for name, w in zip("ab", start, strict=True))
                loss = (a - 1.0) ** 2 + 3 * (a - b) ** 2
                cases.append((v1.train.GradientDescentOptimizer(rate), loss))
        return cases

    def _result(self, function, arguments):
        optimizer, loss = arguments
        v1 = _tensorflow().compat.v1
        with loss.graph.as_default():
            operation = function(optimizer, loss)
            if operation is None or operation is ...:
                return operation
            variables, reset = v1.trainable_variables(), v1.global_variables_initializer()
        with v1.Session(graph=loss.graph) as session:
            session.run(reset)
            session.run(operation)
            return np.array(session.run(variables), dtype=float)


def doubled(optimizer, loss):
    """Both halves of minimize; between them every gradient is doubled."""
    pairs = optimizer.compute_gradients(loss)
    return optimizer.apply_gradients([(2 * gradient, variable) for gradient, variable in pairs])


def _changed(change):
    """Both halves, and between them change(place, gradient)."""

    def halves(optimizer, loss):
        pairs = optimizer.compute_gradients(loss)
        return optimizer.apply_gradients([(change(i, g), variable) for i, (g, variable) in enumerate(pairs)])

    return halves


# --- the tape ------------------------------------------------------------------------------------


class _Step(Function):
    """A step(w, X, y, learning_rate): what counts is the loss that it gives back, and w after it."""

    needs = "tensorflow"

    def __init__(self):
        says = "step(w, X, y, learning_rate) must move the variable w, and return the loss before the step"
        super().__init__(self._cases, says, self._after, several=True)

    @staticmethod
    def _cases():
        tf, rng = _tensorflow(), np.random.default_rng(0)
        X, y = rng.normal(size=(5, 2)), rng.normal(size=5)
        Z, z = rng.normal(size=(4, 3)), rng.normal(size=4)
        return [
            (tf.Variable(np.array([-1.0, 0.5])), X, y, 1 / 8),
            (tf.Variable(np.array([2.0, 1.0])), X, y, 1 / 32),
            (tf.Variable(np.array([0.5, -1.5, 1.0])), Z, z, 1 / 4),
        ]

    @staticmethod
    def _after(loss, arguments):
        return loss, arguments[0].numpy()

    def observe(self, function):
        """What it gives; where a tape had nothing to tell, that."""
        tape, told = _tensorflow().GradientTape, []
        ask = tape.gradient

        def gradient(*arguments, **options):
            told.append(ask(*arguments, **options))
            return told[-1]

        with mock.patch.object(tape, "gradient", gradient):
            seen = super().observe(function)
        if any(part is None for each in told for part in _parts(each)):
            return Seen(
                trouble="the gradient is None: the tape did not hear how the loss came from w. Compute it "
                "inside of the `with`, from w itself and with TensorFlow's operations"
            )
        return seen


def _parts(gradient):
    return gradient if isinstance(gradient, list | tuple) else [gradient]


def step(w, X, y, learning_rate):
    """One step of gradient descent; gives back the loss before it."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.math.squared_difference(y, tf.linalg.matvec(X, w)))
    gradient = tape.gradient(loss, w)
    w.assign_sub(learning_rate * gradient)
    return loss


def _errors(w, X, y):
    return _tensorflow().linalg.matvec(X, w) - y


def _mean_loss(w, X, y):
    return _tensorflow().reduce_mean(_errors(w, X, y) ** 2)


def _sum_loss(w, X, y):
    return _tensorflow().reduce_sum(_errors(w, X, y) ** 2)


def _square_of_differences(w, X, y):
    """(n, 1) minus (n,): all n × n differences."""
    tf = _tensorflow()
    return tf.reduce_mean((tf.matmul(X, w[:, None]) - y) ** 2)


def _stepping(
    loss=_mean_loss, move=lambda w, g, rate: w.assign_sub(rate * g), say=lambda before, after: before
):
    """A step of this loss, moved so; gives back say(the loss before, a function for that after)."""

    def made(w, X, y, rate):
        with _tensorflow().GradientTape() as tape:
            before = loss(w, X, y)
        move(w, tape.gradient(before, w), rate)
        return say(before, lambda: loss(w, X, y))

    return made


def _move_twice(w, g, rate):
    w.assign_sub(rate * g)
    w.assign_sub(rate * g)


# --- numbers -------------------------------------------------------------------------------------


def _patients():
    X, y, *_ = datasets.bmi(standardise=True)
    return LinearRegression(X, y), np.array([-1.0, -0.5])


def loss_that_is_fetched():
    """The loss is computed on the way to the gradient: with the weights before the step."""
    problem, start = _patients()
    return problem.loss(start)


def _loss_after():
    problem, start = _patients()
    return problem.loss(start - 0.01 * problem.gradient(start))


def steps_of_fit():
    """An epoch is 442 / 32 steps, rounded up, for the short last batch is kept."""
    of_an_epoch = int(np.ceil(442 / 32))
    return 5 * of_an_epoch


def rate_for_the_sum():
    """The sum's gradient is 442 times the mean's, so its rate must be 442 times smaller."""
    return 1 / 8 / 442


EXERCISES = [
    Exercise(
        "04 two halves",
        _Halves(),
        doubled,
        {
            "not doubled": Mistake(
                lambda optimizer, loss: optimizer.minimize(loss),
                "the step is the optimizer's own. Make each gradient twice as large between the two calls.",
            ),
            "moves nothing": Mistake(
                lambda optimizer, loss: optimizer.compute_gradients(loss),
                "running what you give back moves nothing. Give back what `apply_gradients` gives.",
            ),
            "only the first doubled": Mistake(
                _changed(lambda i, g: g if i else 2 * g),
                "only the first gradient is doubled. Go through all the pairs.",
            ),
            "squared": Mistake(_changed(lambda i, g: g**2), "the gradients are squared. Multiply each by 2."),
            "halved": Mistake(_changed(lambda i, g: g / 2), "the gradients are halved. Multiply each by 2."),
            "uphill": Mistake(
                _changed(lambda i, g: -2 * g), "it goes uphill: `apply_gradients` subtracts by itself."
            ),
        },
        (
            "`pairs = optimizer.compute_gradients(loss)` is a list of pairs (gradient, variable).",
            "Make a list of pairs (2 * gradient, variable), and give it to `optimizer.apply_gradients`.",
        ),
    ),
    Exercise(
        "04 step",
        _Step(),
        step,
        {
            "sum for the mean": Mistake(
                _stepping(loss=_sum_loss), "that is the sum of the squared errors. Take `tf.reduce_mean`."
            ),
            "uphill": Mistake(
                _stepping(move=lambda w, g, rate: w.assign_add(rate * g)),
                "it goes uphill: the step must be subtracted.",
            ),
            "rate forgotten": Mistake(
                _stepping(move=lambda w, g, rate: w.assign_sub(g)), "the learning rate is missing."
            ),
            "n × n differences": Mistake(
                _stepping(loss=_square_of_differences),
                "predictions of shape (n, 1) minus y of shape (n,) make all n × n differences. "
                "`tf.linalg.matvec(X, w)` has the shape (n,).",
            ),
            "variable not moved": Mistake(
                _stepping(move=lambda w, g, rate: w - rate * g),
                "the variable is as it was. `w = w - …` only makes a new value: use `w.assign_sub`.",
            ),
            "moved twice": Mistake(_stepping(move=_move_twice), "the step is made twice. Once is enough."),
            "forgets where it was": Mistake(
                _stepping(move=lambda w, g, rate: w.assign(-rate * g)),
                "w is set to the step alone. Subtract the step from what was there: `w.assign_sub`.",
            ),
            "step for the place": Mistake(
                _stepping(move=lambda w, g, rate: w.assign(rate * g)),
                "w is set to rate × gradient. Subtract that from what was there: `w.assign_sub`.",
            ),
            "factor ½": Mistake(
                _stepping(loss=lambda w, X, y: _mean_loss(w, X, y) / 2), "the loss has a factor ½ too many."
            ),
            "loss after the step": Mistake(
                _stepping(say=lambda before, after: after()),
                "the step is right, but the loss is that after it. Give back the one that you took the "
                "gradient of.",
            ),
        },
        (
            "Under the tape: the predictions `tf.linalg.matvec(X, w)`, and the mean of (predicted − y)².",
            "After the `with`: `gradient = tape.gradient(loss, w)`.",
            "`w.assign_sub(…)` subtracts from a variable in place. Then `return loss`.",
        ),
    ),
    Exercise(
        "04 before or after",
        Number(3),
        loss_that_is_fetched,
        {
            "after the step": Mistake(
                _loss_after, "that is the loss after the step. Which weights did the gradient need?"
            ),
            "the least loss": Mistake(
                lambda: _patients()[0].loss(_patients()[0].minimiser()),
                "that is the least loss there is. One step does not lead there.",
            ),
            "sum for the mean": Mistake(
                lambda: 442 * loss_that_is_fetched(), "that is the sum over the patients. `loss` is a mean."
            ),
        },
        (
            "The gradient needs the loss, and the step needs the gradient.",
            "`problem.loss(…)` gives the loss at any weights.",
        ),
    ),
    Exercise(
        "04 count the steps",
        Whole(),
        steps_of_fit,
        {
            "short batch dropped": Mistake(
                lambda: 5 * (442 // 32), "Keras keeps the short last batch of each epoch."
            ),
            "one epoch": Mistake(lambda: int(np.ceil(442 / 32)), "that is one epoch. There are five."),
            "batch descent": Mistake(lambda: 5, "that is one step an epoch: batch descent."),
            "stochastic": Mistake(lambda: 5 * 442, "that is one step a row: stochastic descent."),
            "rows of a step": Mistake(lambda: 5 * 32, "32 is the rows in a step, not the steps."),
        },
        ("Round 442 / 32 up.", "Then think of the epochs."),
    ),
    Exercise(
        "04 sum or mean",
        Number(),
        rate_for_the_sum,
        {
            "the same": Mistake(lambda: 1 / 8, "with the same rate each step is 442 times too long."),
            "wrong way": Mistake(lambda: 442 / 8, "the wrong way: the sum's gradient is the larger one."),
            "rate left out": Mistake(lambda: 1 / 442, "that matches the mean with the rate 1. It has 1/8."),
        },
        ("How many times larger is the sum's gradient?", "rate × gradient must stay the same."),
    ),
]
