"""The examples in the docstrings are run: what they show is what one gets."""

import doctest
import importlib
import pkgutil

import pytest

import gdlib

MODULES = sorted(found.name for found in pkgutil.walk_packages(gdlib.__path__, "gdlib."))


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    if name.startswith("gdlib.explorer"):
        pytest.importorskip("anywidget")
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    told = [importlib.import_module(f"gdlib.{name}") for name in ("descent", "rules", "problems", "sweep")]
    assert all(doctest.testmod(module).attempted >= 2 for module in told)
