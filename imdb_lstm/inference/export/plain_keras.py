"""A network of Keras' own layers and operations, built from a saved one: ids → probabilities.

Shapes: B reviews, T tokens, D values per token, K logits. Reviews are padded with zeros on the
right. What ``models.layers`` does in layers of its own is done here by operations that Keras saves
by their names, so that the file can be loaded without this package.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers, ops

from imdb_lstm.models.numpy.embedding import BIGRAM_STEP, Embedding
from imdb_lstm.models.numpy.layers import EPSILON, norm_names
from imdb_lstm.models.numpy.saved_layers import SavedLayer

RESET = -1e4  # added to a gate, it closes it
LOWEST = -1e4  # in place of padding, where a maximum or a softmax is taken


class Tokens(NamedTuple):
    """What is known of each place: whether it is a token, the first, the last one; (B, T) each.

    ``reset``: float (B, T, 1), 1 where a recurrent layer forgets what it has read; or None.
    """

    mask: Any
    first: Any
    last: Any
    reset: Any = None


def plain_network(
    saved: dict[str, SavedLayer], temperature: float, use_cudnn: str | bool = "auto"
) -> keras.Model:
    """Build the network: ids, int32 (B, T) → probabilities, float32 (B, 1), or (B, K) of more.

    Its layer "logit" has the logits (B, K). ``temperature``: they are divided by it.
    ``use_cudnn``: of recurrent layers.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    mask = ops.not_equal(ids, 0)
    tokens = Tokens(mask, *_ends(ops.cast(mask, "float32")))
    values = _embedded(ids, saved)
    own = [layer for name, layer in saved.items() if name.startswith("encoder_")]
    if own and own[0].kind == "Recurrent":
        values, tokens = _recurrent(values, tokens, own, use_cudnn)
    else:
        values = _plain(values, tokens, saved, own)
    logits = _dense("logit", saved["logit"].part(""))(_pooled(values, tokens, saved["pooling"]))
    activation = "sigmoid" if logits.shape[-1] == 1 else "softmax"
    scaled = layers.Rescaling(1 / temperature, name="temperature")(logits)
    return keras.Model(ids, layers.Activation(activation, name="probabilities")(scaled))


def _ends(mask: Any) -> tuple[Any, Any]:
    """Which place is the first, and which the last token, float (B, T) each."""
    before = ops.pad(mask, [[0, 0], [1, 0]])[:, :-1]
    after = ops.pad(mask, [[0, 0], [0, 1]])[:, 1:]
    return mask * (1 - before), mask * (1 - after)


def _column(values: Any) -> Any:
    return ops.expand_dims(values, -1)


def _with_weights(layer: keras.layers.Layer, shape: tuple, *weights: np.ndarray) -> Any:
    """Build a layer and set its weights."""
    layer.build(shape)
    layer.set_weights([weight.astype(np.float32) for weight in weights])
    return layer


def _dense(name: str, weights: list[np.ndarray], **options: Any) -> Any:
    rows, units = weights[0].shape
    options = {"use_bias": len(weights) > 1, "name": name, **options}
    return _with_weights(layers.Dense(units, **options), (None, rows), *weights)


def _table(name: str, layer: SavedLayer) -> Any:
    embedding = Embedding.of(layer)
    rows = embedding.rows(np.arange(len(embedding.table)))
    return _with_weights(layers.Embedding(*rows.shape, name=name), (None, None), rows)


def _embedded(ids: Any, saved: dict[str, SavedLayer]) -> Any:
    """Embed words, and bigrams where the network has them: (B, T, D)."""
    values = _table("embedding", saved["embedding"])(ids)
    if "bigrams" not in saved:
        return values
    table = _table("bigrams", saved["bigrams"])
    before = ops.pad(ids, [[0, 0], [1, 0]])[:, :-1]
    rows = ops.mod(ids + BIGRAM_STEP * before, table.input_dim)
    return layers.Concatenate(name="words_and_bigrams")([values, table(rows)])


