"""What "the same path" means in these tests, and what to do where a framework is missing."""

import importlib
import os

import numpy as np
import pytest

SAME = 1e-12  # float64 holds about 16 digits; a few hundred steps may cost the last ones
FLOOR = 1e-3  # a path that stays this close to zero is measured against this


def largest_difference(path, other):
    """The largest difference at any step, relative to the largest weight on the path.

    Not entry by entry: libraries add in different orders and fuse a product with a sum, so the
    last bit differs, and a weight that passes through zero would make that bit look like a
    large error. A NaN anywhere gives NaN, which is not at most SAME.
    """
    path, other = np.asarray(path), np.asarray(other)
    assert path.shape == other.shape, f"{path.shape} and {other.shape} are not the same path"
    return np.abs(path - other).max() / max(np.abs(path).max(), FLOOR)


def needs(module):
    """Import `module`, here a framework's helper. Where the framework is missing: skip; in CI, fail."""
    if os.environ.get("CI") == "true":
        return importlib.import_module(module)
    return pytest.importorskip(
        module, reason=f"no {module.removesuffix('_paths')}: pip install -r requirements.txt brings it"
    )
