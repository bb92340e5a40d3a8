"""For all tests: reproducible, in peace on noisy machines; what is left out is told."""

import os
import sys
import threading
from importlib.util import find_spec

import pytest
from hypothesis import settings

settings.register_profile("gdlib", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("gdlib")

# Coverage watches the tests; in the kernels that they start it would cost a minute.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


@pytest.fixture
def own_folder(tmp_path, monkeypatch):
    """A check keeps its record in the working folder: here one that no other test sees."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def limit(monkeypatch):
    """Set the seconds that a reader's code may take.

    Nothing is traced meanwhile: a thread stopped within coverage's tracer never lets go of its lock, and in
    Python 3.11 a traced thread stands still while an exception waits for another that sleeps.
    """
    from gdlib.exercises import safe  # here, so that only what is tested loads gdlib

    here, in_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    yield lambda seconds: monkeypatch.setattr(safe.call, "__kwdefaults__", {"seconds": seconds})
    threading.settrace(in_threads)
    sys.settrace(here)


def pytest_collection_modifyitems(items):
    """Leave out the notebooks and exercises of a framework that is not here. In CI they run, and fail."""
    from gdlib.exercises.catalogue import EXERCISES

    missing = [name for name in ("torch", "tensorflow") if find_spec(name) is None]
    for item in items if os.environ.get("CI") != "true" else []:
        exercise = EXERCISES.get(getattr(item, "callspec", None) and item.callspec.params.get("name"))
        if getattr(exercise and exercise.kind, "needs", None) in missing:
            item.add_marker(pytest.mark.skip(reason=f"no {exercise.kind.needs}: requirements.txt brings it"))
        if item.path.suffix == ".ipynb":
            code = "\n".join(cell.source for cell in item.parent.nb.cells if cell.cell_type == "code")
            for name in missing:
                if f"import {name}" in code:
                    why = f"no {name}: pip install -r requirements.txt brings it"
                    item.add_marker(pytest.mark.skip(reason=why))
