"""A prediction that the reader sets before a figure, and the measured answer beside it."""

from __future__ import annotations

from gdlib.exercises.kinds import Number
from gdlib.exercises.report import say, short


def compare(prediction, measured) -> None:
    """Print what was predicted beside what was measured; `...` is no prediction.

    Args:
        prediction: a number, a word, or a tuple of them.
        measured: the same.
    """
    told = _words(measured)
    if prediction is ... or prediction is None:
        print(f"Measured: {told}. You made no prediction.")
    elif _agree(prediction, measured):
        print(f"Measured: {told}. You said so.")
    else:
        print(f"Measured: {told}. You said {_words(prediction)}.")


def _agree(prediction, measured):
    if isinstance(measured, tuple):
        return (
            isinstance(prediction, tuple | list)
            and len(prediction) == len(measured)
            and all(map(_agree, prediction, measured))
        )
    if isinstance(measured, str):
        return isinstance(prediction, str) and prediction.strip().lower() == measured.lower()
    number = Number(digits=2)
    mine, true = number.observe(prediction), number.observe(measured)
    return None not in (mine.values, true.values) and number.same(mine.values, true.values)


def _words(value):
    if isinstance(value, tuple | list) and len(value) < 20:
        return " · ".join(short(each) if isinstance(each, tuple | list) else _words(each) for each in value)
    return (
        value
        if isinstance(value, str) and len(value) < 80
        else short(value)
        if isinstance(value, str)
        else say(value)
    )
