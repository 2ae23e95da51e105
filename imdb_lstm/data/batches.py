"""Batches of ids: right-padded, grouped by length, in a seeded order.

The order depends only on (seed, epoch), and the augmentation of a review only on (seed, epoch,
review), so a resumed run reads the same batches as an uninterrupted one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np

from imdb_lstm.text.vocabulary import PADDING_ID

LENGTH_JITTER = 0.03

Augment = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def pad(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Stack rows of ids into an int32 array (rows, longest), padded on the right.

    >>> pad([np.array([5, 6]), np.array([7])]).tolist()
    [[5, 6], [7, 0]]
    """
    padded = np.full((len(rows), max(map(len, rows))), PADDING_ID, dtype=np.int32)
    for row, ids in zip(padded, rows, strict=True):
        row[: len(ids)] = ids
    return padded


def as_targets(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return what a network learns: float32 (n,) of two classes, (n, classes) of more, one-hot.

    >>> as_targets(np.array([0, 2]), classes=3).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    return labels.astype(np.float32) if classes == 2 else np.eye(classes, dtype=np.float32)[labels]


def _cut(order: np.ndarray, size: int) -> list[np.ndarray]:
    """Return groups of ``size`` reviews; the last one may be smaller."""
    return [order[start : start + size] for start in range(0, len(order), size)]


class Batches(keras.utils.PyDataset):
    """Batches (ids int32 (B, T), labels float32 (B, K)) for ``fit``; ids only for ``predict``.

    ``labels``: (n,), where K is 1, or a probability of each class, (n, K); see ``as_targets``.

    With a ``seed``, reviews are sorted by length with up to 3 % of random jitter and grouped, and
    the groups are shuffled, differently in every epoch: the batches vary and padding stays small.
    Without a seed the batches are sorted by length, and ``order`` gives the review of each row.

    ``augment`` changes the ids of each review, differently in every epoch; it needs a seed, and
    ``ValueError`` is raised without one. Reviews are grouped by their lengths before augmentation.
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
        """Plan the batches of an epoch, counted from zero, without the first ``done`` batches."""
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
        """The index of the review in each row, over all batches: int (reviews,)."""
        return np.concatenate(self.groups)

    def padding_share(self) -> float:
        """Return the share of this epoch's ids that are padding, before augmentation."""
        filled = sum(self.lengths[group].max() * len(group) for group in self.groups)
        return 1 - self.lengths[self.order].sum() / filled

    def __len__(self) -> int:
        return len(self.groups)

    def __getitem__(self, index: int):
        group, rows = self.groups[index], self._rows(index)
        ids = pad(rows)
        if self.labels is None:
            return (ids,)
        labels = self.labels[group].astype(np.float32)
        return ids, labels[:, None] if labels.ndim == 1 else labels

    def _rows(self, index: int) -> list[np.ndarray]:
        """Return the reviews of a batch, augmented and not yet padded."""
        if self.augment is None:
            return [self.ids[i] for i in self.groups[index]]
        key = [self.seed, self.epoch]  # a third number of 0 gives the seed of the order
        return [
            self.augment(self.ids[i], np.random.default_rng([*key, 1 + i]))
            for i in self.groups[index].tolist()
        ]


def for_fit(batches: Batches) -> Any:
    """Return the batches in the form that ``fit`` reads best; each epoch is read as it is planned.

    On TensorFlow this is a ``tf.data.Dataset`` of (ids int32 (B, T), labels float32 (B, K)). Other
    backends read the batches themselves.

    >>> import numpy as np
    >>> dataset = for_fit(Batches([np.array([5, 6]), np.array([7])], np.array([1, 0]), 2, seed=0))
    >>> [[part.shape for part in batch] for batch in dataset.as_numpy_iterator()]
    [[(2, 2), (2, 1)]]
    """
    if keras.config.backend() != "tensorflow":
        return batches
    return as_dataset(batches, lambda: (batches[index] for index in range(len(batches))))


def as_dataset(batches: Batches, read: Callable[[], Iterator[Any]], weighted: bool = False) -> Any:
    """Return what ``read`` yields for each of the batches as a ``tf.data.Dataset``.

    It yields ids int32 (B, T), labels float32 (B, K) and, if ``weighted``, weights float32 (B,).

    The dataset that ``fit`` itself makes of batches has an autotuning thread that may end up to a
    minute late, and assumes that all batches have the width of the first two if these have the
    same.
    """
    import tensorflow as tf

    width = 1 if batches.labels is None or batches.labels.ndim == 1 else batches.labels.shape[1]
    signature = (
        tf.TensorSpec((None, None), tf.int32),
        tf.TensorSpec((None, width), tf.float32),
        tf.TensorSpec((None,), tf.float32),
    )
    made = tf.data.Dataset.from_generator(
        read, output_signature=signature if weighted else signature[:2]
    )
    options = tf.data.Options()
    options.autotune.enabled = False
    counted = made.apply(tf.data.experimental.assert_cardinality(len(batches)))
    return counted.prefetch(2).with_options(options)
