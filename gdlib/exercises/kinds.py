"""The kinds of answer that can be checked: a function, a number, rows, a live figure.

A kind says what an answer does (`observe`), whether two answers do the same, and where they part. The right
answer and every known mistake are observed in the same way, on the same cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from itertools import combinations, islice
from numbers import Real
from typing import NamedTuple, Protocol

import numpy as np

from gdlib import checks
from gdlib.exercises import safe
from gdlib.exercises.report import First, say, short
from gdlib.exercises.same import SAME, plain, same

#: A number in float32 is the same up to this share.
SINGLE = 1e-6
#: So many things of a generator are looked at.
MOST = 10_000


class Seen(NamedTuple):
    """What an answer does: its values, or the sentence that says why there are none."""

    values: list | None = None
    trouble: str | None = None
    attempted: bool = True


class Kind(Protocol):
    """What check asks of a kind. Values are what `observe` gives; only `same` and `part` look into them."""

    def observe(self, answer) -> Seen:
        """What a reader's answer does, under safe.call."""

    def ours(self, answer) -> Seen:
        """What an answer of ours does, the right one or a mistake, with no limit of time."""

    def same(self, mine, other) -> bool:
        """Whether the reader's values are those of an answer of ours."""

    def part(self, mine, right) -> tuple[First, str]:
        """Where the reader's values first differ from the right ones, and a sentence on it."""


class Observed:
    """Answers of ours are observed as the reader's are, but for the limit of time."""

    def ours(self, answer) -> Seen:
        """What an answer of ours does."""
        with safe.unguarded():
            return self.observe(answer)


class Function(Observed):
    """A function, called on cases.

    Args:
        cases: gives the arguments of each call, fresh each time; the caller's arrays stay as they were.
        says: what is asked of it, such as "gradient(w) must give an array (2,)".
        read: function of the result and the arguments after the call that gives what counts; None for the
            result itself.
        several: whether what counts is several numbers or arrays; otherwise a tuple is stacked to one array.
    """

    def __init__(
        self,
        cases: Callable[[], Sequence[tuple]],
        says: str,
        read: Callable | None = None,
        several: bool = False,
    ):
        self._cases, self._says, self._read, self._several = cases, says, read, several

    def observe(self, function) -> Seen:
        """What it gives on each case, and which of its arguments it changes in place."""
        if not callable(function):
            hint = "; hand over the function itself, without brackets" if _is_number(function) else ""
            return Seen(trouble=f"{self._says}, not {short(function)}{hint}")
        cases, untouched = self._cases(), self._cases()

        def on_each():
            every = []
            for arguments in cases:
                every.append(self._parts(function, arguments))
                if every[-1] is None:
                    return None
            return every

        every, trouble = safe.call(on_each)
        if trouble:
            return Seen(trouble=trouble)
        if every is None:
            return Seen(trouble="write it in place of the dots", attempted=False)
        changed = [list(map(_changed, *pair)) for pair in zip(untouched, cases, strict=True)]
        return Seen(list(zip(every, changed, strict=True)))

    def _parts(self, function, arguments):
        """The arrays of a result; None where the function is still as it was found."""
        result = self._result(function, arguments)
        if result is ... or (result is None and safe.is_stub(function)):
            return None
        if result is None:
            raise safe.Refused(f"it gives nothing back (is there a return?); {self._says}")
        return self._numbers(result)

    def _result(self, function, arguments):
        result = function(*arguments)
        if self._read is None or result is None or result is ...:
            return result
        return self._read(result, arguments)

    def _numbers(self, result):
        if isinstance(result, Iterator):
            result = list(islice(result, MOST))
        parts = result if self._several and isinstance(result, list | tuple) else [result]
        try:
            return [np.array(checks.real(plain(part), "it")) for part in parts]
        except Exception:
            raise safe.Refused(f"it gives {short(result)}; {self._says}") from None

    def same(self, mine, other) -> bool:
        """Whether all values are equal up to rounding, and the same arguments are changed."""
        return all(_same(a, b) and x == y for (a, x), (b, y) in zip(mine, other, strict=True))

    def part(self, mine, right):
        """The first case at which they differ, and a sentence on it."""
        cases = self._cases()
        for case, ((yours, changed), (true, _)) in enumerate(zip(mine, right, strict=True)):
            if not _same(yours, true):
                given = ", ".join(_argument(each) for each in cases[case])
                where = f"For {given}" if given else "It"
                pairs = list(zip(yours, true, strict=False))
                place = next((i for i, (a, b) in enumerate(pairs) if not _same([a], [b])), None)
                if place is None:
                    return First(
                        case, yours, true
                    ), f"{where}: {len(yours)} values, and it should be {len(true)}."
                told = f"{where} {_beside(*pairs[place], place + 1 if len(true) > 1 else None)}"
                return First(case, *(value.copy() for value in pairs[place])), told
            if any(changed):
                return First(
                    case, yours, true
                ), "The values are right, but it changes what it is given in place."
        raise AssertionError("they are the same")


