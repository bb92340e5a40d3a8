"""What the project says of itself in several places is the same; importing gdlib is light."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from other_machines import oldest

import gdlib

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def names_and_bounds(lines):
    """Packages as {name: bounds} from lines such as 'numpy>=2.0,<3  # why'."""
    bare = [re.split(r"\s+#", line.strip().removeprefix("- "))[0].strip() for line in lines]
    return {m[1]: m[2] for line in bare if (m := re.fullmatch(r"([\w-]+)([=<>].*)", line))}


def test_the_three_lists_hold_the_same_packages_and_bounds():
    required = names_and_bounds((ROOT / "requirements.txt").read_text().splitlines())
    conda = names_and_bounds((ROOT / "environment.yml").read_text().splitlines())
    extras = [line for group in PROJECT["optional-dependencies"].values() for line in group]
    assert conda.pop("python") == ",".join(sorted(PROJECT["requires-python"].split(","), reverse=True))
    assert required == conda == names_and_bounds(PROJECT["dependencies"] + extras)
    assert len(required) >= 17


def test_the_oldest_packages_are_the_lower_bounds():
    assert oldest("numpy>=2.0,<3    # why\ntorch==2.13.0\n-e .") == "numpy==2.0    # why\ntorch==2.13.0\n-e ."


def test_every_test_has_a_time_limit_and_every_cell_a_shorter_one(pytestconfig):
    assert 0 < pytestconfig.getoption("nbval_cell_timeout") < float(pytestconfig.getini("timeout"))


def test_every_requirement_says_what_it_is_for():
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        assert "#" in line, line


def test_numpy_alone_is_a_hard_need():
    assert list(names_and_bounds(PROJECT["dependencies"])) == ["numpy"]
    assert PROJECT["version"] == gdlib.__version__


def test_importing_gdlib_imports_numpy_and_nothing_heavier():
    heavy = "matplotlib ipywidgets anywidget sklearn torch tensorflow keras numba scipy tqdm pandas"
    code = f"import sys, gdlib; print([m for m in {heavy.split()} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


@pytest.mark.parametrize(
    ("missing", "use", "told"),
    [
        ("sklearn", "gdlib.datasets.bmi()", "needs scikit-learn: pip install scikit-learn brings it"),
        ("sklearn", "gdlib.datasets.breast_cancer()", "gdlib.datasets needs scikit-learn"),
        (
            "tqdm",
            "gdlib.batch_gd(gdlib.landscapes.parabola(), 1, 0.1, 1, progress=True)",
            "pip install '.[progress]'",
        ),
        ("anywidget", "import gdlib.explorer", "gdlib.explorer needs anywidget"),
        ("matplotlib", "import gdlib.explorer", "pip install '.[notebooks]'"),
        ("PIL", "import gdlib.explorer", "needs pillow"),
    ],
)
def test_what_is_missing_is_told_with_the_command_that_brings_it(missing, use, told):
    code = f"import sys; sys.modules[{missing!r}] = None\nimport gdlib\n{use}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1 and told in done.stderr.splitlines()[-1]
    extra = re.search(r"\.\[(\w+)\]", done.stderr)[1]
    assert extra in PROJECT["optional-dependencies"]
