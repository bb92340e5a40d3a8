"""Nothing odd gets through: each parameter of each public function against each kind of odd value.

An odd value is right, and then gives what the plain value beside it gives; or it is refused: by a
ValueError or TypeError that gdlib itself raises, that names the parameter and says what would be right.
Either way without a stray warning, and with the caller's objects as they were.

The calls are made from the signatures, so a new function is covered by itself. A parameter of a new name
needs a row in PARAMETERS: a plain value, and the odd ones it is tried with.
"""

import datetime
import decimal
import dis
import enum
import fractions
import functools
import inspect
import io
import itertools
import pathlib
import re
import traceback
import warnings

import numpy as np
import pytest
import scipy.sparse

import gdlib
from gdlib import Landscape, LinearRegression, LogisticRegression, landscapes, rules

HOUSE = str(pathlib.Path(gdlib.__file__).parent)
REFUSED, SAME = "refused", "the same as the plain value"


# Values that a reader may bring, and NumPy does not expect.


class Tensor:
    """As a framework's tensor: no array, but can be made one."""

    def __init__(self, value):
        self.value = np.asarray(value)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.value, dtype)

    def __index__(self):
        return self.value.__index__()


class Learning(Tensor):
    """As a tensor that requires grad."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy().")


class Frame(Tensor):
    """As an older DataFrame, which knows no copy=."""

    def __array__(self, dtype=None):
        return np.array(self.value, dtype)


class Unprintable:
    """It has nothing, not even a repr."""

    def __repr__(self):
        raise RuntimeError("no")


class Talkative:
    """Its repr has no end, and lines that look like a message."""

    def __repr__(self):
        return "everything is fine\n" * 1000


class Heir(np.ndarray):
    """An array with a name of its own."""


class Number(float):
    """A float with a name of its own."""


def masked(value):
    """With its first entry masked."""
    where = np.zeros(np.shape(value), bool)
    where[(0,) * where.ndim] = True
    return np.ma.array(value, mask=where)


def view(value, step):
    """Every `step`-th entry of a longer array, along each axis."""
    value = np.asarray(value)
    longer = np.full([abs(step) * size for size in value.shape], 77, value.dtype)
    part = longer[tuple(slice(None, None, step) for _ in value.shape)]
    part[...] = value
    return part


def readonly(value):
    """An array that may not be written."""
    array = np.array(value)
    array.flags.writeable = False
    return array


def with_entry(value, entry, dtype=object):
    """As an array of that dtype whose last entry is `entry`."""
    array = np.array(value, dtype=dtype)
    array[(-1,) * array.ndim] = entry
    return array


def each(kind):
    """An object array of `kind` made of each entry."""

    def make(value):
        entries = np.empty(np.shape(value), object)
        entries[...] = np.vectorize(kind, otypes=[object])(value)
        return entries

    return make


def constant(value):
    """A maker that looks at nothing."""
    return lambda plain: value


# Families: (name, plain value -> odd value, what is right). What is right is SAME, REFUSED, or a function
# that gives the plain value of equal meaning. Where that plain value is refused, the odd one must be, too.

NOTHING = [
    ("None", constant(None), REFUSED),
    ("object", constant(object()), REFUSED),
    ("unprintable", constant(Unprintable()), REFUSED),
    ("talkative", constant(Talkative()), REFUSED),
    ("class", constant(dict), REFUSED),
    ("dict", constant({0: 1.0}), REFUSED),
    ("set", constant({1.0}), REFUSED),
    ("generator", lambda plain: (i for i in [1, 0]), REFUSED),
    ("word", constant("plenty"), REFUSED),
    ("empty word", constant(""), REFUSED),
    ("ellipsis", constant(...), REFUSED),
    ("module", constant(np), REFUSED),
    ("date", constant(datetime.date(2024, 1, 1)), REFUSED),
    ("datetime64", constant(np.datetime64("2024-01-01")), REFUSED),
    ("timedelta64", constant(np.timedelta64(1, "s")), REFUSED),
    ("structured", constant(np.zeros((), [("a", float)])), REFUSED),
    ("sparse", constant(scipy.sparse.csr_array([[1.0, 0.0]])), REFUSED),
    ("all masked", constant(np.ma.masked), REFUSED),
    ("ragged", constant([[1.0], [1.0, 2.0]]), REFUSED),
]
REAL = [
    ("float32", np.float32, SAME),
    ("float16", np.float16, SAME),
    ("longdouble", np.longdouble, SAME),
    ("tensor", Tensor, SAME),
    ("frame", Frame, SAME),
    ("nothing masked", np.ma.array, SAME),
    ("masked", masked, REFUSED),
    ("complex", np.complex128, REFUSED),
    ("imaginary", lambda plain: 1j * np.asarray(plain), REFUSED),
    ("tensor that requires grad", Learning, REFUSED),
    ("too large for a float", lambda plain: with_entry(plain, 10**400), REFUSED),
    ("too large a fraction", lambda plain: with_entry(plain, fractions.Fraction(10**400, 3)), REFUSED),
]
NOT_FINITE = [
    ("NaN", lambda plain: with_entry(plain, np.nan, float), REFUSED),
    ("infinity", lambda plain: with_entry(plain, np.inf, float), REFUSED),
    ("minus infinity", lambda plain: with_entry(plain, -np.inf, float), REFUSED),
    ("too large a Decimal", lambda plain: with_entry(plain, decimal.Decimal("1e400")), REFUSED),
    ("longdouble too large", lambda plain: with_entry(plain, "1e4000", np.longdouble), REFUSED),
]
NUMBER = [
    *NOTHING,
    *REAL,
    ("int", lambda plain: int(plain), lambda plain: float(int(plain))),
    ("int8", lambda plain: np.int8(plain), lambda plain: float(int(plain))),
    ("0-d array", np.array, SAME),
    ("read-only", readonly, SAME),
    ("heir of float", Number, SAME),
    ("Fraction", fractions.Fraction, SAME),
    ("Decimal", decimal.Decimal, SAME),
    ("whole number too large", constant(10**400), REFUSED),
    ("whole number too long to print", constant(10**5000), REFUSED),
    ("string", str, REFUSED),
    ("bytes", lambda plain: str(plain).encode(), REFUSED),
    ("array of a string", lambda plain: np.array(str(plain)), REFUSED),
    ("True", constant(True), REFUSED),
    ("NumPy's True", constant(np.True_), REFUSED),
    ("array of True", constant(np.array(True)), REFUSED),
    ("shape (1,)", lambda plain: np.array([plain]), REFUSED),
    ("shape (1, 1)", lambda plain: np.array([[plain]]), REFUSED),
    ("list", lambda plain: [plain], REFUSED),
    ("empty", constant([]), REFUSED),
]
POSITIVE = [
    *NUMBER,
    *NOT_FINITE,
    ("zero", constant(0), REFUSED),
    ("minus zero", constant(-0.0), REFUSED),
    ("negative", lambda plain: -plain, REFUSED),
]
SHARE = [*NUMBER, *NOT_FINITE, ("negative", lambda plain: -plain, REFUSED), ("2", constant(2.0), REFUSED)]

ENTRIES = [
    *NOTHING,
    *REAL,
    ("array", np.array, SAME),
    ("list", lambda plain: np.array(plain).tolist(), SAME),
    ("tuple of arrays", lambda plain: tuple(np.array(plain)), SAME),
    ("other byte order", lambda plain: np.array(plain, ">f8"), SAME),
    ("read-only", readonly, SAME),
    ("Fortran order", lambda plain: np.array(plain, order="F"), SAME),
    ("every second", lambda plain: view(plain, 2), SAME),
    ("backwards", lambda plain: view(plain, -1), SAME),
    ("heir of array", lambda plain: np.array(plain).view(Heir), SAME),
    ("int8", lambda plain: np.array(plain, np.int8), lambda plain: np.trunc(plain)),
    ("bool", lambda plain: np.array(plain, bool), lambda plain: np.array(plain, bool).astype(float)),
    ("objects", lambda plain: np.array(plain, object), SAME),
    ("Fractions", each(fractions.Fraction), SAME),
    ("Decimals", each(decimal.Decimal), SAME),
    ("strings", lambda plain: np.array(plain).astype(str), REFUSED),
    ("bytes", lambda plain: np.array(plain).astype(bytes), REFUSED),
    ("objects that are strings", each(str), REFUSED),
    ("a None", lambda plain: with_entry(plain, None), REFUSED),
    ("a string", lambda plain: with_entry(plain, "1.0"), REFUSED),
    ("a complex number", lambda plain: with_entry(plain, 1 + 0j), REFUSED),
    ("list of masked arrays", lambda plain: list(masked(np.atleast_2d(plain))), REFUSED),
    ("list with a masked entry", lambda plain: [np.ma.masked, *np.array(plain)[1:]], REFUSED),
    ("dates", lambda plain: np.zeros(np.shape(plain), "M8[s]"), REFUSED),
    ("empty", constant([]), REFUSED),
    ("empty of two axes", constant(np.zeros((0, 2))), REFUSED),
]
DEEPER = [("two axes more", lambda plain: np.array(plain)[None, None], REFUSED)]
ARRAY = [*ENTRIES, *NOT_FINITE, *DEEPER]

COUNT = [
    *[family for family in NOTHING if family[0] != "class"],
    ("int8", np.int8, SAME),
    ("uint64", np.uint64, SAME),
    ("0-d array", np.array, SAME),
    ("tensor", Tensor, SAME),
    ("enum", lambda plain: enum.IntEnum("Size", {"it": plain}).it, SAME),
    ("nothing masked", np.ma.array, SAME),
    ("masked", masked, REFUSED),
    ("float", float, REFUSED),
    ("float64", np.float64, REFUSED),
    ("Fraction", fractions.Fraction, REFUSED),
    ("Decimal", decimal.Decimal, REFUSED),
    ("complex", complex, REFUSED),
    ("NaN", constant(np.nan), REFUSED),
    ("infinity", constant(np.inf), REFUSED),
    ("string", str, REFUSED),
    ("bytes", lambda plain: str(plain).encode(), REFUSED),
    ("True", constant(True), REFUSED),
    ("NumPy's True", constant(np.True_), REFUSED),
    ("list", lambda plain: [plain], REFUSED),
    ("shape (1,)", lambda plain: np.array([plain]), REFUSED),
    ("negative", lambda plain: -plain, REFUSED),
]
ENDLESS = [
    ("endless", constant(10**29), REFUSED),
    ("too large for a float", constant(10**400), REFUSED),
    ("too long to print", constant(10**5000), REFUSED),
]
INTERVAL = [
    *COUNT,
    *[(name, make, constant(10**6)) for name, make, _ in ENDLESS],
    ("0", constant(0), REFUSED),
]
COUNT = [*COUNT, *ENDLESS]
SIZE = [*COUNT, ("0", constant(0), REFUSED)]

FLAG = [
    *NOTHING,
    ("NumPy's", np.bool_, SAME),
    ("no", constant("no"), REFUSED),
    ("False in quotes", constant("False"), REFUSED),
    ("0", constant(0), REFUSED),
    ("1.0", constant(1.0), REFUSED),
    ("0-d array", np.array, REFUSED),
    ("list", lambda plain: [plain], REFUSED),
]

ROWS = [
    *NOTHING,
    ("list", lambda plain: np.array(plain).tolist(), SAME),
    ("tuple", lambda plain: tuple(plain), SAME),
    *[
        (kind, lambda plain, kind=kind: np.array(plain, kind), SAME)
        for kind in ("int8", "uint8", "uint64", ">i4")
    ],
    ("read-only", readonly, SAME),
    ("every second", lambda plain: view(plain, 2), SAME),
    ("backwards", lambda plain: view(plain, -1), SAME),
    ("tensor", Tensor, SAME),
    ("heir of array", lambda plain: np.array(plain).view(Heir), SAME),
    ("nothing masked", np.ma.array, SAME),
    ("masked", masked, REFUSED),
    ("list with a masked entry", lambda plain: [np.ma.masked, *plain], REFUSED),
    ("floats", lambda plain: np.array(plain, float), REFUSED),
    ("complex", lambda plain: np.array(plain, complex), REFUSED),
    ("mask of rows", constant(np.array([True, False])), REFUSED),
    ("strings", lambda plain: np.array(plain).astype(str), REFUSED),
    ("Fractions", each(fractions.Fraction), REFUSED),
    ("tensor that requires grad", Learning, REFUSED),
    ("one row", constant(0), REFUSED),
    ("two axes", lambda plain: np.array([plain]), REFUSED),
    ("empty", constant([]), REFUSED),
    ("empty array", constant(np.array([], int)), REFUSED),
    ("counted from the end", constant([0, -1]), REFUSED),
    ("beyond the last", constant([0, 99]), REFUSED),
    ("far beyond the last", constant([0, 2**63]), REFUSED),
    ("too large for a float", constant([0, 10**400]), REFUSED),
    ("all", constant("all"), REFUSED),
    ("slice", constant(slice(None)), REFUSED),
]
BATCHES = [
    *NOTHING,
    *[
        (
            f"{name} in it",
            lambda plain, make=make: [[0], make([0, 1])],
            then if then is REFUSED else constant([[0], [0, 1]]),
        )
        for name, make, then in ROWS
        if name != "None"
    ],
    ("tuple", tuple, SAME),
    ("table", constant(np.array([[0, 1], [1, 0]])), constant([[0, 1], [1, 0]])),
    ("table of floats", constant(np.array([[0.0, 1.0]])), REFUSED),
    ("masked table", constant(masked([[0, 1], [1, 0]])), REFUSED),
    ("numbers", constant([0, 1]), REFUSED),
    ("one number", constant(0), REFUSED),
    ("0-d array", constant(np.array(0)), REFUSED),
    ("iterator", iter, REFUSED),
    ("tensor", constant(Tensor([[0, 1]])), REFUSED),
]

OLD = np.random.RandomState(3)
RNG = [
    *[family for family in NOTHING if family[0] != "None"],
    ("int64", np.int64, SAME),
    ("seed sequence", np.random.SeedSequence, SAME),
    (
        "generator of NumPy",
        np.random.default_rng,
        lambda plain: np.random.default_rng(plain).spawn(1)[0].bit_generator.seed_seq,
    ),
    (
        "bit generator",
        np.random.PCG64,
        lambda plain: np.random.default_rng(plain).spawn(1)[0].bit_generator.seed_seq,
    ),
    ("several numbers", constant([3, 4]), constant(np.array([3, 4]))),
    ("large seed", constant(10**400), constant(np.random.SeedSequence(10**400))),
    ("old generator", constant(OLD), REFUSED),
    ("the old module", constant(np.random), REFUSED),
    ("generator without children", constant(np.random.Generator(OLD._bit_generator)), REFUSED),
    ("class of generators", constant(np.random.Generator), REFUSED),
    ("float", float, REFUSED),
    ("half", constant(2.5), REFUSED),
    ("complex", complex, REFUSED),
    ("string", str, REFUSED),
    ("bytes", lambda plain: str(plain).encode(), REFUSED),
    ("strings", lambda plain: [str(plain)], REFUSED),
    ("True", constant(True), REFUSED),
    ("Trues", constant([True]), REFUSED),
    ("negative", constant(-1), REFUSED),
    ("negatives", constant([3, -1]), REFUSED),
    ("floats", constant([3.0]), REFUSED),
    ("masked", constant(masked([3, 4])), REFUSED),
    ("NaN", constant(np.nan), REFUSED),
    ("Fraction", fractions.Fraction, REFUSED),
    ("empty", constant([]), REFUSED),
]

NOT_A_FUNCTION = [family for family in NOTHING if family[0] != "class"]


# A reader's own problem. Its answers may be odd from some call on.


class Own:
    """A reader's own problem, least squares on three rows, whose answers may be odd.

    Args:
        gradient, loss: makers of an odd answer from a plain one; a gradient is odd after some calls.
    """

    after = 2
    X, y = np.array([[1.0, 0.5], [-2.0, 1.0], [0.5, 2.0]]), np.array([1.0, 0.0, 1.0])

    def __init__(self, n=3, gradient=None, loss=None):
        self.n, self._odd, self._odd_loss = n, gradient, loss
        self._asked = itertools.count()

    def loss(self, w):
        loss = float(np.mean((self.X @ w - self.y) ** 2))
        return loss if self._odd_loss is None else self._odd_loss(2.0)

    def gradient(self, w, rows=None):
        X, y = (self.X, self.y) if rows is None else (self.X[rows], self.y[rows])
        gradient = 2 / len(y) * (X @ w - y) @ X
        return self._odd(np.array([0.5, -2.0])) if self._odd and next(self._asked) >= self.after else gradient


class Slots:
    """No attributes but these."""

    __slots__ = ("n", "own")

    def __init__(self, own):
        self.n, self.own = own.n, own

    def loss(self, w):
        return self.own.loss(w)

    def gradient(self, w, rows):
        return self.own.gradient(w, rows)


class OwnGradient(LinearRegression):
    """An heir with a gradient of its own."""

    def gradient(self, w, rows=None):
        return 2 * super().gradient(w, rows)

    def loss(self, w):
        return 2 * super().loss(w)


class Twice:
    """The same without the parent."""

    n = 3

    def loss(self, w):
        return 2 * Own().loss(w)

    def gradient(self, w, rows=None):
        return 2 * Own().gradient(w, rows)


class OwnPrediction(LinearRegression):
    """An heir that only predicts otherwise."""

    @staticmethod
    def _predict(scores):
        return np.sin(scores)

    def loss(self, w):
        return float(np.mean(-np.cos(self.X @ w) * 2 - 2 * self.y * (self.X @ w)))


class Predicted:
    """The same gradient without the parent."""

    n = 3
    X, y = Own.X, Own.y
    loss = OwnPrediction.loss

    def gradient(self, w, rows=None):
        X, y = (Own.X, Own.y) if rows is None else (Own.X[rows], Own.y[rows])
        return 2 / len(y) * (np.sin(X @ w) - y) @ X


def without(name):
    """A problem in which one thing is missing."""

    class Less:
        n = 3
        loss, gradient = Own.loss, Own.gradient

    delattr(Less, name)
    return Less()


def changed(**changes):
    """A reader's own problem in which something is another."""
    problem = Own()
    for name, value in changes.items():
        setattr(problem, name, value)
    return problem


