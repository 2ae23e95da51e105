"""Training of a network: prepared ids and batches → a fitted network → a finished run."""

from __future__ import annotations

import time
from pathlib import Path

from imdb_lstm.config.options import Config
from imdb_lstm.device import set_up_device
from imdb_lstm.metrics.history_plots import history_figure
from imdb_lstm.models.network import network_logits
from imdb_lstm.runs.files import read_history, write_figures, write_history
from imdb_lstm.runs.keras_network import write_network
from imdb_lstm.runs.learned import write_learned
from imdb_lstm.runs.manifest import finalize
from imdb_lstm.runs.unfinished import created
from imdb_lstm.runs.validation import write_validation
from imdb_lstm.training.fit import fit, in_float32, initialised_model
from imdb_lstm.training.prepare import Prepared
from imdb_lstm.training.reporter import Reporter
from imdb_lstm.training.results import measured_run, write_results


def train_network(
    config: Config, prepared: Prepared, folder: Path, finished: Path, reporter: Reporter
) -> Path:
    """Train a network in ``folder``, rename that to ``finished``, and return it.

    Resumes from a checkpoint in the folder. Raises ``DivergedError`` when the loss is not finite,
    ``RunError`` for a checkpoint of another network or a run that another process trains, and
    ``OutputError``.
    """
    with created(folder, finished, config, prepared.fingerprints):
        _train_in(folder, config, prepared, reporter)
        return finalize(folder, finished, prepared.fingerprints)


def _train_in(folder: Path, config: Config, prepared: Prepared, reporter: Reporter) -> None:
    """Train a network and write everything that a finished run has but the manifest."""
    began = time.perf_counter()
    device = set_up_device(config.device, config.seed, config.precision)
    model = initialised_model(config, prepared)
    fitted = fit(model, prepared, config, folder, reporter.callbacks())
    model = in_float32(model, config)
    logits = network_logits(model, prepared.validation.ids)
    took = prepared.seconds + fitted.earlier_seconds + time.perf_counter() - began
    metrics = measured_run(config, prepared.validation_labels, logits, prepared.classes) | {
        "best_epoch": fitted.best_epoch,
        "parameters": model.count_params(),
        "seconds": round(took, 1),
        "device": device,
        **prepared.counts,
    }
    write_network(folder, model, prepared.vocabulary)
    write_validation(folder, prepared.validation_names, prepared.validation_labels, logits)
    write_learned(folder, prepared.classes, prepared.learned)
    write_history(folder / "history.csv", fitted.history)
    history = history_figure(read_history(folder), fitted.best_epoch)
    write_figures(folder / "figures", {"history": history})
    write_results(folder, config, metrics, prepared.classes.names)
