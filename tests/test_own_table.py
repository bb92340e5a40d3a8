"""A reader's own table: a run, or a sentence that says what is wrong and where."""

import warnings
from pathlib import Path

import nbformat
import numpy as np
import pytest

from gdlib import LinearRegression, batch_gd, datasets

PLAIN = "rooms,price,town\n2,200,Rome\n3,310,Oslo\n4,390,Bonn\n"


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_plain_table(tmp_path):
    data = datasets.from_csv(written(tmp_path, PLAIN), "price")
    np.testing.assert_array_equal(data.X, [[1, 2], [1, 3], [1, 4]])  # a column of text is not learned from
    np.testing.assert_array_equal(data.y, [200, 310, 390])
    assert data.columns == ["intercept", "rooms"] and data.target == "price"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + PLAIN,  # as spreadsheets write it
        PLAIN.replace(",", ";").replace("310", "310,0"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", " , ").replace(" , Rome", ",Rome"),
        PLAIN.replace("\n", "\r\n"),
        '"rooms","price","town"\n"2","200","Rome"\n3,310,Oslo\n4,390,"Bonn, Germany"\n',
        PLAIN + "\n\n",
    ],
)
def test_other_ways_to_write_it(tmp_path, text):
    data = datasets.from_csv(written(tmp_path, text), "price")
    np.testing.assert_array_equal(np.c_[data.X[:, 1], data.y], [[2, 200], [3, 310], [4, 390]])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has 0 rows"),
        ("rooms,price\n", "has 1 rows"),
        ("1,2\n3,4\n", "must hold the names"),
        ("rooms,rooms,price\n1,2,3\n", "two columns named 'rooms'"),
        ("rooms,price\n1,2\n3\n", "row 3 .* has 1 entries"),
        ("rooms,prise\n1,2\n", "is it 'prise'"),
        ("rooms,price\n1,cheap\n", "'price' holds 'cheap' in row 2, which is no number"),
        ("town,price\nRome,2\n", "no column of numbers"),
        ("rooms;price\n1;2\n1.234,5;3\n", "no column of numbers .*'rooms' holds '1.234,5' in row 3"),
        ('rooms,price\n1,2\n"1,234",3\n', "no column of numbers .*'rooms' holds '1,234' in row 3"),
        (",,price\n1,2,3\n", "two columns named ''"),
        ("rooms,price\n" + "1" * 200_000 + ",2\n", "line 2, can't be read as CSV"),
        ("rooms,price\n1,\n,2\n", "no row with an entry"),
        ("rooms,price\n1,inf\n", "'price' holds 'inf'"),
    ],
)
def test_a_sentence_with_the_place(tmp_path, text, told):
    with pytest.raises(ValueError, match=told):
        datasets.from_csv(written(tmp_path, text), "price")


@pytest.mark.parametrize(
    "text",
    [
        '"rooms, all\nof them",price\n2,200\n3,310\n4,390\n',
        "rooms;price\n2,0;200\n3,0;310\n4;390,0\n",
        '"rooms, all";price\n2;200\n3;310\n4;390\n',
        't,rooms,price\n"a\nb",2,200\nc\u2028d,3,310\ne\x0bf,4,390\n',
        "rooms,price,\n2,200,\n3,310,\n4,390,\n",
        "rooms,price\r2,200\r3,310\r4,390\r",
        "\u202erooms\u202c,price\n2,200\n3,310\n4,390\n",
        "r" * 10_000 + ",price\n2,200\n3,310\n4,390\n",
    ],
)
def test_odd_ways_to_write_it(tmp_path, text):
    data = datasets.from_csv(written(tmp_path, text), "price")
    np.testing.assert_array_equal(np.c_[data.X[:, 1], data.y], [[2, 200], [3, 310], [4, 390]])


@pytest.mark.parametrize(
    "text",
    ["r" * 10_000 + ",y\n1,2\n", ",".join(["r" * 10_000] * 2) + "\n1,2\n", ",".join("abcdefgh" * 9)],
)
def test_a_sentence_is_short_whatever_the_names(tmp_path, text):
    with pytest.raises(ValueError) as refused:
        datasets.from_csv(written(tmp_path, text + "\n1,2\n"), "price")
    assert len(str(refused.value)) < 250 + len(str(tmp_path))


def test_a_column_that_is_numbers_in_part_is_told(tmp_path):
    path = written(tmp_path, "rooms,age,price\n2,1,200\n3,1o,310\n")
    with pytest.warns(UserWarning, match="a column is left out: the column 'age' holds '1o' in row 3"):
        assert datasets.from_csv(path, "price").columns == ["intercept", "rooms"]


