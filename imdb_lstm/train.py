"""Training: reviews → ids → batches → a fitted model → one run folder.

Compiles and fits with Keras, stops early on the validation loss, keeps the best weights, and
writes a checkpoint after every epoch, from which a killed run goes on as if nothing had happened.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np

from imdb_lstm import artifacts, checkpoints, plots, runtime
from imdb_lstm.batches import Batches
from imdb_lstm.config import Config
from imdb_lstm.data import load_train_and_validation, load_unlabelled
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.errors import ConfigError, DivergedError
from imdb_lstm.inference import predict_logits
from imdb_lstm.metrics import evaluate_logits
from imdb_lstm.models import build_model
from imdb_lstm.optimizers import build_optimizer
from imdb_lstm.text import UNKNOWN_ID, Vocabulary, encode_texts, tokenise
from imdb_lstm.word_vectors import word_vectors


class History(keras.callbacks.Callback):
    """One row an epoch, under full names, with the seconds that the epoch took."""

    NAMES: ClassVar = {"val_loss": "validation_loss", "val_accuracy": "validation_accuracy"}

    def __init__(self, rows: list[dict[str, float]]) -> None:
        super().__init__()
        self.rows = rows

    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        if not np.isfinite([logs["loss"], logs["val_loss"]]).all():
            raise DivergedError(
                f"the loss is no longer a number in epoch {epoch + 1}: begin another run with a "
                "lower --learning-rate, or --precision float32"
            )
        seconds = round(time.perf_counter() - self.began, 2)
        values = {self.NAMES.get(key, key): round(float(v), 6) for key, v in logs.items()}
        self.rows.append({"epoch": epoch + 1, **values, "seconds": seconds})


@dataclass(frozen=True)
class Prepared:
    """Reviews as a network reads them, and the vocabulary that made them so."""

    vocabulary: Vocabulary
    train: Batches
    validation: Batches
    validation_labels: np.ndarray
    word_vectors: np.ndarray | None
    fingerprints: dict[str, str]
    facts: dict[str, float]


def prepare(config: Config) -> Prepared:
    """Load, cut, encode and batch the train and validation reviews; words are those of train."""
    train, validation = load_train_and_validation(config)
    vocabulary = Vocabulary.from_texts(train.texts, config.vocabulary_size, config.minimum_count)
    ids = [encode_texts(part.texts, vocabulary, config.maximum_length)
           for part in (train, validation)]  # fmt: skip
    batches = Batches(ids[0], train.labels, config.batch_size, seed=config.seed)
    return Prepared(
        vocabulary,
        batches,
        Batches(ids[1], validation.labels, config.batch_size),
        validation.labels,
        _word_vectors(ids[0], vocabulary, config) if config.word_vectors else None,
        {"train": train.fingerprint(), "validation": validation.fingerprint()},
        _facts(train, ids[0], config) | {"padding_share": round(batches.padding_share(), 4)},
    )


def _word_vectors(train: list[np.ndarray], vocabulary: Vocabulary, config: Config) -> np.ndarray:
    """Vectors learned from train and from the unlabelled reviews, where there are any."""
    unlabelled = encode_texts(load_unlabelled(config), vocabulary, config.maximum_length)
    return word_vectors([*train, *unlabelled], len(vocabulary), config.embedding_units)


def _facts(reviews: Reviews, ids: list[np.ndarray], config: Config) -> dict[str, float]:
    """What encoding cost: the shares of reviews cut and of words unknown."""
    limit = config.maximum_length
    full = [text for text, row in zip(reviews.texts, ids, strict=True) if len(row) >= limit]
    cut = sum(len(tokenise(text)) > limit for text in full) / len(ids)
    unknown = sum(int((row == UNKNOWN_ID).sum()) for row in ids) / sum(map(len, ids))
    return {
        "train_reviews": len(reviews),
        "cut_share": round(cut, 4),
        "unknown_share": round(unknown, 4),
    }


def compiled_model(config: Config, vocabulary_size: int, steps: int) -> keras.Model:
    """The configured network with its loss and optimizer, for ``steps`` steps at most."""
    model = build_model(config, vocabulary_size)
    model.compile(
        optimizer=build_optimizer(config, steps),
        loss=keras.losses.BinaryCrossentropy(
            from_logits=True, label_smoothing=config.label_smoothing
        ),
        metrics=[keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")],
    )
    return model


def begun_model(config: Config, prepared: Prepared) -> keras.Model:
    """The compiled network as training begins: its embedding from word vectors, if there are."""
    steps = config.epochs * len(prepared.train)
    model = compiled_model(config, len(prepared.vocabulary), steps)
    if prepared.word_vectors is not None:
        model.get_layer("embedding").set_weights([prepared.word_vectors])
    return model


@dataclass(frozen=True)
class Fitted:
    """What fitting tells: a row an epoch, the best epoch counted from one, and the seconds that
    went into epochs before a resume."""

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

    Goes on from the checkpoint in the folder, where there is one.
    """
    history: list[dict[str, float]] = []
    stopping = checkpoints.EarlyStopping(config.patience)
    stopped = checkpoints.restore(folder, model, stopping, history)
    earlier_seconds = sum(row["seconds"] for row in history)
    if stopped or len(history) == config.epochs:
        model.set_weights(stopping.restored["best_weights"])
        return Fitted(history, stopping.restored["best_epoch"] + 1, earlier_seconds)
    prepared.train.start(epoch=len(history))
    own = [History(history), stopping, checkpoints.Checkpoint(folder, stopping, history)]
    if config.weight_average:
        own.insert(0, checkpoints.AverageWeights(resumed=bool(history)))
    if config.tensorboard:
        own.append(_tensorboard(folder))
    model.fit(
        prepared.train,
        validation_data=prepared.validation,
        initial_epoch=len(history),
        epochs=config.epochs,
        shuffle=False,  # the batches shuffle themselves, in an order that can be resumed
        verbose=0,
        callbacks=[*own, *callbacks],
    )
    return Fitted(history, stopping.best_epoch + 1, earlier_seconds)


