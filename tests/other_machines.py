"""The tests on what other people have: other Pythons, the oldest packages that are allowed, and Colab.

python tests/other_machines.py 3.12 oldest     `make test` in .venv-3.12 and in .venv-oldest
python tests/other_machines.py colab           notebooks 00 and 03 in .venv-colab

A Python is looked for on the path and among those of pyenv; one that is not here is left out. So is PyTorch
where pip finds no CPU build: the one for GPUs takes several GB.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

# What Colab has of what the notebooks use; its Python is 3.12.
COLAB = [
    "ipykernel==6.17.1",
    "ipython==7.34.0",
    "ipywidgets==7.7.1",
    "matplotlib==3.10.0",
    "nbconvert==7.16.6",
    "numba==0.60.0",
    "numpy==2.0.2",
    "scikit-learn==1.6.1",
    "traitlets==5.7.1",
]


def python(version):
    """The command that starts this Python, or None."""
    kept = Path.home().glob(f".pyenv/versions/{version}.*/bin/python")
    for command in [f"python{version}", *map(str, kept)]:
        try:
            subprocess.run([command, "-c", ""], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return command
    return None


def oldest(requirements):
    """Lines such as 'numpy>=2.0,<3' as 'numpy==2.0'."""
    return re.sub(r">=([^,\s]+)\S*", r"==\1", requirements)


def test_in(name):
    """Run the tests in the environment of this name; True where they pass, or have no Python."""
    command = python({"oldest": "3.11", "colab": "3.12"}.get(name, name))
    if command is None:
        print(f"{name}: left out, for there is no such Python here.", flush=True)
        return True
    print(f"{name}:", flush=True)
    venv = Path(f".venv-{name}")
    subprocess.run([command, "-m", "venv", venv], check=True)
    if name == "colab":
        return test_as_on_colab(venv)
    requirements = Path("requirements.txt").read_text(encoding="utf-8")
    torch = re.search(r"^torch==\S+", requirements, flags=re.MULTILINE)[0]
    build = torch + "+cpu" if sys.platform == "linux" else torch
    pip = [venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    environment = dict(os.environ)
    if subprocess.run([*pip, build], capture_output=True).returncode:
        print(
            f"PyTorch is left out, with its tests and notebooks 05 to 08: pip finds no {build}.", flush=True
        )
        requirements = re.sub(r"^torch", "# torch", requirements, flags=re.MULTILINE)
        environment.pop("CI", None)  # in CI the tests would ask for it
    chosen = venv / "requirements.txt"
    chosen.write_text(oldest(requirements) if name == "oldest" else requirements, encoding="utf-8")
    make = ["make", "--no-print-directory", "test", f"VENV={venv}", f"PYTHON={command}"]
    return subprocess.run([*make, f"REQUIREMENTS={chosen}"], env=environment).returncode == 0


def test_as_on_colab(venv):
    """Whether what notebook 00 tells to install replaces nothing, and 00 and 03 then run and live."""
    run = [venv / "bin" / "python", "-m"]
    pip = [*run, "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", *COLAB], check=True)
    before = subprocess.check_output([*pip, "freeze"], text=True).splitlines()
    subprocess.run([*pip, "install", ".[data,live]"], check=True)
    after = subprocess.check_output([*pip, "freeze"], text=True).splitlines()
    print("gdlib brought", *sorted(re.split("==| @ ", line)[0] for line in set(after) - set(before)))
    right = set(before) <= set(after)  # or something was replaced
    for name in "00_start_here.ipynb", "03_batch_minibatch_stochastic.ipynb":
        execute = [*run, "nbconvert", "--log-level=ERROR", "--to=notebook", "--execute"]
        done = subprocess.run([*execute, f"--output-dir={venv}", f"notebooks/{name}"])
        stored, now = (live_figures(folder / name) for folder in (Path("notebooks"), venv))
        print(f"{name}: {now} of {stored} live figures")
        right &= done.returncode == 0 and now == stored
    return right


def live_figures(notebook):
    """How many outputs of a notebook are a page that lives by itself, with a picture beside it."""
    if not notebook.exists():
        return 0
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    shown = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    return sum(
        '<div class="gd ' in "".join(data.get("text/html", "")) and "image/png" in data for data in shown
    )


if __name__ == "__main__":
    results = [test_in(name) for name in sys.argv[1:]]
    sys.exit(not all(results))
