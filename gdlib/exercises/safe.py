"""A reader's code, run so that nothing it does can hurt: limited in time, and no exception let out.

What it prints is not shown, and NumPy's own random numbers go on where they were.
"""

from __future__ import annotations

import contextlib
import contextvars
import ctypes
import io
import linecache
import sysconfig
import threading
import time
import traceback
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gdlib import checks

#: Seconds after which a reader's code is stopped: it takes milliseconds, and a first import some seconds.
LIMIT = 8.0
#: Seconds that code has to end once it is told to; what goes on nevertheless is left behind.
GRACE = 1.5
_guarded = contextvars.ContextVar("guarded", default=True)
_OURS = Path(__file__).parent.parent
_PYTHONS = Path(sysconfig.get_path("stdlib"))


class TooLong(BaseException):
    """Raised in the reader's code to end it; no Exception, so that `except Exception` lets it pass."""


class StillRunning(Exception):
    """Raised where the reader's code could not be ended."""


class Refused(Exception):
    """Raised by what reads a reader's result: its text is the sentence that says what is wrong."""


class Outcome(NamedTuple):
    """What came of a call: its value, or the sentence that says why there is none."""

    value: object
    trouble: str | None


def call(function, *arguments, seconds: float = LIMIT) -> Outcome:
    """Call a reader's function; whatever it does, an Outcome comes back. Ctrl-C alone passes through."""
    if not _guarded.get():
        with np.errstate(all="ignore"):
            return Outcome(function(*arguments), None)
    random, printed = np.random.get_state(), io.StringIO()  # noqa: NPY002 (the reader's)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(), contextlib.redirect_stdout(printed):
            warnings.simplefilter("ignore")
            return Outcome(_limited(lambda: function(*arguments), seconds), None)
    except KeyboardInterrupt:
        raise
    except TooLong:
        told = f"it was stopped after {seconds:g} seconds. Is there a loop without an end, or does it wait?"
        return Outcome(None, told)
    except StillRunning:
        told = f"it has no end after {seconds:g} seconds, and can't be stopped. Restart the kernel, and look"
        return Outcome(None, f"{told} for a loop without an end, or for what it waits for")
    except Refused as refused:
        return Outcome(None, str(refused))
    except SystemExit:
        return Outcome(None, "it calls exit(), and so comes to no end of its own")
    except RecursionError:
        return Outcome(None, "it calls itself without an end")
    except BaseException as error:
        return Outcome(None, _told(error))
    finally:
        with contextlib.suppress(Exception):  # another kind of generator was put in its place
            np.random.set_state(random)  # noqa: NPY002


@contextlib.contextmanager
def unguarded():
    """In here calls are of our own answers: they take their time, and what they raise is an error of ours."""
    token = _guarded.set(False)
    try:
        yield
    finally:
        _guarded.reset(token)


def is_stub(function) -> bool:
    """Whether a function was left as it was found: it calls nothing, and looks nothing up."""
    code = getattr(function, "__code__", None)
    return code is not None and not code.co_names


def _limited(function, seconds):
    """What function() gives; where it takes longer, TooLong is raised in it until it ends.

    It has a thread of its own: TooLong can strike there alone, and what waits for ever is left behind.
    """
    context, results, raised = contextvars.copy_context(), [], []

    def work():
        with contextlib.suppress(TooLong):  # it may come once more while the first is put down
            try:
                results.append(context.run(function))
            except BaseException as error:
                raised.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        thread.join(seconds)
    finally:  # Ctrl-C comes through here
        end = time.monotonic() + GRACE
        while thread.is_alive() and time.monotonic() < end:
            _raise_in(thread, TooLong)
            thread.join(0.01)
    if raised:
        raise raised[0]
    if results:
        return results[0]
    raise StillRunning if thread.is_alive() else TooLong


def _raise_in(thread, exception):
    """Have Python raise it in a thread at its next instruction."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(exception))


def _told(error):
    """An exception of the reader's code in a sentence, with the reader's own line."""
    kind, text = checks.line(type(error).__name__), _text_of(error)
    what = f"{kind}: {text}" if text else kind
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        line = checks.line(linecache.getline(frame.filename, frame.lineno or 0), 100)
        if line and not _is_library(frame.filename):
            return f"it stops in its line {frame.lineno}, `{line}`, with {what}"
    return f"it stops with {what}"


def _is_library(filename):
    path = Path(filename)
    return "site-packages" in filename or any(path.is_relative_to(home) for home in (_OURS, _PYTHONS))


def _text_of(error):
    """The first line of the exception's text, cut where it is long; nothing where it has no text to give."""
    try:
        text = str(error)
    except KeyboardInterrupt:
        raise
    except BaseException:
        return ""
    return checks.line(text.strip().split("\n")[0], 200)
