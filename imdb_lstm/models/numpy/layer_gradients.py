"""Gradients of the layers without a recurrence and of the pooling.

Shapes: P sequences of the same T tokens, (P, T, D). Each function returns the output of a layer of
``layers`` or ``pooling``, and a function from the gradient by the output to that by the input.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from imdb_lstm.models.numpy.layers import EPSILON, gelu, norm_names, softmax
from imdb_lstm.models.numpy.saved_layers import SavedLayer

Backward = Callable[[np.ndarray], np.ndarray]
Traced = tuple[np.ndarray, Backward]


def convolution(values: np.ndarray, layer: SavedLayer) -> Traced:
    """Convolution over the tokens with ReLU: (P, T, D) → (P, T, units)."""
    kernel, bias = layer.part("convolution")
    size, length = len(kernel), values.shape[1]
    before = (size - 1) // 2
    padding = ((0, 0), (before, size - 1 - before), (0, 0))
    padded = np.pad(values, padding)
    found = bias + sum(padded[:, k : k + length] @ kernel[k] for k in range(size))

    def backward(gradient: np.ndarray) -> np.ndarray:
        gradient = gradient * (found > 0)
        result = np.zeros_like(padded)
        for k in range(size):
            result[:, k : k + length] += gradient @ kernel[k].T
        return result[:, before : before + length]

    return np.maximum(found, 0), backward


def layer_norm(values: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> Traced:
    """Layer normalisation: (P, T, D) → (P, T, D)."""
    centred = values - values.mean(axis=-1, keepdims=True)
    deviation = np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + EPSILON)
    normal = centred / deviation

    def backward(gradient: np.ndarray) -> np.ndarray:
        scaled = gradient * scale
        along = np.mean(scaled * normal, axis=-1, keepdims=True)
        return (scaled - scaled.mean(axis=-1, keepdims=True) - normal * along) / deviation

    return normal * scale + shift, backward


def transformer_block(values: np.ndarray, layer: SavedLayer) -> Traced:
    """Pre-norm Transformer block: (P, T, D) → (P, T, D)."""
    first, second = (layer.part(f"norms/{name}") for name in norm_names(layer))
    normal, normal_backward = layer_norm(values, *first)
    attended, attended_backward = attention(normal, layer)
    values = values + attended
    other, other_backward = layer_norm(values, *second)
    read, read_backward = _feed_forward(other, layer)

    def backward(gradient: np.ndarray) -> np.ndarray:
        gradient = gradient + other_backward(read_backward(gradient))
        return gradient + normal_backward(attended_backward(gradient))

    return values + read, backward


def _feed_forward(values: np.ndarray, layer: SavedLayer) -> Traced:
    """Dense, GELU, dense: (P, T, D) → (P, T, D)."""
    from scipy.special import ndtr

    (expand, bias), (contract, other) = layer.part("expand"), layer.part("contract")
    wide = values @ expand + bias

    def backward(gradient: np.ndarray) -> np.ndarray:
        density = np.exp(-wide * wide / 2) / np.sqrt(np.float32(2 * np.pi))
        slope = ndtr(wide) + wide * density  # of x Φ(x)
        return (gradient @ contract.T * slope) @ expand.T

    return gelu(wide) @ contract + other, backward


def attention(values: np.ndarray, layer: SavedLayer) -> Traced:
    """Self-attention with several heads: (P, T, D) → (P, T, D)."""
    names = ("query", "key", "value")
    kernels = [layer.part(f"attention/{name}_dense") for name in names]
    query, key, value = (
        np.einsum("ptd,dhk->phtk", values, kernel, optimize=True) + bias[:, None]
        for kernel, bias in kernels
    )
    scale = 1 / np.sqrt(np.float32(query.shape[-1]))
    weights = softmax(query @ key.swapaxes(2, 3) * scale)
    output, bias = layer.part("attention/output_dense")
    found = np.einsum("phtk,hkd->ptd", weights @ value, output, optimize=True) + bias

    def backward(gradient: np.ndarray) -> np.ndarray:
        d_read = np.einsum("ptd,hkd->phtk", gradient, output, optimize=True)
        d_weights = d_read @ value.swapaxes(2, 3)
        d_scores = softmax_gradient(weights, d_weights) * scale
        parts = d_scores @ key, d_scores.swapaxes(2, 3) @ query, weights.swapaxes(2, 3) @ d_read
        by_input = [
            np.einsum("phtk,dhk->ptd", part, kernel, optimize=True)
            for part, (kernel, _) in zip(parts, kernels, strict=True)
        ]
        return np.add.reduce(by_input)

    return found, backward


def softmax_gradient(weights: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """The gradient by the scores of a softmax over the last axis."""
    return weights * (gradient - np.sum(weights * gradient, axis=-1, keepdims=True))


def pool(values: np.ndarray, layer: SavedLayer) -> Traced:
    """Pool the tokens in the ways of the layer: (P, T, D) → (P, D × kinds)."""
    found = [KINDS[kind](values, layer) for kind in layer.options["kinds"]]

    def backward(gradient: np.ndarray) -> np.ndarray:
        parts = np.split(gradient, len(found), axis=-1)
        return np.add.reduce([own(part) for part, (_, own) in zip(parts, found, strict=True)])

    return np.concatenate([pooled for pooled, _ in found], axis=-1), backward


def _last(values: np.ndarray, layer: SavedLayer) -> Traced:
    half = values.shape[2] // 2 if layer.options["bidirectional"] else values.shape[2]

    def backward(gradient: np.ndarray) -> np.ndarray:
        result = np.zeros_like(values)
        result[:, -1, :half] = gradient[:, :half]
        result[:, 0, half:] += gradient[:, half:]
        return result

    return np.concatenate([values[:, -1, :half], values[:, 0, half:]], axis=-1), backward


def _maximum(values: np.ndarray, _: SavedLayer) -> Traced:
    """The maximum; equal ones share its gradient, as in TensorFlow and PyTorch."""
    found = values.max(axis=1)

    def backward(gradient: np.ndarray) -> np.ndarray:
        largest = (values == found[:, None]).astype(np.float32)
        return largest * (gradient / largest.sum(axis=1))[:, None]

    return found, backward


def _mean(values: np.ndarray, _: SavedLayer) -> Traced:
    def backward(gradient: np.ndarray) -> np.ndarray:
        return np.broadcast_to(gradient[:, None] / np.float32(values.shape[1]), values.shape)

    return values.mean(axis=1), backward


def _attention(values: np.ndarray, layer: SavedLayer) -> Traced:
    projection, query = layer.part("")
    squashed = np.tanh(values @ projection)
    weights = softmax((squashed @ query)[..., 0])  # (P, T)

    def backward(gradient: np.ndarray) -> np.ndarray:
        d_scores = softmax_gradient(weights, np.einsum("ptd,pd->pt", values, gradient))
        d_squashed = d_scores[..., None] * query[:, 0] * (1 - squashed * squashed)
        return weights[..., None] * gradient[:, None] + d_squashed @ projection.T

    return np.einsum("pt,ptd->pd", weights, values), backward


KINDS: dict[str, Callable[[np.ndarray, SavedLayer], Traced]] = {
    "last": _last,
    "max": _maximum,
    "mean": _mean,
    "attention": _attention,
}
READ: dict[str, Callable[[np.ndarray, SavedLayer], Traced]] = {
    "MaskedConvolution": convolution,
    "TransformerBlock": transformer_block,
}
