"""watch, pointed at the optimisers of PyTorch and Keras: their law, by numbers that nobody here wrote."""

import numpy as np
import pytest
from agreement import needs

from gdlib.exercises import watch


def torch_loop(**options):
    """torch.optim.SGD as a loop: it is handed the gradient that the loop asks for."""
    import torch

    def loop(gradient, w, learning_rate, batches):
        w = torch.nn.Parameter(torch.from_numpy(w.copy()))
        optimizer = torch.optim.SGD([w], lr=learning_rate, **options)
        path = [w.detach().numpy().copy()]
        for rows in batches:
            w.grad = torch.from_numpy(gradient(w.detach().numpy(), rows))
            optimizer.step()
            path.append(w.detach().numpy().copy())
        return path

    return loop


def keras_loop(**options):
    """Keras' SGD; its rate is float32, so the loop asks for one that float32 holds."""
    import tensorflow as tf

    def loop(gradient, w, learning_rate, batches):
        tf.keras.backend.set_floatx("float64")
        try:
            w = tf.Variable(w)
            optimizer = tf.keras.optimizers.SGD(learning_rate, **options)
            path = [w.numpy()]
            for rows in batches:
                optimizer.apply_gradients([(tf.constant(gradient(w.numpy(), rows)), w)])
                path.append(w.numpy())
            return path
        finally:
            tf.keras.backend.set_floatx("float32")

    return loop


CASES = {
    "plain": ({}, (-1, 0, 0)),
    "momentum": ({"momentum": 0.9}, (-1, 0, 0.9)),
    "Nesterov": ({"momentum": 0.8, "nesterov": True}, (-1.8, 0.8, 0.8)),
}


@pytest.mark.parametrize("make", [torch_loop, keras_loop])
@pytest.mark.parametrize("name", CASES)
def test_the_law_of_a_frameworks_sgd(make, name):
    needs("torch" if make is torch_loop else "tensorflow")
    options, numbers = CASES[name]
    report = watch(make(**options))
    np.testing.assert_allclose(report.law[:3], numbers, atol=1e-6)
    assert report.right == (name == "plain") and report.mistake is None


def test_uphill_by_maximize_gets_its_name():
    needs("torch")
    assert watch(torch_loop(maximize=True)).mistake == "uphill"


def test_dampening_is_no_law_for_its_first_step_is_another():
    needs("torch")
    report = watch(torch_loop(momentum=0.9, dampening=0.1))
    assert report.law is None and report.mistake is None and report.first.step == 2
