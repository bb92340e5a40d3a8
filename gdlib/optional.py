"""Packages that only a part of gdlib needs: one that is missing is told with the command that brings it."""

from contextlib import contextmanager

_ON_PYPI = {"sklearn": "scikit-learn", "PIL": "pillow"}  # where the name to install is not the name to import


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
