"""The model factory: Embedding → encoder → pooling over time → Dropout → Dense → one logit.

An encoder is a function ``(values, mask, config) -> values``: (B, T, D) in, (B, T, D') out, of
which no value at a token depends on padding. ``ENCODERS`` names them; adding one is adding a
function.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import keras

from imdb_lstm.config import Config
from imdb_lstm.layers import (
    MaskedConvolution,
    PaddingMask,
    PairHash,
    Pooling,
    SinusoidalPositions,
    TransformerBlock,
    WordDropout,
)
from imdb_lstm.recurrent import Recurrent


def recurrent(values: Any, mask: Any, config: Config, cell: str, bidirectional: bool) -> Any:
    """Stacked LSTM (Hochreiter & Schmidhuber 1997) or GRU (Cho et al. 2014) layers."""
    for number in range(1, config.layers + 1):
        if number > 1:
            values = keras.layers.SpatialDropout1D(
                config.output_dropout, seed=config.seed + 3 * number + 1, name=f"dropout_{number}"
            )(values)
        values = Recurrent(
            cell,
            config.units,
            bidirectional=bidirectional,
            segment_length=config.segment_length,
            recurrent_dropout=config.recurrent_dropout,
            weight_drop=config.weight_drop,
            l2=config.l2,
            seed=config.seed + 3 * number,
            name=f"encoder_{number}",
        )(values, mask)
    return values


def convolutional(values: Any, mask: Any, config: Config) -> Any:
    """Stacked convolutions over the words."""
    for number in range(1, config.layers + 1):
        layer = MaskedConvolution(
            config.units, config.kernel_size, l2=config.l2, name=f"encoder_{number}"
        )
        values = layer(values, mask)
    return values


def transformer(values: Any, mask: Any, config: Config) -> Any:
    """Stacked self-attention over the whole review, with position codes.

    Word vectors are brought to the size of these codes first, or they would drown in them.
    """
    values = keras.layers.LayerNormalization(epsilon=1e-5, name="word_norm")(values)
    values = SinusoidalPositions(name="positions")(values)
    for number in range(1, config.layers + 1):
        values = TransformerBlock(
            config.heads,
            config.units,
            dropout=config.recurrent_dropout,
            seed=config.seed + 3 * number,
            name=f"encoder_{number}",
        )(values, mask)
    return keras.layers.LayerNormalization(epsilon=1e-5, name="norm")(values)


def bag(values: Any, mask: Any, config: Config) -> Any:
    """No encoder: pooled embeddings, blind to order. The baseline that an encoder must beat."""
    return values


ENCODERS: dict[str, Callable[[Any, Any, Config], Any]] = {
    "lstm": partial(recurrent, cell="lstm", bidirectional=False),
    "bilstm": partial(recurrent, cell="lstm", bidirectional=True),
    "gru": partial(recurrent, cell="gru", bidirectional=False),
    "bigru": partial(recurrent, cell="gru", bidirectional=True),
    "cnn": convolutional,
    "transformer": transformer,
    "bag": bag,
}


def _pairs(ids: Any, config: Config) -> Any:
    """An embedding of every two neighbouring tokens, learned in training: (B, T) → (B, T, D)."""
    rows = PairHash(config.pair_rows, name="pair_rows")(ids)
    return keras.layers.Embedding(
        config.pair_rows, config.pair_units, embeddings_initializer="uniform", name="pairs"
    )(rows)


def build_model(config: Config, vocabulary_size: int) -> keras.Model:
    """Ids, int32 (B, T), right-padded with 0 → logits of "positive", float32 (B, 1).

    >>> model = build_model(Config(units=8), vocabulary_size=100)
    >>> model(np.array([[5, 7, 9, 0]])).shape  # doctest: +SKIP
    (1, 1)
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    mask = PaddingMask(name="mask")(ids)
    known = WordDropout(config.word_dropout, seed=config.seed, name="word_dropout")(ids)
    values = keras.layers.Embedding(
        vocabulary_size,
        config.embedding_units,
        embeddings_initializer="uniform",
        trainable=not (config.word_vectors and config.frozen_vectors),
        name="embedding",
    )(known)
    if config.pair_units:
        values = keras.layers.Concatenate(name="words_and_pairs")([values, _pairs(known, config)])
    values = keras.layers.SpatialDropout1D(
        config.embedding_dropout, seed=config.seed + 1, name="embedding_dropout"
    )(values)  # one mask a review, as between layers (Gal & Ghahramani 2016, section 4)
    values = ENCODERS[config.encoder](values, mask, config)
    pooled = Pooling(
        config.pooling.split("+"), bidirectional=config.encoder.startswith("bi"), name="pooling"
    )(values, mask)
    pooled = keras.layers.Dropout(
        config.output_dropout, seed=config.seed + 2, name="dropout"
    )(pooled)  # fmt: skip
    logit = keras.layers.Dense(
        1,
        kernel_regularizer=keras.regularizers.L2(config.l2) if config.l2 else None,
        dtype="float32",
        name="logit",
    )(pooled)
    return keras.Model(ids, logit, name=config.encoder)


def split(model: keras.Model) -> tuple[keras.Model, keras.Model]:
    """A network of ``build_model`` in two, the weights shared, cut behind the embedding's dropout.

    Ids (B, T) → [embeddings (B, T, D), mask (B, T)], and these → logits (B, 1).
    """
    joint = [model.get_layer("embedding_dropout").output, model.get_layer("mask").output]
    return keras.Model(model.input, joint), keras.Model(joint, model.output)


def layer_depths(model: keras.Model, encoder_layers: int) -> dict[str, int]:
    """Path of a weight to train → its depth: 0 above the encoder, 1 in its last layer, and so on
    down to the embeddings."""
    depths = {f"encoder_{n}": encoder_layers + 1 - n for n in range(1, encoder_layers + 1)}
    depths |= {"embedding": encoder_layers + 1, "pairs": encoder_layers + 1}
    return {
        weight.path: depths.get(layer.name, 0)
        for layer in model.layers
        for weight in layer.trainable_weights
    }
