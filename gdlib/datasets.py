"""Real data, ready for a problem: what scikit-learn carries, and your own table. Nothing is downloaded.

In each X the first column is ones, in plain sight, so that its weight is the intercept. On
request the data are *standardised*: every other column of X, and the target of a regression,
then has mean 0 and standard deviation 1. The labels of a classification stay 0 and 1.
"""

from __future__ import annotations

import csv
import io
import math
import re
import warnings
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gdlib import checks
from gdlib.optional import needed_by


class Dataset(NamedTuple):
    """X (n, d), y (n,), the d names of the columns of X and the name of y."""

    X: np.ndarray
    y: np.ndarray
    columns: list[str]
    target: str


def bmi(*, standardise: bool = False) -> Dataset:
    """Regression, two weights: 442 patients, progress of diabetes against body mass index.

    X (442, 2): ones, body mass index in kg/m^2. y: disease progression one year on, a score from 25 to 346.
    Source and licence: as `diabetes`.
    """
    return _chosen(_diabetes(), ["intercept", "body mass index"], standardise, labels=False)


def diabetes(*, standardise: bool = False) -> Dataset:
    """Regression, eleven weights: the same 442 patients with all ten measurements.

    X (442, 11): ones; age in years, sex (1, 2), body mass index in kg/m^2, mean blood pressure
    in mmHg, and six blood serum measurements.

    Source: Efron, Hastie, Johnstone and Tibshirani, "Least Angle Regression", Annals of
    Statistics 32 (2004). Made public by the authors without a licence of its own; shipped with
    scikit-learn (BSD-3-Clause) as load_diabetes.
    """
    return _chosen(_diabetes(), None, standardise, labels=False)


def breast_cancer(*, standardise: bool = False) -> Dataset:
    """Classification, three weights: 569 tumours, benign (1) or malignant (0), from two measurements.

    X (569, 3): ones, mean radius of the cell nuclei, mean texture (standard deviation of grey
    values). The classes overlap in these two, so that the loss has a finite minimum.

    Source: Wolberg, Mangasarian, Street and Street, Breast Cancer Wisconsin (Diagnostic), UCI
    Machine Learning Repository (1993), licence CC BY 4.0; shipped with scikit-learn as
    load_breast_cancer.
    """
    with needed_by("gdlib.datasets", "data"):
        from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    names = ["intercept", *map(str, data.feature_names)]
    whole = Dataset(_with_ones(data.data), data.target.astype(float), names, "benign")
    return _chosen(whole, ["intercept", "mean radius", "mean texture"], standardise, labels=True)


def from_csv(
    path: str | Path,
    target: str,
    columns: list[str] | None = None,
    *,
    labels: bool = False,
    standardise: bool = False,
) -> Dataset:
    """Your own table: X is a column of ones and the columns, y the target.

    The first row of the file holds the names. Columns are parted by commas; or by semicolons, tabs or bars,
    and numbers may then be written 3,5. A row with nothing in a column that is used is left out, with a
    warning; so is a column that is not asked for where it has no name, as the row numbers that pandas writes,
    or where some of its entries are numbers and others are text.

    Args:
        path: a file in UTF-8; ~ is your own folder.
        target: the name of the column to be learned.
        columns: the names of those to learn from; None for all others that hold numbers.
        labels: whether the target holds classes, 0 and 1, which stay as they are.
        standardise: give every column, and a target that is no class, mean 0 and standard deviation 1.

    Raises:
        ValueError: for a file that can't be read, a name that is not there or there twice, a column of text,
            rows of unlike lengths, no rows; each with its place.
        TypeError: where path is no path, or columns no list of names.
    """
    table = _read(path)
    _known(target, table.names, "target")
    if columns is None:
        columns, odd, others = _of_numbers(table, target)
        if not columns:
            why = "".join(f": {told}" for told in [*odd, *others][:1])
            raise ValueError(f"{path} has no column of numbers beside the target {checks.short(target)}{why}")
        for told in odd:
            warnings.warn(f"a column is left out: {told}", stacklevel=2)
    else:
        columns = _asked(columns, table.names, target)
    used = np.column_stack([_numbers(table, name) for name in [*columns, target]])
    for name in [*columns, target]:
        if entry := _thousands(table, name):
            told = f"{entry} in the column {checks.short(name)} is read as {_number(entry, True):g}; "
            warnings.warn(f"{told}if {re.sub('[.,]', '', entry)} is meant, write that", stacklevel=2)
    there = ~np.isnan(used).any(axis=1)
    if not there.any():
        raise ValueError(f"{path} has no row with an entry in each of {checks.short([*columns, target])}")
    if not there.all():
        row, column = np.argwhere(np.isnan(used))[0]
        told = f"{np.sum(~there)} of {len(there)} rows are left out: an entry is missing there, as in "
        told += f"row {table.numbers[row]}, column {checks.short([*columns, target][column])}"
        warnings.warn(told, stacklevel=2)
    whole = Dataset(_with_ones(used[there, :-1]), used[there, -1], ["intercept", *columns], target)
    if checks.flag(labels, "labels"):
        checks.labels(whole.y)
    return _chosen(whole, None, standardise, labels)


