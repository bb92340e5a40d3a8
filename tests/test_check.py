"""check: each exercise accepts what is right, and gives every known mistake its own name."""

import json
import mmap
import os
import subprocess
import sys
import threading
import time
from decimal import Decimal
from fractions import Fraction
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gdlib.exercises import check, compare, hint, kinds, progress, record, safe, solution, watch
from gdlib.exercises.catalogue import EXERCISES
from gdlib.exercises.checking import Exercise, Mistake

NEEDS = {"04": "tensorflow", "05": "torch", "06": "torch"}  # what is not here is left out
EXERCISES = {name: each for name, each in EXERCISES.items() if find_spec(NEEDS.get(name[:2], "numpy"))}
MISTAKES = [(name, mistake) for name, each in EXERCISES.items() for mistake in each.mistakes]


pytestmark = pytest.mark.usefixtures("own_folder")


@pytest.fixture
def hand_over(monkeypatch):
    """An answer as a reader would hand it over: for a live figure one that stands so."""

    def give(answer, name):
        kind = EXERCISES[name].kind
        if isinstance(kind, kinds.Figure):
            monkeypatch.setattr(kind, "_read", lambda figure: figure.stands)
            return SimpleNamespace(learning_rate=1.0, moved=True, stands=answer)
        return answer

    return give


@pytest.mark.parametrize("name", EXERCISES)
def test_the_right_answer_is_right(name, hand_over):
    report = check(hand_over(EXERCISES[name].right, name), name)
    assert report.right and report.mistake is None and report.first is None


@pytest.mark.parametrize(("name", "mistake"), MISTAKES)
def test_each_mistake_gets_its_own_name(name, mistake, hand_over):
    known = EXERCISES[name].mistakes[mistake]
    report = check(hand_over(known.answer, name), name)
    assert not report.right and report.attempted and report.mistake == mistake
    assert known.words in str(report)


@pytest.mark.parametrize("name", EXERCISES)
def test_no_two_mistakes_of_an_exercise_are_one(name):
    exercise = EXERCISES[name]
    for one, values in exercise.known.items():
        for other, others in exercise.known.items():
            assert one == other or not exercise.kind.same(values, others), (one, other)


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_knows_three_mistakes_and_a_hint(name):
    exercise = EXERCISES[name]
    watched = isinstance(exercise.kind, kinds.Loop)
    assert watched or len(exercise.mistakes) >= (2 if isinstance(exercise.kind, kinds.Figure) else 3)
    assert exercise.hints


def test_there_are_enough_wrong_programs():
    assert len(MISTAKES) >= 80


@pytest.mark.parametrize("name", EXERCISES)
def test_what_is_not_written_is_not_attempted_and_not_kept(name):
    for empty in (None, ...):
        report = check(empty, name)
        assert not report.right and not report.attempted and report.mistake is None
    assert record.read() == {}


ODD = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.complex_numbers(),
    st.lists(st.floats(), max_size=4),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.tuples(st.floats(), st.text(max_size=2)),
    hnp.arrays(st.sampled_from([float, int, bool, "U3"]), hnp.array_shapes(max_dims=3, max_side=4)),
    hnp.arrays(object, hnp.array_shapes(max_dims=3, max_side=4), elements=st.floats() | st.text(max_size=2)),
    st.sampled_from(
        [Decimal("0.5"), Fraction(1, 3), object(), type, print, np.ma.masked, np.datetime64("NaT")]
    ),
)
QUICK = [
    each
    for each in EXERCISES.values()
    if isinstance(each.kind, kinds.Function | kinds.Rows | kinds.Number)
    and find_spec(getattr(each.kind, "needs", "numpy"))
]
MANY = settings(
    max_examples=int(os.environ.get("GDLIB_EXAMPLES", "500")),  # 5000 were tried
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
    derandomize=True,
)


