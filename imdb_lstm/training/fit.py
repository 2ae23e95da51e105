"""Fitting: compile the configured network, fit it with early stopping, restore its best weights.

A checkpoint after every epoch, and every five minutes within one, lets a killed fit resume with
the same result.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import ClassVar

import keras
import numpy as np
from keras import ops

from imdb_lstm.config.options import Config
from imdb_lstm.data.batches import Batches, for_fit
from imdb_lstm.data.labels import SENTIMENT, Classes
from imdb_lstm.errors import ConfigError, DivergedError
from imdb_lstm.models.network import build_model, layer_depths
from imdb_lstm.training.checkpoints import Checkpoint, EarlyStopping, restore_fit
from imdb_lstm.training.devices import Replicated, filled, replicas, separate_seeds
from imdb_lstm.training.losses import class_shares, loss_function
from imdb_lstm.training.optimizers import build_optimizer
from imdb_lstm.training.prepare import Prepared


class History(keras.callbacks.Callback):
    """Record one row per epoch: the metrics under full names, and the seconds.

    ``earlier``: seconds that the first epoch had taken before it was resumed.
    """

    NAMES: ClassVar = {
        "val_loss": "validation_loss",
        "val_accuracy": "validation_accuracy",
        "val_log_loss": "validation_log_loss",
    }

    def __init__(self, rows: list[dict[str, float]], earlier: float) -> None:
        super().__init__()
        self.rows, self.earlier = rows, earlier

    def on_epoch_begin(self, epoch, logs=None):
        self.began, self.earlier = time.perf_counter() - self.earlier, 0.0
        self.epoch = epoch + 1

    def on_train_batch_end(self, batch, logs=None):
        _check_finite(logs["loss"], f"in step {batch + 1} of epoch {self.epoch}")

    def on_epoch_end(self, epoch, logs=None):
        _check_finite(logs["val_loss"], f"on validation reviews after epoch {epoch + 1}")
        seconds = round(time.perf_counter() - self.began, 2)
        values = {self.NAMES.get(key, key): round(float(v), 6) for key, v in logs.items()}
        self.rows.append({"epoch": epoch + 1, **values, "seconds": seconds})


def _check_finite(loss: float, when: str) -> None:
    """Raise ``DivergedError`` for NaN or infinity, before a checkpoint could hold it."""
    if not np.isfinite(loss):
        raise DivergedError(
            f"the loss is not finite {when}: start another run with a lower --learning-rate, or "
            "--precision float32"
        )


def _accuracy(labels, logits):
    """Return whether each prediction equals the label, of a soft one the likeliest class."""
    if logits.shape[-1] == 1:
        return ops.equal(ops.greater(labels, 0.5), ops.greater(logits, 0))
    return ops.equal(ops.argmax(labels, axis=-1), ops.argmax(logits, axis=-1))


def compiled_model(
    config: Config,
    vocabulary_size: int,
    steps: int,
    classes: Classes = SENTIMENT,
    shares: np.ndarray | None = None,
) -> keras.Model:
    """Build the configured network and compile it for at most ``steps`` training steps.

    ``shares``: of each class in the labels, (classes,), by default equal ones, which decide the
    class weights where they are asked for.
    """
    with replicas(config) as count:
        model = build_model(config, vocabulary_size, len(classes))
        if count:  # it sums the gradients first, and clips them itself
            model = Replicated(model.input, model.output, config.gradient_clip, model.name)
            _compile(model, replace(config, gradient_clip=0.0), steps, classes, shares)
        else:
            _compile(model, config, steps, classes, shares)
    return model


def _compile(
    model: keras.Model, config: Config, steps: int, classes: Classes, shares: np.ndarray | None
) -> None:
    """Give the network its loss, metrics and optimizer."""
    by_depth = config.gradual_unfreezing or config.layer_decay < 1
    depths = layer_depths(model, config.layers) if by_depth else None
    several, equal = len(classes) > 2, class_shares(None, classes)
    log_loss = (
        keras.metrics.CategoricalCrossentropy if several else keras.metrics.BinaryCrossentropy
    )
    model.compile(
        optimizer=build_optimizer(config, steps, depths),
        loss=loss_function(config, classes, equal if shares is None else shares),
        weighted_metrics=[  # by the weights of rows, where batches have any
            keras.metrics.MeanMetricWrapper(_accuracy, name="accuracy"),
            log_loss(from_logits=True, name="log_loss"),
        ],
    )
    # If the first step built the optimizer, TensorFlow would trace that step twice.
    model.optimizer.build(model.trainable_variables)


def initialised_model(config: Config, prepared: Prepared) -> keras.Model:
    """Compile the network and initialise it with word vectors or a pretrained model, if any."""
    steps = config.epochs * len(prepared.train)
    labels = prepared.train.labels
    shares = class_shares(labels, prepared.classes)
    model = compiled_model(config, len(prepared.vocabulary), steps, prepared.classes, shares)
    if prepared.word_vectors is not None:
        model.get_layer("embedding").set_weights([prepared.word_vectors])
    if prepared.language_model is not None:
        prepared.language_model.start(model, config)
    return model


@dataclass(frozen=True)
class Fitted:
    """Result of a fit: one row per epoch, the best epoch from one, and seconds before a resume."""

    history: list[dict[str, float]]
    best_epoch: int
    earlier_seconds: float


def fit(
    model: keras.Model,
    prepared: Prepared,
    config: Config,
    folder: Path,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Fitted:
    """Fit until the validation loss stops falling, and restore the best weights into the model.

    Resumes from the checkpoint in the folder, if there is one. After a checkpoint within an epoch,
    that epoch is finished first, and the fit resumed from the checkpoint at its end.
    """
    history: list[dict[str, float]] = []
    stopping = EarlyStopping(config.patience)
    resumed = restore_fit(folder, model, stopping, history)
    earlier_seconds = sum(row["seconds"] for row in history) + resumed.seconds
    if history and (resumed.stopped or len(history) >= config.epochs):
        model.set_weights(stopping.restored["best_weights"])
        return Fitted(history, stopping.restored["best_epoch"] + 1, earlier_seconds)
    own = [
        History(history, resumed.seconds),
        stopping,
        Checkpoint(folder, stopping, history, resumed),
        *([_tensorboard(folder)] if config.tensorboard else []),
    ]
    first = len(history)
    epochs = first + 1 if resumed.batches else config.epochs
    _fit_epochs(model, prepared, range(first, epochs), resumed.batches, [*own, *callbacks])
    if epochs < config.epochs:
        rest = fit(model, prepared, config, folder, callbacks)
        return replace(rest, earlier_seconds=earlier_seconds)
    return Fitted(history, stopping.best_epoch + 1, earlier_seconds)


def _fit_epochs(
    model: keras.Model,
    prepared: Prepared,
    epochs: range,
    done: int,
    callbacks: Sequence[keras.callbacks.Callback],
) -> None:
    """Fit these epochs, counted from zero, without the ``done`` first batches of each."""
    train = prepared.train
    train.start(epochs.start, done)  # before fit, which counts the steps of an epoch
    count = separate_seeds(model) if isinstance(model, Replicated) else 1
    read = for_fit if count == 1 else partial(filled, count=count)
    if done:
        _build_metrics(model, train)
    plan = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: train.start(epoch, done))
    model.fit(
        read(train),
        validation_data=read(prepared.validation),
        initial_epoch=epochs.start,
        epochs=epochs.stop,
        shuffle=False,  # the batches are already shuffled, in an order that can be resumed
        verbose=0,
        callbacks=[plan, *callbacks],
    )


def _build_metrics(model: keras.Model, train: Batches) -> None:
    """Build the metrics, so that their sums can be restored, and leave the random state as it is.

    Keras draws the masks of recurrent dropout in evaluation too.
    """
    states = [np.array(each) for each in model.non_trainable_variables]
    model.test_on_batch(*train[0])
    for variable, value in zip(model.non_trainable_variables, states, strict=True):
        variable.assign(value)


def _tensorboard(folder: Path) -> keras.callbacks.Callback:
    """Return the callback that writes logs. Raises ``ConfigError`` without the extra."""
    try:
        import tensorboard  # noqa: F401
    except ImportError as error:
        raise ConfigError("tensorboard = true needs: pip install imdb-lstm[tensorboard]") from error
    return keras.callbacks.TensorBoard(folder / "tensorboard")


def in_float32(model: keras.Model, config: Config) -> keras.Model:
    """Rebuild a network that was trained otherwise, with the same weights, in float32, on a device.

    Prediction gains little from bfloat16, and is slow on a processor that emulates it. Nor has it a
    use for the copies of weights on several devices.
    """
    if keras.config.dtype_policy().name == "float32" and not isinstance(model, Replicated):
        return model
    keras.config.set_dtype_policy("float32")
    classes = max(2, model.output_shape[-1])
    network = build_model(config, model.get_layer("embedding").input_dim, classes)
    network.set_weights(keras.Model(model.input, model.output).get_weights())
    return network
