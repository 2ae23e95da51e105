"""An LSTM or GRU layer over right-padded reviews that runs without a mask.

Shapes as in ``layers``: B reviews, T tokens, D values per token; a mask is boolean (B, T).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="imdb_lstm")
class Recurrent(keras.layers.Layer):
    """An LSTM or GRU layer over right-padded reviews, in one direction or both.

    Values (B, T, D) and mask (B, T) → values (B, T, ``units`` × directions).

    The recurrence needs no mask, so cuDNN can always be used: forwards, padding follows the last
    token; backwards, each sequence is reversed by its own length, so that padding is again at the
    end. The result equals that of ``keras.layers.Bidirectional`` with a mask. With a
    ``chunk_length`` a review is cut into chunks of that many tokens, which are processed in
    parallel, each from a zero state (Johnson & Zhang 2016, section 2.3); pooling joins them.

    In training, ``recurrent_dropout`` drops values of the state at every token, and ``weight_drop``
    drops entries of the recurrent matrix, with one mask per batch (Merity et al. 2018, section 2).
    """

    def __init__(
        self,
        cell: str,
        units: int,
        bidirectional: bool = False,
        chunk_length: int = 0,
        recurrent_dropout: float = 0.0,
        weight_drop: float = 0.0,
        l2: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.cell, self.units, self.bidirectional = cell, units, bidirectional
        self.chunk_length, self.recurrent_dropout = chunk_length, recurrent_dropout
        self.weight_drop, self.l2, self.seed = weight_drop, l2, seed
        self.seed_generator = keras.random.SeedGenerator(seed) if weight_drop else None
        # Not "forward": under PyTorch, every layer has a method of that name.
        self.forwards = self._direction("forward", seed)
        other = None if seed is None else seed + 2
        self.backwards = self._direction("backward", other) if bidirectional else None

    def _direction(self, name: str, seed: int | None) -> keras.layers.Layer:
        kind = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[self.cell]
        return kind(
            self.units,
            return_sequences=True,
            recurrent_dropout=self.recurrent_dropout,
            kernel_regularizer=keras.regularizers.L2(self.l2) if self.l2 else None,
            recurrent_regularizer=keras.regularizers.L2(self.l2) if self.l2 else None,
            seed=seed,
            dtype=self.dtype_policy,
            name=name,
        )

    def build(self, values_shape, mask_shape=None):
        for direction in filter(None, (self.forwards, self.backwards)):
            direction.build((None, None, values_shape[-1]))

    def call(self, values, mask, training=False):
        length = ops.shape(values)[1]
        if self.chunk_length:
            values, mask = (cut_chunks(x, self.chunk_length) for x in (values, mask))
        result = self._read(self.forwards, values, training)
        if self.backwards is not None:
            order = reversed_order(mask)
            other = self._read(self.backwards, reorder(values, order), training)
            result = ops.concatenate([result, reorder(other, order)], axis=-1)
        return join_chunks(result, length) if self.chunk_length else result

    def _read(self, direction: keras.layers.Layer, values, training):
        """Run one direction, in training with DropConnect on its recurrent matrix."""
        rate = self.weight_drop if training else 0
        with weights_dropped(direction, rate, self.seed_generator):
            return direction(values, training=training)

    def compute_output_spec(self, values, mask, training=False):
        width = self.units * (2 if self.bidirectional else 1)
        return keras.KerasTensor((*values.shape[:2], width), dtype=self.compute_dtype)

    def get_config(self):
        names = ("cell", "units", "bidirectional", "chunk_length", "recurrent_dropout",
                 "weight_drop", "l2", "seed")  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@contextlib.contextmanager
def weights_dropped(layer: keras.layers.Layer, rate: float, seed: Any) -> Iterator[None]:
    """Drop entries of the recurrent matrix of an LSTM or GRU while the block runs (DropConnect).

    The other entries are scaled by 1 / (1 - ``rate``) (Merity et al. 2018, section 2).
    """
    if not rate:
        yield
        return
    matrix = layer.cell.recurrent_kernel
    dropped = keras.random.dropout(ops.convert_to_tensor(matrix), rate, seed=seed)
    others = [(v, v.value) for v in layer.trainable_variables if v is not matrix]
    with keras.StatelessScope(state_mapping=[(matrix, dropped), *others]):
        yield


def cut_chunks(values, chunk_length: int):
    """Cut into chunks, the last zero-padded: (B, T, ...) → (B × chunks, chunk_length, ...)."""
    batch, length = ops.shape(values)[0], ops.shape(values)[1]
    missing = -length % chunk_length
    shape = (batch, missing, *values.shape[2:])
    padded = ops.concatenate([values, ops.zeros(shape, dtype=values.dtype)], axis=1)
    return ops.reshape(padded, (-1, chunk_length, *values.shape[2:]))


def join_chunks(values, length):
    """The inverse of ``cut_chunks``: (B × chunks, chunk_length, D) → (B, length, D)."""
    chunk_length, width = values.shape[1:]
    chunks = (length + chunk_length - 1) // chunk_length
    return ops.reshape(values, (-1, chunks * chunk_length, width))[:, :length]


def reversed_order(mask):
    """Positions, int (B, T), that reverse the tokens of each row and keep its padding in place."""
    lengths = ops.sum(ops.cast(mask, "int32"), axis=1, keepdims=True)
    positions = ops.arange(ops.shape(mask)[1], dtype="int32")[None, :]
    return ops.where(positions < lengths, lengths - 1 - positions, positions)


def reorder(values, order):
    """Reorder each row, ``values[b, order[b, t]]``: (B, T, D) and (B, T) → (B, T, D)."""
    batch, length = ops.shape(order)[0], ops.shape(order)[1]
    offsets = ops.arange(batch, dtype="int32")[:, None] * length
    flat = ops.reshape(values, (-1, values.shape[-1]))
    taken = ops.take(flat, ops.reshape(order + offsets, (-1,)), axis=0)
    return ops.reshape(taken, (batch, length, values.shape[-1]))