class Loop(Function):
    """A whole loop, as `watch` looks at it: check hands it on."""

    def __init__(self):
        super().__init__(tuple, "a loop(gradient, w, learning_rate, batches) that gives the path")


class Number(Observed):
    """A number, right where it is the true one correctly rounded to `digits` significant digits or more."""

    def __init__(self, digits: int = 2):
        self._digits = digits

    def observe(self, answer) -> Seen:
        """The number of an answer; what computes it is called."""
        if callable(answer):
            answer, trouble = safe.call(answer, seconds=60)  # it may have to read data first
            if trouble:
                return Seen(trouble=trouble)
        return _one_number(answer)

    def same(self, mine, other) -> bool:
        """Whether `mine` is `other`, correctly rounded."""
        (mine,), (other,) = mine, other
        share = SINGLE if isinstance(mine, np.float32) else SAME
        near = [other, *(each for digits in range(self._digits, 16) for each in rounded(other, digits))]
        return any(mine == each or abs(mine - each) <= share * abs(each) for each in near)

    def part(self, mine, right):
        """How far off it is; the true number is not given away."""
        (mine,), (right,) = mine, right
        if right and mine == -right:
            told = "Its sign is wrong."
        elif abs(mine - right) <= 0.05 * abs(right):
            told = f"{say(mine)} is close: look at the last digits again."
        else:
            told = f"{say(mine)} is too {'large' if mine > right else 'small'}."
        return First(0, mine, right), told


class Whole(Number):
    """A whole number, which must be exact."""

    def same(self, mine, other) -> bool:
        """Whether they are equal."""
        return mine == other


