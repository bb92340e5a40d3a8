"""Schedules, by their formulas; PyTorch's are in oracles/."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdlib import schedules

steps = st.integers(0, 1000)


@given(steps)
def test_formulas(step):
    assert schedules.step_decay(0.4, 10, 0.5)(step) == pytest.approx(0.4 * 0.5 ** math.floor(step / 10))
    assert schedules.exponential_decay(0.4, 0.99)(step) == pytest.approx(
        0.4 * math.exp(step * math.log(0.99))
    )
    assert schedules.inverse_time_decay(0.4, 20)(step) == pytest.approx(8 / (20 + step))
    cosine = schedules.cosine_decay(0.4, 1000)
    assert cosine(step) + cosine(1000 - step) == pytest.approx(0.4)


def test_cosine_ends_at_zero_and_stays():
    cosine = schedules.cosine_decay(0.4, 10)
    assert cosine(0) == 0.4 and cosine(10) == cosine(25) == 0 < cosine(9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: schedules.step_decay(-1, 5), "rate is -1"),
        (lambda: schedules.step_decay(1, 0), "every is 0"),
        (
            lambda: schedules.exponential_decay(1, 1.5),
            "factor is 1.5, but must be greater than 0 and at most 1",
        ),
        (lambda: schedules.inverse_time_decay(1, 0), "half_after is 0"),
        (lambda: schedules.cosine_decay(1, 0), "steps is 0"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