def answers(what, families, function):
    """Families of functions that answer oddly; function(maker) is one whose answers that maker makes."""

    def family(name, make, then):
        if then is not REFUSED:
            plainly = (lambda answer: answer) if then is SAME else then
            return f"{what}: {name}", lambda plain: function(make), lambda plain: function(plainly)
        return f"{what}: {name}", lambda plain: function(make), REFUSED

    return list(itertools.starmap(family, families))


# Wherever a reader's own function gives a value, what it gives may be odd.
ANSWERED = [family for family in NUMBER if family[0] not in ("int", "int8")]
GRADIENT = [
    *ENTRIES,
    *DEEPER,
    ("shape (1,)", constant(np.array([0.5])), REFUSED),
    ("a number", constant(0.5), REFUSED),
    ("a column", lambda plain: np.array(plain)[:, None], REFUSED),
]
PROBLEM = [
    *NOTHING,
    *answers("n", SIZE, lambda make: Own(n=make(3))),
    *answers("gradient gives", GRADIENT, lambda make: Own(gradient=make)),
    *answers("loss gives", ANSWERED, lambda make: Own(loss=make)),
    ("a class of problems", constant(Own), REFUSED),
    *[(f"without {name}", lambda plain, name=name: without(name), REFUSED) for name in ("loss", "gradient")],
    ("without n", lambda plain: Slots.__new__(Slots), REFUSED),
    ("loss is a number", lambda plain: changed(loss=2.0), REFUSED),
    ("gradient is an array", lambda plain: changed(gradient=np.ones(2)), REFUSED),
    ("gradient knows no rows", lambda plain: changed(gradient=lambda w: 2 * w), REFUSED),
    ("gradient takes three", lambda plain: changed(gradient=lambda w, rows, more: 2 * w), REFUSED),
    ("slots", lambda plain: Slots(Own()), SAME),
    ("heir", lambda plain: OwnGradient(Own.X, Own.y), lambda plain: Twice()),
    ("heir that predicts", lambda plain: OwnPrediction(Own.X, Own.y), lambda plain: Predicted()),
]

