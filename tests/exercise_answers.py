"""What each test of the catalogue asks about answers that the catalogue does not know."""

import pytest

from gdlib.exercises import check


def judged(answer, name, right):
    """Another way of writing it is right, and a mistake that is not known is refused without a name."""
    report = check(answer, name)
    assert report.right == right and report.attempted and report.mistake is None, str(report)


def rows_of(table):
    """Rows (answer, name) for parametrize, of a table {name: answers}."""
    return [
        pytest.param(answer, name, id=f"{name} {i}") for name in table for i, answer in enumerate(table[name])
    ]
