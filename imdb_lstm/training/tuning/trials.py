"""One trial: train a configuration, tell its validation log loss every epoch, keep no run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras

from imdb_lstm.config.groups import preparing_options
from imdb_lstm.config.options import Config
from imdb_lstm.data.training_data import TrainingData, read_training_data
from imdb_lstm.device import set_up_device
from imdb_lstm.errors import DivergedError
from imdb_lstm.metrics.classification import evaluate_logits
from imdb_lstm.models.network import network_logits
from imdb_lstm.runs.find import SAVED_MODELS
from imdb_lstm.runs.pretrained import starting_language_model
from imdb_lstm.training.fit import fit, initialised_model
from imdb_lstm.training.prepare import Prepared, prepare

SCRATCH = ".trial-"  # folders of trials that run, inside the study's

# Told (epoch from one, validation log loss), it answers whether to stop the trial there.
Report = Callable[[int, float], bool]


@dataclass(frozen=True)
class Outcome:
    """How a trial ended, and at its best epoch the log loss (nats) and accuracy on validation.

    ``state``: finished; pruned, where others were better by then; diverged, where the loss was no
    longer a number; refused, where its values do not go together; or killed, with its worker.
    """

    state: str
    log_loss: float | None = None
    accuracy: float | None = None
    best_epoch: int | None = None
    epochs: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Trial:
    """A trial that is over: its number from one, how it ended, and the values it tried.

    The number of a trial that was lost when its search was killed is not given again.
    """

    number: int
    outcome: Outcome
    values: dict[str, Any]


class ReviewCache:
    """Prepared reviews, prepared again only for options that change how they are read."""

    def __init__(self) -> None:
        self._key: dict[str, Any] | None = None
        self._data: TrainingData | None = None

    def prepared(self, config: Config) -> Prepared:
        """What ``prepare`` gives. The same object each time, its batches planned afresh."""
        key = {name: getattr(config, name) for name in preparing_options()}
        if key != self._key:
            language_model = starting_language_model(config, SAVED_MODELS)
            data = self._read(config)
            self._prepared, self._key = prepare(config, data, None, language_model), key
        for batches in (self._prepared.train, self._prepared.validation):
            batches.batch_size = config.batch_size
            batches.start(epoch=0)
        return self._prepared

    def _read(self, config: Config) -> TrainingData:
        """The reviews, which are the same for all trials of a study, read once."""
        if self._data is None or (config.reads_unlabelled and not self._data.unlabelled):
            self._data = read_training_data(config, config.reads_unlabelled)
        return self._data


class _Watch(keras.callbacks.Callback):
    """Measure after every epoch, report it, and stop where that is the answer.

    The validation loss that Keras logs will not do: label smoothing and L2 are part of it, and
    may differ between trials.
    """

    def __init__(self, prepared: Prepared, report: Report) -> None:
        super().__init__()
        self.prepared, self.report = prepared, report
        self.measured: list[dict[str, float]] = []
        self.pruned = False

    def on_epoch_end(self, epoch, logs=None):
        logits = network_logits(self.model, self.prepared.validation.ids)
        self.measured.append(evaluate_logits(self.prepared.validation_labels, logits))
        hopeless = self.report(epoch + 1, self.measured[-1]["log_loss"])
        over = self.model.stop_training or epoch + 1 == self.params["epochs"]
        if hopeless and not over:
            self.model.stop_training = self.pruned = True


def run_trial(config: Config, reviews: ReviewCache, folder: Path, report: Report) -> Outcome:
    """Train as ``train`` would, with scratch files in the folder while it lasts."""
    began = time.perf_counter()
    keras.utils.clear_session()  # or the graphs of all trials would stay in memory
    set_up_device(config.device, config.seed, config.precision)
    prepared = reviews.prepared(config)
    model = initialised_model(config, prepared)
    watch = _Watch(prepared, report)
    try:
        with TemporaryDirectory(prefix=SCRATCH, dir=folder) as scratch:
            bare = replace(config, tensorboard=False)
            fitted = fit(model, prepared, bare, Path(scratch), [watch])
    except DivergedError:
        return Outcome("diverged", seconds=round(time.perf_counter() - began, 1))
    best = watch.measured[fitted.best_epoch - 1]
    return Outcome(
        "pruned" if watch.pruned else "finished",
        round(best["log_loss"], 6),
        round(best["accuracy"], 6),
        fitted.best_epoch,
        len(fitted.history),
        round(time.perf_counter() - began, 1),
    )