#: What stands for nothing in a table.
_MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "-"}


class _Table(NamedTuple):
    names: list[str]
    numbers: tuple[int, ...]  # of the rows, in the file
    rows: np.ndarray  # (rows, columns), text as it stands in the file
    commas: bool  # whether 3,5 is a number

    def column(self, name):
        return self.rows[:, self.names.index(name)]


def _read(path):
    if not isinstance(path, str | Path):
        raise TypeError(f"path must be the path of a file, not {checks.short(path)}")
    try:
        text = Path(path).expanduser().read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text ({error.reason}): save it as CSV in UTF-8") from None
    except (OSError, ValueError, RuntimeError) as error:  # Python's for a name with \0, and for an unknown ~
        raise ValueError(f"path must be that of a file that can be read: {checks.line(error, 200)}") from None
    text = re.sub("\\Asep=.(?=\n)", "", text)  # a line of Excel's own; left empty, it still counts
    parted = _delimiter(text)
    table = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=parted, strict=True):
            table.append(row)
    except csv.Error as error:
        raise ValueError(
            f"row {len(table) + 1} of {path} can't be read as CSV: {error}; "
            "has it a quote too many? One that belongs to the text is written twice, within quotes"
        ) from None
    table = [(number, row) for number, row in enumerate(table, 1) if any(map(str.strip, row))]
    if len(table) < 2:
        raise ValueError(f"{path} has {len(table)} rows: it needs one with the names, and the data below it")
    names = [" ".join(name.split()) for name in table[0][1]]
    if all(_number(name, parted != ",") is not None for name in names):
        raise ValueError(
            f"{path} begins with {checks.short(names[0])}: its first row must hold the names of the columns"
        )
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ValueError(f"{path} has two columns named {checks.short(twice[0])}: rename one")
    for number, row in table[1:]:
        if len(row) != len(names):
            raise ValueError(
                f"row {number} of {path} has {len(row)} entries, but there are {len(names)} columns"
            )
    numbers, rows = zip(*table[1:], strict=True)
    return _Table(names, numbers, np.array(rows, object), parted != ",")  # NumPy's own text loses a last \0


def _delimiter(text):
    """The sign that most rows have as often as the first one; what is quoted parts nothing."""
    begun = re.sub('"[^"]*"', "", text[:100_000])
    lines = [line for line in begun.splitlines() if line.strip()] or [""]

    def alike(sign):
        often = [line.count(sign) for line in lines]
        return often[0] > 0 and often.count(often[0])

    return max("\t;,|", key=alike)  # of several the first: a comma may be a decimal one


def _known(name, names, place):
    if not isinstance(name, str) or name not in names:
        near = get_close_matches(str(name), names, 1) if isinstance(name, str) else []
        raise ValueError(
            f"there is no column {checks.short(name)}; {place} must be "
            + (f"another: is it {checks.short(near[0])}?" if near else f"one of {checks.short(names)}")
        )


