"""The real data are those of scikit-learn, and standardising does what it says."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from gdlib import LinearRegression, LogisticRegression, datasets


@pytest.mark.parametrize(
    ("load", "shape"),
    [(datasets.bmi, (442, 2)), (datasets.diabetes, (442, 11)), (datasets.breast_cancer, (569, 3))],
)
def test_shapes_names_and_standardising(load, shape):
    raw, scaled = load(), load(standardise=True)
    assert raw.X.shape == scaled.X.shape == shape and len(raw.columns) == shape[1]
    assert (raw.X[:, 0] == 1).all() and (scaled.X[:, 0] == 1).all() and raw.columns[0] == "intercept"
    np.testing.assert_allclose(scaled.X[:, 1:].mean(axis=0), 0, atol=1e-13)
    np.testing.assert_allclose(scaled.X[:, 1:].std(axis=0), 1)
    np.testing.assert_allclose(
        scaled.X[:, 1:] * raw.X[:, 1:].std(axis=0) + raw.X[:, 1:].mean(axis=0), raw.X[:, 1:]
    )


def test_they_are_scikit_learns():
    source = load_diabetes(scaled=False)
    np.testing.assert_array_equal(datasets.diabetes().X[:, 1:], source.data)
    np.testing.assert_array_equal(datasets.diabetes().y, source.target)
    np.testing.assert_array_equal(datasets.bmi().X[:, 1], source.data[:, 2])
    assert (datasets.bmi().y.min(), datasets.bmi().y.max()) == (25, 346)
    tumours = load_breast_cancer()
    np.testing.assert_array_equal(datasets.breast_cancer().X[:, 1:], tumours.data[:, :2])
    np.testing.assert_array_equal(datasets.breast_cancer().y, tumours.target)


def test_a_standardised_target_has_mean_0_and_labels_stay():
    y = datasets.bmi(standardise=True).y
    np.testing.assert_allclose([y.mean(), y.std()], [0, 1], atol=1e-14)
    assert set(datasets.breast_cancer(standardise=True).y) == {0.0, 1.0}


def test_the_slope_of_standardised_data_is_their_correlation():
    data = datasets.bmi(standardise=True)
    correlation = np.corrcoef(data.X[:, 1], data.y)[0, 1]
    np.testing.assert_allclose(LinearRegression(data.X, data.y).minimiser(), [0, correlation], atol=1e-14)


def test_the_classes_overlap_so_that_a_minimum_exists():
    """Separable classes have no finite minimiser; here the best of many lines still errs."""
    data = datasets.breast_cancer(standardise=True)
    assert LogisticRegression(data.X, data.y).loss([0.7, -3.8, -1.1]) < 0.3
    from sklearn.linear_model import LogisticRegression as Sklearn

    best = Sklearn(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=1000).fit(data.X, data.y)
    assert 0 < np.mean(best.predict(data.X) != data.y) < 0.15 and np.abs(best.coef_).max() < 10


def test_a_constant_column_is_not_standardised_but_named():
    with pytest.raises(ValueError, match="the column 'height' is 3 throughout"):
        datasets._standardised(np.full(5, 3.0), "height")


def test_the_task_says_whether_the_target_is_standardised():
    """Labels stay whatever they are called, and a target is standardised even where it holds only 0 and 1."""
    data = datasets.Dataset(np.array([[1, 0.0], [1, 2.0]]), np.array([0.0, 1.0]), ["intercept", "x"], "y")
    np.testing.assert_array_equal(datasets._chosen(data, None, True, labels=False).y, [-1, 1])
    np.testing.assert_array_equal(datasets._chosen(data, None, True, labels=True).y, [0, 1])
    np.testing.assert_array_equal(data.X[:, 1], [0, 2])  # and what was given is not changed
