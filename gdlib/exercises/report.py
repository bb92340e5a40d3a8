"""What a check says: right, not yet, or not attempted."""

from __future__ import annotations

import contextlib
import html
import reprlib
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from gdlib import checks
from gdlib.exercises.law import Law

#: Attributes of what may hold a reader's own words: no $ begins a formula there, no word is too wide.
TEXT = 'class="mathjax_ignore tex2jax_ignore" style="overflow-wrap: anywhere"'


class First(NamedTuple):
    """The first place at which an answer differs: the step, or the case of a function."""

    step: int
    yours: object
    right: object


@dataclass(frozen=True, eq=False)
class Report:
    """What a reader's program did.

    Attributes:
        right: whether it is.
        attempted: False where nothing was written yet.
        mistake: the short name of a known mistake that gives every value that this program gave, or None.
        law: of a loop, the law that all its steps follow, or None.
        first: the first step that differs, with both values, or None.

    str() is a few plain sentences. In a notebook stand under them the law as a formula and, for a loop, its
    path beside the true one, opened at the step where they part.
    """

    right: bool
    words: str
    attempted: bool = True
    mistake: str | None = None
    law: Law | None = None
    first: First | None = None
    _figure: object = field(default=None, repr=False, compare=False)

    def __str__(self):
        return self.words

    def __repr__(self):
        return self.words

    def _repr_mimebundle_(self, include=None, exclude=None):
        mark = "✓ " if self.right else ""
        page = [f"<p {TEXT}>{mark}{html.escape(self.words)}</p>"]
        if self.law:
            page.append(f"<p>$$ {self.law.formula()} $$</p><p>(η is the learning rate, g the gradient.)</p>")
        bundle, about = {"text/plain": self.words, "text/html": "".join(page)}, {}
        if self._figure is not None:
            with contextlib.suppress(Exception):  # where it can't be drawn, the words stand alone
                shown, about = self._figure()._repr_mimebundle_()
                page.append("<p>Both paths where they part, on a small problem of the check's own:</p>")
                bundle = shown | bundle | {"text/html": "".join(page) + shown["text/html"]}
        return bundle, about


def say(value) -> str:
    """A number or an array in few digits, as a sentence needs it."""
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "biuf":
        return short(value)
    if not numbers.ndim:
        return f"{numbers:.6g}".replace("-", "−")
    if numbers.size > 6:
        return f"an array of shape {numbers.shape}, {say(numbers.ravel()[:3])[:-1]}, …)"
    return "(" + ", ".join(f"{number:.5g}".replace("-", "−") for number in numbers.ravel()) + ")"


def sentence(text: str) -> str:
    """The text with its full stop, where it has no end of its own."""
    return text if text.endswith((".", "?")) else f"{text}."


_SHORT = reprlib.Repr()
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxdict = _SHORT.maxset = _SHORT.maxfrozenset = 40
_SHORT.maxstring = _SHORT.maxlong = _SHORT.maxother = 200


def short(value) -> str:
    """Any object as a sentence can bear it: its repr, cut where it is long."""
    try:
        text = _SHORT.repr(value)
    except KeyboardInterrupt:
        raise
    except BaseException:
        text = f"a {type(value).__name__}"
    return checks.line(text, 80)
