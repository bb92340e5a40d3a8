"""Exercises that look at what a reader's own program does.

`watch` runs a loop and says which law it follows; `check` looks at the answer of an exercise.
Neither guesses: a mistake is named only where a program that makes it gives every value of the reader's.
"""

from gdlib.exercises.checking import check, hint, solution
from gdlib.exercises.predictions import compare
from gdlib.exercises.record import progress
from gdlib.exercises.report import Report
from gdlib.exercises.watching import watch

__all__ = ["Report", "check", "compare", "hint", "progress", "solution", "watch"]
