"""What make refuses, and what it writes: in a copy of the project that has no environment of its own."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINES = {
    "badges.md": "github/YOUR-NAME/gdlib gh/YOUR-NAME/gdlib codespaces.new/YOUR-NAME/gdlib",
    "other.md": "~/gdlib lab/tree/gdlib /opt/gdlib YOUR-NAME YOUR-NAME/gdlib github.com/YOUR-NAME/gdlibs",
    "pull.md": "github.com%2FYOUR-NAME%2Fgdlib",
}

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("make", "git", "perl"))),
    reason="no make, git or perl: they come with a system",
)


@pytest.fixture
def make(tmp_path):
    """Runs make in the copy; gives its exit code, and what it said."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name, line in LINES.items():
        (tmp_path / name).write_text(line, "utf-8")
    for command in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)

    def run(*words):
        done = subprocess.run(["make", *words], cwd=tmp_path, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    return run


def lines(folder):
    return {name: (folder / name).read_text("utf-8") for name in LINES}


def test_the_address_of_a_fork_is_written_where_it_stands_and_nowhere_else(make, tmp_path):
    for new in ("ada", "a", "grace-h"):
        assert make("address", f"OWNER={new}")[0] == 0
        told = {name: line.replace("YOUR-NAME", new) for name, line in LINES.items()}
        assert lines(tmp_path) == told | {"other.md": LINES["other.md"]}
        assert f'Repository = "https://github.com/{new}/gdlib"' in (tmp_path / "pyproject.toml").read_text()


@pytest.mark.parametrize("words", [[], ["OWNER="], ["OWNER=a/b; touch ran"], ["OWNER=a b"], ["OWNER=a\nb"]])
def test_what_is_no_name_of_an_owner_is_refused(make, tmp_path, words):
    code, said = make("address", *words)
    assert code and "make address OWNER=ada" in said
    assert lines(tmp_path) == LINES and not (tmp_path / "ran").exists()


def test_where_no_address_stands_none_is_replaced(make, tmp_path):
    (tmp_path / "pyproject.toml").write_text('Repository = "https://github.com//gdlib"\n')
    code, said = make("address", "OWNER=ada")
    assert code and "pyproject.toml has no Repository" in said
    assert lines(tmp_path) == LINES


def test_only_numpy_can_be_had_alone(make):
    code, said = make("lab", "ONLY=wrong")
    assert code and "There is only ONLY=numpy" in said


def test_clean_leaves_no_site(make, tmp_path):
    for name in ("site", ".site-stopped"):
        (tmp_path / name).mkdir()
    assert make("clean")[0] == 0
    assert not [*tmp_path.glob("*site*")]
