"""watch: every known mistake gets its own name, every law its numbers, and what is unknown gets neither."""

import numpy as np
import pytest

from gdlib.exercises import law, loops, watch, watching
from gdlib.exercises.report import TEXT

ETA = 0.9


def path_of(direction):
    """A loop whose step is −rate × direction(g, t, memory)."""

    def loop(gradient, w, learning_rate, batches):
        path, memory = [w], {}
        for t, rows in enumerate(batches):
            w = w - learning_rate * direction(gradient(w, rows), t, memory)
            path.append(w)
        return path

    return loop


# --- right, in many ways of writing it ---------------------------------------------------------


def in_place(gradient, w, learning_rate, batches):
    w = w.copy()
    path = [w.copy()]
    for rows in batches:
        w -= learning_rate * gradient(w, rows)
        path.append(w.copy())
    return path


def generator(gradient, w, learning_rate, batches):
    yield w
    for rows in batches:
        w = w - learning_rate * gradient(w, rows)
        yield w


def lists(gradient, w, learning_rate, batches):
    path = [list(w)]
    for rows in batches:
        g = gradient(np.array(path[-1]), list(rows))
        path.append([a - learning_rate * b for a, b in zip(path[-1], g, strict=True)])
    return tuple(path)


def into_an_array(gradient, w, learning_rate, batches):
    path = np.empty((len(batches) + 1, len(w)))
    path[0] = w
    for t in range(len(batches)):
        path[t + 1] = path[t] - learning_rate * gradient(path[t], batches[t])
    return path


def each_weight(gradient, w, learning_rate, batches):
    path = [w]
    for rows in batches:
        w = np.array([w[j] - learning_rate * gradient(w, rows)[j] for j in range(len(w))])
        path.append(w)
    return path


@pytest.mark.parametrize("loop", [loops.descent, in_place, generator, lists, into_an_array, each_weight])
def test_a_right_loop_is_right_however_it_is_written(loop):
    report = watch(loop)
    assert report.right and report.attempted and report.mistake is None and report.first is None
    assert report.law[:3] == (-1, 0, 0)
    assert ("once is enough" in str(report)) == (loop is each_weight)


# --- known mistakes ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", loops.WRONG)
def test_each_mistake_gets_its_own_name(name):
    report = watch(loops.WRONG[name])
    assert not report.right and report.mistake == name
    assert report.first is not None and str(report).startswith(loops.WRONG[name].words)


def given_back(change, loop):
    return lambda *given: change(list(loop(*given)))


@pytest.mark.parametrize("returns", loops.RETURNS)
@pytest.mark.parametrize("name", [None, "uphill", "half", "stale"])
def test_what_is_given_back_is_named_whatever_the_loop(returns, name):
    loop = loops.WRONG[name] if name else loops.descent
    report = watch(given_back(loops.RETURNS[returns][0], loop))
    assert not report.right and report.mistake == (name or returns)
    assert loops.RETURNS[returns][1] in str(report)


def test_no_two_known_programs_do_the_same():
    every = watching.candidates()
    for i, one in enumerate(every):
        for other in every[:i]:
            paths = all(map(watching.same, one.paths, other.paths))
            asked = all(map(watching._same_questions, one.records, other.records))
            # Two mistakes at once may look like one: then the one is named, for it comes first.
            assert not (paths and asked) or (one.returns and one.name), (one[:2], other[:2])


def keeps_the_array(gradient, w, learning_rate, batches):
    path = [w]
    for rows in batches:
        w -= learning_rate * gradient(w, rows)
        path.append(w)
    return path


def start_spoiled(gradient, w, learning_rate, batches):
    path = [w.copy()]
    for rows in batches:
        w -= learning_rate * gradient(w, rows)
        path.append(w.copy())
    return path


def start_spoiled_and_kept(gradient, w, learning_rate, batches):
    path = [w]
    for rows in batches:
        w -= learning_rate * gradient(w, rows)
        path.append(w.copy())
    return path


def batches_spoiled(gradient, w, learning_rate, batches):
    path = loops.descent(gradient, w, learning_rate, batches)
    batches[0][:] = batches[0][::-1]
    return path


def typed(gradient, w, learning_rate, batches):
    return loops.descent(gradient, w, 0.01, batches)


def falling(gradient, w, learning_rate, batches):
    path = [w]
    for t, rows in enumerate(batches):
        w = w - learning_rate / (1 + t) * gradient(w, rows)
        path.append(w)
    return path


