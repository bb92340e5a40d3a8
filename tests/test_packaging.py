"""What the project says of itself in several places is the same; importing gdlib is light."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from other_machines import oldest
from packaging.requirements import Requirement

import gdlib
from gdlib import optional

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


def test_the_small_way_brings_all_but_the_frameworks_and_the_tests():
    extras = re.search(r"^-e \.\[(.*)\]$", (ROOT / "requirements-numpy.txt").read_text(), re.MULTILINE)[1]
    brought = set(PROJECT["optional-dependencies"]) - {
        "app",
        "benchmark",
        "hub",
        "live",
        "tensorflow",
        "test",
        "torch",
    }
    assert set(extras.split(",")) == brought


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
        ("matplotlib", "import gdlib.explorer", "pip install '.[live]'"),
        ("PIL", "import gdlib.explorer", "needs pillow"),
    ],
)
def test_what_is_missing_is_told_with_the_command_that_brings_it(missing, use, told):
    code = f"import sys; sys.modules[{missing!r}] = None\nimport gdlib\n{use}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1 and told in done.stderr.splitlines()[-1]
    extra = re.search(r"\.\[(\w+)\]", done.stderr)[1]
    assert extra in PROJECT["optional-dependencies"]


# Notebook 00's first cell, wherever it is opened.


@pytest.fixture(scope="module")
def first_cell():
    cells = json.loads((ROOT / "notebooks" / "00_start_here.ipynb").read_text("utf-8"))["cells"]
    return next("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def test_elsewhere_and_on_colab_the_first_cell_names_the_fork(first_cell, tmp_path):
    live = f'%pip install "gdlib[data,live] @ git+{PROJECT["urls"]["Repository"]}"'
    assert _said_without_packages(first_cell, tmp_path) == f"gdlib         {live}"


def test_beside_the_project_the_first_cell_installs_what_is_there(first_cell):
    assert _said_without_packages(first_cell, ROOT / "notebooks").endswith('%pip install -e "..[data,live]"')


def _said_without_packages(code, folder):
    alone = [sys.executable, "-I", "-S", "-c", code]
    return subprocess.check_output(alone, cwd=folder, text=True).strip()


def test_where_all_is_well_the_first_cell_says_so(first_cell, monkeypatch, capsys):
    allowed = {each.name: str(each.specifier) for each in map(Requirement, requires("gdlib"))}
    lowest = {name: re.search(r"[=>]=([\d.]+)", bounds)[1] for name, bounds in allowed.items() if bounds}
    monkeypatch.setattr(optional, "version", lowest.get)
    exec(first_cell, {})
    assert capsys.readouterr().out.splitlines() == [f"{package:14}OK" for package in optional.NEEDED]


def test_what_is_missing_or_of_another_version_is_told(monkeypatch):
    def version(package):
        if package in ("numpy", "tensorflow"):
            raise PackageNotFoundError
        return {"torch": "2.9.1+cu126"}.get(package, "1.7")

    monkeypatch.setattr(optional, "version", version)
    told = dict(line.split(maxsplit=1) for line in optional.installed().splitlines())
    assert told["numpy"] == '%pip install "numpy<3,>=2.0"'
    assert told["scikit-learn"] == "OK"
    assert told["tensorflow"] == 'only for notebooks 04, 06: %pip install "tensorflow<3,>=2.18"'
    assert told["torch"] == "2.9.1+cu126 is here, ==2.13.0 was tried"


@pytest.mark.parametrize("framework", ["tensorflow", "torch"])
def test_a_framework_is_told_for_the_notebooks_that_import_it(framework):
    texts = {path.name[:2]: path.read_text("utf-8") for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")}
    needing = sorted(number for number, text in texts.items() if f"import {framework}" in text)
    assert optional.NEEDED[framework] == f"only for notebooks {', '.join(needing)}"


def test_the_address_of_the_fork_is_the_same_everywhere():
    owner, name = PROJECT["urls"]["Repository"].removeprefix("https://github.com/").split("/")
    for path in ["README.md", "notebooks/TEACHING.md", "notebooks/00_start_here.ipynb"]:
        text = (ROOT / path).read_text("utf-8")
        host = r"(?:github|github\.com|mybinder\.org/v2/gh|codespaces\.new)"
        owners = re.findall(rf"{host}(?:/|%2F)([^/%\s]+)(?:/|%2F){name}\b", text)
        assert set(owners) == {owner}, path