def _asked(columns, names, target):
    """The columns to learn from, where they are asked for by name."""
    if not isinstance(columns, list | tuple) or not columns:
        raise TypeError(f"columns must be a list of names, not {checks.short(columns)}")
    for i, name in enumerate(columns):
        _known(name, names, f"columns[{i}]")
        if name in [target, *columns[:i]]:
            what = "the target" if name == target else "there already"
            raise ValueError(f"columns[{i}] is {checks.short(name)}, which is {what}: it must be another")
    return list(columns)


def _number(entry, commas):
    """The number that an entry is, or None."""
    try:
        value = float(entry.replace(",", ".") if commas else entry)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in entry else None  # Python alone writes 1_000


def _of_numbers(table, target):
    """The columns beside the target that hold numbers; sentences on those that do in part, and on others."""
    columns, odd, others = [], [], []
    for name in table.names:
        if name == target:
            continue
        try:
            values = _numbers(table, name)
        except ValueError as error:
            in_part = any(_number(entry, table.commas) is not None for entry in table.column(name))
            (odd if in_part else others).append(str(error))
            continue
        if np.isnan(values).all():
            others.append(f"the column {checks.short(name)} is empty")
        elif not name:
            odd.append("it holds numbers, but has no name")
        else:
            columns.append(name)
    return columns, odd, others


def _numbers(table, name):
    """A column as numbers; NaN where there is no entry."""
    entries, values, signs = table.column(name), np.full(len(table.rows), np.nan), {}

    def refused(why, *rows):
        places = " and ".join(f"{checks.short(entries[row])} in row {table.numbers[row]}" for row in rows)
        return ValueError(f"the column {checks.short(name)} holds {places}{why}")

    for row, entry in enumerate(entries):
        value = _number(entry, table.commas)
        if value is not None:
            values[row] = value
            signs = dict.fromkeys({".", ","}.intersection(entry), row) | signs
        elif entry.strip().lower() not in _MISSING:
            raise refused(", which is no number such as 1 or 1200.5", row)
    if len(signs) == 2:
        raise refused(": write all as in 1200.5", *sorted(signs.values()))
    return values


def _thousands(table, name):
    """An entry such as 1.200 where commas may be decimal, in a column of such: it may mean 1200."""
    signed = [entry.strip() for entry in table.column(name) if {".", ","}.intersection(entry)]
    alike = all(re.fullmatch(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", entry) for entry in signed)
    return signed[0] if table.commas and signed and alike else None


def _diabetes():
    with needed_by("gdlib.datasets", "data"):
        from sklearn.datasets import load_diabetes

    data = load_diabetes(scaled=False)
    names = ["age", "sex", "body mass index", "blood pressure", *(f"serum {i}" for i in range(1, 7))]
    return Dataset(_with_ones(data.data), data.target, ["intercept", *names], "disease progression")


def _with_ones(X):
    return np.column_stack([np.ones(len(X)), X])


def _chosen(data, columns, standardise, labels):
    """Those columns of the data (None: all); `labels` says that y holds classes, which stay as they are."""
    if columns is not None:
        data = data._replace(X=data.X[:, [data.columns.index(name) for name in columns]], columns=columns)
    if not checks.flag(standardise, "standardise"):
        return data
    X = data.X.copy()
    for j, name in enumerate(data.columns[1:], start=1):
        X[:, j] = _standardised(X[:, j], name)
    return data._replace(X=X, y=data.y if labels else _standardised(data.y, data.target))


def _standardised(values, name):
    """With mean 0 and standard deviation 1."""
    least, largest = values.min(), values.max()
    if least == largest:
        raise ValueError(
            f"the column {checks.short(name)} is {least:g} throughout: it can't be standardised; leave it out"
        )
    if max(-least, largest) > 1e150 or largest - least < 1e-150:
        raise ValueError(
            f"the column {checks.short(name)} goes from {least:g} to {largest:g}; "
            "the squares of that are no numbers: change its unit"
        )
    return (values - values.mean()) / values.std()
