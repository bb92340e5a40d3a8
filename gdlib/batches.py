"""Which rows each step sees: the only thing in which the three methods differ.

An *epoch* is one pass over the data, each row once. A *batch* is the rows that one step sees.
An *iteration*, or step, is one update of the weights.
"""

from collections.abc import Sequence

import numpy as np

from gdlib import checks


class Epochs(Sequence):
    """The batches of a run: in each epoch a fresh permutation of the rows, cut into batches.

    A sequence of row arrays, the short last batch of an epoch kept. It holds no rows, only the
    generator as it was before the first: the same rows come out however often one looks.
    Reading on is quick; a jump back draws the epochs before it again.

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
        self._rng = rng.spawn(1)[0] if isinstance(rng, np.random.Generator) else np.random.default_rng(rng)
        self._state = self._rng.bit_generator.state
        self._per_epoch = -(-n // self.batch_size)
        self._next = 0  # the epoch that the generator would draw next
        self._order = None

    def order(self, epoch):
        """The rows of an epoch in the order in which they are seen, (n,)."""
        if self.batch_size == self.n:
            return np.arange(self.n)
        if epoch < self._next - 1:
            self._rng.bit_generator.state, self._next = self._state, 0
        while self._next <= epoch:
            self._order = self._rng.permutation(self.n)
            self._next += 1
        return self._order

    def passes(self):
        """Yield, an epoch at a time, the list of its batches; None stands for all the rows, uncopied."""
        for epoch in range(self.epochs):
            if self.batch_size == self.n:
                yield [None]
            else:
                order = self.order(epoch)
                yield [order[i : i + self.batch_size] for i in range(0, self.n, self.batch_size)]

    def seen(self, steps):
        """Epochs made after each of `steps`, as floats."""
        epoch, batch = np.divmod(steps, self._per_epoch)
        return (epoch * self.n + batch * self.batch_size) / self.n  # only whole epochs end on a short batch

    def __len__(self):
        return self.epochs * self._per_epoch

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        epoch, batch = divmod(range(len(self))[index], self._per_epoch)
        return self.order(epoch)[batch * self.batch_size : (batch + 1) * self.batch_size]


class Given(Sequence):
    """Batches that the caller chose: arrays of row numbers, or None for all the rows; checked."""

    def __init__(self, n, batches):
        if not isinstance(batches, Sequence | np.ndarray) or isinstance(batches, str):
            raise TypeError(f"batches must be a sequence of row arrays, not {type(batches).__name__}")
        self.n = n
        every = np.arange(n)
        self._batches = [
            every if rows is None else checks.rows(rows, n, f"batches[{i}]") for i, rows in enumerate(batches)
        ]

    def passes(self):
        """Yield the batches in lists that together see about n rows."""
        first, seen = 0, 0
        for i, rows in enumerate(self._batches, start=1):
            seen += len(rows)
            if seen >= self.n or i == len(self):
                yield self._batches[first:i]
                first, seen = i, 0

    def seen(self, steps):
        """Epochs made after each of `steps`, as floats: rows seen over n."""
        return np.cumsum([0, *map(len, self._batches)])[steps] / self.n

    def __len__(self):
        return len(self._batches)

    def __getitem__(self, index):
        return self._batches[index]
