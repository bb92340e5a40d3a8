"""Packages that only a part of gdlib needs: one that is missing is told with the command that brings it."""

from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, requires, version

_ON_PYPI = {"sklearn": "scikit-learn", "PIL": "pillow"}  # where the name to install is not the name to import
#: what the notebooks need, and for what where they do not all need it
NEEDED = {
    "numpy": "",
    "matplotlib": "",
    "anywidget": "",
    "scikit-learn": "",
    "numba": "only for speed",
    "tensorflow": "only for notebooks 04, 06",
    "torch": "only for notebooks 05, 06, 07, 08",
}


@contextmanager
def needed_by(part, extra):
    """Stands around imports, and says which part of gdlib needs them and which extra holds them."""
    try:
        yield
    except ModuleNotFoundError as missing:
        name = missing.name.partition(".")[0]
        package = _ON_PYPI.get(name, name)
        told = (
            f"{part} needs {package}: pip install {package} brings it, "
            f"or in the project's folder pip install '.[{extra}]' with all that such parts need"
        )
        raise ModuleNotFoundError(told, name=missing.name) from None


def installed() -> str:
    """A line for each package that the notebooks need: OK, or what to type in a cell.

    A package that was not tried in the version that is here is told, and left alone: where others chose it,
    as on Colab, it mostly serves.
    """
    from packaging.requirements import Requirement  # comes with every Jupyter

    try:
        bounds = {each.name: each.specifier for each in map(Requirement, requires("gdlib"))}
    except PackageNotFoundError:  # gdlib is used from its folder
        bounds = {}
    lines = []
    for package, use in NEEDED.items():
        tried = bounds.get(package, "")
        try:
            here = version(package)
            well = not tried or tried.contains(here, prereleases=True)
            told = "OK" if well else f"{here} is here, {tried} was tried"
        except PackageNotFoundError:
            told = f'{use and use + ": "}%pip install "{package}{tried}"'
        lines.append(f"{package:14}{told}")
    return "\n".join(lines)
