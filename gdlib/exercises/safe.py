"""A reader's code, run so that nothing it does can hurt: limited in time, and no exception let out.

What it prints is not shown, and NumPy's own random numbers go on where they were.
"""

from __future__ import annotations

import contextlib
import contextvars
import ctypes
import dis
import io
import linecache
import mmap
import os
import sys
import sysconfig
import threading
import time
import traceback
import warnings
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import numpy as np

from gdlib import checks

#: Seconds after which a reader's code is stopped: it takes milliseconds, and a first import some seconds.
LIMIT = 8.0
#: Seconds that code has to end once it is told to; what goes on nevertheless is left behind.
GRACE = 1.5
#: Bytes more than before at which it is stopped too.
MEMORY = 1e9
_guarded = contextvars.ContextVar("guarded", default=True)
_OURS = Path(__file__).parent.parent
_PYTHONS = Path(sysconfig.get_path("stdlib"))


class TooLong(BaseException):
    """Raised in the reader's code to end it; no Exception, so that `except Exception` lets it pass."""


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
    random, folder, nowhere = np.random.get_state(), os.getcwd(), _Nowhere()  # noqa: NPY002 (the reader's)
    quiet = contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(), quiet[0], quiet[1], _no_exit():
            warnings.simplefilter("ignore")
            return _limited(lambda: function(*arguments), seconds)
    finally:
        with contextlib.suppress(Exception):  # another kind of generator was put in its place
            np.random.set_state(random)  # noqa: NPY002
        with contextlib.suppress(OSError):
            os.chdir(folder)


class _Nowhere(io.TextIOBase):
    """What is printed is not kept: it may be without an end."""

    def write(self, text):
        return len(text)


@contextlib.contextmanager
def _no_exit():
    """In a notebook quit() asks the kernel to end; in here it raises SystemExit, as anywhere else."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None:
        yield
    else:
        with mock.patch.object(shell, "ask_exit", sys.exit):
            yield


@contextlib.contextmanager
def unguarded():
    """In here calls are of our own answers: they take their time, and what they raise is an error of ours."""
    token = _guarded.set(False)
    try:
        yield
    finally:
        _guarded.reset(token)


def is_stub(function) -> bool:
    """Whether a function was left as it was found: it looks nothing up, and uses nothing it is given."""
    code = getattr(function, "__code__", None)
    return code is not None and not any(
        each.opname.startswith("LOAD_") and each.opname != "LOAD_CONST" for each in dis.get_instructions(code)
    )


def _limited(function, seconds):
    """The Outcome of function(); where it takes longer, TooLong is raised in it until it ends.

    It has a thread of its own: TooLong can strike there alone, and what waits for ever is left behind.
    Whatever runs code of the reader's is done there, the text of an exception too.
    """
    context, outcomes = contextvars.copy_context(), []

    def work():
        with contextlib.suppress(TooLong):  # it may come once more while the first is put down
            try:
                outcomes.append(Outcome(context.run(function), None))
            except TooLong:
                raise
            except BaseException as error:
                outcomes.append(Outcome(None, _told(error)))

    thread = threading.Thread(target=work, daemon=True)
    end, most = time.monotonic() + seconds, _memory() + MEMORY
    fills = False
    thread.start()
    try:
        while thread.is_alive() and not fills and (left := end - time.monotonic()) > 0:
            thread.join(min(left, 0.1))
            fills = _memory() > most
    finally:  # Ctrl-C comes through here
        end = time.monotonic() + GRACE
        while thread.is_alive() and time.monotonic() < end:
            _raise_in(thread, TooLong)
            thread.join(0.01)
    if outcomes:
        return outcomes[0]
    if thread.is_alive():
        told = f"it has no end after {seconds:g} seconds, and can't be stopped. Restart the kernel, and look"
        return Outcome(None, f"{told} for a loop without an end, or for what it waits for")
    if fills:
        return Outcome(None, "it was stopped as it filled the memory. Is there a loop without an end?")
    told = f"it was stopped after {seconds:g} seconds. Is there a loop without an end, or does it wait?"
    return Outcome(None, told)


def _memory():
    """The bytes of memory that this process holds, where the system says so; else 0."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE
    except OSError:
        return 0


def _raise_in(thread, exception):
    """Have Python raise it in a thread at its next instruction."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(exception))


def _told(error):
    """An exception of the reader's code in a sentence, with the reader's own line."""
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, SystemExit):
        return "it calls exit(), and so comes to no end of its own"
    if isinstance(error, RecursionError):
        return "it calls itself without an end"
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
    except TooLong:
        raise
    except BaseException:
        return ""
    return checks.line(text.strip().split("\n")[0], 200)