def falling_each_epoch(gradient, w, learning_rate, batches):
    path, seen, epoch = [w], set(), 0
    for rows in batches:
        if seen & set(rows.tolist()):
            seen, epoch = set(), 0
        seen |= set(rows.tolist())
        w = w - learning_rate * 0.8**epoch * gradient(w, rows)
        epoch += 1
        path.append(w)
    return path


@pytest.mark.parametrize(
    ("loop", "name"),
    [
        (keeps_the_array, "same array"),
        (start_spoiled, "start changed in place"),
        (start_spoiled_and_kept, "start changed in place"),
        (batches_spoiled, "batches changed in place"),
        (typed, "rate typed in"),
        (falling, "rate falls"),
        (falling_each_epoch, "rate falls and is reset each epoch"),
    ],
)
def test_mistakes_that_carry_a_number_or_a_side_effect(loop, name):
    report = watch(loop)
    assert not report.right and report.mistake == name


# --- laws --------------------------------------------------------------------------------------


def momentum(g, t, memory):
    memory["v"] = ETA * memory.get("v", 0) + g
    return memory["v"]


def average(g, t, memory):
    memory["v"] = ETA * memory.get("v", 0) + (1 - ETA) * g
    return memory["v"]


def nesterov(g, t, memory):
    return g + ETA * momentum(g, t, memory)


LAWS = {
    "sign": (path_of(lambda g, t, memory: -g), (1, 0, 0)),
    "half": (path_of(lambda g, t, memory: g / 2), (-0.5, 0, 0)),
    "1.37": (path_of(lambda g, t, memory: 1.37 * g), (-1.37, 0, 0)),
    "momentum": (path_of(momentum), (-1, 0, ETA)),
    "average": (path_of(average), (ETA - 1, 0, ETA)),
    "Nesterov": (path_of(nesterov), (-1 - ETA, ETA, ETA)),
    "stale": (loops.WRONG["stale"], (-1, 0, 0)),
    "half with momentum": (path_of(lambda g, t, memory: momentum(g / 2, t, memory)), (-0.5, 0, ETA)),
}


@pytest.mark.parametrize("name", LAWS)
def test_the_law_is_found_to_six_digits(name):
    loop, numbers = LAWS[name]
    report = watch(loop)
    np.testing.assert_allclose(report.law[:3], numbers, atol=1e-6)
    assert report.law.residual < law.ROUNDING and not report.right


def test_a_law_is_told_in_words_and_as_a_formula():
    report = watch(LAWS["half with momentum"][0])
    words = str(report)
    assert "−0.5 × rate × gradient, plus 0.9 × the step before" in words
    assert "half of the gradient, and momentum that was not asked for" in words
    assert (
        r"w_{t+1} = w_t - 0.5\,\eta\,g_t + 0.9\,(w_t - w_{t-1})" in report._repr_mimebundle_()[0]["text/html"]
    )


# --- loops that nobody knows -------------------------------------------------------------------

