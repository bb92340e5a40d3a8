"""Which rows each step sees: the only thing in which the three methods differ.

An *epoch* is one pass over the data, each row once. A *batch* is the rows that one step sees.
An *iteration*, or step, is one update of the weights.

Both kinds of batches below are sequences of row arrays, one for each step, and both say what
descent needs: `each` and `blocks`, the same rows batch by batch and in long flat arrays, and
`seen`, the epochs made after so many steps.
"""

import copy
from collections.abc import Sequence
from itertools import repeat

import numpy as np
from numpy.typing import ArrayLike

from gdlib import checks

#: the rows of each step; None for all of them
Batches = Sequence[ArrayLike | None]
#: None, a seed or a Generator
Rng = int | np.random.Generator | None


class Epochs(Sequence):
    """The batches of a run: in each epoch a fresh permutation of the rows, cut into batches.

    The short last batch of an epoch is kept. No rows are held but those of the epoch last
    looked at: they are drawn again when needed, and are the same however often one looks.

    Args:
        n: number of rows.
        epochs: number of passes.
        batch_size: rows in a batch, 1 to n. With n there is nothing to choose, so nothing is shuffled.
        rng: None, a seed or a Generator (SPEC 7). Of a Generator a child is spawned, so that
            two runs from one Generator see different rows.
    """

    def __init__(self, n, epochs, batch_size, rng=None):
        self.n = n
        self.epochs = checks.whole(epochs, "epochs", 0)
        self.batch_size = checks.whole(batch_size, "batch_size", 1, n)
        self.whole = self.batch_size == n
        checks.steps(self.epochs * self._per_epoch)
        self._rng = checks.generator(rng)
        self._state = self._rng.bit_generator.state
        self._rewind()

    def _rewind(self):
        self._rng.bit_generator.state = self._state
        self._drawn, self._order = 0, np.arange(self.n)

    def _reader(self):
        """The same batches, read from the beginning, whoever else reads these meanwhile."""
        reader = copy.copy(self)
        reader._rng = np.random.Generator(type(self._rng.bit_generator)(0))
        reader._rewind()
        return reader

    def _draw(self, orders):
        """Write the orders of the next epochs into `orders`, (epochs, n)."""
        from gdlib import kernel  # loads Numba, and so waits until something is to be shuffled

        drawn, self._drawn = self._drawn, np.inf  # where this is interrupted, the next look begins anew
        draws = self._rng.integers(2**64, size=(len(orders), -(-self.n // 2)), dtype=np.uint64)
        kernel.shuffle(orders, self._order, draws.view(np.uint32)[:, : self.n])
        self._order = orders[-1].copy()
        self._drawn = drawn + len(orders)

    def order(self, epoch):
        """The rows of an epoch in the order in which they are seen, (n,). Quickest read onwards."""
        if epoch < self._drawn - 1:
            self._rewind()
        while not self.whole and self._drawn <= epoch:
            self._draw(np.empty((1, self.n), dtype=np.int64))
        return self._order

    def each(self):
        """Yield the rows of each step; None stands for all of them, uncopied."""
        if self.whole:
            yield from repeat(None, self.epochs)
            return
        reader = self._reader()
        for epoch in range(self.epochs):
            order = reader.order(epoch)
            for first in range(0, self.n, self.batch_size):
                yield order[first : first + self.batch_size]

    def blocks(self, most):
        """Yield whole epochs, as many as have at most `most` rows, as (rows, ends of the batches).

        All blocks are written into the same memory, for fresh memory costs more than the draws:
        whoever wants to keep the rows of a block copies them before the next.
        """
        reader = self._reader()
        count = max(1, min(most // self.n, self.epochs))
        ends = np.minimum(np.arange(1, self._per_epoch + 1) * self.batch_size, self.n)
        ends = (np.arange(count)[:, None] * self.n + ends).ravel()
        orders = np.tile(np.arange(self.n), (count, 1))
        for epoch in range(0, self.epochs, count):
            fewer = orders[: self.epochs - epoch]
            if not self.whole:
                reader._draw(fewer)
            yield fewer.ravel(), ends[: len(fewer) * self._per_epoch]

    def seen(self, steps):
        """Epochs made after each of `steps`, as floats."""
        epoch, batch = np.divmod(steps, self._per_epoch)
        return (epoch * self.n + batch * self.batch_size) / self.n  # only whole epochs end on a short batch

    @property
    def _per_epoch(self):
        return -(-self.n // self.batch_size)

    def __len__(self):
        return self.epochs * self._per_epoch

    def __reversed__(self):
        return reversed(list(self))  # to draw once, and not once for each

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        epoch, batch = divmod(range(len(self))[index], self._per_epoch)
        return self.order(epoch)[batch * self.batch_size : (batch + 1) * self.batch_size].copy()


class Given(Sequence):
    """Batches that the caller chose: arrays of row numbers, or None for all the rows; checked."""

    def __init__(self, n, batches):
        listed = batches.ndim if isinstance(batches, np.ndarray) else isinstance(batches, Sequence)
        if not listed or isinstance(batches, str | bytes):
            raise TypeError(f"batches must be a sequence of row arrays, not {type(batches).__name__}")
        every = np.arange(n)
        self._batches = [
            every if rows is None else checks.rows(rows, n, f"batches[{i}]") for i, rows in enumerate(batches)
        ]
        self.n = n
        self.whole = all(rows is every for rows in self._batches)
        self._seen = np.cumsum([0, *map(len, self._batches)]) / n

    def each(self):
        """Yield the rows of each step; None as in Epochs."""
        return repeat(None, len(self)) if self.whole else iter(self._batches)

    def blocks(self, most):
        """Yield as many batches as have `most` rows or a few more, as (rows, ends of the batches)."""
        first, rows = 0, 0
        for i, batch in enumerate(self._batches, start=1):
            rows += len(batch)
            if rows >= most or i == len(self):
                batches = self._batches[first:i]
                yield np.concatenate(batches), np.cumsum([len(rows) for rows in batches])
                first, rows = i, 0

    def seen(self, steps):
        """Epochs made after each of `steps`, as floats: rows seen over n."""
        return self._seen[steps]

    def __len__(self):
        return len(self._batches)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [rows.copy() for rows in self._batches[index]]
        return self._batches[index].copy()