def _tensorboard(folder: Path) -> keras.callbacks.Callback:
    try:
        import tensorboard  # noqa: F401
    except ImportError as error:
        raise ConfigError("tensorboard = true needs: pip install imdb-lstm[tensorboard]") from error
    return keras.callbacks.TensorBoard(folder / "tensorboard")


def train(
    config: Config,
    output: Path,
    name: str,
    resume: bool = False,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Path:
    """Train one model and return its run folder, ``output / name``.

    Raises ``DataError``, ``ConfigError``, ``RunError`` or ``OutputError``, each with one line; an
    interrupted run stays resumable.
    """
    began = time.perf_counter()
    device = runtime.set_up(config.device, config.seed, config.precision)
    folder = artifacts.check_name(output, name, config, resume)
    prepared = prepare(config)
    artifacts.begin(folder, config, prepared.fingerprints)
    model = begun_model(config, prepared)
    fitted = fit(model, prepared, config, folder, callbacks)
    logits = predict_logits(model, prepared.validation.ids)
    metrics = {
        "validation": evaluate_logits(prepared.validation_labels, logits),
        "best_epoch": fitted.best_epoch,
        "parameters": model.count_params(),
        "seconds": round(time.perf_counter() - began + fitted.earlier_seconds, 1),
        "peak_memory_megabytes": round(runtime.peak_memory_megabytes()),
        "machine": runtime.machine(),
        "device": device,
        **prepared.facts,
    }
    _write(folder, model, prepared.vocabulary, config, fitted, metrics)
    return artifacts.seal(folder, output / name, prepared.fingerprints)


def _write(
    folder: Path,
    model: keras.Model,
    vocabulary: Vocabulary,
    config: Config,
    fitted: Fitted,
    metrics: dict[str, Any],
) -> None:
    """Everything a run folder holds, but for its manifest."""
    artifacts.write_model(folder, model, vocabulary)
    artifacts.write_history(folder / "history.csv", fitted.history)
    artifacts.write_json(folder / "metrics.json", metrics)
    artifacts.write_card(folder, config, metrics)
    columns = artifacts.read_history(folder)
    figure = plots.history_figure(columns, fitted.best_epoch)
    artifacts.write_figures(folder / "figures", {"history": figure})


def did_not_learn(metrics: dict[str, Any]) -> bool:
    """Whether the validation accuracy could be that of always giving the commoner label."""
    validation = metrics["validation"]
    commoner = max(validation["positive_fraction"], 1 - validation["positive_fraction"])
    return validation["accuracy_low"] <= commoner