def _recurrent(
    values: Any, tokens: Tokens, saved: list[SavedLayer], use_cudnn: str | bool
) -> tuple[Any, Tokens]:
    """Stacked recurrent layers, and the tokens of their output.

    Where reviews are read in chunks, a step that closes all gates is put before each chunk, so
    that the state is zero there in both directions.
    """
    if length := int(saved[0].options["chunk_length"]):
        values, tokens = _with_resets(values, tokens, length)
    for number, layer in enumerate(saved, 1):
        if tokens.reset is not None:
            values = layers.Concatenate()([values, tokens.reset])
        read = _directions(layer, values.shape[-1], number, tokens.reset is not None, use_cudnn)
        values = read(values) if tokens.reset is not None else read(values, mask=tokens.mask)
    return values, tokens


def _directions(layer: SavedLayer, width: int, number: int, reset: bool, cudnn: str | bool) -> Any:
    """The LSTM or GRU of a layer, in one direction or both."""
    both, cell = layer.options["bidirectional"], layer.options["cell"]
    weights = [
        weight
        for name in (("forwards", "backwards") if both else ("forwards",))
        for weight in _with_reset_row(cell, layer.part(f"{name}/cell"), reset)
    ]
    kind = {"lstm": layers.LSTM, "gru": layers.GRU}[cell]
    units = len(weights[1])
    own = kind(units, return_sequences=True, use_cudnn=False if reset else cudnn)
    read = layers.Bidirectional(own, name=f"encoder_{number}") if both else own
    return _with_weights(read, (None, None, width), *weights)


def _with_reset_row(cell: str, weights: list[np.ndarray], reset: bool) -> list[np.ndarray]:
    """The weights, and in the matrix of the input a last row for the value that resets the state.

    It closes all gates. A GRU keeps its candidate even then, so its bias is taken off.
    """
    if not reset:
        return weights
    kernel, matrix, bias = weights
    units = len(matrix)
    row = np.full(kernel.shape[1], RESET, np.float32)
    if cell == "gru":
        row[2 * units :] = -bias[0, 2 * units :]
    else:
        row[2 * units : 3 * units] = 0
    return [np.concatenate([kernel, row[None]]), matrix, bias]


def _with_resets(values: Any, tokens: Tokens, length: int) -> tuple[Any, Tokens]:
    """Put a place before each chunk of ``length``; see ``_recurrent``.

    Padding resets, too: read backwards, it comes before the last token.
    """
    mask = ops.cast(tokens.mask, "float32")
    joint = [values * _column(mask), *map(_column, (mask, tokens.first, tokens.last))]
    width = values.shape[-1] + 3
    chunks = ops.transpose(layers.Concatenate()(joint), (0, 2, 1))
    chunks = ops.pad(chunks, [[0, 0], [0, 0], [0, length - 1]])  # then the last chunk is whole
    chunks = ops.transpose(ops.extract_sequences(chunks, length, length), (0, 2, 3, 1))
    chunks = ops.pad(chunks, [[0, 0], [0, 0], [1, 0], [0, 0]])
    found = layers.Reshape((-1, width))(chunks)
    mask, first, last = (found[:, :, n] for n in range(width - 3, width))
    return found[:, :, : width - 3], Tokens(mask > 0, first, last, _column(1 - mask))


def _plain(values: Any, tokens: Tokens, saved: dict[str, SavedLayer], own: list[SavedLayer]) -> Any:
    """Convolutions, a Transformer, or no layers: (B, T, D) → (B, T, D)."""
    if "word_norm" in saved:
        values = _norm("word_norm", saved["word_norm"].part(""))(values)
        values = values + _positions(tokens.mask, values.shape[-1])
    for number, layer in enumerate(own, 1):
        values = READ[layer.kind](values, tokens.mask, layer, f"encoder_{number}")
    return _norm("norm", saved["norm"].part(""))(values) if "norm" in saved else values


