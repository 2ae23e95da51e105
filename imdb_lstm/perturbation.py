"""Training steps that change the embeddings of a batch: mixup, and adversarial training.

Both act between the embedding and the encoder, after the dropouts, so that one reading of the
masks serves a batch and its changed copy.
"""

from __future__ import annotations

from typing import Any, Self

import keras
import tensorflow as tf
from keras import ops

from imdb_lstm.config import Config
from imdb_lstm.errors import ConfigError
from imdb_lstm.models import split


class PerturbedModel(keras.Model):
    """A network of ``build_model`` with another training step; what it computes is the same.

    ``mixup``: each review's embeddings and label become λ of its own and 1 − λ of another's of
    the batch, λ drawn from Beta(mixup, mixup) (Guo, Mao & Zhang 2019, "Augmenting Data with Mixup
    for Sentence Classification", wordMixup).

    ``weight`` times the loss is added at v + r, where r = radius · s · g / ‖g‖ with g the gradient
    of the loss by a review's embeddings v and s their standard deviation over the batch: the worst
    change of that length, to first order (Miyato, Dai & Goodfellow 2017, section 3, who instead
    of measuring s hold it at one). A step takes twice the time.

    >>> config = Config(adversarial_weight=1.0)
    >>> model = PerturbedModel.around(build_model(config, 100), config)  # doctest: +SKIP
    """

    mixup: float
    weight: float
    radius: float

    @classmethod
    def around(cls, model: keras.Model, config: Config) -> Self:
        """The same network, its weights shared, with the configured training step.

        Raises ``ConfigError`` where Keras does not compute with TensorFlow.
        """
        if keras.backend.backend() != "tensorflow":
            raise ConfigError("mixup and adversarial_weight need the TensorFlow backend of Keras")
        changed = cls(model.input, model.output, name=model.name)
        changed.front, changed.rest = split(model)
        changed.mixup, changed.weight = config.mixup, config.adversarial_weight
        changed.radius = config.adversarial_radius
        changed.random = keras.random.SeedGenerator(config.seed)
        return changed

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step of ``fit`` on (ids (B, T), labels (B, 1))."""
        ids, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as front_tape:
            values, mask = self.front(ids, training=True)
            if self.mixup:
                values, mask, labels = self._mixed(values, mask, labels)
        by_values, gradients, loss, logits = self._gradients(values, mask, labels)
        if self.weight:
            moved = values + self._worst_change(values, mask, by_values)
            more_by_values, more, _, _ = self._gradients(moved, mask, labels, again=True)
            by_values += self.weight * more_by_values
            gradients = [a + self.weight * b for a, b in zip(gradients, more, strict=True)]
        variables = self.front.trainable_variables
        if variables:  # a frozen embedding has none
            gradients += front_tape.gradient(values, variables, output_gradients=by_values)
        self.optimizer.apply(gradients, [*self.rest.trainable_variables, *variables])
        self._loss_tracker.update_state(loss, sample_weight=ops.shape(ids)[0])
        return self.compute_metrics(ids, labels, logits)

    def _gradients(self, values, mask, labels, again=False):
        """(by the embeddings, by the weights behind them, loss, logits)."""
        with tf.GradientTape() as tape:
            tape.watch(values)
            logits = self.rest([values, mask], training=True)
            loss = self.compute_loss(y=labels, y_pred=logits)
            if again:
                loss -= sum(self.losses)  # the L2 penalty counts once
            scaled = self.optimizer.scale_loss(loss)  # which ``apply`` undoes
        weights = self.rest.trainable_variables
        by_values, *gradients = tape.gradient(scaled, [values, *(w.value for w in weights)])
        return by_values, gradients, loss, logits

    def _worst_change(self, values, mask, by_values):
        """r of the class' description, (B, T, D), one length for every review."""
        kind = values.dtype
        values, by_values = (ops.cast(x, "float32") for x in (values, by_values))  # sums are large
        tokens = ops.cast(mask, "float32")[..., None]
        count = ops.sum(tokens) * values.shape[-1]
        mean = ops.sum(values * tokens) / count
        spread = ops.sqrt(ops.sum(ops.square(values - mean) * tokens) / count)
        length = ops.sqrt(ops.sum(ops.square(by_values), axis=(1, 2), keepdims=True))
        change = self.radius * spread * by_values / (length + 1e-12)
        return ops.stop_gradient(ops.cast(change, kind))

    def _mixed(self, values, mask, labels):
        """Each review mixed with the next of the batch, whose length is about its own."""
        shape = (ops.shape(values)[0], 1)
        own = keras.random.beta(shape, self.mixup, self.mixup, seed=self.random)
        tokens = ops.cast(mask, values.dtype)[..., None]
        values, share = values * tokens, ops.cast(own, values.dtype)[..., None]
        return (
            share * values + (1 - share) * ops.roll(values, 1, axis=0),
            ops.logical_or(mask, ops.roll(mask, 1, axis=0)),
            own * labels + (1 - own) * ops.roll(labels, 1, axis=0),
        )
