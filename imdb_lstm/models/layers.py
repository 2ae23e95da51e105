"""Layers for right-padded sequences that Keras does not have; they run on every backend of Keras.

Shapes: B reviews, T tokens (of the longest review; shorter ones are zero-padded on the right), D
values per token. A mask is boolean (B, T), true on tokens; every review has at least one token.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from imdb_lstm.text.vocabulary import PADDING_ID, UNKNOWN_ID

register = keras.saving.register_keras_serializable(package="imdb_lstm")


@register
class PaddingMask(keras.layers.Layer):
    """Ids, int (B, T) → mask, bool (B, T): true on tokens, false on padding."""

    def call(self, ids):
        return ops.not_equal(ids, PADDING_ID)

    def compute_output_spec(self, ids):
        return keras.KerasTensor(ids.shape, dtype="bool")


@register
class WordDropout(keras.layers.Layer):
    """Replace each token by the unknown word with probability ``rate``, in training only.

    Ids (B, T) → ids (B, T). The network learns not to depend on single words, and an embedding for
    unknown ones (Iyyer et al. 2015, section 4.2).
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate, self.seed = rate, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, ids, training=False):
        if not training or self.rate == 0:
            return ids
        dropped = keras.random.uniform(ops.shape(ids), seed=self.seed_generator) < self.rate
        unknown = ops.full_like(ids, UNKNOWN_ID)
        return ops.where(ops.logical_and(dropped, ids != PADDING_ID), unknown, ids)

    def compute_output_spec(self, ids, training=False):
        return keras.KerasTensor(ids.shape, dtype=ids.dtype)

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