SCHEDULE = [
    *[family for family in POSITIVE if family[0] != "class"],
    *answers("gives", POSITIVE, lambda make: lambda step: make(0.25) if step == 1 else 0.25),
    ("takes nothing", lambda plain: lambda: plain, REFUSED),
    ("takes two", lambda plain: lambda step, epoch: plain, REFUSED),
    ("takes a keyword", lambda plain: lambda *, step: plain, REFUSED),
    ("takes one or two", lambda plain: lambda step, epoch=0: plain, SAME),
    ("partial", lambda plain: functools.partial(lambda a, step: a, plain), SAME),
    ("a schedule not made", constant(gdlib.schedules.step_decay), REFUSED),
]


class OwnMomentum(rules.momentum):
    """An heir of a rule."""


def giving(make):
    """A rule whose second direction is odd."""
    return lambda g, memory, step: (make(np.array([0.5, -2.0])) if step == 1 else g, memory)


TABLE = pathlib.Path(__file__).with_name("table.csv")
PATH = [
    *NOTHING,
    ("Path", pathlib.Path, SAME),
    ("bytes", str.encode, REFUSED),
    ("folder", lambda plain: str(pathlib.Path(plain).parent), REFUSED),
    ("open file", constant(io.StringIO(TABLE.read_text())), REFUSED),
    ("with a zero", lambda plain: f"{plain}\0", REFUSED),
    ("long", lambda plain: plain * 50, REFUSED),
]
NAME = [
    *NOTHING,
    ("NumPy's", np.str_, SAME),
    ("bytes", str.encode, REFUSED),
    ("number", constant(0), REFUSED),
    ("list", lambda plain: [plain], REFUSED),
    ("array", np.array, REFUSED),
    ("array of two", constant(np.array(["a", "b"])), REFUSED),
]
NAMES = [
    *[
        (f"{name} in it", lambda plain, make=make: [make(plain[0]), *plain[1:]], then)
        for name, make, then in NAME
    ],
    *NOTHING,
    ("tuple", tuple, SAME),
    ("array", np.array, REFUSED),
    ("iterator", iter, REFUSED),
    ("letters", constant("ab"), REFUSED),
    ("twice", lambda plain: [*plain, plain[0]], REFUSED),
    ("the target", lambda plain: [*plain, "y"], REFUSED),
    ("empty", constant([]), REFUSED),
]

