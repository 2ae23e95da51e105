"""The classification network: embedding → encoder → pooling → logits.

Shapes: B reviews, T tokens, D values per token, K logits: one for two classes, or one per class.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np

from imdb_lstm.config.options import ATTENTION_HEADS, KERNEL_SIZE, Config
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

BIGRAM_BUCKETS = 131_071  # rows of the hashed bigram embedding; a prime
PREDICTION_BATCH_SIZE = 32  # small batches stay in the processor's cache: 1.3 times as fast as 256


def network_logits(model: keras.Model, ids: Sequence[np.ndarray]) -> np.ndarray:
    """Logits for n int32 arrays of ids, in the same order: float32 (n,), or (n, classes).

    Reviews of similar length share a batch, so that little time is spent on padding. Each batch is
    predicted by itself, because ``model.predict`` takes up to twice as long when the widths of the
    batches differ.
    """
    batches = Batches(ids, None, PREDICTION_BATCH_SIZE)
    logits = np.empty((len(ids), model.output_shape[-1]), dtype=np.float32)
    for number, group in enumerate(batches.groups):
        logits[group] = np.asarray(model.predict_on_batch(batches[number][0]))
    return logits[:, 0] if logits.shape[1] == 1 else logits


def build_model(config: Config, vocabulary_size: int, classes: int = 2) -> keras.Model:
    """Build the network: ids, int32 (B, T), zero-padded on the right → logits, float32 (B, K).

    Of two classes there is one logit, which is above zero for the second class. Of more there is
    one for each, and their softmax is the probabilities.

    >>> model = build_model(Config(units=8), vocabulary_size=100)
    >>> tuple(model(np.array([[5, 7, 9, 0]])).shape)
    (1, 1)
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    mask = PaddingMask(name="mask")(ids)
    known = WordDropout(config.word_dropout, seed=config.seed, name="word_dropout")(ids)
    values = _embedded(known, config, vocabulary_size)
    values = ENCODERS[config.encoder](values, mask, config)
    kinds, bidirectional = config.pooling.split("+"), config.encoder.startswith("bi")
    pooled = Pooling(kinds, bidirectional=bidirectional, name="pooling")(values, mask)
    return keras.Model(ids, _logits(pooled, config, classes), name=config.encoder)


def _embedded(ids: Any, config: Config, vocabulary_size: int) -> Any:
    """Embed words, and bigrams if configured: (B, T) → (B, T, D)."""
    values = keras.layers.Embedding(
        vocabulary_size,
        config.embedding_dim,
        embeddings_initializer="uniform",
        trainable=not (config.freeze_embeddings and (config.word_vectors or config.pretrained)),
        name="embedding",
    )(ids)
    if config.bigram_dim:
        both = [values, _embedded_bigrams(ids, config)]
        values = keras.layers.Concatenate(name="words_and_bigrams")(both)
    return keras.layers.SpatialDropout1D(
        config.embedding_dropout, seed=config.seed + 1, name="embedding_dropout"
    )(values)  # one mask per review, as between layers (Gal & Ghahramani 2016, section 4)


def _embedded_bigrams(ids: Any, config: Config) -> Any:
    """Embed every bigram, hashed: (B, T) → (B, T, D)."""
    buckets = BigramHash(BIGRAM_BUCKETS, name="bigram_rows")(ids)
    return keras.layers.Embedding(
        BIGRAM_BUCKETS, config.bigram_dim, embeddings_initializer="uniform", name="bigrams"
    )(buckets)


def _logits(pooled: Any, config: Config, classes: int) -> Any:
    """Dropout and the last layer, which computes in float32: (B, D) → (B, K)."""
    pooled = keras.layers.Dropout(
        config.output_dropout, seed=config.seed + 2, name="dropout"
    )(pooled)  # fmt: skip
    return keras.layers.Dense(
        1 if classes == 2 else classes,
        kernel_regularizer=keras.regularizers.L2(config.l2) if config.l2 else None,
        dtype="float32",
        name="logit",
    )(pooled)


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
    """Stacked convolutions over the tokens (Kim 2014)."""
    for number in range(1, config.layers + 1):
        layer = MaskedConvolution(config.units, KERNEL_SIZE, l2=config.l2, name=f"encoder_{number}")
        values = layer(values, mask)
    return values


def transformer(values: Any, mask: Any, config: Config) -> Any:
    """Stacked self-attention over the whole review, with positional encoding.

    Embeddings are normalised first, because they are much smaller than the encoding.
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
    """No encoder: a bag of embeddings, which ignores word order. A baseline for the encoders."""
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


def split_at_embedding(model: keras.Model) -> tuple[keras.Model, keras.Model]:
    """Split a network of ``build_model`` after the embedding; both parts share its weights.

    The first maps ids (B, T) to [embeddings (B, T, D), mask (B, T)], the second these to logits
    (B, K).
    """
    joint = [model.get_layer("embedding_dropout").output, model.get_layer("mask").output]
    return keras.Model(model.input, joint), keras.Model(joint, model.output)


def layer_depths(model: keras.Model, encoder_layers: int) -> dict[str, int]:
    """The depth of every trainable weight, by its path.

    It is 0 above the encoder, 1 in its last layer, and largest in the embeddings.
    """
    known = {layer.name for layer in model.layers}
    encoder = [name for n in range(1, encoder_layers + 1) if (name := f"encoder_{n}") in known]
    depths = {name: len(encoder) - n for n, name in enumerate(encoder)}
    depths |= dict.fromkeys(("embedding", "bigrams", "word_norm"), len(encoder) + 1)
    return {
        weight.path: depths.get(layer.name, 0)
        for layer in model.layers
        for weight in layer.trainable_weights
    }