class Rows(Observed):
    """A function rows(n, batch_size, epochs, rng) -> the row arrays of each step.

    Its draws are its own; what is asked is that every epoch is a fresh shuffle with each row once, and that
    a seed gives the same again.
    """

    says = "rows(n, batch_size, epochs, rng) must give a list with an array of row numbers for each step"

    def observe(self, function) -> Seen:
        """The traits of what it draws."""
        if not callable(function):
            return Seen(trouble=f"{self.says}, not {short(function)}")
        traits, trouble = safe.call(self._traits, function)
        if trouble:
            return Seen(trouble=trouble if self.says in trouble else f"{trouble}; {self.says}")
        if traits is None:
            return Seen(trouble=f"it gives no batches; {self.says}", attempted=False)
        return Seen([traits])

    def _traits(self, function):
        """What holds of its batches: a dictionary; None where nothing was written."""
        n, size, epochs = 23, 5, 3

        def draw(seed, n=n, size=size, epochs=epochs):
            given = function(n, size, epochs, np.random.default_rng(seed))  # a generator stays as it is
            if given is None and not safe.is_stub(function):
                raise safe.Refused(f"it gives nothing back (is there a return?); {self.says}")
            return [] if given is None or given is ... else [_row_numbers(rows, n) for rows in given]

        drawn, again, other = draw(1), draw(1), draw(2)
        if not drawn or not again or not other:
            return None
        every = np.concatenate(drawn)
        per = len(drawn) // epochs if len(drawn) % epochs == 0 else len(drawn)
        parts = [drawn[i : i + per] for i in range(0, len(drawn), per)]
        orders = [np.concatenate(part) for part in parts]
        in_order = any((np.diff(order) == 1).all() for order in orders)
        same = len(orders) > 1 and all(np.array_equal(orders[0], order) for order in orders)
        neighbours = not in_order and all((np.diff(rows) == 1).all() for rows in drawn)
        if neighbours:  # where the short batch comes is then a matter of luck
            parts = [sorted(part, key=len, reverse=True) for part in parts]
        whole = len(every) == n * epochs
        passes = every.reshape(-1, n) if whole else orders
        rng = np.random.default_rng(1)
        return {
            "sizes": tuple(len(rows) for part in parts for rows in part),
            "each once": not any(map(_some_twice, passes)),
            "twice in a batch": any(map(_some_twice, [*drawn, *other])),
            "in order": in_order,
            "the same each epoch": same,
            "shuffled in place": same and _state_after(draw, 1) != _state_after(draw, epochs),
            "the seed holds": _equal(drawn, again),
            "another seed, other rows": not _equal(drawn, other),
            "batches of neighbours": neighbours,
            "the rng goes on": not _equal(draw(rng), draw(rng)),
            **_luck(lambda seed: draw(seed, 5, 2, 3)),
        }

    def same(self, mine, other) -> bool:
        """Whether their traits are the same."""
        return mine == other

    def part(self, mine, right):
        """The first trait that differs."""
        (mine,), (right,) = mine, right
        trait = next(name for name in right if mine[name] != right[name])
        told = {
            "sizes": f"For 23 rows in batches of 5, three times, yours have sizes {short([*mine['sizes']])}.",
            "each once": "In an epoch each row must come once; yours has some twice.",
            "twice in a batch": "In a batch each row must come once; yours has some twice.",
            "in order": "An epoch has its rows in their order: shuffle in each.",
            "the same each epoch": "Every epoch has the same order: shuffle anew.",
            "shuffled in place": "Every epoch has the same order: shuffle anew.",
            "the seed holds": "With the same seed it gives other rows: draw from the rng that it is given.",
            "another seed, other rows": "With another seed it gives the same rows: use the rng given.",
            "batches of neighbours": "Only the batches are shuffled: in each, the rows are neighbours.",
            "the rng goes on": "Asked again with the same rng it gives the same rows: it draws from a copy.",
            "each row anywhere": "Some rows don't come in every batch of an epoch. Shuffle all together.",
            "any rows together": "Where one row comes tells where another does. Shuffle all together.",
            "epochs of their own": "One epoch's order tells another's. Shuffle anew in each.",
        }[trait]
        return First(0, mine[trait], right[trait]), told


class Figure:
    """A live figure, moved by the reader until a goal is met.

    Args:
        read: function of the figure that gives what counts, a list of numbers, words or truths.
        far: function of what was read that says what is still missing.
    """

    def __init__(self, read: Callable, far: Callable):
        self._read, self._far = read, far

    def observe(self, figure) -> Seen:
        """What counts of how the figure stands."""
        if not (hasattr(figure, "learning_rate") and hasattr(figure, "moved")):
            return Seen(trouble=f"hand over the live figure itself, not {short(figure)}")
        if not figure.moved:
            return Seen(trouble="move the figure above, then run this cell again", attempted=False)
        values, trouble = safe.call(self._read, figure)
        return Seen(values, trouble)

    def ours(self, answer) -> Seen:
        """An answer of ours is what would be read."""
        return Seen(answer)

    def same(self, mine, other) -> bool:
        """Whether the same is reached."""
        return mine == other

    def part(self, mine, right):
        """What is still missing."""
        return First(0, mine, right), self._far(mine)


def rounded(number: float, digits: int) -> tuple[float, float]:
    """A number in so many significant digits; both ways, where it stands in the middle."""
    if not number or not np.isfinite(number):
        return number, number
    exact = Decimal(repr(float(number)))
    unit = Decimal(1).scaleb(exact.adjusted() - digits + 1)
    return tuple(float(exact.quantize(unit, how)) for how in (ROUND_HALF_EVEN, ROUND_HALF_UP))


def _one_number(answer):
    def read():
        try:
            number = checks.real(plain(answer), "the answer")
        except Exception:
            raise safe.Refused(f"a number is asked, not {short(answer)}") from None
        if isinstance(answer, bool) or number.size != 1:
            raise safe.Refused(f"one number is asked, not {short(answer)}")
        if not np.isfinite(number).all():
            raise safe.Refused(f"a finite number is asked, not {short(answer)}")
        single = getattr(plain(answer), "dtype", None) == np.float32
        return [(np.float32 if single else float)(number.reshape(()))]

    return Seen(*safe.call(read))


