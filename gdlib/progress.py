"""A bar that counts epochs, for runs that take long."""

from contextlib import contextmanager

from gdlib import checks
from gdlib.optional import needed_by


@contextmanager
def bar(batches, shown):
    """Give a function to be told how many steps are made; where `shown`, it moves a bar on stderr."""
    if not checks.flag(shown, "progress"):
        yield lambda step: None
        return
    with needed_by("progress=True", "progress"):
        from tqdm import tqdm

    with tqdm(total=round(batches.seen(len(batches))), unit="epoch") as line:
        yield lambda step: line.update(int(batches.seen(step)) - line.n)
