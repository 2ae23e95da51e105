"""Layers without a recurrence, over the tokens of many reviews that follow one another.

``values``: float32 (N, D); ``lengths``: (B,); see ``models.layers`` for what each layer is.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from imdb_lstm.models.numpy.saved_layers import SavedLayer

EPSILON = np.float32(1e-5)  # of layer normalisation


def convolution(values: np.ndarray, lengths: np.ndarray, layer: SavedLayer) -> np.ndarray:
    """Convolution over the tokens with ReLU: (N, D) → (N, units); zero outside a review."""
    kernel, bias = layer.part("convolution")
    size, width, units = kernel.shape
    windows = values_around(values, lengths, size).reshape(len(values), size * width)
    return np.maximum(windows @ kernel.reshape(size * width, units) + bias, 0)


def values_around(values: np.ndarray, lengths: np.ndarray, size: int) -> np.ndarray:
    """The values of ``size`` tokens around each one: (N, D) → (N, size, D)."""
    places = neighbours(lengths, size)
    padded = np.concatenate([values, np.zeros((1, values.shape[1]), values.dtype)])
    return padded[places]


def neighbours(lengths: np.ndarray, size: int) -> np.ndarray:
    """The places of ``size`` tokens around each one, (N, size); N where the review has none.

    >>> neighbours(np.array([2, 1]), 3).tolist()
    [[3, 0, 1], [0, 1, 3], [3, 2, 3]]
    """
    total = int(lengths.sum())
    starts = np.cumsum(lengths) - lengths
    first, last = (np.repeat(each, lengths)[:, None] for each in (starts, starts + lengths - 1))
    places = np.arange(total)[:, None] + np.arange(size) - (size - 1) // 2
    return np.where((places >= first) & (places <= last), places, total)


def layer_norm(values: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Layer normalisation (Ba, Kiros & Hinton 2016, section 3): (N, D) → (N, D)."""
    centred = values - values.mean(axis=-1, keepdims=True)
    variance = np.mean(centred * centred, axis=-1, keepdims=True)
    return centred / np.sqrt(variance + EPSILON) * scale + shift


def positions(lengths: np.ndarray, width: int) -> np.ndarray:
    """The positional encoding of each token: (N, ``width``)."""
    length = int(lengths.max(initial=0))
    pairs = np.arange((width + 1) // 2, dtype=np.float32)
    rates = np.exp(pairs * np.float32(-2 * 9.210340372 / width))  # 10000 ** (-2i / width)
    angles = np.arange(length, dtype=np.float32)[:, None] * rates
    code = np.concatenate([np.sin(angles), np.cos(angles)], axis=-1)[:, :width]
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    return code[np.arange(len(starts)) - starts]


def gelu(values: np.ndarray) -> np.ndarray:
    """X Φ(x), with the exact distribution function Φ (Hendrycks & Gimpel 2016)."""
    from scipy.special import ndtr  # only a Transformer pays for its import

    return values * ndtr(values)


def transformer_block(values: np.ndarray, lengths: np.ndarray, layer: SavedLayer) -> np.ndarray:
    """Pre-norm Transformer block: (N, D) → (N, D)."""
    first, second = (layer.part(f"norms/{name}") for name in norm_names(layer))
    values = values + attention(layer_norm(values, *first), lengths, layer)
    normal = layer_norm(values, *second)
    expand, contract = layer.part("expand"), layer.part("contract")
    return values + gelu(normal @ expand[0] + expand[1]) @ contract[0] + contract[1]


def norm_names(layer: SavedLayer) -> list[str]:
    """The names of the two layers of normalisation in a block, the first one first."""
    names = {key.split("/")[1] for key in layer.arrays if key.startswith("norms/")}
    return sorted(names, key=lambda name: (len(name), name))


def attention(values: np.ndarray, lengths: np.ndarray, layer: SavedLayer) -> np.ndarray:
    """Self-attention with several heads (Vaswani et al. 2017, section 3.2): (N, D) → (N, D).

    Each review attends to itself only.
    """
    weights = (layer.part(f"attention/{name}_dense") for name in ("query", "key", "value"))
    query, key, value = (
        np.einsum("nd,dhk->hnk", values, kernel, optimize=True) + bias[:, None]
        for kernel, bias in weights
    )
    query /= np.sqrt(np.float32(query.shape[-1]))
    read = np.empty_like(value)
    start = 0
    for length in lengths.tolist():
        own = np.s_[:, start : start + length]
        read[own] = softmax(query[own] @ key[own].transpose(0, 2, 1)) @ value[own]
        start += length
    kernel, bias = layer.part("attention/output_dense")
    return np.einsum("hnk,hkd->nd", read, kernel, optimize=True) + bias


def softmax(scores: np.ndarray) -> np.ndarray:
    """The softmax over the last axis, without overflow."""
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


READ: dict[str, Callable[[np.ndarray, np.ndarray, SavedLayer], np.ndarray]] = {
    "MaskedConvolution": convolution,
    "TransformerBlock": transformer_block,
}
