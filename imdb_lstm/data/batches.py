"""Batches of ids: right-padded, of reviews of about one length, in an order that is seeded.

The order is a function of (seed, epoch) alone, and what augmentation makes of a review of (seed,
epoch, review), so that a resumed run sees what an uninterrupted one would have seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from imdb_lstm.text.vocabulary import PADDING_ID

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


def _cut(order: np.ndarray, size: int) -> list[np.ndarray]:
    """Groups of ``size`` reviews, the last one of what is left."""
    return [order[start : start + size] for start in range(0, len(order), size)]


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
        if seed is None and augment is not None:
            raise ValueError("augmentation needs a seed")
        self.augment = augment
        self.lengths = np.array([len(row) for row in ids])
        self.start(epoch=0)

    def start(self, epoch: int, done: int = 0) -> None:
        """Plan the batches of an epoch, counted from zero, without the ``done`` first ones."""
        self.epoch = epoch
        keys = self.lengths.astype(float)
        if self.seed is not None:
            random = np.random.default_rng([self.seed, self.epoch])
            keys *= 1 + random.uniform(-LENGTH_JITTER, LENGTH_JITTER, len(keys))
        by_length = np.argsort(keys, kind="stable")
        self.groups = _cut(by_length, self.batch_size)
        if self.seed is not None:
            self.groups = [self.groups[i] for i in random.permutation(len(self.groups))]
        self.groups = self.groups[done:]

    @property
    def order(self) -> np.ndarray:
        """Index of the review in each row, over all batches: int (reviews,)."""
        return np.concatenate(self.groups)

    def padding_share(self) -> float:
        """Share of this epoch's ids that are padding, before augmentation."""
        filled = sum(self.lengths[group].max() * len(group) for group in self.groups)
        return 1 - self.lengths[self.order].sum() / filled

    def __len__(self) -> int:
        return len(self.groups)

    def __getitem__(self, index: int):
        group, rows = self.groups[index], self._rows(index)
        ids = pad(rows)
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


def for_fit(batches: Batches) -> Any:
    """What ``fit`` is to read, every epoch as it is planned when that begins.

    Under TensorFlow a ``tf.data.Dataset`` of (ids int32 (B, T), labels float32 (B, 1)). The one that ``fit`` would make of the batches tunes
    itself by a thread that may end up to a minute late, and takes a width that the first two
    batches share for that of all. Other backends read the batches themselves.

    >>> import numpy as np
    >>> dataset = for_fit(Batches([np.array([5, 6]), np.array([7])], np.array([1, 0]), 2, seed=0))
    >>> [[part.shape for part in batch] for batch in dataset.as_numpy_iterator()]
    [[(2, 2), (2, 1)]]
    """
    if keras.config.backend() != "tensorflow":
        return batches
    import tensorflow as tf

    read = tf.data.Dataset.from_generator(
        lambda: (batches[index] for index in range(len(batches))),
        output_signature=(
            tf.TensorSpec((None, None), tf.int32),
            tf.TensorSpec((None, 1), tf.float32),
        ),
    )
    options = tf.data.Options()
    options.autotune.enabled = False
    counted = read.apply(tf.data.experimental.assert_cardinality(len(batches)))
    return counted.prefetch(2).with_options(options)
