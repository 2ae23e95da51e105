"""Training: reviews → ids → batches → a fitted model → one run folder.

Compiles and fits with Keras, stops early on the validation loss, keeps the best weights, and
writes a checkpoint after every epoch, from which a killed run goes on as if nothing had happened.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops

from imdb_lstm import artifacts, checkpoints, linear, plots, runtime, validation
from imdb_lstm.calibration import fit_temperature
from imdb_lstm.config import LINEAR, Config, load_config
from imdb_lstm.data import load_unlabelled
from imdb_lstm.errors import ConfigError, DivergedError, RunError
from imdb_lstm.inference import predict_logits
from imdb_lstm.metrics import evaluate_logits
from imdb_lstm.model_card import write_card
from imdb_lstm.models import build_model
from imdb_lstm.optimizers import build_optimizer
from imdb_lstm.perturbation import PerturbedModel
from imdb_lstm.prepare import Prepared, Taught, prepare, read
from imdb_lstm.teacher import soft_labels
from imdb_lstm.text import Vocabulary


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


def _accuracy(labels, logits):
    """Whether the likelier label is given: labels may be shares of both, as mixup makes them."""
    return ops.equal(ops.greater(labels, 0.5), ops.greater(logits, 0))


def compiled_model(config: Config, vocabulary_size: int, steps: int) -> keras.Model:
    """The configured network with its loss and optimizer, for ``steps`` steps at most."""
    model = build_model(config, vocabulary_size)
    if config.adversarial_weight or config.mixup:
        model = PerturbedModel.around(model, config)
    model.compile(
        optimizer=build_optimizer(config, steps),
        loss=keras.losses.BinaryCrossentropy(
            from_logits=True, label_smoothing=config.label_smoothing
        ),
        metrics=[keras.metrics.MeanMetricWrapper(_accuracy, name="accuracy")],
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
    report: Callable[[str], None] = lambda message: None,
) -> Path:
    """Train one model, its teachers first, and return its run folder, ``output / name``.

    Raises ``DataError``, ``ConfigError``, ``RunError`` or ``OutputError``, each with one line; an
    interrupted run stays resumable.
    """
    runtime.set_up(config.device)
    folder = artifacts.check_name(output, name, config, resume)
    report(f"training {name}: {config.encoder} on {config.data}, seed {config.seed}")
    if config.encoder == LINEAR:
        return _train_linear(config, folder, output / name)
    taught = None if config.teacher == "none" else _taught(config, output, name, callbacks, report)
    before = taught.seconds if taught else 0.0
    began = time.perf_counter()
    device = runtime.set_up(config.device, config.seed, config.precision)
    prepared = prepare(config, taught)
    artifacts.begin(folder, config, prepared.fingerprints)
    model = begun_model(config, prepared)
    fitted = fit(model, prepared, config, folder, callbacks)
    logits = predict_logits(model, prepared.validation.ids)
    metrics = _measured(prepared.validation_labels, logits) | {
        "best_epoch": fitted.best_epoch,
        "parameters": model.count_params(),
        "seconds": round(before + fitted.earlier_seconds + time.perf_counter() - began, 1),
        "device": device,
        **prepared.facts,
    }
    validation.write(folder, prepared.validation_names, prepared.validation_labels, logits)
    _write(folder, model, prepared.vocabulary, config, fitted, metrics)
    return artifacts.seal(folder, output / name, prepared.fingerprints)


def _measured(labels: np.ndarray, logits: np.ndarray) -> dict[str, Any]:
    """What every run measures: its validation reviews, and what this process took."""
    return {
        "validation": evaluate_logits(labels, logits),
        "logit_spread": float(logits.std()),
        "temperature": fit_temperature(labels, logits),
        "peak_memory_megabytes": round(runtime.peak_memory_megabytes()),
        "machine": runtime.machine(),
    }


def _taught(
    config: Config,
    output: Path,
    name: str,
    callbacks: Sequence[keras.callbacks.Callback],
    report: Callable[[str], None],
) -> Taught | None:
    """Train the teachers, or find them trained, and let them label the unlabelled reviews.

    Where there are none to label, none is trained.
    """
    texts = load_unlabelled(config)
    if not texts:
        report(f"{config.data} has no unlabelled reviews, so no teacher is trained")
        return None
    material = read(config)
    folder = artifacts.unfinished_folder(output, name)
    artifacts.begin(folder, config, material.fingerprints)  # can be resumed from here on
    changes: dict[str, dict[str, Any]] = {"linear": {"encoder": LINEAR}, "network": {}}
    runs = [
        _teacher(
            replace(config, teacher="none", **changes[kind]), material.fingerprints, output,
            f"{name}-{kind}", callbacks, report,
        )
        for kind in config.teacher.split("+")
    ]  # fmt: skip
    trained = sum(artifacts.read_metrics(run.folder)["seconds"] for run in runs)
    began = time.perf_counter()
    held_out = material.validation
    report(f"labelling {len(texts):,} reviews")
    labels = soft_labels(
        [run.predict_logits(held_out.texts) for run in runs],
        held_out.labels,
        [run.predict_logits(texts) for run in runs],
    )
    report(f"training {name} itself")
    return Taught(texts, labels, trained + time.perf_counter() - began)


def _teacher(
    config: Config,
    fingerprints: dict[str, str],
    output: Path,
    name: str,
    callbacks: Sequence[keras.callbacks.Callback],
    report: Callable[[str], None],
) -> artifacts.Run:
    """A finished run of this configuration and these reviews, trained now unless it is there."""
    finished = output / name / "config.toml"
    if not finished.exists() or artifacts.changed_options(config, load_config(finished)):
        resume = artifacts.unfinished_folder(output, name).exists()
        train(config, output, name, resume, callbacks, report)
    run = artifacts.load_run(output / name)
    if run.manifest["reviews"] != fingerprints:
        raise RunError(
            f"{run.folder} learned from other reviews: choose another --name, or delete it"
        )
    return run


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
    write_card(folder, config, metrics)
    columns = artifacts.read_history(folder)
    figure = plots.history_figure(columns, fitted.best_epoch)
    artifacts.write_figures(folder / "figures", {"history": figure})


def _train_linear(config: Config, folder: Path, finished: Path) -> Path:
    """Fit n-grams instead of a network, at one go: resumed, it begins again."""
    began = time.perf_counter()
    material = read(config)
    train, held_out = material.train, material.validation
    artifacts.begin(folder, config, material.fingerprints)
    model = linear.fit(train.texts, train.labels, config.ngrams, config.minimum_count, config.seed)
    logits = model.predict_logits(held_out.texts)
    metrics = _measured(held_out.labels, logits) | {
        "parameters": len(model.weights) + 1,
        "seconds": round(time.perf_counter() - began, 1),
        "device": "cpu",
        "train_reviews": len(train),
        **material.facts,
    }
    artifacts.write_ngrams(folder, model)
    validation.write(folder, held_out.names, held_out.labels, logits)
    artifacts.write_json(folder / "metrics.json", metrics)
    write_card(folder, config, metrics)
    return artifacts.seal(folder, finished, material.fingerprints)


def did_not_learn(metrics: dict[str, Any]) -> bool:
    """Whether the validation accuracy could be that of always giving the commoner label."""
    measured = metrics["validation"]
    commoner = max(measured["positive_fraction"], 1 - measured["positive_fraction"])
    return measured["accuracy_low"] <= commoner