@given(ODD, st.integers(0, 10**6))
@MANY
def test_whatever_is_returned_there_is_a_sentence(answer, which):
    exercise = QUICK[which % len(QUICK)]
    number = isinstance(exercise.kind, kinds.Number)
    report = check(answer if number else lambda *given: answer, exercise.name)
    right = number and exercise.kind.observe(answer).values is not None
    right = right and exercise.kind.same(exercise.kind.observe(answer).values, exercise.truth)
    assert report.right == right and len(str(report)) < 1000 and "Traceback" not in str(report)


@given(ODD)
@MANY
def test_whatever_a_loop_returns_there_is_a_sentence(answer):
    report = watch(lambda gradient, w, rate, batches: answer)
    assert not report.right and len(str(report)) < 1000


@pytest.mark.parametrize(
    ("truth", "answer", "right"),
    [
        (0.0002831, 0.000283, True),
        (0.0002831, 0.00028, True),
        (0.0002831, 0.0003, False),
        (0.13096, 0.131, True),
        (0.13096, 0.13, True),
        (0.13096, 0.1309, False),
        (0.13096, 0.13096, True),
        (-2.5, -2.5, True),
        (-2.5, 2.5, False),
        (0.125, 0.12, True),  # in the middle, both ways
        (0.125, 0.13, True),
        (173.4, 173, True),
        (173.4, 172, False),
        (173.4, 170, True),
        (0.4996, 0.50, True),
    ],
)
def test_a_number_is_right_where_it_is_rounded_rightly(truth, answer, right):
    kind = kinds.Number()
    assert kind.same(kind.observe(answer).values, [truth]) == right


def test_a_whole_number_is_exact():
    kind = kinds.Whole()
    assert kind.same(kind.observe(173).values, [173.0]) and not kind.same(kind.observe(172).values, [173.0])
    assert kind.same(kind.observe(np.int64(173)).values, [173.0])


def test_a_changed_argument_is_told():
    exercise = Exercise(
        "x",
        kinds.Function(lambda: [(np.array([1.0, 2.0]), 0.5)], "it must give an array (2,)"),
        lambda w, rate: w * rate,
    )

    def spoils(w, rate):
        w *= rate
        return w

    seen = exercise.kind.observe(spoils)
    assert not exercise.kind.same(seen.values, exercise.truth)
    assert "in place" in exercise.kind.part(seen.values, exercise.truth)[1]


WAYS = {  # of one epoch after another; what each gets wrong, or None
    None: [
        lambda n, b, epochs, rng: [
            order[i : i + b] for order in (rng.permutation(n) for _ in range(epochs)) for i in range(0, n, b)
        ],
        lambda n, b, epochs, rng: [
            rows.tolist()
            for _ in range(epochs)
            for rows in np.split(rng.choice(n, n, replace=False), range(b, n, b))
        ],
    ],
    "sizes": [
        lambda n, b, epochs, rng: [
            order[i : i + b]
            for order in (rng.permutation(n) for _ in range(epochs))
            for i in range(0, n - b + 1, b)
        ],
        lambda n, b, epochs, rng: [rng.permutation(n) for _ in range(epochs)],
    ],
    "each once": [
        lambda n, b, epochs, rng: [
            rng.integers(n, size=min(b, n - i)) for _ in range(epochs) for i in range(0, n, b)
        ]
    ],
    "in order": [
        lambda n, b, epochs, rng: [np.arange(n)[i : i + b] for _ in range(epochs) for i in range(0, n, b)]
    ],
    "the same each epoch": [
        lambda n, b, epochs, rng: [
            order[i : i + b] for order in [rng.permutation(n)] * epochs for i in range(0, n, b)
        ]
    ],
    "another seed, other rows": [
        lambda n, b, epochs, rng: WAYS[None][0](n, b, epochs, np.random.default_rng(0))
    ],
    "the seed holds": [lambda n, b, epochs, rng: WAYS[None][0](n, b, epochs, np.random.default_rng())],
}


