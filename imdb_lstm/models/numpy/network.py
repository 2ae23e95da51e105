"""A finished network: the ids of reviews → logits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from imdb_lstm.models.numpy.embedding import Embedding, bigram_buckets, distinct, joined
from imdb_lstm.models.numpy.layers import READ, layer_norm, positions
from imdb_lstm.models.numpy.pooling import pool
from imdb_lstm.models.numpy.recurrent_encoder import RecurrentEncoder
from imdb_lstm.models.numpy.saved_layers import SavedLayer, read_layers
from imdb_lstm.models.numpy.shapes import check_layers, encoder_layers
from imdb_lstm.threads import on_one_thread, threads

BATCH_TOKENS, BATCH_REVIEWS = 65_536, 512  # that are read at once, at most
CHUNK_TOKENS = 1_000_000  # that share the products of the distinct words


class Encoder(Protocol):
    """Reads and pools reviews."""

    def prepare(self, values: np.ndarray) -> Any:
        """What is the same wherever a token stands, of U distinct ones: (U, D)."""

    def states(self, inputs: Any, index: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """The output of the last layer, which is pooled: (N, D)."""

    def __call__(self, inputs: Any, index: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Pool B reviews, (B, D), of N tokens: ``index``, (N,), is which distinct one each is."""


class NumpyNetwork:
    """A finished network of ``models.network.build_model``, in NumPy, float32.

    Raises ``ValueError`` for layers, options or arrays that such a network does not have.

    >>> network = NumpyNetwork.read(Path("saved_models/shipped/model.keras"))
    >>> network.logits([np.array([5, 7, 9], np.int32)]).shape
    (1,)
    """

    def __init__(self, layers: dict[str, SavedLayer]) -> None:
        check_layers(layers)
        self.layers = layers
        self.words = Embedding.of(layers["embedding"])
        self.bigrams = Embedding.of(layers["bigrams"]) if "bigrams" in layers else None
        self.encoder = encoder_of(layers)
        self.kernel, self.bias = layers["logit"].part("")

    @classmethod
    def read(cls, path: Path) -> NumpyNetwork:
        """Read a ``model.keras``. Raises many kinds of errors for a file that is none."""
        return cls(read_layers(path))

    @property
    def vocabulary_size(self) -> int:
        """Return the number of rows of the word embedding."""
        return len(self.words.table)

    @property
    def outputs(self) -> int:
        """Return the number of logits of a review."""
        return len(self.bias)

    @on_one_thread
    def logits(self, ids: Sequence[np.ndarray]) -> np.ndarray:
        """Logits for n int32 arrays of ids, in the same order: float32 (n,), or (n, classes)."""
        found = np.empty((len(ids), self.outputs), np.float32)
        for chunk in _groups([len(each) for each in ids], CHUNK_TOKENS, len(ids)):
            found[chunk] = self._logits([ids[number] for number in chunk])
        return found[:, 0] if self.outputs == 1 else found

    def _logits(self, ids: Sequence[np.ndarray]) -> np.ndarray:
        """Logits (n, K) of reviews that share the products of their distinct tokens."""
        every, lengths = joined(ids)
        values, index = self.embedded(every, lengths)
        inputs = self.encoder.prepare(values)
        parts = np.split(index, np.cumsum(lengths)[:-1])
        found = np.empty((len(ids), self.outputs), np.float32)

        def read(group: list[int]) -> None:
            own = np.concatenate([parts[number] for number in group])
            found[group] = self.last_layer(self.encoder(inputs, own, lengths[group]))

        _in_threads(read, list(_groups(lengths.tolist(), BATCH_TOKENS, BATCH_REVIEWS)))
        return found

    def last_layer(self, pooled: np.ndarray) -> np.ndarray:
        """The logits (B, K) of pooled reviews (B, D)."""
        return pooled @ self.kernel + self.bias

    def embedded(self, ids: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Embed N tokens: the values of U distinct ones, (U, D), and which each one is, (N,)."""
        if self.bigrams is None:
            own, index = distinct(ids, self.vocabulary_size)
            return self.words.rows(own), index
        buckets = bigram_buckets(ids, lengths, len(self.bigrams.table))
        both, index = np.unique(ids.astype(np.int64) * 2**32 + buckets, return_inverse=True)
        words, bigrams = self.words.rows(both >> 32), self.bigrams.rows(both & (2**32 - 1))
        return np.concatenate([words, bigrams], axis=1), index


def _in_threads(read: Callable[[list[int]], None], groups: Sequence[list[int]]) -> None:
    """Read the groups on all cores, each on one: steps are too small for more."""
    if len(groups) == 1 or threads() == 1:
        for group in groups:
            read(group)
        return
    with ThreadPoolExecutor(threads()) as pool:
        list(pool.map(read, groups))


def _groups(lengths: Sequence[int], tokens: int, reviews: int) -> Iterator[list[int]]:
    """The numbers of the reviews, the longest first, in groups of so many tokens at most."""
    group: list[int] = []
    room = tokens
    for number in sorted(range(len(lengths)), key=lambda number: -lengths[number]):
        room -= lengths[number]
        if group and (room < 0 or len(group) == reviews):
            yield group
            group, room = [], tokens - lengths[number]
        group.append(number)
    if group:
        yield group


class PlainEncoder:
    """Layers without a recurrence, and pooling: convolutions, a Transformer, or none."""

    def __init__(self, layers: dict[str, SavedLayer]) -> None:
        self.layers = layers

    def prepare(self, values: np.ndarray) -> np.ndarray:
        """The values of the distinct tokens, which a Transformer normalises first: (U, D)."""
        norm = self.layers.get("word_norm")
        return values if norm is None else layer_norm(values, *norm.part(""))

    def __call__(self, inputs: np.ndarray, index: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Read and pool B reviews: (B, D)."""
        return pool(self.states(inputs, index, lengths), lengths, self.layers["pooling"])

    def states(self, inputs: np.ndarray, index: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """The output of the last layer, which is pooled: (N, D)."""
        values = inputs[index]
        if "positions" in self.layers:
            values = values + positions(lengths, values.shape[1])
        for name, layer in self.layers.items():
            if name.startswith("encoder_"):
                values = READ[layer.kind](values, lengths, layer)
        norm = self.layers.get("norm")
        return values if norm is None else layer_norm(values, *norm.part(""))


def encoder_of(layers: dict[str, SavedLayer]) -> Encoder:
    """The encoder and pooling of a network."""
    own = encoder_layers(layers)
    if own and own[0].kind == "Recurrent":
        return RecurrentEncoder(own, layers["pooling"])
    return PlainEncoder(layers)
