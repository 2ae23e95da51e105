"""Metrics and files that every training produces, whatever the kind of model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.data.labels import Classes
from imdb_lstm.device import describe_machine, peak_memory_megabytes
from imdb_lstm.metrics.calibration import fit_temperature
from imdb_lstm.metrics.classification import commonest_share, evaluate_logits
from imdb_lstm.metrics.decision_rule import best_threshold
from imdb_lstm.metrics.logits import logit_deviation
from imdb_lstm.runs.files import write_json
from imdb_lstm.runs.model_card import write_card


def measured_run(
    config: Config, labels: np.ndarray, logits: np.ndarray, classes: Classes
) -> dict[str, Any]:
    """Measure validation labels and logits, and the resources of this process."""
    threshold = best_threshold(labels, logits, config.threshold) if len(classes) == 2 else 0.0
    return {
        "validation": evaluate_logits(labels, logits, threshold, classes.scale),
        "threshold": threshold,
        "logit_std": logit_deviation(logits),
        "temperature": fit_temperature(labels, logits),
        "peak_memory_megabytes": round(peak_memory_megabytes()),
        "machine": describe_machine(),
    }


def write_results(
    folder: Path, config: Config, metrics: dict[str, Any], classes: tuple[str, ...]
) -> None:
    """Write ``metrics.json`` and the model card. Raises ``OutputError``."""
    write_json(folder / "metrics.json", metrics)
    write_card(folder, config, metrics, classes)


def did_not_learn(metrics: dict[str, Any]) -> bool:
    """Return whether the accuracy is not above that of always predicting the majority class.

    It is not, when the majority share lies in or above the interval of the validation accuracy.
    """
    measured = metrics["validation"]
    return measured["accuracy_low"] <= commonest_share(measured)