RULE = [
    *[family for family in NOTHING if family[0] != "None"],
    ("a class of rules", constant(rules.adam), REFUSED),
    ("name", constant("adam"), REFUSED),
    ("number", constant(0.9), REFUSED),
    ("takes nothing", constant(lambda: None), REFUSED),
    ("takes two", constant(lambda g, memory: (g, memory)), REFUSED),
    ("takes four", constant(lambda g, memory, step, more: (g, memory)), REFUSED),
    ("gives None", constant(lambda g, memory, step: None), REFUSED),
    ("gives a direction alone", constant(lambda g, memory, step: g), REFUSED),
    ("gives a list", constant(lambda g, memory, step: [g, memory]), REFUSED),
    ("gives three", constant(lambda g, memory, step: (g, memory, step)), REFUSED),
    ("heir", constant(OwnMomentum(0.5)), constant(rules.momentum(0.5))),
    (
        "partial",
        constant(functools.partial(lambda a, g, memory, step: (a * g, memory), 2)),
        constant(lambda g, m, s: (2 * g, m)),
    ),
    *answers("gives", GRADIENT, giving),
]

ARITY = [
    ("takes nothing", constant(lambda: 1.0), REFUSED),
    ("takes two", constant(lambda w, rows: 1.0), REFUSED),
    ("takes a keyword", constant(lambda *, w: 1.0), REFUSED),
    ("array", constant(np.ones(2)), REFUSED),
]
HEIGHT = [*NOT_A_FUNCTION, *ARITY, *answers("gives", ANSWERED, lambda make: lambda w: make(2.0))]
SLOPES = [
    *NOT_A_FUNCTION,
    *ARITY,
    *answers("gives", GRADIENT, lambda make: lambda w: make(np.array([0.5, -2.0]))),
]

