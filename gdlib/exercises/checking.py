"""check, hint and solution: an exercise by its name."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

from gdlib.exercises import record
from gdlib.exercises.kinds import Kind, Loop, Number
from gdlib.exercises.report import Report, sentence, short
from gdlib.exercises.watching import watch


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer, of the kind of the right one, and what its reader is told."""

    answer: object
    words: str


@dataclass(frozen=True)
class Exercise:
    """What is asked, and what is known of the answers.

    Attributes:
        name: the notebook's number and a few words, such as "00 step".
        kind: how an answer is looked at (kinds.py).
        right: a right answer; of numbers, the function that computes it, which solution() shows as it shows
            other functions; of a live figure, what would be read of it.
        mistakes: {short name: Mistake}; each a program, so that it is named only where it is what was done.
        hints: told one by one.
    """

    name: str
    kind: Kind
    right: Callable | list
    mistakes: Mapping[str, Mistake] = field(default_factory=dict)
    hints: Sequence[str] = ()

    @cached_property
    def truth(self):
        """What the right answer does."""
        return self._observed(self.right)

    @cached_property
    def known(self):
        """What each mistake does."""
        return {name: self._observed(mistake.answer) for name, mistake in self.mistakes.items()}

    def _observed(self, answer):
        """What one of our own answers does; one that fails is an error, and never a verdict on the reader."""
        seen = self.kind.ours(answer)
        if seen.trouble:
            raise RuntimeError(f"the check of {self.name!r} needs what is not here: {seen.trouble}")
        return seen.values


def check(answer, name: str) -> Report:
    """Say whether an answer is right, or which known mistake it makes, or where it first differs.

    Args:
        answer: a function, a number, a word or a live figure, as the exercise asks; `...` is not attempted.
        name: of the exercise, as it stands in the notebook.
    """
    exercise = find(name)
    report = _look(exercise, answer)
    record.keep(exercise.name, report, getattr(answer, "__code__", None))
    return report


def _look(exercise, answer):
    if answer is None or answer is ...:
        return Report(False, "Not attempted yet.", attempted=False)
    if isinstance(exercise.kind, Loop):
        return watch(answer)
    seen = exercise.kind.observe(answer)
    if not seen.attempted:
        return Report(False, f"Not attempted yet: {sentence(seen.trouble)}", attempted=False)
    if seen.trouble:
        return Report(False, f"Not yet: {sentence(seen.trouble)}")
    if exercise.kind.same(seen.values, exercise.truth):
        return Report(True, "Right.")
    first, told = exercise.kind.part(seen.values, exercise.truth)
    for mistake, values in exercise.known.items():
        if exercise.kind.same(seen.values, values):
            return Report(False, f"Not yet: {exercise.mistakes[mistake].words}", mistake=mistake, first=first)
    return Report(False, f"Not yet. {told}", first=first)


def hint(name: str) -> None:
    """Print the next hint of an exercise; after the last, the last again."""
    exercise = find(name)
    if not exercise.hints:
        print("There is no hint for this one: look at the cells above it.")
        return
    told = record.next_hint(exercise.name, len(exercise.hints))
    print(f"Hint {told + 1} of {len(exercise.hints)}: {exercise.hints[told]}")
    if told + 1 == len(exercise.hints):
        print(f'That was the last; solution("{exercise.name}") shows an answer.')


def solution(name: str) -> None:
    """Print a right answer: the program, or the calculation of the number."""
    exercise = find(name)
    if callable(exercise.right):
        source = textwrap.dedent(inspect.getsource(exercise.right)).rstrip()
        asked = "loop" if isinstance(exercise.kind, Loop) else exercise.right.__name__
        print(source.replace(f"def {exercise.right.__name__}(", f"def {asked}("))
        if isinstance(exercise.kind, Number):
            print(f"\n\n{asked}()  # the number that is asked")
    else:  # of a live figure
        print(
            f"There is no program: move the figure. {exercise.hints[-1] if exercise.hints else ''}".rstrip()
        )


def find(name: str) -> Exercise:
    """The exercise of that name."""
    from gdlib.exercises.catalogue import EXERCISES

    if not isinstance(name, str):
        raise TypeError(f"an exercise is asked for by its name, not {short(name)}: check(answer, name)")
    if name in EXERCISES:
        return EXERCISES[name]
    near = get_close_matches(name, EXERCISES, 3, 0.3) or list(EXERCISES)[:5]
    raise ValueError(f"there is no exercise {name!r}; there are {', '.join(map(repr, near))}")
