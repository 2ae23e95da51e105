"""Training steps beyond the labels: mixup, adversarial and virtual adversarial training, entropy.

They act between the embedding and the encoder, after the dropouts, and every copy of a batch is
read under the same dropout masks: a change of no length changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Self

import keras
from keras import ops

from imdb_lstm.config import Config
from imdb_lstm.errors import ConfigError
from imdb_lstm.gradients import BACKENDS, Tape, unrecorded
from imdb_lstm.models import split


class PerturbedModel(keras.Model):
    """A network of ``build_model`` with another training step; what it computes is the same.

    ``mixup``: each review's embeddings and label become λ of its own and 1 − λ of another's of
    the batch, λ drawn from Beta(mixup, mixup) (Guo, Mao & Zhang 2019, "Augmenting Data with Mixup
    for Sentence Classification", wordMixup).

    ``adversarial`` times the loss is added at v + r, where r = radius · s · g / ‖g‖ with g the
    gradient of the loss by a review's embeddings v and s their standard deviation over the batch:
    the worst change of that length, to first order (Miyato, Dai & Goodfellow 2017, section 3, who
    instead of measuring s hold it at one). A step takes two to three times as long as a plain one.

    ``virtual`` times KL(p(v) ‖ p(v + r)), p(v) held fixed, is added (the same section; Miyato et
    al. 2018). No label is needed: r goes where the divergence curves most. The sources find that
    direction by a power iteration over a finite difference. Of one logit z the curvature is
    p(1 − p) ∇z ∇zᵀ, so that one iteration ends at ± ∇z / ‖∇z‖ wherever it began. Here that is
    computed itself, for bfloat16 rounds most of the difference away, and of the two signs the one
    towards doubt is taken, where the same change of z makes more divergence. The radius is that of
    r above, as in the sources. A step takes three times as long as a plain one.

    ``entropy`` times the entropy of p(v) is added (Grandvalet & Bengio 2005, section 2; beside all
    of the above: Sachan, Zaheer & Salakhutdinov 2019). It and the divergence are means over all
    reviews of a batch, the loss over those that have a label.

    >>> config = Config(adversarial_weight=1.0)
    >>> model = PerturbedModel.around(build_model(config, 100), config)  # doctest: +SKIP
    """

    mixup: float
    adversarial: float
    virtual: float
    entropy: float
    radius: float

    @classmethod
    def around(cls, model: keras.Model, config: Config) -> Self:
        """The same network, its weights shared, with the configured training step.

        Raises ``ConfigError`` where Keras computes with neither TensorFlow nor PyTorch.
        """
        if keras.backend.backend() not in BACKENDS:
            raise ConfigError(
                "mixup, adversarial_weight, virtual_weight and entropy_weight need TensorFlow or "
                "PyTorch as the backend of Keras"
            )
        changed = cls(model.input, model.output, name=model.name)
        changed.front, changed.rest = split(model)
        changed.mixup, changed.adversarial = config.mixup, config.adversarial_weight
        changed.virtual, changed.entropy = config.virtual_weight, config.entropy_weight
        changed.radius = config.adversarial_radius
        changed.random = keras.random.SeedGenerator(config.seed)
        return changed

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step of ``fit`` on (ids (B, T), labels (B, 1)), and where not all are known (B,).

        The third is 1 for a review with a label and 0 for one without, whose label is not read.
        """
        ids, labels, known = (
            None if part is None else ops.convert_to_tensor(part)
            for part in keras.utils.unpack_x_y_sample_weight(data)
        )
        with Tape() as front_tape:
            values, mask = self.front(ids, training=True)
            if self.mixup:
                values, mask, labels, known = self._mixed(values, mask, labels, known)

        def loss_of(logits):
            return self.compute_loss(y=labels, y_pred=logits, sample_weight=known)

        masks = [ops.copy(state.value) for state in self._random_states()]
        by_values, gradients, slopes, logits = self._first(values, mask, loss_of)
        for weight, sign, objective in self._others(logits, loss_of):
            for state, before in zip(self._random_states(), masks, strict=True):
                state.assign(before)
            uphill = slopes * ops.cast(sign, slopes.dtype)[..., None]
            moved = values + self._worst_change(values, mask, uphill)
            more_by_values, more = self._gradients(moved, mask, objective)[:2]
            by_values += weight * more_by_values
            gradients = [a + weight * b for a, b in zip(gradients, more, strict=True)]
        variables = self.front.trainable_variables
        if variables:  # a frozen embedding has none
            gradients += front_tape.gradient(values, [v.value for v in variables], by_values)
        self._apply(gradients, [*self.rest.trainable_variables, *variables])
        count = ops.shape(ids)[0] if known is None else ops.sum(known)
        self._loss_tracker.update_state(loss_of(logits), sample_weight=count)
        return self.compute_metrics(ids, labels, logits, sample_weight=known)

    def _apply(self, gradients, variables) -> None:
        """Let the optimizer keep its moments in the model's order, in which checkpoints read."""
        found = {id(v): g for v, g in zip(variables, gradients, strict=True)}
        own = self.trainable_variables
        with unrecorded():
            self.optimizer.apply([found[id(variable)] for variable in own], own)

    def _random_states(self) -> list[keras.Variable]:
        """What decides the dropouts behind the embeddings."""
        weights = {id(weight) for weight in self.rest.weights}
        return [state for state in self.rest.variables if id(state) not in weights]

    def _first(self, values, mask, loss_of):
        """(by the embeddings, by the weights behind them, slopes, logits) of the batch as it is.

        The slopes lead from each review's embeddings to a greater logit; or, where that alone is
        asked for, to a greater loss, which takes no second way back.
        """

        def objective(logits):
            loss = loss_of(logits)
            return loss + self.entropy * mean_entropy(logits) if self.entropy else loss

        again = self._slopes_by_logits
        by_values, gradients, tape, logits = self._gradients(values, mask, objective, again)
        if not again:
            return by_values, gradients, by_values, logits
        with tape:
            total = self.optimizer.scale_loss(ops.mean(logits))
        return by_values, gradients, tape.gradient(total, [values])[0], logits

    @property
    def _slopes_by_logits(self) -> bool:
        return bool(self.virtual or (self.adversarial and self.entropy))

    def _others(self, logits, loss_of) -> Iterator[tuple[float, Any, Callable]]:
        """(weight, sign by which slopes lead to the worst change (B, 1), objective of logits)."""
        if self.adversarial:
            sign = ops.ones_like(logits)
            if self._slopes_by_logits:
                held = ops.stop_gradient(logits)
                with Tape([held]) as tape:
                    loss = loss_of(held)
                sign = ops.sign(tape.gradient(loss, [held])[0])
            # The L2 penalty counts once.
            yield self.adversarial, sign, lambda moved: loss_of(moved) - sum(self.losses)
        if self.virtual:
            towards_doubt = ops.where(logits > 0, -1.0, 1.0)
            yield self.virtual, towards_doubt, lambda moved: mean_divergence(logits, moved)

    def _gradients(self, values, mask, objective, again=False):
        """(by the embeddings, by the weights behind them, the tape to be used again, logits)."""
        with Tape([values], persistent=again) as tape:
            logits = self.rest([values, mask], training=True)
            scaled = self.optimizer.scale_loss(objective(logits))  # which ``apply`` undoes
        weights = self.rest.trainable_variables
        by_values, *gradients = tape.gradient(scaled, [values, *(w.value for w in weights)])
        return by_values, gradients, tape, logits

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

    def _mixed(self, values, mask, labels, known):
        """Each review mixed with the next of the batch, whose length is about its own.

        A mixture of which either has no label has none.
        """
        shape = (ops.shape(values)[0], 1)
        own = keras.random.beta(shape, self.mixup, self.mixup, seed=self.random)
        tokens = ops.cast(mask, values.dtype)[..., None]
        values, share = values * tokens, ops.cast(own, values.dtype)[..., None]
        return (
            share * values + (1 - share) * ops.roll(values, 1, axis=0),
            ops.logical_or(mask, ops.roll(mask, 1, axis=0)),
            own * labels + (1 - own) * ops.roll(labels, 1, axis=0),
            None if known is None else known * ops.roll(known, 1, axis=0),
        )


def mean_divergence(logits, others):
    """KL(σ(logits) ‖ σ(others)), the mean over reviews, in nats; the first are held fixed.

    >>> float(mean_divergence(np.array([[0.0]]), np.array([[0.0]])))  # doctest: +SKIP
    0.0
    """
    logits = ops.stop_gradient(logits)
    return ops.mean(
        ops.sigmoid(logits) * (logits - others) + ops.softplus(others) - ops.softplus(logits)
    )


def mean_entropy(logits):
    """Entropy of σ(logits), the mean over reviews, in nats.

    >>> round(float(mean_entropy(np.array([[0.0]]))), 4)  # doctest: +SKIP
    0.6931
    """
    return ops.mean(ops.softplus(logits) - logits * ops.sigmoid(logits))
