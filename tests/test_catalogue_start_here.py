"""Notebook 00: other ways to write what is right, and wrong ways that no list holds."""

import numpy as np
import pytest
from exercise_answers import judged

from gdlib.exercises.catalogue.start_here import gradient, loss

pytestmark = pytest.mark.usefixtures("own_folder")


def patient_by_patient(w, x, y):
    total = 0
    for a, b in zip(x, y, strict=True):
        total += (w * a - b) ** 2
    return total / len(x)


def multiplied_out(w, x, y):
    return 2 * (w * np.mean(x**2) - np.mean(x * y))


RIGHT = [
    ("00 loss", patient_by_patient),
    ("00 loss", lambda w, x, y: np.var(w * x - y) + np.mean(w * x - y) ** 2),
    ("00 gradient", multiplied_out),
    ("00 gradient", lambda w, x, y: 2 * (w * x - y) @ x / len(x)),
    ("00 leave a tenth", 0.45),
    ("00 leave a tenth", 9 / 20),
]
WRONG = [
    ("00 loss", lambda w, x, y: np.sum((w * x - y) ** 2) / 4),
    ("00 loss", lambda w, x, y: np.mean((w * x[:4] - y[:4]) ** 2)),
    ("00 loss", lambda w, x, y: loss(w, np.array([-1.0, 0.5, 2.0, 3.5]), np.array([1.0, -0.5, 2.5, 3.0]))),
    ("00 loss", lambda w, x, y: loss(w, x, y) * 3),
    ("00 gradient", lambda w, x, y: np.sum((w * x - y) * x) / 2),
    ("00 gradient", lambda w, x, y: 2 * np.sum((w * x - y) * x) / 4),
    ("00 gradient", lambda w, x, y: gradient(w, x, y) * 3),
    ("00 leave a tenth", 0.4),
    ("00 leave a tenth", 0.46),
]


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_another_way_is_right(name, answer):
    judged(answer, name, right=True)


@pytest.mark.parametrize(("name", "answer"), WRONG)
def test_an_unknown_mistake_has_no_name(name, answer):
    judged(answer, name, right=False)
