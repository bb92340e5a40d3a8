"""The paths that TensorFlow takes: today's Keras optimizer, and the v1 optimizers on a real graph.

Both keep the learning rate and the momentum in float32. Give them numbers that float32 holds
exactly, such as 1/64 and 7/8; 0.01 and 0.9 differ in the eighth digit, and so do their paths.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1


def mean_loss(model, X, y, w, rows):
    """The mean loss over `rows`, as TensorFlow's own operations give it."""
    scores, target = tf.linalg.matvec(tf.gather(X, rows), w), tf.gather(y, rows)
    if model == "linear":
        return tf.reduce_mean(tf.math.squared_difference(target, scores))
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=target, logits=scores))


def keras_path(model, X, y, start, rate, batches, optimizer="SGD", **settings):
    """tf.GradientTape and one of tf.keras.optimizers: the weights before the first and after each step.

    Args:
        optimizer: its name; settings: its own, but for the rate.
    """
    X, y, w = tf.constant(X), tf.constant(y), tf.Variable(start)
    optimizer = getattr(tf.keras.optimizers, optimizer)(rate, **settings)
    optimizer.build([w])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int64)])
    def step(rows):
        with tf.GradientTape() as tape:
            error = mean_loss(model, X, y, w, rows)
        optimizer.apply_gradients([(tape.gradient(error, w), w)])

    path = [w.numpy()]
    for rows in batches:
        step(rows)
        path.append(w.numpy())
    return np.array(path)


def v1_path(model, X, y, start, rate, batches, momentum=0.0, nesterov=False):
    """tf.compat.v1.train's optimizers in a graph and a session: the weights before and after each step."""
    with tf.Graph().as_default(), v1.Session() as session:
        rows = v1.placeholder(tf.int64, [None])
        w = v1.get_variable("w", initializer=tf.constant(start), use_resource=True)
        error = mean_loss(model, tf.constant(X), tf.constant(y), w, rows)
        if momentum:
            optimizer = v1.train.MomentumOptimizer(rate, momentum, use_nesterov=nesterov)
        else:
            optimizer = v1.train.GradientDescentOptimizer(rate)
        train = optimizer.minimize(error)
        session.run(v1.global_variables_initializer())
        path = [session.run(w)]
        for batch in batches:
            session.run(train, {rows: batch})
            path.append(session.run(w))
    return np.array(path)
