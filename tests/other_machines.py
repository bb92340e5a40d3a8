"""The tests on what other people have: other Pythons, and the oldest packages that requirements.txt allows.

python tests/other_machines.py 3.12 oldest     `make test` in .venv-3.12 and in .venv-oldest

A Python is looked for on the path and among those of pyenv; one that is not here is left out. So is PyTorch
where pip finds no CPU build: the one for GPUs takes several GB.
"""

import os
import re
import subprocess
import sys
from pathlib import Path


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
    command = python("3.11" if name == "oldest" else name)
    if command is None:
        print(f"{name}: left out, for there is no such Python here.", flush=True)
        return True
    print(f"{name}:", flush=True)
    venv = Path(f".venv-{name}")
    subprocess.run([command, "-m", "venv", venv], check=True)
    requirements = Path("requirements.txt").read_text(encoding="utf-8")
    torch = re.search(r"^torch==\S+", requirements, flags=re.MULTILINE)[0]
    build = torch + "+cpu" if sys.platform == "linux" else torch
    pip = [venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    environment = dict(os.environ)
    if subprocess.run([*pip, build], capture_output=True).returncode:
        print(
            f"PyTorch is left out, with its tests and notebooks 05 and 06: pip finds no {build}.", flush=True
        )
        requirements = re.sub(r"^torch", "# torch", requirements, flags=re.MULTILINE)
        environment.pop("CI", None)  # in CI the tests would ask for it
    chosen = venv / "requirements.txt"
    chosen.write_text(oldest(requirements) if name == "oldest" else requirements, encoding="utf-8")
    make = ["make", "--no-print-directory", "test", f"VENV={venv}", f"PYTHON={command}"]
    return subprocess.run([*make, f"REQUIREMENTS={chosen}"], env=environment).returncode == 0


if __name__ == "__main__":
    results = [test_in(name) for name in sys.argv[1:]]
    sys.exit(not all(results))
