"""Real data, ready for a problem: what scikit-learn carries, and your own table. Nothing is downloaded.

In each X the first column is ones, in plain sight, so that its weight is the intercept. On
request the data are *standardised*: every other column of X, and the target of a regression,
then has mean 0 and standard deviation 1. The labels of a classification stay 0 and 1.
"""

from __future__ import annotations

import csv
import io
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

    The first row of the file holds the names. Columns are parted by commas, semicolons (numbers may then be
    written 3,5), tabs or bars. A row with nothing in a column that is used is left out, with a warning; so is
    a column that is not asked for by name where some of its entries are numbers and others are text.

    Args:
        path: a file in UTF-8.
        target: the name of the column to be learned.
        columns: the names of those to learn from; None for all others that hold numbers.
        labels: whether the target holds classes, 0 and 1, which stay as they are.
        standardise: give every column, and a target that is no class, mean 0 and standard deviation 1.

    Raises:
        ValueError: for a name that is not there or there twice, a column of text, rows of unlike lengths,
            no rows; each with its place.
    """
    names, numbers, rows = _read(Path(path))
    for name in [target] if columns is None else [target, *columns]:
        _known(name, names)
    if columns is None:
        columns, odd = _of_numbers(names, numbers, rows, target)
        if not columns:
            why = "".join(f": {told}" for told in odd[:1])
            raise ValueError(f"{path} has no column of numbers beside the target {checks.short(target)}{why}")
        for told in odd:
            warnings.warn(f"a column is left out: {told}", stacklevel=2)
    used = np.column_stack(
        [_numbers(rows[:, names.index(name)], numbers, name) for name in [*columns, target]]
    )
    there = ~np.isnan(used).any(axis=1)
    if not there.any():
        raise ValueError(f"{path} has no row with an entry in each of {checks.short([*columns, target])}")
    if not there.all():
        row, column = np.argwhere(np.isnan(used))[0]
        told = f"{np.sum(~there)} of {len(there)} rows are left out: an entry is missing there, as in "
        told += f"row {numbers[row]}, column {checks.short([*columns, target][column])}"
        warnings.warn(told, stacklevel=2)
    whole = Dataset(_with_ones(used[there, :-1]), used[there, -1], ["intercept", *columns], target)
    if checks.flag(labels, "labels"):
        checks.labels(whole.y)
    return _chosen(whole, None, standardise, labels)


#: What stands for nothing in a table.
_MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "-"}


def _read(path):
    """The names, the number of each row in the file, and the entries (rows, columns), as text with points."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text ({error.reason}): save it as CSV in UTF-8") from None
    head = re.sub('"[^"]*"', "", text).partition("\n")[0]  # a comma in a quoted name parts nothing
    parted = max(",;\t|", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=parted)
    try:
        table = [(number, row) for number, row in enumerate(reader, 1) if any(map(str.strip, row))]
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num}, can't be read as CSV: {error}") from None
    if len(table) < 2:
        raise ValueError(f"{path} has {len(table)} rows: it needs one with the names, and the data below it")
    names = [" ".join(name.split()) for name in table[0][1]]
    if all(map(_is_number, names)):
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
    entries = np.array([row for _, row in table[1:]])
    if parted == ";":
        pointed = np.char.replace(entries, ",", ".")
        entries = np.where(np.vectorize(_is_number)(pointed), pointed, entries)
    return names, [number for number, _ in table[1:]], entries


def _known(name, names):
    if name not in names:
        near = get_close_matches(str(name), names, 1)
        raise ValueError(
            f"there is no column {checks.short(name)}; "
            + (f"is it {checks.short(near[0])}?" if near else f"there are {checks.short(names)}")
        )


def _is_number(entry):
    try:
        return bool(np.isfinite(float(entry)))
    except ValueError:
        return False


def _of_numbers(names, numbers, rows, target):
    """The columns beside the target that hold numbers, and a sentence for each that does so in part."""
    columns, odd = [], []
    for name in names:
        entries = rows[:, names.index(name)]
        if name == target or not any(map(_is_number, entries)):
            continue
        try:
            _numbers(entries, numbers, name)
            columns.append(name)
        except ValueError as error:
            odd.append(str(error))
    return columns, odd


def _numbers(entries, numbers, name):
    """A column as numbers; NaN where there is no entry. `numbers` are those of the rows in the file."""
    values = np.full(len(entries), np.nan)
    for row, entry in enumerate(entries):
        if _is_number(entry):
            values[row] = float(entry)
        elif entry.strip().lower() not in _MISSING:
            raise ValueError(
                f"the column {checks.short(name)} holds {checks.short(str(entry))} in row {numbers[row]}, "
                "which is no number"
            )
    return values


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
    if np.ptp(values) == 0:
        raise ValueError(
            f"the column {checks.short(name)} is {values[0]:g} throughout: "
            "it can't be standardised; leave it out"
        )
    largest = np.abs(values).max()
    if largest > 1e150:
        raise ValueError(
            f"the column {checks.short(name)} reaches {largest:g}, whose square is no number: change its unit"
        )
    return (values - values.mean()) / values.std()
