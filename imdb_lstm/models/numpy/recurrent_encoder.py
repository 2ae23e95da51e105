"""Stacked recurrent layers and the pooling of their output."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from imdb_lstm.models.numpy.pooling import pool
from imdb_lstm.models.numpy.recurrent import Direction, Order, hidden_states
from imdb_lstm.models.numpy.saved_layers import SavedLayer


class RecurrentEncoder:
    """LSTM or GRU layers in one direction or both, which read in chunks if configured.

    ``layers``: of each, the forward direction and, of a bidirectional one, the backward direction.
    """

    def __init__(self, layers: Sequence[SavedLayer], pooling: SavedLayer) -> None:
        self.pooling = pooling
        self.chunk_length = int(layers[0].options["chunk_length"])
        self.layers = [directions_of(layer) for layer in layers]

    def prepare(self, values: np.ndarray) -> list[np.ndarray]:
        """What each direction of the first layer reads of U distinct tokens, (U, gates × units)."""
        return [direction.inputs(values) for direction in self.layers[0]]

    def __call__(
        self, inputs: Sequence[np.ndarray], index: np.ndarray, lengths: np.ndarray
    ) -> np.ndarray:
        """Read and pool B reviews: (B, D).

        ``inputs``: of ``prepare``. ``index``: (N,), which of the distinct tokens each one is.
        """
        if "attention" in self.pooling.options["kinds"]:
            return pool(self.states(inputs, index, lengths), lengths, self.pooling)
        return self.pooled(*self.below(len(self.layers) - 1, inputs, index, lengths), lengths)

    def states(
        self, inputs: Sequence[np.ndarray], index: np.ndarray, lengths: np.ndarray
    ) -> np.ndarray:
        """The output of the last layer, which is pooled: (N, units × directions)."""
        return self.sequence(
            self.layers[-1], *self.below(len(self.layers) - 1, inputs, index, lengths), lengths
        )

    def below(
        self, number: int, inputs: Sequence[np.ndarray], index: np.ndarray, lengths: np.ndarray
    ) -> tuple[Sequence[np.ndarray], np.ndarray]:
        """What each direction of a layer, counted from 0, reads, and which row each token is."""
        for layer, following in pairwise(self.layers[: number + 1]):
            values = self.sequence(layer, inputs, index, lengths)
            inputs = [direction.inputs(values) for direction in following]
            index = np.arange(len(values))
        return inputs, index

    def sequence(
        self,
        layer: Sequence[Direction],
        inputs: Sequence[np.ndarray],
        index: np.ndarray,
        lengths: np.ndarray,
    ) -> np.ndarray:
        """The hidden states of a layer after each token: (N, units × directions)."""
        chunks, _ = cut(lengths, self.chunk_length)
        halves = []
        for direction, own in zip(layer, inputs, strict=True):
            order = Order.of(chunks, direction.backwards)
            values = np.empty((len(index), direction.units), np.float32)
            states = hidden_states(direction, own, index, order)
            for places, hidden in zip(order.places(), states, strict=True):
                values[places] = hidden
            halves.append(values)
        return np.concatenate(halves, axis=1) if len(halves) > 1 else halves[0]

    def pooled(
        self, inputs: Sequence[np.ndarray], index: np.ndarray, lengths: np.ndarray
    ) -> np.ndarray:
        """Read the last layer, and pool its states while they are read: (B, D)."""
        chunks, counts = cut(lengths, self.chunk_length)
        halves = []
        for direction, own in zip(self.layers[-1], inputs, strict=True):
            found = pool_states(direction, own, index, Order.of(chunks, direction.backwards))
            halves.append(joined_chunks(found, counts, direction.backwards))
        return self.concatenated(halves, lengths)

    def concatenated(self, halves: Sequence[Pooled], lengths: np.ndarray) -> np.ndarray:
        """The pooled states of B reviews, of each direction one half, in one array: (B, D)."""
        size = lengths[:, None].astype(np.float32)
        by_kind = [{"last": h.last, "max": h.max, "mean": h.sum / size} for h in halves]
        kinds = self.pooling.options["kinds"]
        return np.concatenate([half[kind] for kind in kinds for half in by_kind], axis=1)


class Pooled(NamedTuple):
    """Pooled states of sequences, each (S, units): the last one, their maximum and their sum."""

    last: np.ndarray
    max: np.ndarray
    sum: np.ndarray


def directions_of(layer: SavedLayer) -> list[Direction]:
    """The directions of a ``models.recurrent.Recurrent`` layer."""
    names = ("forwards", "backwards") if layer.options["bidirectional"] else ("forwards",)
    cell = layer.options["cell"]
    return [Direction.of(cell, layer.part(f"{name}/cell"), name == "backwards") for name in names]


def pool_states(
    direction: Direction, inputs: np.ndarray, index: np.ndarray, order: Order
) -> Pooled:
    """Pool the hidden states of the sequences while they are read."""
    shape = len(order.first), direction.units
    top, total = np.full(shape, -np.inf, np.float32), np.zeros(shape, np.float32)
    final = np.zeros(shape, np.float32)
    for hidden in hidden_states(direction, inputs, index, order):
        n = len(hidden)
        np.maximum(top[:n], hidden, out=top[:n])
        total[:n] += hidden
        if n == len(final):
            final = hidden  # the array of all states: see hidden_states
    return Pooled(final[order.ranks], top[order.ranks], total[order.ranks])


def joined_chunks(found: Pooled, counts: np.ndarray, backwards: bool) -> Pooled:
    """Join the pooled chunks of each review.

    ``counts``: (B,), chunks of each review. Reading ends in the last chunk, backwards in the first.
    """
    starts = np.cumsum(counts) - counts
    ends = starts if backwards else starts + counts - 1
    return Pooled(
        found.last[ends],
        np.maximum.reduceat(found.max, starts, axis=0),
        np.add.reduceat(found.sum, starts, axis=0),
    )


def cut(lengths: np.ndarray, chunk_length: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut reviews into chunks: the lengths of all chunks, and how many each review has.

    >>> [each.tolist() for each in cut(np.array([5, 2]), 2)]
    [[2, 2, 1, 2], [3, 1]]
    """
    if not chunk_length:
        return lengths, np.ones_like(lengths)
    counts = -(-lengths // chunk_length)
    chunks = np.full(int(counts.sum()), chunk_length)
    chunks[np.cumsum(counts) - 1] = lengths - (counts - 1) * chunk_length
    return chunks, counts
