"""Embeddings of words and of hashed bigrams, of 32, 8 or 4 bits a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from imdb_lstm.models.numpy.saved_layers import SavedLayer
from imdb_lstm.text.vocabulary import PADDING_ID

BIGRAM_STEP = 30_011  # the prime of models.layers.BigramHash


class Embedding(NamedTuple):
    """A table (V, D), and, where it is quantized, what its rows are scaled by.

    ``table``: float32 (V, D), int8 (V, D), or int8 (V, ⌈D / 2⌉) with two values of 4 bits in each.
    ``scale``: float32 (V,) of 8 bits, by which values are divided, or (V, groups) of 4 bits, by
    which they are multiplied after ``zero``, int8 (V, groups), is taken off. ``group``: (D,), of
    each value.
    """

    table: np.ndarray
    scale: np.ndarray | None = None
    zero: np.ndarray | None = None
    group: np.ndarray | None = None

    @classmethod
    def of(cls, layer: SavedLayer) -> Embedding:
        """Return the embedding that a layer holds."""
        return cls(*layer.part(""))

    def rows(self, ids: np.ndarray) -> np.ndarray:
        """Return the vectors, float32 (n, D), of n ids."""
        table = self.table[ids]
        if self.scale is None:
            return table.astype(np.float32)
        scale = self.scale[ids]
        if self.zero is None or self.group is None:
            return table.astype(np.float32) / scale[:, None]
        group = self.group.astype(np.int64)
        values = _unpacked(table)[:, : len(group)].astype(np.float32)
        return (values - self.zero[ids].astype(np.float32)[:, group]) * scale[:, group]


def _unpacked(packed: np.ndarray) -> np.ndarray:
    """Return the two integers from -8 to 7 in each byte, the lower half first.

    >>> _unpacked(np.array([[45, -121]], np.int8)).tolist()
    [[-3, 2, 7, -8]]
    """
    lower = (packed << 4).astype(np.int8) >> 4
    return np.stack([lower, packed >> 4], axis=-1).reshape(len(packed), -1)


def distinct(ids: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct ids, ascending, and for each id its place among them.

    ``ids``: (N,), all below ``size``. As ``np.unique`` with its inverse, without sorting.

    >>> [found.tolist() for found in distinct(np.array([7, 3, 7]), 10)]
    [[3, 7], [1, 0, 1]]
    """
    present = np.zeros(size, bool)
    present[ids] = True
    places = np.cumsum(present) - 1
    return np.flatnonzero(present), places[ids]


def bigram_buckets(ids: np.ndarray, lengths: np.ndarray, buckets: int) -> np.ndarray:
    """Return the bucket of each token and the one before it in its review, (N,).

    As ``models.layers.BigramHash``.

    >>> bigram_buckets(np.array([5, 7, 5, 7]), np.array([4]), 1009).tolist()
    [5, 730, 210, 730]
    """
    before = np.concatenate([[PADDING_ID], ids[:-1]])
    before[np.cumsum(lengths)[:-1]] = PADDING_ID
    buckets_of = ids.astype(np.int32) + np.int32(BIGRAM_STEP) * before.astype(np.int32)
    return np.mod(buckets_of, buckets)


def joined(ids: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the ids of all reviews one after the other, (N,), and their lengths, (B,)."""
    lengths = np.array([len(each) for each in ids], np.int64)
    return np.concatenate([np.zeros(0, np.int32), *ids]), lengths