#: For each name of a parameter a plain value, and the odd ones it is tried with.
PARAMETERS = {
    "X": (Own.X, ARRAY),
    "y": (Own.y, ARRAY),
    "w": (np.array([1.0, -0.5]), ENTRIES),
    "rows": ([2, 0], [family for family in ROWS if family[0] != "None"]),
    "loss": (lambda w: w[0] ** 2 + w[1] ** 2, HEIGHT),
    "gradient": (lambda w: 2 * w, SLOPES),
    "minima": (np.array([[1.0, -2.0]]), ARRAY),
    "window": (np.array([[-1.0, 1.0], [-2.0, 4.0]]), ARRAY),
    "problem": (None, PROBLEM),
    "start": (np.array([1.0, -0.5]), ARRAY),
    "learning_rate": (0.25, SCHEDULE),
    "learning_rates": (np.array([0.25, 1.0]), ARRAY),
    "batches": ([[0], [2, 0], [1], [1, 2]], BATCHES),
    "epochs": (3, COUNT),
    "batch_size": (2, SIZE),
    "rule": (rules.momentum(0.5), RULE),
    "momentum": (0.5, SHARE),
    "nesterov": (True, FLAG),
    "record_every": (2, INTERVAL),
    "progress": (False, FLAG),
    "rng": (3, RNG),
    "beta": (0.5, SHARE),
    "beta1": (0.5, SHARE),
    "beta2": (0.5, SHARE),
    "decay": (0.5, SHARE),
    "epsilon": (0.5, POSITIVE),
    "curvature": (2.0, POSITIVE),
    "condition": (4.0, POSITIVE),
    "rate": (0.25, POSITIVE),
    "every": (2, INTERVAL),
    "factor": (0.5, SHARE),
    "half_after": (2.0, POSITIVE),
    "steps": (8, SIZE),
    "standardise": (True, FLAG),
    "path": (str(TABLE), PATH),
    "target": ("y", NAME),
    "columns": (["b", "a"], NAMES),
    "labels": (True, FLAG),
}
#: Names that mean something else in one place.
ELSEWHERE = {("Landscape.gradient", "rows"): [0, 0]}
#: Each run is made on each of these.
PROBLEMS = {
    "own": Own,
    "linear": lambda: LinearRegression(Own.X, Own.y),
    "logistic": lambda: LogisticRegression(Own.X, Own.y),
    "surface": landscapes.bowl,
}
#: What takes no values from a reader: made by gdlib, a description, and what draws ready arrays.
EXEMPT = {"DivergenceWarning", "Path", "Problem", "plotting"}