NOISE = np.random.default_rng(7)
UNKNOWN = {
    "noise": lambda g, t, m: g + 1e-3 * NOISE.normal(size=g.shape),
    "little noise": lambda g, t, m: g * (1 + 1e-5 * NOISE.normal(size=g.shape)),
    "sign alone": lambda g, t, m: np.sign(g),
    "unit length": lambda g, t, m: g / np.linalg.norm(g),
    "clipped": lambda g, t, m: g * min(1, 0.5 / np.linalg.norm(g)),
    "clipped by weight": lambda g, t, m: np.clip(g, -0.5, 0.5),
    "three digits": lambda g, t, m: np.round(g, 3),
    "single precision": lambda g, t, m: g.astype(np.float32).astype(float),
    "half precision": lambda g, t, m: g.astype(np.float16).astype(float),
    "one weight frozen": lambda g, t, m: g * (np.arange(len(g)) > 0),
    "weights turned round": lambda g, t, m: g[::-1],
    "each weight its own rate": lambda g, t, m: g * np.linspace(1, 2, len(g)),
    "every second step": lambda g, t, m: g * (t % 2 == 0),
    "every third uphill": lambda g, t, m: g * (-1 if t % 3 == 2 else 1),
    "cubed": lambda g, t, m: g**3,
    "root": lambda g, t, m: np.sign(g) * np.sqrt(np.abs(g)),
    "shifted": lambda g, t, m: g + 0.01,
    "growing": lambda g, t, m: g * (1 + 0.05 * t),
    "momentum that falls": lambda g, t, m: m.update(v=m.get("v", 0) * 0.9 / (1 + t) + g) or m["v"],
    "median with zero": lambda g, t, m: np.where(np.abs(g) < np.median(np.abs(g)), 0, g),
    "AdaGrad": lambda g, t, m: m.update(s=m.get("s", 0) + g**2) or g / np.sqrt(m["s"]),
    "RMSProp": lambda g, t, m: m.update(s=0.9 * m.get("s", 0) + 0.1 * g**2) or g / np.sqrt(m["s"]),
    "largest weight alone": lambda g, t, m: g * (np.abs(g) == np.abs(g).max()),
    "random rows of the past": lambda g, t, m: (
        m.setdefault("all", []).append(g) or m["all"][NOISE.integers(len(m["all"]))]
    ),
    "tanh": lambda g, t, m: np.tanh(g),
    "four gradients ago": lambda g, t, m: m.setdefault("all", []).append(g) or m["all"][max(0, t - 4)],
    "weight decay by hand": lambda g, t, m: g * (1 + 1e-4) ** t,
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_unknown_gets_no_name_and_no_law(name):
    report = watch(path_of(UNKNOWN[name]))
    assert not report.right and report.mistake is None and report.law is None
    assert report.first is not None and str(report).startswith("Not yet.")


def test_weight_decay_is_no_law_of_gradients():
    def decays(gradient, w, learning_rate, batches):
        path = [w]
        for rows in batches:
            w = 0.999 * w - learning_rate * gradient(w, rows)
            path.append(w)
        return path

    report = watch(decays)
    assert report.mistake is None and report.law is None and not report.right


def test_the_first_step_that_differs_is_told_with_its_numbers():
    report = watch(path_of(lambda g, t, memory: g if t < 7 else 2 * g))
    assert report.first.step == 8 and "After step 8 your w is" in str(report)
    course = watching.courses()[0]
    true = np.array(watching.run(loops.descent, course).points)
    np.testing.assert_allclose(report.first.right, true[8])


# --- whatever is handed over -------------------------------------------------------------------


def test_what_is_not_attempted_is_said_so():
    def stub(gradient, w, learning_rate, batches): ...

    for loop in (None, ..., stub, lambda *given: None, lambda gradient, w, learning_rate, batches: [w]):
        report = watch(loop)
        assert not report.right and not report.attempted and report.mistake is None


def complains(told):
    def loop(gradient, w, learning_rate, batches):
        raise told

    return loop


def swallows(gradient, w, learning_rate, batches):
    while True:
        try:  # noqa: SIM105 (as a reader writes it)
            gradient(w)
        except BaseException:
            pass


def endless(gradient, w, learning_rate, batches):
    while True:
        np.random.rand()  # noqa: NPY002


def asks_on_and_on(gradient, w, learning_rate, batches):
    while True:
        w = w - learning_rate * gradient(w)


def yields_on_and_on(gradient, w, learning_rate, batches):
    while True:
        yield w


@pytest.mark.parametrize(
    ("loop", "told"),
    [
        (complains(ValueError("no")), "ValueError: no"),
        (complains(SystemExit()), "exit()"),
        (lambda gradient, *given: gradient("a"), "stops"),
        (lambda gradient, w, *given: gradient(w[:1]), "weights"),
        (lambda gradient, w, *given: gradient(w, [99]), "row"),
        (lambda: [], "arguments"),
        (lambda *given: "path", "it gives 'path'"),
        (lambda *given: [], "it gives"),
        (lambda *given: [[1, 2], [3]], "it gives"),
        (lambda *given: [[1, "2"]], "it gives"),
        (lambda gradient, w, *given: [w, [None, 1]], "it gives"),
        (lambda *given: 3.5, "it gives 3.5"),
        (asks_on_and_on, "again and again"),
        (yields_on_and_on, "more than"),
        (5, "watch needs a function"),
    ],
)
def test_a_sentence_and_no_traceback(loop, told):
    report = watch(loop)
    assert not report.right and report.mistake is None and told in str(report)


@pytest.mark.parametrize("loop", [endless, swallows])
def test_an_endless_loop_is_stopped_and_the_process_lives_on(limit, loop):
    limit(0.3)
    np.random.seed(3)  # noqa: NPY002 (a reader may)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    report = watch(loop)
    assert "was stopped after" in str(report) or "again and again" in str(report)
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    assert watch(loops.descent).right


def test_in_a_notebook_the_paths_stand_beside_each_other():
    report = watch(loops.WRONG["half"])
    page = report._repr_mimebundle_()[0]["text/html"]
    assert "yours" in page and "right" in page and page.startswith("<p ")
    assert report._figure().step == report.first.step == 1
    assert watch(loops.descent)._repr_mimebundle_()[0]["text/html"].startswith(f"<p {TEXT}>✓ ")


def test_what_parts_on_three_weights_alone_is_told_without_a_figure():
    def knows_two(gradient, w, learning_rate, batches):
        return loops.descent(gradient, w, learning_rate / (len(w) - 1), batches)

    report = watch(knows_two)
    assert not report.right and report.mistake is None and len(report.first.right) == 3
    assert "yours" not in report._repr_mimebundle_()[0]["text/html"]


@pytest.mark.parametrize("name", [*loops.WRONG, *loops.RETURNS])
def test_every_report_can_be_shown(name):
    loop = loops.WRONG.get(name) or given_back(loops.RETURNS[name][0], loops.descent)
    page = watch(loop)._repr_mimebundle_()[0]["text/html"]
    assert "yours" in page and "<p>" in page


# --- what a path has in common with a known mistake is not enough --------------------------------


def prints_and_asks(gradient, w, learning_rate, batches):
    path = []
    for rows in batches:
        path.append(w)
        print(gradient(w, rows))
        w = w - learning_rate * gradient(w, rows)
    return path


def sum_of_single_rows(gradient, w, learning_rate, batches):
    path = [w]
    for rows in batches:
        w = w - learning_rate * sum(gradient(w, [row]) for row in rows)
        path.append(w)
    return path


@pytest.mark.parametrize("loop", [prints_and_asks, sum_of_single_rows])
def test_the_path_of_a_mistake_by_other_questions_is_told_and_not_named(loop):
    report = watch(loop)
    assert not report.right and report.mistake is None
    assert "Your path is the one that this mistake gives" in str(report)


def forgets_to_keep(gradient, w, learning_rate, batches):
    path = [w]
    for rows in batches:
        w - learning_rate * gradient(w, rows)
        path.append(w)
    return path


def test_a_step_that_is_not_kept_has_a_name_of_its_own():
    assert watch(forgets_to_keep).mistake == "never moves"


def test_a_typed_rate_uphill_is_not_called_a_typed_rate():
    def loop(gradient, w, learning_rate, batches):
        return loops.descent(gradient, w, -0.01, batches)

    report = watch(loop)
    assert not report.right and report.mistake is None


def empties_the_batches(gradient, w, learning_rate, batches):
    path = [w]
    while batches:
        w = w - learning_rate * gradient(w, batches.pop(0))
        path.append(w)
    return path


def test_emptied_batches_are_changed_batches():
    assert watch(empties_the_batches).mistake == "batches changed in place"


def test_a_report_is_a_copy_and_nothing_in_it_is_shared():
    watch(loops.WRONG["uphill"]).first.right[:] = 99
    assert watch(loops.descent).right


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [1e80, 1e-200, np.inf, np.nan])
def test_what_leaves_every_range_is_told_quietly(size):
    with np.errstate(all="raise"):
        report = watch(path_of(lambda g, t, m: g * size))
    assert not report.right and "<p>" in report._repr_mimebundle_()[0]["text/html"]