@pytest.mark.parametrize(("trait", "way"), [(trait, way) for trait, ways in WAYS.items() for way in ways])
def test_the_rows_of_an_epoch(trait, way):
    kind = kinds.Rows()
    right, seen = kind.observe(WAYS[None][0]).values, kind.observe(way)
    assert seen.trouble is None and kind.same(seen.values, right) == (trait is None)
    if trait:
        assert seen.values[0][trait] != right[0][trait]
        assert kind.part(seen.values, right)[1]


def test_an_answer_that_does_not_end_is_stopped(limit):
    limit(0.2)

    def endless(w, x, y):
        while True:
            pass

    assert "was stopped after" in str(check(endless, "00 loss"))


# What stops the code may strike once more as its thread goes out; Python tells of it, no more.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_nothing_is_interrupted_after_an_answer(limit):
    def stubborn(seconds):
        end = time.perf_counter() + seconds
        while True:
            try:
                while time.perf_counter() < end:
                    pass
                return
            except BaseException:  # it swallows what is to stop it, and ends while more of that comes
                pass

    before = threading.active_count()
    for k in range(200):
        safe.call(stubborn, 0.006 + 1e-6 * k, seconds=0.005)
    assert threading.active_count() == before


def test_what_sleeps_or_waits_is_left_behind(limit, monkeypatch):
    monkeypatch.setattr(safe, "GRACE", 0.1)
    limit(0.1)
    begun, awake = time.perf_counter(), threading.Event()
    report = check(lambda w, x, y: awake.wait(20), "00 loss")
    assert "can't be stopped" in str(report) and time.perf_counter() - begun < 10
    awake.set()


def test_hints_come_one_by_one_and_the_solution_is_the_right_program(capsys):
    hints = EXERCISES["00 loss"].hints
    for told in [*hints, hints[-1]]:
        hint("00 loss")
        said = capsys.readouterr().out
        assert told in said and ('solution("00 loss")' in said) == (told == hints[-1])
    solution("00 loop")
    assert "def loop(gradient, w, learning_rate, batches):" in capsys.readouterr().out
    solution("00 loss")
    assert "np.mean((w * x - y) ** 2)" in capsys.readouterr().out


def test_an_unknown_name_is_told_what_is_near():
    with pytest.raises(ValueError, match="'00 loss'"):
        check(1, "00 los")


def test_the_record_is_kept_beside_the_notebook_and_told():
    check(EXERCISES["00 loss"].mistakes["root"].answer, "00 loss")
    check(EXERCISES["00 loss"].right, "00 loss")
    assert record.read()["00 loss"] == {"tries": 2, "solved": True, "hints": 0, "mistakes": {"root": 1}}
    assert "✓ 00 loss: 2 tries; met: root" in repr(progress())
    assert "<td" in progress()._repr_html_()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"exercises": 3}', '{"exercises": {"a": [1]}}', "\x00"])
def test_a_broken_record_stops_nothing(tmp_path, text):
    (tmp_path / record.NAME).write_text(text)
    assert check(EXERCISES["00 loss"].right, "00 loss").right
    assert record.read()["00 loss"]["solved"]


def test_a_folder_that_may_not_be_written_stops_nothing(monkeypatch):
    def refuses(*_):
        raise PermissionError

    monkeypatch.setattr(record.Path, "write_text", refuses)
    assert check(EXERCISES["00 loss"].right, "00 loss").right