def _is_number(value):
    return isinstance(value, Real | np.ndarray)


def _beside(mine, right, place):
    """The reader's value and the right one, in a sentence; of long arrays the first row that differs."""
    which = f" as value {place}" if place else ""
    if not right.ndim and mine.size > 1:
        return f"yours gives {mine.size} numbers{which}, where one is asked: {say(right)}."
    if mine.shape != right.shape:
        told = f"yours gives {say(mine)}{which}, an array of shape {mine.shape} where {right.shape} is asked"
        return f"{told}, and it should be {say(right)}."
    if right.size > 6:
        row = next(i for i, (a, b) in enumerate(zip(mine, right, strict=True)) if not _same([a], [b]))
        which, mine, right = f"{which} in row {row}", mine[row], right[row]
    if np.isnan(mine).any():
        return f"yours gives {say(mine)}{which}, where nan is no number, as 0/0; it should be {say(right)}."
    if say(mine) == say(right):  # in the digits that are shown
        return f"yours is off by {np.abs(mine - right).max():.1g}{which} from {say(right)}."
    return f"yours gives {say(mine)}{which} and it should be {say(right)}."


def _same(mine, other):
    return len(mine) == len(other) and all(map(same, mine, other))


def _changed(before, after):
    if isinstance(before, list):
        return len(before) != len(after) or any(map(_changed, before, after))
    if isinstance(before, np.ndarray):
        return not np.array_equal(before, after)
    return isinstance(before, Real) and before != after


def _some_twice(rows):
    return len(set(rows.tolist())) < len(rows)


def _row_numbers(rows, n):
    """The rows of a batch as an array, or Refused where they are none."""
    rows = plain(rows)
    numbers = np.array(checks.real(rows, "rows"), ndmin=1)
    if numbers.ndim > 1:
        raise safe.Refused(f"it gives a batch of shape {numbers.shape}")
    odd = numbers[(numbers < 0) | (numbers >= n) | (numbers != np.floor(numbers))]
    if odd.size:
        raise safe.Refused(f"a row is a whole number from 0 to {n - 1}, not {say(odd[0])}")
    kind = np.asarray(rows).dtype
    if numbers.size and kind.kind not in "iu":
        raise safe.Refused(f"its row numbers are {kind}, which can't be used as an index")
    return numbers


def _luck(draw):
    """Of a table with five rows, in batches of two, three times, and many seeds: what comes with what.

    A column holds in which batch of an epoch a row comes. Where all is left to luck, a column holds each
    batch, and two columns each pair of them, but for both rows in a batch of one.
    """
    drawn = [np.concatenate([*draw(seed), []]) for seed in range(400)]
    if not all(len(rows) == 15 for rows in drawn):
        return {"each row anywhere": False, "any rows together": False, "epochs of their own": False}
    orders = np.array(drawn).reshape(400, 3, 5)
    batch = np.argsort(orders, axis=2) // 2
    if not (np.sort(orders, axis=2) == np.arange(5)).all():
        batch = 0 * batch
    columns = [(epoch, batch[:, epoch, row]) for epoch in range(3) for row in range(5)]
    met = [(i == j, len(np.unique(3 * a + b))) for (i, a), (j, b) in combinations(columns, 2)]
    return {
        "each row anywhere": all(len(np.unique(column)) == 3 for _, column in columns),
        "any rows together": all(pairs == 8 for within, pairs in met if within),
        "epochs of their own": all(pairs == 9 for within, pairs in met if not within),
    }


def _state_after(draw, epochs):
    """The state of a generator that so many epochs were drawn from."""
    rng = np.random.default_rng(1)
    draw(rng, epochs=epochs)
    return rng.bit_generator.state


def _equal(mine, other):
    return len(mine) == len(other) and all(map(np.array_equal, mine, other))


def _argument(value):
    if callable(getattr(value, "assign_sub", None)):  # a variable of TensorFlow
        value = value.numpy()
    if isinstance(value, Real) or (isinstance(value, np.ndarray) and value.size <= 6):
        return say(value)
    return (
        f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
    )
