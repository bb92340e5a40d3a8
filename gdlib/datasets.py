"""Real data that is on the machine already: scikit-learn carries it, nothing is downloaded.

In each X the first column is ones, in plain sight, so that its weight is the intercept. On
request the data are *standardised*: every other column of X, and the target of a regression,
then has mean 0 and standard deviation 1. (Labels stay 0 and 1.)
"""

from typing import NamedTuple

import numpy as np


class Dataset(NamedTuple):
    """X (n, d), y (n,), the d names of the columns of X and the name of y."""

    X: np.ndarray
    y: np.ndarray
    columns: list[str]
    target: str


def bmi(*, standardise=False):
    """Regression, two weights: 442 patients, progress of diabetes against body mass index.

    X (442, 2): ones, body mass index in kg/m^2. y: disease progression one year on, a score from 25 to 346.
    Source and licence: as `diabetes`.
    """
    return _pick(diabetes(), ["intercept", "body mass index"], standardise)


def diabetes(*, standardise=False):
    """Regression, eleven weights: the same 442 patients with all ten measurements.

    X (442, 11): ones; age in years, sex (1, 2), body mass index in kg/m^2, mean blood pressure
    in mmHg, and six blood serum measurements.

    Source: Efron, Hastie, Johnstone and Tibshirani, "Least Angle Regression", Annals of
    Statistics 32 (2004). Made public by the authors without a licence of its own; shipped with
    scikit-learn (BSD-3-Clause) as load_diabetes.
    """
    from sklearn.datasets import load_diabetes

    data = load_diabetes(scaled=False)
    names = ["age", "sex", "body mass index", "blood pressure", *(f"serum {i}" for i in range(1, 7))]
    whole = Dataset(_with_ones(data.data), data.target, ["intercept", *names], "disease progression")
    return _pick(whole, whole.columns, standardise)


def breast_cancer(*, standardise=False):
    """Classification, three weights: 569 tumours, benign (1) or malignant (0), from two measurements.

    X (569, 3): ones, mean radius of the cell nuclei, mean texture (standard deviation of grey
    values). The classes overlap in these two, so that the loss has a finite minimum.

    Source: Wolberg, Mangasarian, Street and Street, Breast Cancer Wisconsin (Diagnostic), UCI
    Machine Learning Repository (1993), licence CC BY 4.0; shipped with scikit-learn as
    load_breast_cancer.
    """
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    names = ["intercept", *map(str, data.feature_names)]
    whole = Dataset(_with_ones(data.data), data.target.astype(float), names, "benign")
    return _pick(whole, ["intercept", "mean radius", "mean texture"], standardise)


def _with_ones(X):
    return np.column_stack([np.ones(len(X)), X])


def _pick(data, columns, standardise):
    X, y = data.X[:, [data.columns.index(name) for name in columns]], data.y
    if standardise:
        X[:, 1:] = (X[:, 1:] - X[:, 1:].mean(axis=0)) / X[:, 1:].std(axis=0)
        if set(y) != {0.0, 1.0}:
            y = (y - y.mean()) / y.std()
    return Dataset(X, y, columns, data.target)
