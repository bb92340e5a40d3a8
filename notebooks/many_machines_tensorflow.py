"""The sum of sums of notebook 09 in TensorFlow: two workers with uneven shares, and the path of one machine.

python many_machines_tensorflow.py
"""

import json
import os
import socket
import subprocess
import sys

import numpy as np

import gdlib

SHARES, RATE = [40, 24], 0.05
data = gdlib.datasets.diabetes(standardise=True)
start = np.zeros(data.X.shape[1])
rng = np.random.default_rng(0)
batches = [rng.choice(len(data.y), sum(SHARES), replace=False) for _ in range(200)]


def work(me):
    """One worker: its part of each step; give back its path."""
    import tensorflow as tf

    strategy = tf.distribute.MultiWorkerMirroredStrategy()  # waits for the others
    with strategy.scope():
        w = tf.Variable(start)

    def step(X, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((tf.linalg.matvec(X, w) - y) ** 2) / sum(SHARES)  # my part of the mean
        gradient = tape.gradient(loss, w)
        w.assign_sub(RATE * tf.distribute.get_replica_context().all_reduce("sum", gradient))

    together = tf.function(lambda X, y: strategy.run(step, args=(X, y)))
    path = [w.numpy()]
    for rows in batches:
        mine = np.split(rows, np.cumsum(SHARES)[:-1])[me]
        together(tf.constant(data.X[mine]), tf.constant(data.y[mine]))
        path.append(w.numpy())
    return np.array(path)


def free_addresses(count):
    """So many addresses of this machine that nobody listens at."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    return addresses


def start_worker(me, addresses):
    """This file once more, as one of the workers; TF_CONFIG tells it who they are."""
    config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": me}}
    return subprocess.Popen([sys.executable, __file__], env=os.environ | {"TF_CONFIG": json.dumps(config)})


if "TF_CONFIG" in os.environ:
    me = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
    path = work(me)
    alone = gdlib.descend(gdlib.LinearRegression(data.X, data.y), start, RATE, batches).weights
    np.testing.assert_allclose(path, alone, rtol=0, atol=1e-12)
    print(
        f"worker {me}: {SHARES[me]} rows of {sum(SHARES)}, {len(batches)} steps: the path of one machine",
        flush=True,
    )
else:
    addresses = free_addresses(len(SHARES))
    workers = [start_worker(me, addresses) for me in range(len(SHARES))]
    try:
        ends = [each.wait(timeout=100) for each in workers]
    finally:
        for each in workers:
            each.kill()
    sys.exit(max(map(abs, ends)))