@register
class BigramHash(keras.layers.Layer):
    """Hash each token and the one before it into one of ``rows`` buckets.

    Ids (B, T) → buckets, int32 (B, T), of which each is a row of an embedding. Bigrams share
    buckets, as in fastText (Joulin et al. 2017, section 2): token b after a is in bucket
    (b + 30,011 a) mod ``rows``; the first token follows padding. ``rows`` should be a prime.

    >>> buckets = BigramHash(1009)(ops.convert_to_tensor([[5, 7, 5, 7, 0]], dtype="int32"))
    >>> ops.convert_to_numpy(buckets).tolist()
    [[5, 730, 210, 730, 205]]
    """

    STEP = 30_011  # a prime, so that bigrams spread evenly over the buckets

    def __init__(self, rows: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rows = rows

    def call(self, ids):
        before = ops.pad(ids, [[0, 0], [1, 0]])[:, :-1]
        return ops.mod(ids + self.STEP * before, self.rows)

    def compute_output_spec(self, ids):
        return keras.KerasTensor(ids.shape, dtype=ids.dtype)

    def get_config(self):
        return {**super().get_config(), "rows": self.rows}


@register
class MaskedConvolution(keras.layers.Layer):
    """Convolution over the tokens with ReLU (Kim 2014): (B, T, D) and mask → (B, T, ``units``).

    Input and output are zero on padding, so padding does not change the result on tokens.
    """

    def __init__(self, units: int, kernel_size: int, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.kernel_size, self.l2 = units, kernel_size, l2
        regularizer = keras.regularizers.L2(l2) if l2 else None
        self.convolution = keras.layers.Conv1D(
            units, kernel_size, padding="same", activation="relu", kernel_regularizer=regularizer,
            dtype=self.dtype_policy, name="convolution",
        )  # fmt: skip

    def build(self, values_shape, mask_shape=None):
        self.convolution.build(values_shape)

    def call(self, values, mask):
        weight = ops.cast(mask, self.compute_dtype)[..., None]
        return self.convolution(values * weight) * weight

    def compute_output_spec(self, values, mask):
        return keras.KerasTensor((*values.shape[:2], self.units), dtype=self.compute_dtype)

    def get_config(self):
        own = {"units": self.units, "kernel_size": self.kernel_size, "l2": self.l2}
        return {**super().get_config(), **own}


@register
class SinusoidalPositions(keras.layers.Layer):
    """Add the positional encoding of Vaswani et al. (2017, section 3.5): (B, T, D) → (B, T, D)."""

    def call(self, values):
        length, width = ops.shape(values)[1], values.shape[-1]
        pairs = ops.arange((width + 1) // 2, dtype="float32")
        rates = ops.exp(pairs * (-2 * 9.210340372 / width))  # 10000 ** (-2i / width)
        angles = ops.arange(length, dtype="float32")[:, None] * rates[None, :]
        code = ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)[:, :width]
        return values + ops.cast(code, values.dtype)[None]

    def compute_output_spec(self, values):
        return keras.KerasTensor(values.shape, dtype=self.compute_dtype)


@register
class TransformerBlock(keras.layers.Layer):
    """Pre-norm Transformer block (Xiong et al. 2020): (B, T, D) and mask → (B, T, D)."""

    def __init__(
        self, heads: int, units: int, dropout: float, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.heads, self.units, self.dropout, self.seed = heads, units, dropout, seed

    def build(self, values_shape, mask_shape=None):
        width = values_shape[-1]
        common = {"dtype": self.dtype_policy}
        self.attention = keras.layers.MultiHeadAttention(
            self.heads, width // self.heads, dropout=self.dropout, seed=self.seed, **common
        )
        self.norms = [keras.layers.LayerNormalization(epsilon=1e-5, **common) for _ in range(2)]
        self.expand = keras.layers.Dense(self.units, activation="gelu", **common)
        self.contract = keras.layers.Dense(width, **common)
        self.attention.build(values_shape, values_shape)
        for layer in (*self.norms, self.expand):
            layer.build(values_shape)
        self.contract.build((*values_shape[:-1], self.units))

    def call(self, values, mask, training=False):
        normal = self.norms[0](values)
        values = values + self.attention(
            normal, normal, attention_mask=mask[:, None, :], training=training
        )
        return values + self.contract(self.expand(self.norms[1](values)))

    def compute_output_spec(self, values, mask, training=False):
        return keras.KerasTensor(values.shape, dtype=self.compute_dtype)

    def get_config(self):
        own = {name: getattr(self, name) for name in ("heads", "units", "dropout", "seed")}
        return {**super().get_config(), **own}


@register
class Pooling(keras.layers.Layer):
    """Pool the tokens of each review in one or several ways, and concatenate the results.

    Values (B, T, D) and mask (B, T) → (B, D × kinds). ``kinds``: last, max, mean or attention.
    ``last`` is the final state: the last token, and in the backward half of a ``bidirectional``
    encoder the first. ``attention`` weights tokens by softmax(v · tanh(W h)) (Yang et al. 2016,
    section 2.2).
    """

    def __init__(self, kinds: list[str], bidirectional: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kinds, self.bidirectional = list(kinds), bidirectional

    def build(self, values_shape, mask_shape=None):
        width = values_shape[-1]
        if "attention" in self.kinds:
            self.projection = self.add_weight(
                (width, width), initializer="glorot_uniform", name="projection"
            )
            self.query = self.add_weight((width, 1), initializer="glorot_uniform", name="query")

    def call(self, values, mask):
        pooled = [getattr(self, f"_{kind}")(values, mask[..., None]) for kind in self.kinds]
        return ops.concatenate(pooled, axis=-1) if len(pooled) > 1 else pooled[0]

    def _last(self, values, mask):
        last = ops.sum(ops.cast(mask, "int32"), axis=1, keepdims=True) - 1
        state = ops.take_along_axis(values, last, axis=1)[:, 0]
        if not self.bidirectional:
            return state
        half = values.shape[-1] // 2
        return ops.concatenate([state[:, :half], values[:, 0, half:]], axis=-1)

    def _max(self, values, mask):
        return ops.max(ops.where(mask, values, ops.cast(-1e4, values.dtype)), axis=1)

    def _mean(self, values, mask):
        weight = ops.cast(mask, "float32")
        total = ops.sum(ops.cast(values, "float32") * weight, axis=1)
        return ops.cast(total / ops.sum(weight, axis=1), values.dtype)

    def _attention(self, values, mask):
        return ops.sum(self.attention_weights(values, mask) * values, axis=1)

    def attention_weights(self, values, mask):
        """Attention weights (B, T, 1), which sum to one over a review and are zero on padding."""
        scores = ops.matmul(ops.tanh(ops.matmul(values, self.projection)), self.query)
        scores = ops.where(mask, scores, ops.cast(-1e4, scores.dtype))
        return ops.softmax(scores, axis=1)

    def compute_output_spec(self, values, mask):
        width = values.shape[-1] * len(self.kinds)
        return keras.KerasTensor((values.shape[0], width), dtype=self.compute_dtype)

    def get_config(self):
        own = {"kinds": self.kinds, "bidirectional": self.bidirectional}
        return {**super().get_config(), **own}