class Odd:
    """Whatever is asked of it ends badly."""

    def __repr__(self):
        raise SystemExit

    __str__ = __array__ = __iter__ = __len__ = __repr__


@pytest.mark.parametrize("error", [GeneratorExit, BaseException, SystemExit, MemoryError, StopIteration])
def test_no_exception_comes_out_whatever_its_kind(error):
    assert not watch(complains(error())).right
    assert not watch(complains(error("a", Odd()))).right
    assert not watch(lambda gradient, w, rate, batches: Odd()).right


@pytest.mark.parametrize("endless", [range(10**12), iter(int, 1)])
def test_a_path_without_an_end_is_cut(endless):
    assert "more than" in str(watch(lambda gradient, w, rate, batches: endless))


def test_an_error_is_told_with_the_readers_own_line():
    def loop(gradient, w, learning_rate, batches):
        return [gradient(w, "seven")]

    assert 'return [gradient(w, "seven")]' in str(watch(loop))


def test_nothing_of_the_kernel_is_changed(capsys):
    def loop(gradient, w, learning_rate, batches):
        print("a line")
        np.random.seed(0)  # noqa: NPY002
        np.seterr(all="raise")
        return loops.descent(gradient, w, learning_rate, batches)

    before = np.random.get_state()[1].copy(), np.geterr()  # noqa: NPY002
    assert watch(loop).right
    assert np.array_equal(np.random.get_state()[1], before[0])  # noqa: NPY002
    assert np.geterr() == before[1] and capsys.readouterr().out == ""
