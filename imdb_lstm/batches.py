"""Batches of ids: right-padded, of reviews of about one length, in an order that is seeded.

The order is a function of (seed, epoch) alone, and what augmentation makes of a review of (seed,
epoch, review), so that a resumed run sees what an uninterrupted one would have seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import numpy as np

from imdb_lstm.text import PADDING_ID

LENGTH_JITTER = 0.03

Augment = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def pad(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Stack id rows into int32 (rows, longest), padded on the right.

    >>> pad([np.array([5, 6]), np.array([7])]).tolist()
    [[5, 6], [7, 0]]
    """
    padded = np.full((len(rows), max(map(len, rows))), PADDING_ID, dtype=np.int32)
    for row, ids in zip(padded, rows, strict=True):
        row[: len(ids)] = ids
    return padded


class Batches(keras.utils.PyDataset):
    """(ids int32 (B, T), labels float32 (B, 1)) batches for ``fit``; ids alone for ``predict``.

    With a ``seed``, lengths are jittered by up to 3 % before reviews are sorted and grouped,
    and the groups are shuffled, anew every epoch: neighbours change, padding stays small. Without
    one the batches go by length, and ``order`` gives the place of each row among the reviews.

    ``augment`` makes another review of each, anew every epoch, and needs the seed; reviews are
    grouped by the lengths they had before.
    """

    def __init__(
        self,
        ids: Sequence[np.ndarray],
        labels: np.ndarray | None,
        batch_size: int,
        seed: int | None = None,
        augment: Augment | None = None,
    ) -> None:
        super().__init__()
        self.ids, self.labels, self.batch_size, self.seed = ids, labels, batch_size, seed
        if augment is not None and seed is None:
            raise ValueError("augmentation needs a seed")
        self.augment = augment
        self.lengths = np.array([len(row) for row in ids])
        self.start(epoch=0)

    def start(self, epoch: int) -> None:
        """Plan the batches of an epoch, counted from zero."""
        self.epoch = epoch
        keys = self.lengths.astype(float)
        if self.seed is not None:
            random = np.random.default_rng([self.seed, self.epoch])
            keys *= 1 + random.uniform(-LENGTH_JITTER, LENGTH_JITTER, len(keys))
        by_length = np.argsort(keys, kind="stable")
        starts = range(0, len(by_length), self.batch_size)
        self.groups = [by_length[start : start + self.batch_size] for start in starts]
        if self.seed is not None:
            self.groups = [self.groups[i] for i in random.permutation(len(self.groups))]

    @property
    def order(self) -> np.ndarray:
        """Index of the review in each row, over all batches: int (reviews,)."""
        return np.concatenate(self.groups)

    def padding_share(self) -> float:
        """Share of this epoch's ids that are padding, before augmentation."""
        filled = sum(self.lengths[group].max() * len(group) for group in self.groups)
        return 1 - self.lengths.sum() / filled

    def __len__(self) -> int:
        return len(self.groups)

    def __getitem__(self, index: int):
        group = self.groups[index]
        ids = pad(self._rows(index))
        if index == 0 and len(self.groups) > 1 and ids.shape[1] == max(map(len, self._rows(1))):
            # Keras takes a width that the first two batches share for the width of all.
            ids = np.pad(ids, ((0, 0), (0, 1)), constant_values=PADDING_ID)
        if self.labels is None:
            return (ids,)
        return ids, self.labels[group].astype(np.float32)[:, None]

    def _rows(self, index: int) -> list[np.ndarray]:
        """The reviews of a batch, augmented, not yet padded."""
        if self.augment is None:
            return [self.ids[i] for i in self.groups[index]]
        key = [self.seed, self.epoch]  # followed by a zero it would be that of the order again
        return [
            self.augment(self.ids[i], np.random.default_rng([*key, 1 + i]))
            for i in self.groups[index].tolist()
        ]

    def on_epoch_end(self) -> None:
        """Called by ``fit``."""
        if self.seed is not None:
            self.start(self.epoch + 1)
