"""Every named landscape: its gradient by differences, its minima by slope and curvature."""

import numpy as np
import pytest

from gdlib import gradient_check, landscapes

ALL = {
    "parabola": landscapes.parabola(),
    "double_well": landscapes.double_well(),
    "plateau": landscapes.plateau(),
    "waves": landscapes.waves(),
    "bowl": landscapes.bowl(),
    "saddle": landscapes.saddle(),
    "rosenbrock": landscapes.rosenbrock(),
    "himmelblau": landscapes.himmelblau(),
    "beale": landscapes.beale(),
}
each = pytest.mark.parametrize("name", ALL)


def test_none_is_left_out():
    named = {
        name
        for name, made in vars(landscapes).items()
        if getattr(made, "__module__", "") == landscapes.__name__
    }
    assert named == set(ALL)


def points_in(landscape, count=20):
    low, high = np.transpose(landscape.window)
    return np.random.default_rng(0).uniform(low, high, (count, len(low)))


def hessian(landscape, w, h=1e-5):
    steps = h * np.eye(len(w))
    return np.array([(landscape.gradient(w + e) - landscape.gradient(w - e)) / (2 * h) for e in steps])


@each
def test_gradient_agrees_with_differences(name):
    assert max(gradient_check(ALL[name], w) for w in points_in(ALL[name])) < 1e-7


@each
def test_minima_are_level_curved_upwards_and_in_the_window(name):
    for w in ALL[name].minima:
        np.testing.assert_allclose(ALL[name].gradient(w), 0, atol=1e-12)
        assert np.linalg.eigvalsh(hessian(ALL[name], w)).min() > 0
        assert all(low < x < high for x, (low, high) in zip(w, ALL[name].window, strict=True))


@each
def test_broadcasts_over_grids(name):
    points = points_in(ALL[name], 6)
    grid = points.T.reshape(-1, 2, 3)
    loss, gradient = ALL[name].loss(grid), ALL[name].gradient(grid)
    assert loss.shape == (2, 3) and gradient.shape == grid.shape
    np.testing.assert_allclose(loss.ravel(), [ALL[name].loss(w) for w in points])
    np.testing.assert_allclose(gradient.reshape(-1, 6).T, [ALL[name].gradient(w) for w in points])


def test_waves_has_the_minima_of_the_printed_table():
    np.testing.assert_allclose(
        np.abs(ALL["waves"].minima.ravel()), [6.43730, 0.86033, 3.42562, 9.52933], atol=5e-6
    )


def test_himmelblau_and_beale_have_minima_of_loss_zero():
    for name in ("himmelblau", "beale", "rosenbrock"):
        for w in ALL[name].minima:
            assert ALL[name].loss(w) < 1e-25
    np.testing.assert_allclose(
        ALL["himmelblau"].minima[1:],
        [[-2.805118, 3.131312], [-3.779310, -3.283186], [3.584428, -1.848126]],
        atol=1e-6,
    )


def test_plateau_is_level_at_zero_and_falls_on():
    curve = ALL["plateau"]
    assert curve.gradient([0.0]) == 0 and curve.gradient([-0.1]) < 0 and curve.gradient([0.1]) < 0


def test_saddle_curves_down_one_way_and_up_the_other():
    np.testing.assert_allclose(np.linalg.eigvalsh(hessian(ALL["saddle"], np.zeros(2))), [-1, 1], rtol=1e-6)


def test_bowl_has_the_condition_number_asked_for():
    assert np.linalg.cond(hessian(landscapes.bowl(250), np.ones(2))) == pytest.approx(250, rel=1e-6)
    with pytest.raises(ValueError, match="condition is -1"):
        landscapes.bowl(-1)


def test_the_deeper_well_is_on_the_left():
    left, right = ALL["double_well"].minima
    assert left < 0 < right and ALL["double_well"].loss(left) < ALL["double_well"].loss(right)
