"""The language model: each token foretold from those before it, and from those after it.

Embedding → LSTM → Dense to the embedding's width → softmax over the embedding itself (tied: Inan,
Khosravi & Socher 2017; Press & Wolf 2017). The LSTM of each direction is the layer that
``recurrent.Recurrent`` holds, so that its weights can start a classifier (Dai & Le 2015; Howard &
Ruder 2018).

Shapes: D directions, B streams of text, T tokens a window, S sampled words.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from imdb_lstm.config.options import DIRECTIONS, Config
from imdb_lstm.models.recurrent import weights_dropped


class LanguageModel(keras.Model):
    """A batch of ``language_stream.Windows`` → the loss of each token, float32 (D, B, T), in nats.

    Both directions are read in one step, side by side on two cores. A direction's state stays
    from step to step; ``reset_states`` begins new streams. In training, one mask a window drops
    embedding values and hidden ones, and one mask a step entries of the recurrent matrix (AWD-LSTM:
    Merity, Keskar & Socher 2018, sections 2 and 4).
    """

    def __init__(self, config: Config, vocabulary_size: int, **kwargs: Any) -> None:
        super().__init__(name="language_model", autocast=False, **kwargs)
        self.config, width = config, config.embedding_dim
        self.embedding = self.add_weight(
            (vocabulary_size, width), keras.initializers.RandomUniform(-0.1, 0.1, config.seed),
            trainable=not config.freeze_embeddings, autocast=False, name="embedding",
        )  # fmt: skip
        self.bias = self.add_weight(
            (vocabulary_size,), "zeros", autocast=False, name="softmax_bias"
        )
        self.directions = [
            Direction(config, seed=config.seed + 10 * number, name=name)
            for number, name in enumerate(DIRECTIONS[config.encoder])
        ]
        for direction in self.directions:
            direction.build((config.batch_size, None, width))
        self.built = True

    def start(self, vectors: np.ndarray | None, counts: np.ndarray) -> None:
        """Begin with these word vectors, and with each word as likely as it is common."""
        if vectors is not None:
            self.embedding.assign(vectors)
        self.bias.assign(np.log((counts + 1) / (counts + 1).sum()))

    def reset_states(self) -> None:
        """Forget what was read: the next window begins another text."""
        for direction in self.directions:
            for state in direction.states:
                state.assign(ops.zeros(state.shape))

    def call(self, batch, training=False):
        table = ops.cast(ops.take(self.embedding, batch["rows"], axis=0), self.compute_dtype)
        bias = ops.take(self.bias, batch["rows"], axis=0) - batch["expected"]
        losses = []
        for number, direction in enumerate(self.directions):
            tokens = batch["tokens"][number]
            hidden = direction(ops.take(table, tokens[:, :-1], axis=0), training=training)
            losses.append(
                softmax_loss(
                    hidden,
                    tokens[:, 1:],
                    table,
                    bias,
                    batch["candidates"],
                    batch["sampled"][number],
                )
            )
        return ops.stack(losses)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The mean loss of a token, which ``fit`` and the like make smaller."""
        return ops.mean(y_pred)

    def weights_by_name(self) -> dict[str, np.ndarray]:
        """Every weight, float32, under the name that it has in a saved language model."""
        found = {"embedding": self.embedding, "softmax_bias": self.bias}
        for direction in self.directions:
            lstm, dense = direction.lstm.cell, direction.projection
            found |= {
                f"{direction.name}/kernel": lstm.kernel,
                f"{direction.name}/recurrent_kernel": lstm.recurrent_kernel,
                f"{direction.name}/bias": lstm.bias,
                f"{direction.name}/projection": dense.kernel,
                f"{direction.name}/projection_bias": dense.bias,
            }
        return {name: ops.convert_to_numpy(weight.value) for name, weight in found.items()}


class Direction(keras.layers.Layer):
    """One reading direction: values (B, T, D) → values to compare words with, (B, T, D)."""

    def __init__(self, config: Config, seed: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.weight_drop = config.units, config.weight_drop
        self.lstm = keras.layers.LSTM(
            config.units, return_sequences=True, return_state=True, seed=seed, name="lstm"
        )
        self.projection = keras.layers.Dense(config.embedding_dim, name="projection")
        self.input_dropout = keras.layers.SpatialDropout1D(config.embedding_dropout, seed=seed + 1)
        self.output_dropout = keras.layers.SpatialDropout1D(config.output_dropout, seed=seed + 2)
        self.seed_generator = keras.random.SeedGenerator(seed + 3)

    def build(self, values_shape):
        self.lstm.build(values_shape)
        self.projection.build((None, None, self.units))
        # Never cast by Keras: under PyTorch it is the cast copy that would be assigned to.
        self.states = [
            self.add_weight(
                (values_shape[0], self.units), "zeros", trainable=False, autocast=False, name=name
            )
            for name in ("hidden_state", "cell_state")
        ]

    def call(self, values, training=False):
        values = self.input_dropout(values, training=training)
        # Copies, for the states change before PyTorch has gone back through what was made of them.
        before = [ops.cast(ops.copy(state), self.compute_dtype) for state in self.states]
        rate = self.weight_drop if training else 0
        with weights_dropped(self.lstm, rate, self.seed_generator):
            hidden, *after = self.lstm(values, initial_state=before, training=training)
        for state, value in zip(self.states, after, strict=True):
            state.assign(ops.stop_gradient(ops.cast(value, state.dtype)))
        return self.projection(self.output_dropout(hidden, training=training))


def softmax_loss(hidden, targets, table, bias, candidates, sampled):
    """-log P(target) for each token, float32 (B, T), where P is a softmax over the words sampled.

    ``hidden``: (B, T, D). ``targets`` (B, T) and ``candidates`` (S,): rows of ``table``, (R, D),
    and of ``bias``, float32 (R,), which has the log of each word's expected count taken off it.
    ``sampled``: whether a target is a candidate too, bool (B, T); where it is not, it is added.
    With all words as candidates, expected once each, this is the full softmax.
    """
    weights = ops.transpose(ops.take(table, candidates, axis=0))
    logits = ops.cast(ops.matmul(hidden, weights), "float32") + ops.take(bias, candidates, axis=0)
    total = ops.logsumexp(logits, axis=-1)
    own = ops.sum(ops.cast(hidden * ops.take(table, targets, axis=0), "float32"), axis=-1)
    own = own + ops.take(bias, targets, axis=0)
    return ops.where(sampled, total, ops.logaddexp(total, own)) - own
