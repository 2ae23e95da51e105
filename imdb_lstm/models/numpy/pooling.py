"""Pooling of the tokens of each review: ``values`` (N, D) and ``lengths`` (B,) → (B, D × kinds)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from imdb_lstm.models.numpy.saved_layers import SavedLayer


def pool(values: np.ndarray, lengths: np.ndarray, layer: SavedLayer) -> np.ndarray:
    """Pool the tokens of each review in the ways of the layer, which are concatenated."""
    return np.concatenate(
        [KINDS[kind](values, lengths, layer) for kind in layer.options["kinds"]], axis=-1
    )


def last(values: np.ndarray, lengths: np.ndarray, layer: SavedLayer) -> np.ndarray:
    """The last token; of the backward half of a bidirectional encoder the first."""
    ends = np.cumsum(lengths)
    found = values[ends - 1]
    if layer.options["bidirectional"]:
        half = values.shape[1] // 2
        found[:, half:] = values[ends - lengths, half:]
    return found


def maximum(values: np.ndarray, lengths: np.ndarray, _: SavedLayer) -> np.ndarray:
    """The maximum of each value."""
    return np.maximum.reduceat(values, np.cumsum(lengths) - lengths, axis=0)


def mean(values: np.ndarray, lengths: np.ndarray, _: SavedLayer) -> np.ndarray:
    """The mean of each value."""
    return total(values, lengths) / lengths[:, None].astype(np.float32)


def total(values: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The sum of each value."""
    return np.add.reduceat(values, np.cumsum(lengths) - lengths, axis=0)


def attention(values: np.ndarray, lengths: np.ndarray, layer: SavedLayer) -> np.ndarray:
    """The sum of the tokens by their attention weights."""
    return total(attention_weights(values, lengths, layer)[:, None] * values, lengths)


def attention_weights(values: np.ndarray, lengths: np.ndarray, layer: SavedLayer) -> np.ndarray:
    """The attention weights, (N,), which sum to one over a review."""
    projection, query = layer.part("")
    scores = np.tanh(values @ projection) @ query
    scores = np.exp(scores - np.repeat(maximum(scores, lengths, layer), lengths, axis=0))
    return (scores / np.repeat(total(scores, lengths), lengths, axis=0))[:, 0]


KINDS: dict[str, Callable[[np.ndarray, np.ndarray, SavedLayer], np.ndarray]] = {
    "last": last,
    "max": maximum,
    "mean": mean,
    "attention": attention,
}
