"""Ensembles: the mean of the logits of several runs, each first divided by its standard deviation.

The size of a run's logits depends on how it was trained: with smoothed labels a network's are
several times smaller than those of an n-gram classifier, which would dominate a plain mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.manifest import verify
from imdb_lstm.runs.validation import Validation, read_validation


def logit_deviations(folders: Sequence[Path]) -> list[float]:
    """Standard deviation of the logits of each run on its own validation reviews, from training.

    Raises ``RunError`` when a run is damaged, or all its logits are equal.
    """
    deviations: list[float] = []
    for folder in folders:
        verify(folder)
        deviations.append(read_metrics(folder)["logit_std"])
        if not deviations[-1]:
            raise RunError(f"{folder} cannot be part of an ensemble: all its logits are equal")
    return deviations


def temperatures(folders: Sequence[Path]) -> list[float]:
    """The temperature of each run, fitted to its own validation reviews."""
    return [read_metrics(folder)["temperature"] for folder in folders]


def thresholds(folders: Sequence[Path]) -> list[float]:
    """The threshold of each run's logits, chosen on its own validation reviews."""
    return [read_metrics(folder).get("threshold", 0.0) for folder in folders]


def ensemble_threshold(thresholds: Sequence[float], deviations: Sequence[float]) -> float:
    """The threshold of an ensemble: the logit of runs that are all at their own thresholds.

    >>> ensemble_threshold([1.0, 2.0], [2.0, 4.0])
    1.5
    """
    return float(np.mean(np.divide(thresholds, deviations)) * np.mean(deviations))


def ensemble_temperature(temperatures: Sequence[float], deviations: Sequence[float]) -> float:
    """The temperature of an ensemble, from those of its runs and their standard deviations.

    Nothing is fitted again: divided by it, ``ensemble_logits`` of the runs' logits equal
    ``ensemble_logits`` of their temperature-scaled logits, whose standard deviations are
    deviation / temperature.

    >>> round(ensemble_temperature([2.0, 4.0], [8.0, 8.0]), 3)
    2.667
    """
    return float(np.mean(deviations) / np.mean(np.divide(deviations, temperatures)))


def ensemble_logits(logits: Sequence[np.ndarray], deviations: Sequence[float]) -> np.ndarray:
    """The logits of an ensemble, float32, from those of its runs, (n,) or (n, classes) each.

    The mean over runs of logits / deviation, times the mean deviation, so that probabilities are
    about as confident as those of the runs.

    >>> ensemble_logits([np.array([1.0, -3.0]), np.array([-10.0, 10.0])], [2.0, 20.0]).tolist()
    [0.0, -5.5]
    """
    scaled = [values / deviation for values, deviation in zip(logits, deviations, strict=True)]
    return (np.mean(scaled, axis=0) * np.mean(deviations)).astype(np.float32)


def read_ensemble_validation(folders: Sequence[Path]) -> Validation:
    """The validation predictions of a run, or of an ensemble of several.

    Raises ``RunError`` as ``read_validation`` does, and ``ConfigError`` for runs with different
    validation reviews.
    """
    first, *others = found = [read_validation(folder) for folder in folders]
    if not others:
        return first
    for folder, other in zip(folders[1:], others, strict=True):
        if other.names != first.names or (other.labels != first.labels).any():
            raise ConfigError(
                f"{folders[0]} and {folder} have different validation reviews, so no "
                "threshold can be chosen on them: use runs with the same --data and --seed"
            )
    logits = ensemble_logits([each.logits for each in found], logit_deviations(folders))
    return Validation(first.names, first.labels, logits)
