"""Drawing: what is returned holds the data it was given, on the Axes it was given."""

import matplotlib
import numpy as np

matplotlib.use("agg")
import matplotlib.pyplot as plt
import pytest

from gdlib import plotting

GRID = np.stack(np.meshgrid(np.linspace(-2, 2, 9), np.linspace(-1, 1, 7)))


@pytest.fixture
def ax():
    with plt.rc_context(plotting.STYLE):
        figure, axes = plt.subplots()
        yield axes
        plt.close(figure)


def test_lines_hold_their_data(ax):
    x, y = np.array([0.0, 1.0, 2.0]), np.array([3.0, 1.0, 0.5])
    for draw in (plotting.curve, plotting.path, plotting.minima, plotting.losses):
        line = draw(ax, x, y)
        assert line.axes is ax
        np.testing.assert_array_equal(line.get_xydata(), np.column_stack([x, y]))


def test_a_tangent_touches_and_slopes(ax):
    (x0, y0), (x1, y1) = plotting.tangent(ax, 1.0, 5.0, slope=-2.0, width=0.5).get_xydata()
    assert ((x0 + x1) / 2, (y0 + y1) / 2, (y1 - y0) / (x1 - x0)) == (1.0, 5.0, -2.0)


def test_maps_and_surfaces(ax):
    loss = GRID[0] ** 2 + GRID[1] ** 2
    assert plotting.contours(ax, GRID, loss, levels=[0.5, 1.0]).levels.tolist() == [0.5, 1.0]
    assert ax.get_xlabel() == "weight $w_0$"
    solid = ax.figure.add_subplot(projection="3d")
    assert plotting.surface(solid, GRID, loss).axes is solid


def test_losses_name_their_axis(ax):
    plotting.losses(ax, [1, 2], [1.0, 0.1], against="epochs", **plotting.METHODS["batch"])
    assert (ax.get_xlabel(), ax.get_yscale()) == ("epochs", "log")


def test_methods_differ_in_more_than_colour():
    for trait in ("color", "linestyle", "marker"):
        assert len({style[trait] for style in plotting.METHODS.values()}) == 3
