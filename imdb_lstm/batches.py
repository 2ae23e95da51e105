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


def _cut(order: np.ndarray, size: int) -> list[np.ndarray]:
    """Groups of ``size`` reviews, the last one of what is left."""
    return [order[start : start + size] for start in range(0, len(order), size)]


def _drawn(choices: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """So many of them, int (count,), each as often as any other, or once more."""
    rounds = -(-count // len(choices))
    return np.concatenate([choices[:0], *(random.permutation(choices) for _ in range(rounds))])[
        :count
    ]


class Batches(keras.utils.PyDataset):
    """(ids int32 (B, T), labels float32 (B, 1)) batches for ``fit``; ids alone for ``predict``.

    With a ``seed``, lengths are jittered by up to 3 % before reviews are sorted and grouped,
    and the groups are shuffled, anew every epoch: neighbours change, padding stays small. Without
    one the batches go by length, and ``order`` gives the place of each row among the reviews.

    A label of NaN is missing: then batches are (ids, labels, known float32 (B,)), known being 1
    for a review with a label and 0 for one without. An epoch reads every review with a label once;
    ``unlabelled_share`` of every batch are others, drawn anew every epoch, each as often as any or
    once more. Both kinds go by length, so that those that come together are about as long.

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
        unlabelled_share: float = 0.0,
    ) -> None:
        super().__init__()
        self.ids, self.labels, self.batch_size, self.seed = ids, labels, batch_size, seed
        self.missing = np.zeros(len(ids), bool) if labels is None else np.isnan(labels)
        if seed is None and (augment is not None or self.missing.any()):
            raise ValueError("augmentation needs a seed, and so do missing labels")
        self.augment, self.unlabelled_share = augment, unlabelled_share
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
        if self.missing.any():
            others = round(self.unlabelled_share * self.batch_size)
            others = min(others, self.batch_size - 1)  # of one review, it has a label
            self.groups = _cut(by_length[~self.missing[by_length]], self.batch_size - others)
            drawn = _drawn(np.flatnonzero(self.missing), others * len(self.groups), random)
            drawn = drawn[np.argsort(keys[drawn], kind="stable")]
            parts = np.split(drawn, len(self.groups))
            self.groups = [np.concatenate(both) for both in zip(self.groups, parts, strict=True)]
        else:
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
        labels, missing = self.labels[group].astype(np.float32)[:, None], self.missing[group]
        if not self.missing.any():
            return ids, labels
        return ids, np.nan_to_num(labels), (~missing).astype(np.float32)

    def _rows(self, index: int) -> list[np.ndarray]:
        """The reviews of a batch, augmented, not yet padded."""
        if self.augment is None:
            return [self.ids[i] for i in self.groups[index]]
        key = [self.seed, self.epoch]  # followed by a zero it would be that of the order again
        return [
            self.augment(self.ids[i], np.random.default_rng([*key, 1 + i]))
            for i in self.groups[index].tolist()
        ]