def test_a_teacher_sees_a_class(tmp_path):
    for reader, solved in (("anna", True), ("ben", False)):
        (tmp_path / f"{reader}.json").write_text(
            json.dumps({"exercises": {"00 loss": {"tries": 2, "solved": solved, "mistakes": {"root": 2}}}})
        )
    done = subprocess.run(
        [sys.executable, "-m", "gdlib.exercises", str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "2 readers" in done.stdout and "1      2  00 loss" in done.stdout
    assert "2  root (00 loss)" in done.stdout


@pytest.mark.parametrize(
    ("said", "measured", "told"),
    [
        (..., 3.2, "Measured: 3.2. You made no prediction."),
        (3.2, 3.2, "You said so."),
        (3, 3.2, "You said 3."),
        (3.2, 3.197, "You said so."),  # two digits are enough
        (3, float("nan"), "You said 3."),
        (1.0, None, "You said 1."),
        (4, 3.2, "You said 4."),
        ("Left", "left", "You said so."),
        ("right", "left", "You said right."),
        ((1, 2), (1, 2.0), "You said so."),
        (["swings", "left"], ("swings", "left"), "You said so."),
        (object, 3.2, "You said"),
    ],
)
def test_a_prediction_is_set_beside_what_was_measured(capsys, said, measured, told):
    compare(said, measured)
    assert told in capsys.readouterr().out


def test_a_mistake_is_named_only_where_it_gives_every_value():
    exercise = EXERCISES["00 gradient"]
    once = lambda w, x, y: exercise.right(w, x, y) * (-1 if w == -1 else 1)  # noqa: E731
    report = check(once, "00 gradient")
    assert not report.right and report.mistake is None
    assert isinstance(exercise.mistakes["uphill"], Mistake)


@pytest.mark.parametrize(
    "name", [name for name, each in EXERCISES.items() if isinstance(each.kind, kinds.Figure)]
)
def test_what_is_no_figure_is_refused_and_its_solution_is_a_sentence(name, capsys):
    right = EXERCISES[name].right
    for odd in (right, [1, 1], [], ["<img src=x>"], SimpleNamespace(learning_rate=1.0)):
        report = check(odd, name)
        assert not report.right and "hand over the live figure itself" in str(report)
    solution(name)
    assert "move the figure" in capsys.readouterr().out


def test_our_own_answers_have_all_the_time_they_need(limit):
    limit(0.05)
    slow = lambda: time.sleep(0.2) or 3.0  # noqa: E731 (as a first import is)
    assert Exercise("x", kinds.Number(), slow).truth == [3.0]
    with pytest.raises(ModuleNotFoundError):
        _ = Exercise("x", kinds.Number(), lambda: __import__("no_such_package")).truth


FUNCTIONS = [name for name, each in EXERCISES.items() if isinstance(each.kind, kinds.Function | kinds.Rows)]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_stub_is_not_attempted_and_a_missing_return_is(name):
    def dots(*given):
        return ...

    def empty(*given):
        pass

    def forgets(*given):
        given[0] is given  # noqa: B015

    assert not check(dots, name).attempted and not check(empty, name).attempted
    assert record.read() == {}
    if not name.startswith("05") or name == "05 gradient by hand":  # a step of PyTorch gives nothing back
        report = check(forgets, name)
        assert report.attempted and ("return?" in str(report) or "to be given back" in str(report))


def test_a_number_in_a_tensor_is_a_number():
    torch = pytest.importorskip("torch")
    for number in (torch.tensor(10**0.5), torch.tensor(10**0.5, dtype=torch.float64)):
        assert check(number, "07 first step").right


def test_all_cases_have_one_limit_together(limit):
    limit(0.5)
    begun = time.perf_counter()
    report = check(lambda w, x, y: time.sleep(0.3) or 1.0, "00 loss")
    assert "was stopped" in str(report) and time.perf_counter() - begun < 4


def test_what_fills_the_memory_is_stopped(monkeypatch):
    held = iter([0, *[int(2e9)] * 1000])
    monkeypatch.setattr(safe, "_memory", lambda: next(held))
    awake = threading.Event()

    def grows(w, x, y):
        while not awake.is_set():
            pass

    assert "filled the memory" in str(check(grows, "00 loss"))
    awake.set()


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="the system does not say")
def test_the_memory_is_looked_at():
    before = safe._memory()
    with mmap.mmap(-1, 40_000_000) as held:  # new to the process, where an array may take what another left
        held.write(bytes(40_000_000))
        assert 3e7 < safe._memory() - before < 3e8


def test_what_runs_the_readers_code_is_limited_too(limit):
    class Odd(Exception):
        def __str__(self):
            while True:
                pass

    def raises(w, x, y):
        raise Odd

    limit(0.2)
    assert "was stopped" in str(check(raises, "00 loss"))


def test_a_long_list_is_told_at_once():
    begun = time.perf_counter()
    assert len(str(check([0] * 3_000_000, "02 gradient"))) < 300
    assert time.perf_counter() - begun < 0.5


def test_nothing_comes_through(capsys, tmp_path):
    def loud(w, x, y):
        print("a line", file=sys.stderr)
        os.chdir("/")
        raise KeyboardInterrupt

    report = check(loud, "00 loss")
    assert "KeyboardInterrupt" in str(report)
    assert capsys.readouterr() == ("", "") and os.getcwd() == str(tmp_path)


def test_quit_does_not_end_the_kernel():
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    writes = "def loss(w, x, y):\n    quit()"
    looks = "from gdlib.exercises import check\nprint(check(loss, '00 loss'))"
    waits = "import time\ntime.sleep(3)"
    cells = [nbformat.v4.new_code_cell(source) for source in (writes, looks, waits, "print('lives')")]
    book = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(book, timeout=120).execute()
    assert "it calls exit()" in cells[1].outputs[0].text and cells[3].outputs[0].text == "lives\n"


def test_an_answer_and_a_name_exchanged_are_told():
    for answer, name in (("02 schedule", lambda step, per_epoch: 0.1), (lambda: 1, ["02 schedule"])):
        with pytest.raises(TypeError, match=r"check\(answer, name\)"):
            check(answer, name)


def test_an_answer_that_is_looked_at_again_is_no_new_try():
    wrong = EXERCISES["00 loss"].mistakes["root"].answer
    for answer in (wrong, wrong, lambda w, x, y: np.mean((w * x - y) ** 2) ** 0.5, wrong):
        assert check(answer, "00 loss").mistake == "root"
    assert record.read()["00 loss"] == {"tries": 3, "solved": False, "hints": 0, "mistakes": {"root": 3}}


def test_print_for_return_is_attempted():
    report = check(lambda w, x, y: print(w), "00 loss")
    assert report.attempted and "is there a return?" in str(report)


def test_a_value_is_asked_for_with_its_function():
    assert "without brackets" in str(check(3.5, "00 loss"))


@pytest.mark.parametrize("entry", [None, [], {"tries": None}, {"tries": -1, "hints": -100}, {"mistakes": 3}])
def test_one_odd_entry_costs_no_other(entry):
    kept = {"exercises": {"odd": entry, "00 loss": {"tries": 2, "solved": True}}}
    (record.Path(record.NAME)).write_text("\ufeff" + json.dumps(kept), "utf-8")
    assert record.read()["00 loss"]["solved"]
    hint("00 loss")
    check(EXERCISES["00 gradient"].right, "00 gradient")
    assert record.read()["00 loss"] == {"tries": 2, "solved": True, "hints": 1, "mistakes": {}}


def test_hostile_names_stay_text(tmp_path):
    names = ["<img src=x onerror=alert(1)>", "\x1b[2J\n1000  1000  me", "\ud800", "</td>"]
    entry = {"tries": 1, "mistakes": dict.fromkeys(names, 1)}
    (tmp_path / "a.json").write_text(json.dumps({"exercises": dict.fromkeys(names, entry)}), "utf-8")
    told = record.of_a_class(tmp_path)
    told.encode("utf-8")
    assert "\x1b" not in told and "\n1000" not in told
    page = record.Progress(names, record.read(tmp_path / "a.json"))._repr_html_()
    assert "<img" not in page and "&lt;img" in page