def public():
    """The public functions, and the methods of problems, by name."""
    found = {}
    for name in sorted(set(gdlib.__all__) - EXEMPT):
        thing = getattr(gdlib, name)
        if inspect.ismodule(thing):
            for inner, function in vars(thing).items():
                if callable(function) and not inner.startswith("_") and function.__module__ == thing.__name__:
                    found[f"{name}.{inner}"] = function
        else:
            found[name] = thing
    made = {type(make()).__name__: make() for make in PROBLEMS.values()}
    for kind in [name for name, thing in found.items() if inspect.isclass(thing) and hasattr(thing, "loss")]:
        for name, method in inspect.getmembers(made[kind], inspect.ismethod):
            if not name.startswith("_"):
                found[f"{kind}.{name}"] = method
    for name in ("datasets.Dataset", "rules.chosen"):  # a tuple that datasets give; the loop's own
        del found[name]
    return found


PUBLIC = public()
CASES = [
    (name, parameter)
    for name, function in PUBLIC.items()
    for parameter in inspect.signature(function).parameters
]


def digest(thing):
    """What a result says, as a list of arrays and words; a problem, a schedule and a rule are asked."""
    if isinstance(thing, gdlib.Path):
        return [thing.weights, thing.losses, thing.steps, thing.epochs, thing.diverged, repr(thing)]
    if isinstance(thing, LinearRegression | LogisticRegression):
        w = np.array([0.3, -0.7])[: thing.d]
        return [thing.X, thing.y, thing.n, thing.loss(w), thing.gradient(w), thing.lipschitz()]
    if isinstance(thing, Landscape):
        d = 1 if "parabola" in repr(thing) else 2
        known = [thing.minima is None or thing.minima, thing.window is None or thing.window]
        return [
            *known,
            *_asked(thing, np.full(thing._d or d, 0.7)),
            *_asked(thing, np.full((thing._d or d, 3), -0.2)),
        ]
    if isinstance(thing, rules._Named):
        first, memory = thing(np.array([0.5, -2.0]), None, 0)
        return [repr(thing), first, thing(np.array([1.0, 3.0]), memory, 1)[0]]
    if isinstance(thing, tuple):
        return list(thing)
    if callable(thing):
        return [thing(step) for step in (0, 1, 5, 7)]
    return [thing]


