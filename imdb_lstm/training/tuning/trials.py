"""One trial: train a configuration, report its validation log loss every epoch, save no run."""

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
from imdb_lstm.metrics.classification import accuracy, log_loss
from imdb_lstm.models.network import network_logits
from imdb_lstm.runs.find import SAVED_MODELS
from imdb_lstm.runs.starting_run import starting_model
from imdb_lstm.training.fit import fit, initialised_model
from imdb_lstm.training.prepare import Prepared, prepare

SCRATCH = ".trial-"  # prefix of the temporary folders of running trials, in the study's folder

# Takes (epoch from one, validation log loss) and returns whether to stop the trial there.
Report = Callable[[int, float], bool]


@dataclass(frozen=True)
class Outcome:
    """How a trial ended, with the validation log loss (nats) and accuracy of its best epoch.

    ``state``: finished; pruned, when others were better at the same epoch; diverged, when the loss
    was not finite; refused, when its values exclude each other; or killed, with its worker.
    """

    state: str
    log_loss: float | None = None
    accuracy: float | None = None
    best_epoch: int | None = None
    epochs: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Trial:
    """A trial that has ended: its number from one, its outcome and its values.

    One that was lost when its search was killed has no number.
    """

    number: int
    outcome: Outcome
    values: dict[str, Any]


class ReviewCache:
    """Cache of the prepared reviews; they are prepared again when an option requires it."""

    def __init__(self) -> None:
        self._key: dict[str, Any] | None = None
        self._data: TrainingData | None = None
        self._has_unlabelled = False

    def prepared(self, config: Config) -> Prepared:
        """Return the result of ``prepare``, with the batches of the first epoch."""
        key = {name: getattr(config, name) for name in preparing_options()}
        if key != self._key:
            language_model = starting_model(config, SAVED_MODELS)
            data = self._read(config)
            self._prepared, self._key = prepare(config, data, None, language_model), key
        for batches in (self._prepared.train, self._prepared.validation):
            batches.batch_size = config.batch_size
            batches.start(epoch=0)
        return self._prepared

    def _read(self, config: Config) -> TrainingData:
        """Read the reviews, which are the same for all trials of a study, once."""
        wanted = config.learns_word_vectors
        if self._data is None or (wanted and not self._has_unlabelled):
            self._data, self._has_unlabelled = read_training_data(config, wanted), wanted
        return self._data


class _Watch(keras.callbacks.Callback):
    """Measure and report the validation log loss after every epoch, and stop the trial if asked to.

    It does not use the validation loss of Keras, which includes label smoothing and L2, and these
    may differ between trials.
    """

    def __init__(self, prepared: Prepared, report: Report) -> None:
        super().__init__()
        self.prepared, self.report = prepared, report
        self.measured: list[dict[str, float]] = []
        self.pruned = False

    def on_epoch_end(self, epoch, logs=None):
        logits = network_logits(self.model, self.prepared.validation.ids)
        labels = self.prepared.validation_labels
        self.measured.append(
            {"log_loss": log_loss(labels, logits), "accuracy": accuracy(labels, logits)}
        )
        stop = self.report(epoch + 1, self.measured[-1]["log_loss"])
        ended = self.model.stop_training or epoch + 1 == self.params["epochs"]
        if stop and not ended:
            self.model.stop_training = self.pruned = True


def run_trial(config: Config, reviews: ReviewCache, folder: Path, report: Report) -> Outcome:
    """Train like ``train``, with temporary files in the folder; return the outcome."""
    began = time.perf_counter()
    keras.utils.clear_session()  # otherwise the graphs of all trials stay in memory
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
