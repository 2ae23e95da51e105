"""Logits of encoded reviews, in the order given, whatever the batches' order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np

from imdb_lstm.config.options import ATTENTION_HEADS, Config
from imdb_lstm.data.batches import Batches
from imdb_lstm.models.layers import (
    BigramHash,
    MaskedConvolution,
    PaddingMask,
    Pooling,
    SinusoidalPositions,
    TransformerBlock,
    WordDropout,
)
from imdb_lstm.models.recurrent import Recurrent

PREDICTION_BATCH_SIZE = 32  # small batches stay in the processor's cache: 1.3 times as fast as 256


def network_logits(model: keras.Model, ids: Sequence[np.ndarray]) -> np.ndarray:
    """Logits of "positive", float32 (n,), for n int32 arrays of ids.

    Reviews of one length are computed together, so that hardly any time goes into padding. Batch
    by batch, for ``model.predict`` takes up to twice as long over batches of differing widths.
    """
    batches = Batches(ids, None, PREDICTION_BATCH_SIZE)
    logits = np.empty(len(ids), dtype=np.float32)
    for number, group in enumerate(batches.groups):
        logits[group] = np.asarray(model.predict_on_batch(batches[number][0]))[:, 0]
    return logits


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
            chunk_length=config.chunk_length,
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
        layer = MaskedConvolution(config.units, KERNEL_SIZE, l2=config.l2, name=f"encoder_{number}")
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
            ATTENTION_HEADS,
            config.units,
            dropout=config.recurrent_dropout,
            seed=config.seed + 3 * number,
            name=f"encoder_{number}",
        )(values, mask)
    return keras.layers.LayerNormalization(epsilon=1e-5, name="norm")(values)


def bag(values: Any, mask: Any, config: Config) -> Any:
    """No encoder: pooled embeddings, blind to order. The baseline that an encoder must beat."""
    return values


KERNEL_SIZE = 5  # words that a convolution sees at once
BIGRAM_BUCKETS = 131_071  # rows of the hashed bigram embedding; a prime

ENCODERS: dict[str, Callable[[Any, Any, Config], Any]] = {
    "lstm": partial(recurrent, cell="lstm", bidirectional=False),
    "bilstm": partial(recurrent, cell="lstm", bidirectional=True),
    "gru": partial(recurrent, cell="gru", bidirectional=False),
    "bigru": partial(recurrent, cell="gru", bidirectional=True),
    "cnn": convolutional,
    "transformer": transformer,
    "bag": bag,
}


def _bigrams(ids: Any, config: Config) -> Any:
    """An embedding of every two neighbouring tokens, learned in training: (B, T) → (B, T, D)."""
    rows = BigramHash(BIGRAM_BUCKETS, name="bigram_rows")(ids)
    return keras.layers.Embedding(
        BIGRAM_BUCKETS, config.bigram_dim, embeddings_initializer="uniform", name="bigrams"
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
        config.embedding_dim,
        embeddings_initializer="uniform",
        trainable=not (config.word_vectors and config.freeze_embeddings),
        name="embedding",
    )(known)
    if config.bigram_dim:
        values = keras.layers.Concatenate(name="words_and_bigrams")(
            [values, _bigrams(known, config)]
        )
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


def split_at_embedding(model: keras.Model) -> tuple[keras.Model, keras.Model]:
    """A network of ``build_model`` in two, the weights shared, cut behind the embedding's dropout.

    Ids (B, T) → [embeddings (B, T, D), mask (B, T)], and these → logits (B, 1).
    """
    joint = [model.get_layer("embedding_dropout").output, model.get_layer("mask").output]
    return keras.Model(model.input, joint), keras.Model(joint, model.output)


def layer_depths(model: keras.Model, encoder_layers: int) -> dict[str, int]:
    """Path of a weight to train → its depth: 0 above the encoder, 1 in its last layer, and so on
    down to the embeddings."""
    depths = {f"encoder_{n}": encoder_layers + 1 - n for n in range(1, encoder_layers + 1)}
    depths |= {"embedding": encoder_layers + 1, "bigrams": encoder_layers + 1}
    return {
        weight.path: depths.get(layer.name, 0)
        for layer in model.layers
        for weight in layer.trainable_weights
    }