def _asked(landscape, w):
    return [landscape.loss(w), landscape.gradient(w), landscape.curvature(w)]


def looks(value):
    """What would tell that a value was changed."""
    if isinstance(value, np.ndarray) and value is not np.ma.masked:
        mask = np.ma.getmaskarray(value).tobytes() if isinstance(value, np.ma.MaskedArray) else None
        entries = value.tolist() if value.dtype == object else value.tobytes()
        return repr(
            (type(value), value.dtype, value.shape, value.strides, value.flags.writeable, entries, mask)
        )
    if isinstance(value, list | tuple):
        return [looks(entry) for entry in value]
    if isinstance(value, np.random.Generator):
        return repr(value.bit_generator.state)
    if isinstance(value, np.random.BitGenerator):
        return repr(value.state)
    if isinstance(value, np.random.RandomState):
        return repr(value.get_state())
    return id(value)


#: A problem may be named by what is wrong with it.
NAMED = {"problem": "problem|the gradient"}


class Wrong(Exception):
    """An odd call that was neither right nor well refused."""


def outcome(function, arguments):
    """What a call says, or the error it ends in."""
    before = {name: looks(value) for name, value in arguments.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", gdlib.DivergenceWarning)
        try:
            said = digest(function(**arguments))
        except Exception as error:
            said = error
    if before != {name: looks(value) for name, value in arguments.items()}:
        raise Wrong("changed what it was given")
    return said


def see_refusal(error, parameter):
    """See that an error is a refusal of our own, which names the parameter and says what would be right."""
    *_, last = traceback.walk_tb(error.__traceback__)
    *_, place = iter_tracebacks(error.__traceback__)
    code = last[0].f_code
    if not (
        code.co_filename.startswith(HOUSE) and code.co_code[place.tb_lasti] == dis.opmap["RAISE_VARARGS"]
    ):
        raise Wrong(f"raw: {error!r} in {code.co_filename}:{last[1]}")
    if type(error) not in (ValueError, TypeError):
        raise Wrong(f"another kind of error: {error!r}")
    text = str(error)
    if not re.search(NAMED.get(parameter, parameter), text):
        raise Wrong(f"nameless: {text}")
    if not re.search("must|needs|write|give|fill|make|is called as|the rows are", text):
        raise Wrong(f"does not say what would be right: {text}")
    if len(text) > 400 or "\n" in text:
        raise Wrong(f"too long: {text}")


def iter_tracebacks(tb):
    while tb:
        yield tb
        tb = tb.tb_next


def see(function, parameter, arguments, odd, then):
    """See that one odd call is right or refused."""
    said = outcome(function, arguments | {parameter: odd})
    expected = then if then is REFUSED else outcome(function, arguments | {parameter: then})
    if expected is REFUSED or isinstance(expected, Exception):
        if not isinstance(said, Exception):
            raise Wrong(f"accepted: {said}")
        see_refusal(said, parameter)
    elif isinstance(said, Exception):
        raise Wrong(f"refused: {said!r}")
    elif not (len(said) == len(expected) and all(map(equal, said, expected))):
        raise Wrong(f"gave {said}, not {expected}")


def equal(one, other):
    """Whether two parts of results are equal, but for the rounding of sums in another order."""
    one, other = np.asarray(one), np.asarray(other)
    if other.dtype.kind == "U":
        return np.array_equal(one, other)
    same_kind = one.dtype == other.dtype and one.shape == other.shape
    return same_kind and np.allclose(one, other, rtol=1e-12, atol=1e-13, equal_nan=True)


def plain(name, parameter):
    """Yield plain calls of a function, in which everything without a default and the parameter is given."""
    asked = inspect.signature(PUBLIC[name]).parameters
    given = [each for each, it in asked.items() if it.default is it.empty or each in (parameter, "rng")]
    call = {each: ELSEWHERE.get((name, each), PARAMETERS[each][0]) for each in given}
    if "problem" not in call:
        yield "", call
        return
    for kind, make in PROBLEMS.items() if parameter != "problem" else [("own", Own)]:
        if kind == "surface":  # a landscape has one row
            call = call | {"batch_size": 1} if "batch_size" in call else call
            call = call | {"batches": [[0], [0], None]} if "batches" in call else call
        yield kind, call | {"problem": make()}


def test_every_parameter_has_a_plain_value_and_odd_ones():
    new = {parameter for _, parameter in CASES} - PARAMETERS.keys()
    assert not new, f"{new} need a row in PARAMETERS"
    assert not PARAMETERS.keys() - {parameter for _, parameter in CASES}


@pytest.mark.parametrize(("name", "parameter"), CASES, ids=[".".join(case) for case in CASES])
def test_an_odd_value_is_right_or_refused(name, parameter):
    wrong, function = [], PUBLIC[name]
    may_be_none = inspect.signature(function).parameters[parameter].default is None
    Own.after = 0 if name == "gradient_check" else 2  # it asks for one gradient
    for kind, call in plain(name, parameter):
        assert not isinstance(outcome(function, call), Exception)
        for family, make, then in PARAMETERS[parameter][1]:
            if (family == "None" and may_be_none) or (family.startswith("loss gives") and name == "sweep"):
                continue  # a sweep asks for no loss
            usual = call[parameter]
            meant = {SAME: usual, REFUSED: REFUSED}[then] if isinstance(then, str) else then(usual)
            try:
                see(function, parameter, call, make(usual), meant)
            except Wrong as error:
                wrong.append(f"{kind} {family}: {' '.join(str(error).split())}")
    assert not wrong, f"{len(wrong)} wrong\n" + "\n".join(wrong)


@pytest.mark.parametrize("length", [1.0, 20.0, 100.0, 1000.0])
def test_a_gradient_cut_to_a_length_is_cut_for_each_path_of_a_sweep(length):
    """np.linalg.norm takes all paths together where it is given all; while short, nothing is to be seen."""

    def cut(w):
        slope = 2 * w
        norm = np.linalg.norm(slope)
        return slope * length / norm if norm > length else slope

    problem, rates = Landscape(lambda w: w[0] ** 2 + w[1] ** 2, cut), [0.1, 5.0, 0.3]
    for path, rate in zip(gdlib.sweep(problem, [0.1, 0.1], rates, 12), rates, strict=True):
        np.testing.assert_allclose(path, gdlib.batch_gd(problem, [0.1, 0.1], rate, 12).weights, rtol=1e-12)


@pytest.mark.parametrize("late", [lambda step: 1e30 if step < 100 else None, lambda step: 1e30 * 0.2**step])
def test_a_rate_that_is_wrong_only_after_the_run_was_lost_is_not_asked_for(late):
    steep = np.eye(2) * 100
    for problem in (LinearRegression(steep, [1, 0]), OwnGradient(steep, [1, 0])):  # compiled, and not
        with pytest.warns(gdlib.DivergenceWarning):
            assert gdlib.batch_gd(problem, [1.0, 2.0], late, 2000).diverged
    with pytest.raises((TypeError, ValueError), match=r"learning_rate\(\d+\)"):
        gdlib.batch_gd(LinearRegression(np.eye(2) * 1e-20, [1, 0]), [1.0, 2.0], late, 2000)


@pytest.mark.parametrize("size", [1e160, 1e200, 1e308])
def test_what_is_too_large_for_a_float_is_infinite_without_a_word(size):
    huge = np.array([[1.0, -1.0], [1.0, 0.5], [-1.0, 1.0]]) * size
    problems = [
        LinearRegression(Own.X, Own.y),
        LinearRegression(huge, Own.y),
        LogisticRegression(huge, Own.y),
        Own(),
    ]
    surfaces = [
        make() for make in (landscapes.bowl, landscapes.rosenbrock, landscapes.himmelblau, landscapes.beale)
    ]
    for problem in problems + surfaces:
        for w in ([size, size], [-size, size / 2]):
            calls = (
                ["loss", "gradient", "curvature"] if isinstance(problem, Landscape) else ["loss", "gradient"]
            )
            for ask in calls if not isinstance(problem, Own) else []:
                assert not isinstance(outcome(getattr(problem, ask), {"w": w}), Exception)
            assert outcome(gdlib.gradient_check, {"problem": problem, "w": w})[0] >= 0
    assert problems[0].loss([size, size]) == np.inf
    for problem in problems[1:3]:
        assert outcome(problem.lipschitz, {}) == [np.inf]
    assert not isinstance(outcome(problems[1].minimiser, {}), Exception)
    wide = Landscape(lambda w: w[0] ** 2, lambda w: 2 * w, window=[(-size, size)])
    assert isinstance(outcome(wide.lipschitz, {})[0], float)


@pytest.mark.parametrize("rule", [rules.adam(), lambda g, memory, step: (g, memory), Unprintable().__eq__])
def test_a_rule_together_with_momentum_is_refused(rule):
    for short_form in ({"momentum": 0.5}, {"nesterov": True}):
        with pytest.raises(ValueError, match="together with momentum= or nesterov=: give one of them"):
            gdlib.batch_gd(Own(), [0.0, 0.0], 0.1, 3, rule=rule, **short_form)
