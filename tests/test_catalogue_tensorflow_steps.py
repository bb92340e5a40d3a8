"""Notebook 04's exercises, on TensorFlow itself: other ways are right, and what is not known is not named."""

import numpy as np
import pytest
from exercise_answers import judged, rows_of

from gdlib.exercises import check
from gdlib.exercises.catalogue import EXERCISES

tf = pytest.importorskip("tensorflow")


pytestmark = pytest.mark.usefixtures("own_folder")


def by_loss(optimizer, loss):
    return optimizer.minimize(2 * loss)


def variable_by_variable(optimizer, loss):
    moves = []
    for gradient, variable in optimizer.compute_gradients(loss):
        moves.append(optimizer.apply_gradients([(gradient + gradient, variable)]))
    return tf.group(*moves)


def with_keras(w, X, y, learning_rate):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((tf.reduce_sum(X * w, axis=1) - y) ** 2)
    tf.keras.optimizers.SGD(learning_rate).apply_gradients([(tape.gradient(loss, w), w)])
    return float(loss)


@tf.function
def with_a_column(w, X, y, learning_rate):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(X @ w[:, None] - y[:, None]))
    (gradient,) = tape.gradient(loss, [w])
    w.assign(w - learning_rate * gradient)
    return loss


def by_hand(w, X, y, learning_rate):
    error = X @ w.numpy() - y
    w.assign_sub(learning_rate * 2 / len(y) * error @ X)
    return np.mean(error**2)


def absolute(w, X, y, learning_rate):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.abs(tf.linalg.matvec(X, w) - y))
    w.assign_sub(learning_rate * tape.gradient(loss, w))
    return loss


def no_loss_given(w, X, y, learning_rate):
    with_keras(w, X, y, learning_rate)


def outside(w, X, y, learning_rate):
    loss = tf.reduce_mean((tf.linalg.matvec(X, w) - y) ** 2)
    with tf.GradientTape() as tape:
        pass
    w.assign_sub(learning_rate * tape.gradient(loss, w))
    return loss


def by_numpy(w, X, y, learning_rate):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((X @ w.numpy() - y) ** 2)
    tf.keras.optimizers.SGD(learning_rate).apply_gradients(zip(tape.gradient(loss, [w]), [w], strict=True))
    return loss


RIGHT = {
    "04 two halves": [by_loss, variable_by_variable],
    "04 step": [with_keras, with_a_column, by_hand],
    "04 before or after": [2.836, 2.84],
    "04 count the steps": [70.0, tf.constant(70)],
    "04 sum or mean": [0.000283, 0.00028],
}
WRONG = {
    "04 two halves": [
        lambda optimizer, loss: optimizer.minimize(3 * loss),
        lambda optimizer, loss: optimizer.minimize(loss**2),
        lambda optimizer, loss: 2,
    ],
    "04 step": [absolute, no_loss_given, outside, by_numpy],
    "04 before or after": [2.8, 2.85],
    "04 count the steps": [69, 80],
    "04 sum or mean": [0.00029, 0.0003],
}


@pytest.mark.parametrize(("answer", "name"), rows_of(RIGHT))
def test_other_ways_are_right(answer, name):
    judged(answer, name, right=True)


@pytest.mark.parametrize(("answer", "name"), rows_of(WRONG))
def test_what_is_not_known_is_not_named(answer, name):
    judged(answer, name, right=False)


@pytest.mark.parametrize("answer", [outside, by_numpy])
def test_a_tape_that_heard_nothing_is_told(answer):
    assert "the gradient is None" in str(check(answer, "04 step"))


def test_the_classic_optimizer_gives_these_numbers():
    v1, known = tf.compat.v1, EXERCISES["04 before or after"]
    from gdlib import datasets

    X, y, *_ = datasets.bmi(standardise=True)
    with tf.Graph().as_default() as graph:
        w = v1.get_variable("w", initializer=np.array([-1.0, -0.5]))
        squares = tf.math.squared_difference(y, tf.linalg.matvec(X, w))
        train = v1.train.GradientDescentOptimizer(0.01).minimize(tf.reduce_mean(squares))
        with v1.Session(graph=graph) as session:
            session.run(v1.global_variables_initializer())
            _, value = session.run([train, tf.reduce_mean(squares)])
            after = session.run(tf.reduce_mean(squares))
    assert np.isclose(value, known.right()) and np.isclose(after, known.mistakes["after the step"].answer())