def _norm(name: str, weights: list[np.ndarray]) -> Any:
    own = layers.LayerNormalization(epsilon=float(EPSILON), name=name)
    return _with_weights(own, (None, None, len(weights[0])), *weights)


def _positions(mask: Any, width: int) -> Any:
    """The positional encoding: (B, T, ``width``); see ``models.layers.SinusoidalPositions``."""
    pairs = (width + 1) // 2
    rates = np.exp(np.arange(pairs, dtype=np.float32) * np.float32(-2 * 9.210340372 / width))
    places = ops.cumsum(ops.ones_like(mask, dtype="float32"), axis=1) - 1
    angles = _dense("positions", [rates[None]], trainable=False)(_column(places))
    return layers.Concatenate()([ops.sin(angles), ops.cos(angles)])[:, :, :width]


def _convolution(values: Any, mask: Any, layer: SavedLayer, name: str) -> Any:
    kernel, bias = layer.part("convolution")
    own = layers.Conv1D(kernel.shape[2], len(kernel), padding="same", activation="relu", name=name)
    weight = _column(ops.cast(mask, "float32"))
    read = _with_weights(own, (None, None, kernel.shape[1]), kernel, bias)
    return read(values * weight) * weight


def _transformer_block(values: Any, mask: Any, layer: SavedLayer, name: str) -> Any:
    first, second = (layer.part(f"norms/{norm}") for norm in norm_names(layer))
    parts = [layer.part(f"attention/{part}_dense") for part in ("query", "key", "value", "output")]
    width, heads, size = parts[0][0].shape
    own = layers.MultiHeadAttention(heads, size, name=f"{name}_attention")
    own.build((None, None, width), (None, None, width))
    for part, weights in zip(("query", "key", "value", "output"), parts, strict=True):
        getattr(own, f"{part}_dense").set_weights(weights)
    normal = _norm(f"{name}_norm_1", first)(values)
    values = values + own(normal, normal, attention_mask=ops.expand_dims(mask, 1))
    expand = _dense(f"{name}_expand", layer.part("expand"), activation="gelu")
    contract = _dense(f"{name}_contract", layer.part("contract"))
    return values + contract(expand(_norm(f"{name}_norm_2", second)(values)))


READ: dict[str, Callable[..., Any]] = {
    "MaskedConvolution": _convolution,
    "TransformerBlock": _transformer_block,
}


def _pooled(values: Any, tokens: Tokens, layer: SavedLayer) -> Any:
    """Pool the tokens of each review in one or several ways: (B, D × kinds)."""
    pooled = [POOL[kind](values, tokens, layer) for kind in layer.options["kinds"]]
    return layers.Concatenate(name="pooling")(pooled) if len(pooled) > 1 else pooled[0]


def _last(values: Any, tokens: Tokens, layer: SavedLayer) -> Any:
    last = ops.sum(values * _column(tokens.last), axis=1)
    if not layer.options["bidirectional"]:
        return last
    half = values.shape[-1] // 2
    first = ops.sum(values * _column(tokens.first), axis=1)
    return layers.Concatenate()([last[:, :half], first[:, half:]])


def _max(values: Any, tokens: Tokens, _: SavedLayer) -> Any:
    return ops.max(ops.where(_column(tokens.mask), values, LOWEST), axis=1)


def _mean(values: Any, tokens: Tokens, _: SavedLayer) -> Any:
    weight = _column(ops.cast(tokens.mask, "float32"))
    return ops.sum(values * weight, axis=1) / ops.sum(weight, axis=1)


def _attention(values: Any, tokens: Tokens, layer: SavedLayer) -> Any:
    projection, query = layer.part("")
    projected = _dense("attention_projection", [projection], activation="tanh")(values)
    scores = _dense("attention_query", [query])(projected)
    scores = ops.where(_column(tokens.mask), scores, LOWEST)
    return ops.sum(ops.softmax(scores, axis=1) * values, axis=1)


POOL: dict[str, Callable[..., Any]] = {
    "last": _last,
    "max": _max,
    "mean": _mean,
    "attention": _attention,
}