def test_what_cannot_be_standardised_is_told(tmp_path):
    for entry, told in {"1e300": "'x' reaches 1e\\+300", "2": "'x' is 2 throughout"}.items():
        path = written(tmp_path, f"x,y\n{entry},2\n2,3\n")
        with pytest.raises(ValueError, match=told):
            datasets.from_csv(path, "y", standardise=True)


def test_what_is_not_utf_8_is_told(tmp_path):
    with pytest.raises(ValueError, match="save it as CSV in UTF-8"):
        datasets.from_csv(written(tmp_path, PLAIN.replace("Rome", "Zürich"), "latin-1"), "price")


def test_missing_entries_leave_their_row_out_and_are_told(tmp_path):
    with pytest.warns(UserWarning, match="1 of 3 rows .* row 3, column 'rooms'"):
        data = datasets.from_csv(written(tmp_path, PLAIN.replace("3,310", "NA,310")), "price")
    assert len(data.y) == 2
    with warnings.catch_warnings():  # none where the column is not used
        warnings.simplefilter("error")
        datasets.from_csv(written(tmp_path, PLAIN.replace("Oslo", "")), "price", ["rooms"])


def test_classes_stay_and_others_are_refused(tmp_path):
    path = written(tmp_path, "x,y,z\n1,0,0\n2,1,1\n4,1,2\n")
    data = datasets.from_csv(path, "y", ["x"], labels=True, standardise=True)
    np.testing.assert_array_equal(data.y, [0, 1, 1])
    np.testing.assert_allclose([data.X[:, 1].mean(), data.X[:, 1].std()], [0, 1], atol=1e-15)
    with pytest.raises(ValueError, match="every label must be 0 or 1"):
        datasets.from_csv(path, "z", labels=True)


@pytest.mark.parametrize(
    "text",
    [
        "x,y\n1,2\n",  # one row
        "x,k,y\n1,5,2\n2,5,3\n",  # a constant column
        "x,y\n1e300,2\n-1e300,3\n",
        "<img src=x onerror=alert(1)>,y\n1,2\n2,4\n",
    ],
)
def test_odd_tables_give_a_run(tmp_path, text):
    data = datasets.from_csv(written(tmp_path, text), "y")
    problem = LinearRegression(data.X, data.y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert len(batch_gd(problem, np.zeros(data.X.shape[1]), 1e-3, 3).weights) >= 1


NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "10_your_own_data.ipynb"
RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(40, 3))
TABLES = {
    "plain": ROWS,
    "two rows": ROWS[:2],
    "one column": ROWS[:, 1:],
    "more columns than rows": RNG.normal(size=(4, 9)),
    "a column that never changes": np.c_[ROWS, np.ones(40)][:, [3, 0, 1, 2]],
    "a column twice": ROWS[:, [0, 0, 1, 2]],
    "nothing to learn": np.c_[[-1, 0, 1] * 4, [1, -2, 1] * 4],
    "far units": ROWS * [1e9, 1e-9, 1e6] + [0, 5, 1e7],
    "one row far away": np.vstack([ROWS, [1e6, 0, 0]]),
    "classes": np.c_[ROWS[:, :2], ROWS[:, 2] > 0],
}


@pytest.mark.parametrize("name", TABLES)
def test_the_notebook_of_ones_own_table_runs_on_any(tmp_path, name, capsys, monkeypatch):
    """Each of its cells asserts what it claims; what depends on the table it prints as a sentence."""
    pytest.importorskip("anywidget")
    from matplotlib import pyplot

    monkeypatch.setenv("MPLBACKEND", "agg")
    names = [f"<b>{i}</b>" * 50 for i in range(TABLES[name].shape[1])]
    path = tmp_path / "own.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in [names, *TABLES[name].tolist()]), "utf-8")
    cells = [cell.source for cell in nbformat.read(NOTEBOOK, 4).cells if cell.cell_type == "code"]
    place = "path, target = None, None"
    assert len(cells) == 5 and sum(cell.count(place) for cell in cells) == 1
    told = {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="FigureCanvasAgg|.*diverge|.*no longer finite")
        for cell in cells:
            exec(cell.replace(place, f"path, target = {str(path)!r}, {names[-1]!r}"), told)
    pyplot.close("all")
    said = capsys.readouterr().out
    assert ("nan" not in said and "inf" not in said) and max(map(len, said.splitlines())) < 400
