"""A reader's own table: a run, or a sentence that says what is wrong and where."""

import io
import re
import warnings
from pathlib import Path

import nbformat
import numpy as np
import pytest

from gdlib import LinearRegression, batch_gd, checks, datasets

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
        PLAIN.replace(",", "\t").replace("310", "310,0"),
        PLAIN.replace(",", "|").replace("310", "310,0"),
        "sep=;\n" + PLAIN.replace(",", ";"),  # as Excel reads it everywhere
        "sep=,\r\n" + PLAIN,
        PLAIN.replace("Rome", '12" pipe').replace("Oslo", '"8"" pipe\n3,4,"""'),
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
        ("rooms,prise\n1,2\n", "there is no column 'price'; target must be another: is it 'prise'"),
        ("rooms,price\n1,cheap\n", "'price' holds 'cheap' in row 2, which is no number"),
        (
            "town,price\n,1\nRome,2\n",
            "no column of numbers .*'town' holds 'Rome' in row 3, which is no number",
        ),
        *[
            (
                f"rooms{sign}price\n{entry}{sign}2\n",
                f"'rooms' holds '{re.escape(entry)}' in row 2, which is no",
            )
            for sign, entry in [("\t", "10%"), ("|", "$10"), (",", "True"), (",", "1_000")]
        ],
        ("rooms,price\n1\0,2\n", r"'rooms' holds '1\\x00' in row 2"),
        ("rooms,price\n,2\n", "no column of numbers .*'rooms' is empty"),
        ("price\n2\n", "no column of numbers beside the target 'price'$"),
        ("rooms,price\n1,1_000\n", "'price' holds '1_000' in row 2"),
        (
            "price;rooms\n1.200;3,5\n950,5;2\n12.000;4\n",
            "'price' holds '1.200' in row 2 and '950,5' in row 3: write all as in 1200.5",
        ),
        ("price;rooms\n1,5;3\n2.5;2\n", "'1,5' in row 2 and '2.5' in row 3"),
        ('a,b,price\n1,2,x\n3,4,"8 inch\n5,6,x\n7,8,y\n9,10,w', "row 3 .* can't be read as CSV.* quote"),
        (
            'a,b,price\n1,2,12" pipe\n3,4,"8 inch\n5,6,x\n7,8,y" z\n9,10,w',
            "row 3 .* can't be read as CSV.* quote",
        ),
        ("rooms;price\n1;2\n1.234,5;3\n", "no column of numbers .*'rooms' holds '1.234,5' in row 3"),
        ('rooms,price\n1,2\n"1,234",3\n', "no column of numbers .*'rooms' holds '1,234' in row 3"),
        (",,price\n1,2,3\n", "two columns named ''"),
        ("rooms,price\n" + "1" * 200_000 + ",2\n", "row 2 .* can't be read as CSV"),
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
        "rooms, all;price\n2,0;200\n3,0;310\n4,0;390\n",
        "rooms, all;price, net\n2,0;200,0\n3,0;310,0\n4,0;390,0\n",
        'rooms,price,"t;u"\n2,200,"a;b"\n3,310,"c;d"\n4,390,"e;f"\n',
        "rooms;all,price;net\n2,200\n3,310\n4,390\n",
        't,rooms,price\n"a\nb",2,200\nc\u2028d,3,310\ne\x0bf,4,390\n',
        "rooms,price,\n2,200,\n3,310,\n4,390,\n",
        "rooms,price\r2,200\r3,310\r4,390\r",
        "\u202erooms\u202c,price\n2,200\n3,310\n4,390\n",
        "r" * 10_000 + ",price\n2,200\n3,310\n4,390\n",
    ],
)
def test_odd_ways_to_write_it(tmp_path, text):
    path = written(tmp_path, text)
    target = re.search("price(, net|;net)?", text)[0]
    data = datasets.from_csv(path, target)
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


@pytest.mark.parametrize("text", [",rooms,price\n0,2,200\n1,3,310\n", '"rooms",price,""\n2,200,1\n3,310,2\n'])
def test_a_column_without_a_name_is_left_out_and_told(tmp_path, text):
    with pytest.warns(UserWarning, match="a column is left out: it holds numbers, but has no name"):
        assert datasets.from_csv(written(tmp_path, text), "price").columns == ["intercept", "rooms"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "rooms;price\n1,234;2\n",
            "1,234 in the column 'rooms' is read as 1.234; if 1234 is meant, write that",
        ),
        ("rooms\tprice\n2\t-1.200\n3\t950\n", "-1.200 in the column 'price' is read as -1.2; if -1200 is"),
    ],
)
def test_what_may_be_thousands_is_told(tmp_path, text, told):
    with pytest.warns(UserWarning, match=re.escape(told)):
        datasets.from_csv(written(tmp_path, text), "price")


@pytest.mark.parametrize(
    "text", ["rooms;price\n1,234;2\n0,5;3\n", "rooms;price\n0,234;2\n", "rooms,price\n1.234,2\n"]
)
def test_what_can_be_no_thousands_is_not_told(tmp_path, text):
    data = datasets.from_csv(written(tmp_path, text), "price")
    assert data.X[0, 1] % 1 == pytest.approx(0.234)


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        ("2", "2", "'x' is 2 throughout"),
        ("2", "1e300", "'x' goes from 2 to 1e\\+300"),
        ("-1e308", "1e308", "'x' goes from -1e\\+308 to 1e\\+308"),
        ("1e-200", "3e-200", "'x' goes from 1e-200 to 3e-200"),
    ],
)
def test_what_cannot_be_standardised_is_told(tmp_path, low, high, told):
    with pytest.raises(ValueError, match=told):
        datasets.from_csv(written(tmp_path, f"x,y\n{low},2\n{high},3\n"), "y", standardise=True)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (["a", "b"], r"columns\[1\] is 'b', which is the target"),
        (["a", "a"], r"columns\[1\] is 'a', which is there already"),
        (["a", 3], r"there is no column 3; columns\[1\] must be one of \['a', 'b', 'c'\]"),
        ("ac", "columns must be a list of names, not 'ac'"),
        (3, "columns must be a list of names, not 3"),
        ([], r"columns must be a list of names, not \[\]"),
        ((name for name in "ac"), "columns must be a list of names, not <generator"),
    ],
)
def test_columns_that_cannot_be_asked_for(tmp_path, columns, told):
    with pytest.raises((TypeError, ValueError), match=told):
        datasets.from_csv(written(tmp_path, "a,b,c\n1,2,3\n"), "b", columns)


def test_a_path_may_begin_at_home(tmp_path, monkeypatch):
    for home in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(home, str(tmp_path))
    written(tmp_path, PLAIN)
    assert len(datasets.from_csv("~/table.csv", "price").y) == 3


@pytest.mark.parametrize(
    "path", [".", "not there.csv", "a\0b", "~nobody at home/a.csv", None, io.StringIO(PLAIN)]
)
def test_a_path_that_leads_to_no_table(path):
    with pytest.raises((TypeError, ValueError), match="path must be"):
        datasets.from_csv(path, "price")


def test_a_line_shows_nothing_that_turns_it_or_cannot_be_seen():
    for sign in "\u061c\u200b\u200e\u200f\u202e\u2060\u2066\u206a\u206f\ufeff\ufff9\ufffb":
        assert checks.line(f"a{sign}b") == "a�b"
    assert (
        checks.line("می\u200cروم 👩\u200d🔬") == "می\u200cروم 👩\u200d🔬"
    )  # letters and emoji are joined so
    assert checks.line(10**5000) == checks.short(10**5000) == "a int that can't be printed"


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
