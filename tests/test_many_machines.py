"""Notebook 09 beyond its own cells: its twin in TensorFlow, and a table of 4 GB that stays on the disk."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
import numpy as np
import pytest

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
ROWS, COLUMNS = 10_000_000, 50  # 4 GB


@pytest.mark.skipif(not find_spec("tensorflow"), reason="TensorFlow is not here")
@pytest.mark.timeout(240)
def test_two_workers_of_tensorflow_take_the_path_of_one_machine():
    script = [sys.executable, NOTEBOOKS / "many_machines_tensorflow.py"]
    run = subprocess.run(script, capture_output=True, text=True, timeout=200)
    assert run.returncode == 0, run.stderr
    told = sorted(line for line in run.stdout.splitlines() if line.startswith("worker"))
    assert [line.split(",")[0] for line in told] == ["worker 0: 40 rows of 64", "worker 1: 24 rows of 64"]


TRAIN = """
import resource, sys
import numpy as np
import gdlib

{on_disk}

file, targets = sys.argv[1:]
y = np.load(targets, mmap_mode="r")
rng = np.random.default_rng(1)
rows = [np.sort(rng.integers(len(y), size=256)) for _ in range(300)]
warm = gdlib.descend(OnDisk(file, y), np.zeros(50), 0.1, rows[:1])  # everything is loaded
unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes or kB
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
path = gdlib.descend(OnDisk(file, y), np.zeros(50), 0.1, rows)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
print(after - before, np.abs(path.weights[-1] - np.linspace(-1, 1, 50)).max())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="resource is of Unix")
@pytest.mark.timeout(300)
def test_a_table_of_4_gb_is_trained_on_with_little_memory(tmp_path):
    cells = nbformat.read(NOTEBOOKS / "09_many_machines.ipynb", 4).cells
    (on_disk,) = [cell.source for cell in cells if cell.source.startswith("class OnDisk")]
    file, targets = tmp_path / "table.npy", tmp_path / "targets.npy"
    table = np.lib.format.open_memmap(file, "w+", "float64", (ROWS, COLUMNS))
    y, truth, rng = np.empty(ROWS), np.linspace(-1, 1, COLUMNS), np.random.default_rng(0)
    block = rng.normal(size=(100_000, COLUMNS))
    for first in range(0, ROWS, len(block)):  # each block is another: a shift and a sign
        part = np.roll(block, first // len(block), axis=1) * (-1) ** (first // len(block) // COLUMNS)
        table[first : first + len(block)], y[first : first + len(block)] = part, part @ truth
    table.flush()
    del table
    np.save(targets, y)
    assert file.stat().st_size > 4e9
    train = [sys.executable, "-c", TRAIN.format(on_disk=on_disk), file, targets]
    run = subprocess.run(train, capture_output=True, text=True)
    file.unlink()
    assert run.returncode == 0, run.stderr
    grown, off = map(float, run.stdout.split())
    assert grown < 500 and off < 1e-6, f"{grown:.0f} MB, off by {off:.1g}"
