"""Real data that is on the machine already: scikit-learn carries it, nothing is downloaded.

In each X the first column is ones, in plain sight, so that its weight is the intercept. On
request the data are *standardised*: every other column of X, and the target of a regression,
then has mean 0 and standard deviation 1. The labels of a classification stay 0 and 1.
"""

from __future__ import annotations

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
            f"the column {name!r} is {values[0]:g} throughout: it can't be standardised; leave it out"
        )
    return (values - values.mean()) / values.std()
