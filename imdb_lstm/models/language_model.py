"""The language model: an LSTM that predicts each token from those before, or those after it.

Embedding → LSTM → Dense to the width of the embedding → softmax over the embedding itself (tied:
Inan, Khosravi & Socher 2017; Press & Wolf 2017). The LSTM of each direction has the weights of the
layers in ``recurrent.Recurrent``, so that they can initialise a classifier (Dai & Le 2015; Howard &
Ruder 2018).

Shapes: D directions, B streams of text, T tokens of a step (the BPTT length), S sampled words.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from imdb_lstm.config.options import DIRECTIONS, Config
from imdb_lstm.models.recurrent import weights_dropped


class LanguageModel(keras.Model):
    """Map a batch of ``training.language_model.windows`` to the loss of each token in nats.

    The loss is float32 (D, B, T). One step reads both directions. The state of a direction is kept
    from step to step; ``reset_states`` sets it to zero. In training, dropout of embedding and
    hidden values and DropConnect on the recurrent matrix use one mask per step (AWD-LSTM: Merity,
    Keskar & Socher 2018, sections 2 and 4).
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
        """Initialise the embedding with word vectors, and the bias with the log frequencies.

        ``vectors``: float (vocabulary, width), or None to keep the random embedding. ``counts``:
        occurrences of each word, int (vocabulary,).
        """
        if vectors is not None:
            self.embedding.assign(vectors)
        self.bias.assign(np.log((counts + 1) / (counts + 1).sum()))

    def reset_states(self) -> None:
        """Set the states to zero, for new streams of text."""
        for direction in self.directions:
            for state in direction.states:
                state.assign(ops.zeros(state.shape))

    def call(self, batch, training=False):
        table = ops.cast(ops.take(self.embedding, batch["rows"], axis=0), self.compute_dtype)
        bias = ops.take(self.bias, batch["rows"], axis=0) - batch["expected"]
        words, losses = batch["candidates"], []
        for number, direction in enumerate(self.directions):
            tokens, sampled = batch["tokens"][number], batch["sampled"][number]
            hidden = direction(ops.take(table, tokens[:, :-1], axis=0), training=training)
            losses.append(softmax_loss(hidden, tokens[:, 1:], table, bias, words, sampled))
        return ops.stack(losses)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Return the mean loss of a token, which ``fit`` minimises."""
        return ops.mean(y_pred)

    def weights_by_name(self) -> dict[str, np.ndarray]:
        """Every weight, float32, by its name in a saved language model."""
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
    """The LSTM of one reading direction and its projection to the width of the embedding.

    Embeddings (B, T, width) → hidden values (B, T, width).
    """

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
        # Without autocast: under PyTorch, ``assign`` would change the cast copy.
        self.states = [
            self.add_weight(
                (values_shape[0], self.units), "zeros", trainable=False, autocast=False, name=name
            )
            for name in ("hidden_state", "cell_state")
        ]

    def call(self, values, training=False):
        values = self.input_dropout(values, training=training)
        # Copies, because PyTorch needs these values for the gradient after the states change.
        before = [ops.cast(ops.copy(state), self.compute_dtype) for state in self.states]
        rate = self.weight_drop if training else 0
        with weights_dropped(self.lstm, rate, self.seed_generator):
            hidden, *after = self.lstm(values, initial_state=before, training=training)
        for state, value in zip(self.states, after, strict=True):
            state.assign(ops.stop_gradient(ops.cast(value, state.dtype)))
        return self.projection(self.output_dropout(hidden, training=training))


def softmax_loss(hidden, targets, table, bias, candidates, sampled):
    """-log P(target) of each token, float32 (B, T), under a softmax over sampled words.

    ``hidden``: (B, T, width). ``targets`` (B, T) and the sampled words ``candidates`` (S,) are rows
    of ``table``, (R, width), and of ``bias``, float32 (R,), from which the log of each word's
    expected count is subtracted. ``sampled``: whether a target is among the sampled words, bool
    (B, T); a target that is not is added to them. With all words sampled, each expected once, this
    is the full softmax.
    """
    weights = ops.transpose(ops.take(table, candidates, axis=0))
    logits = ops.cast(ops.matmul(hidden, weights), "float32") + ops.take(bias, candidates, axis=0)
    total = ops.logsumexp(logits, axis=-1)
    own = ops.sum(ops.cast(hidden * ops.take(table, targets, axis=0), "float32"), axis=-1)
    own = own + ops.take(bias, targets, axis=0)
    return ops.where(sampled, total, ops.logaddexp(total, own)) - own
