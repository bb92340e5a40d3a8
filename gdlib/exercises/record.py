"""The reader's own record: what is solved and which mistakes were met, in a small file beside the notebooks.

It is read and written when it can be; where it can't, nothing is said and nothing stops. It goes nowhere.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections import Counter
from html import escape
from pathlib import Path

from gdlib import checks
from gdlib.exercises.report import TEXT

NAME = ".gdlib-progress.json"
#: Of each exercise what was kept last: a notebook looks at an answer again, and that is no new try.
_last = {}


def read(file: Path | None = None) -> dict:
    """{exercise: {"tries", "solved", "mistakes": {name: times}, "hints"}}; empty where there is none."""
    try:
        file = file or Path(NAME)
        kept = json.loads(file.read_text("utf-8-sig"))["exercises"] if file.is_file() else {}
        return {checks.line(name): _clean(entry) for name, entry in kept.items()}
    except Exception:
        return {}


def _clean(entry):
    """An entry as it should be; what is odd in it counts as nothing, and the others are kept."""
    entry = entry if isinstance(entry, dict) else {}
    mistakes = entry.get("mistakes")
    mistakes = mistakes if isinstance(mistakes, dict) else {}
    return {
        "tries": _count(entry.get("tries")),
        "solved": entry.get("solved") is True,
        "hints": _count(entry.get("hints")),
        "mistakes": {checks.line(name): _count(times) for name, times in mistakes.items()},
    }


def _count(value):
    return value if isinstance(value, int) and 0 <= value < 10**6 else 0


def keep(name: str, report, code=None) -> None:
    """Add a report to the record, with the code of a function that was looked at.

    One of an exercise that was not attempted is not kept, nor the same one again.
    """
    if report.attempted:
        kept, place, now = read(), (Path(NAME).absolute(), name), (str(report), code)
        if name in kept and _last.get(place) == now:
            return
        _last[place] = now
        entry = kept.setdefault(name, _clean({}))
        entry["tries"] += 1
        entry["solved"] |= report.right
        if report.mistake:
            entry["mistakes"][report.mistake] = entry["mistakes"].get(report.mistake, 0) + 1
        _write(kept)


def next_hint(name: str, count: int) -> int:
    """The place of the hint to tell now, from 0; the next time it is the next one."""
    kept = read()
    entry = kept.setdefault(name, _clean({}))
    told = min(entry["hints"], count - 1)
    entry["hints"] = told + 1
    _write(kept)
    return told


def _write(kept):
    with contextlib.suppress(OSError, ValueError):
        draft = Path(f"{NAME}.{os.getpid()}")
        draft.write_text(json.dumps({"exercises": kept}, indent=1), "utf-8")
        draft.replace(NAME)  # whole or not at all


class Progress:
    """What is done and which mistakes were met: a table in a notebook, lines elsewhere."""

    def __init__(self, names, kept):
        self._rows = [(name, kept.get(name, _clean({}))) for name in names]

    @property
    def _solved(self):
        return f"{sum(entry['solved'] for _, entry in self._rows)} of {len(self._rows)} exercises solved"

    def __repr__(self):
        lines = [self._solved]
        for name, entry in self._rows:
            if entry["tries"]:
                met = f"; met: {', '.join(entry['mistakes'])}" if entry["mistakes"] else ""
                tries = f"{entry['tries']} {'try' if entry['tries'] == 1 else 'tries'}"
                lines.append(f"{_mark(entry)} {name}: {tries}{met}")
        return "\n".join(lines)

    def _repr_html_(self):
        def row(kind, *cells):
            each = "".join(f"<{kind} style='text-align: left'>{escape(str(cell))}</{kind}>" for cell in cells)
            return f"<tr>{each}</tr>"

        head = row("th", "solved", "exercise", "tries", "mistakes met")
        body = "".join(
            row("td", _mark(entry), name, entry["tries"] or "", ", ".join(entry["mistakes"]))
            for name, entry in self._rows
            if entry["tries"]
        )
        caption = f"<caption>{self._solved}</caption>"
        return f"<table {TEXT}>{caption}<thead>{head}</thead><tbody>{body}</tbody></table>"


def progress() -> Progress:
    """What you have solved and which mistakes you met, from the record in this folder."""
    from gdlib.exercises.catalogue import EXERCISES

    return Progress(EXERCISES, read())


def of_a_class(folder: Path) -> str:
    """How many solved what, and the mistakes by number, from all the records in a folder and below."""
    records = [read(file) for file in sorted(folder.rglob("*.json")) if file.is_file()]
    records = [kept for kept in records if kept]
    if not records:
        return (
            f"no record in {folder}: collect the readers' {NAME} there; any names that end in .json will do"
        )
    lines = [f"{len(records)} readers", "", "solved  tried  exercise"]
    for name in sorted({name for kept in records for name in kept}):
        entries = [kept[name] for kept in records if name in kept]
        lines.append(
            f"{sum(e['solved'] for e in entries):6}  {sum(e['tries'] > 0 for e in entries):5}  {name}"
        )
    met = Counter()
    for kept in records:
        met.update((name, mistake) for name, entry in kept.items() for mistake in entry["mistakes"])
    lines += ["", "readers  mistake"]
    lines += [f"{times:7}  {mistake} ({name})" for (name, mistake), times in met.most_common()]
    return "\n".join(lines)


def _mark(entry):
    return "✓" if entry["solved"] else "…" if entry["tries"] else "·"
