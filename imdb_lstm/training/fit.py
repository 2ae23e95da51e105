"""Fitting: compile the configured network, fit it with early stopping, keep its best weights.

A checkpoint after every epoch, and every five minutes within one, lets a killed fit go on as if
nothing had happened.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import keras
import numpy as np
from keras import ops

from imdb_lstm.config.options import Config
from imdb_lstm.data.batches import for_fit
from imdb_lstm.errors import ConfigError, DivergedError
from imdb_lstm.models.network import build_model, layer_depths
from imdb_lstm.training.checkpoints import (
    Checkpoint,
    EarlyStopping,
    ResumePoint,
    restore_fit,
)
from imdb_lstm.training.optimizers import build_optimizer
from imdb_lstm.training.prepare import Prepared


class History(keras.callbacks.Callback):
    """One row an epoch, under full names, with the seconds that the epoch took.

    ``gone``: seconds that the first epoch had taken before it was resumed.
    """

    NAMES: ClassVar = {"val_loss": "validation_loss", "val_accuracy": "validation_accuracy"}

    def __init__(self, rows: list[dict[str, float]], gone: float) -> None:
        super().__init__()
        self.rows, self.gone = rows, gone

    def on_epoch_begin(self, epoch, logs=None):
        self.began, self.gone = time.perf_counter() - self.gone, 0.0

    def on_epoch_end(self, epoch, logs=None):
        if not np.isfinite([logs["loss"], logs["val_loss"]]).all():
            raise DivergedError(
                f"the loss is no longer a number in epoch {epoch + 1}: begin another run with a "
                "lower --learning-rate, or --precision float32"
            )
        seconds = round(time.perf_counter() - self.began, 2)
        values = {self.NAMES.get(key, key): round(float(v), 6) for key, v in logs.items()}
        self.rows.append({"epoch": epoch + 1, **values, "seconds": seconds})


def _accuracy(labels, logits):
    """Whether the likelier label is predicted, of labels that may be soft."""
    return ops.equal(ops.greater(labels, 0.5), ops.greater(logits, 0))


def compiled_model(config: Config, vocabulary_size: int, steps: int) -> keras.Model:
    """The configured network with its loss and optimizer, for ``steps`` steps at most."""
    model = build_model(config, vocabulary_size)
    by_depth = config.gradual_unfreezing or config.layer_decay < 1
    depths = layer_depths(model, config.layers) if by_depth else None
    model.compile(
        optimizer=build_optimizer(config, steps, depths),
        loss=keras.losses.BinaryCrossentropy(
            from_logits=True,
            label_smoothing=config.label_smoothing,
        ),
        metrics=[keras.metrics.MeanMetricWrapper(_accuracy, name="accuracy")],
    )
    # Built by its first step, it would have TensorFlow trace that step twice.
    model.optimizer.build(model.trainable_variables)
    return model


def initialised_model(config: Config, prepared: Prepared) -> keras.Model:
    """The compiled network as training begins: with what was pretrained, if anything was."""
    steps = config.epochs * len(prepared.train)
    model = compiled_model(config, len(prepared.vocabulary), steps)
    if prepared.word_vectors is not None:
        model.get_layer("embedding").set_weights([prepared.word_vectors])
    if prepared.language_model is not None:
        prepared.language_model.start(model.get_layer("encoder_1"))
    return model


@dataclass(frozen=True)
class Fitted:
    """What fitting tells: a row an epoch, the best epoch counted from one, and the seconds that
    went into training before a resume."""

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
    """Fit until the validation loss stops falling; the best weights are then in the model.

    Goes on from the checkpoint in the folder, where there is one: first to the end of the epoch
    that was under way, if any was, then as from a checkpoint at its end.
    """
    history: list[dict[str, float]] = []
    stopping = EarlyStopping(config.patience)
    gone = restore_fit(folder, model, stopping, history)
    earlier_seconds = sum(row["seconds"] for row in history) + gone.seconds
    if gone.stopped or len(history) == config.epochs:
        model.set_weights(stopping.restored["best_weights"])
        return Fitted(history, stopping.restored["best_epoch"] + 1, earlier_seconds)
    first = len(history)
    prepared.train.start(first, gone.batches)  # before fit, which counts the steps of an epoch
    if gone.batches:
        model.test_on_batch(*prepared.train[0])  # builds the metrics, into which their sums go
    epochs = first + 1 if gone.batches else config.epochs
    model.fit(
        for_fit(prepared.train),
        validation_data=for_fit(prepared.validation),
        initial_epoch=first,
        epochs=epochs,
        shuffle=False,  # the batches shuffle themselves, in an order that can be resumed
        verbose=0,
        callbacks=[
            keras.callbacks.LambdaCallback(
                on_epoch_begin=lambda epoch, _: prepared.train.start(epoch, gone.batches)
            ),
            *_callbacks(config, folder, stopping, history, gone),
            *callbacks,
        ],
    )
    if epochs < config.epochs:
        rest = fit(model, prepared, config, folder, callbacks)
        return replace(rest, earlier_seconds=earlier_seconds)
    return Fitted(history, stopping.best_epoch + 1, earlier_seconds)


def _callbacks(
    config: Config,
    folder: Path,
    stopping: EarlyStopping,
    history: list[dict[str, float]],
    gone: ResumePoint,
) -> list[keras.callbacks.Callback]:
    """What watches over a fit that goes on from there, in the order in which they must act."""
    own = [
        History(history, gone.seconds),
        stopping,
        Checkpoint(folder, stopping, history, gone),
    ]
    if config.tensorboard:
        own.append(_tensorboard(folder))
    return own


def _tensorboard(folder: Path) -> keras.callbacks.Callback:
    try:
        import tensorboard  # noqa: F401
    except ImportError as error:
        raise ConfigError("tensorboard = true needs: pip install imdb-lstm[tensorboard]") from error
    return keras.callbacks.TensorBoard(folder / "tensorboard")


def in_float32(model: keras.Model, config: Config) -> keras.Model:
    """The same network for every machine, whatever the arithmetic it was trained in.

    Predicting gains little from bfloat16, and is slow where a processor imitates it.
    """
    if keras.config.dtype_policy().name == "float32":
        return model
    keras.config.set_dtype_policy("float32")
    network = build_model(config, model.get_layer("embedding").input_dim)
    network.set_weights(keras.Model(model.input, model.output).get_weights())
    return network
