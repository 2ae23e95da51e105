"""Several runs as one model: the mean of their logits, each first brought to the same spread.

How large a run's logits are says how it was trained, not how much it knows: smoothed labels keep a
network's several times smaller than a linear model's, which would outvote it in a plain mean.
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

    Raises ``RunError`` when a run is damaged, or its spread is not known, or 0.
    """
    spreads: list[float] = []
    for folder in folders:
        verify(folder)
        spreads.append(read_metrics(folder).get("logit_std", 0.0))
        if not spreads[-1]:
            raise RunError(
                f"{folder} cannot be one of several: its metrics.json gives no logit_std, as "
                "runs of earlier versions do not; train it again"
            )
    return spreads


def temperatures(folders: Sequence[Path]) -> list[float]:
    """That of each run, fitted to its own validation reviews; 1.0 for a run of earlier versions."""
    return [read_metrics(folder).get("temperature", 1.0) for folder in folders]


def ensemble_temperature(temperatures: Sequence[float], spreads: Sequence[float]) -> float:
    """The temperature of runs together, from those of each, and their spreads.

    Nothing is fitted anew: divided by it, ``mean_logits`` of the runs' logits are ``mean_logits``
    of their tempered logits, whose spreads are spread / temperature.

    >>> round(ensemble_temperature([2.0, 4.0], [8.0, 8.0]), 3)
    2.667
    """
    return float(np.mean(spreads) / np.mean(np.divide(spreads, temperatures)))


def ensemble_logits(logits: Sequence[np.ndarray], spreads: Sequence[float]) -> np.ndarray:
    """The logits of runs together, float32 (n,), from those of each, (n,), and their spreads.

    The mean over runs of logits / spread, times the mean spread, so that probabilities are about
    as bold as those of the runs.

    >>> ensemble_logits([np.array([1.0, -3.0]), np.array([-10.0, 10.0])], [2.0, 20.0]).tolist()
    [0.0, -5.5]
    """
    alike = [values / spread for values, spread in zip(logits, spreads, strict=True)]
    return (np.mean(alike, axis=0) * np.mean(spreads)).astype(np.float32)


def read_ensemble_validation(folders: Sequence[Path]) -> Validation:
    """What one run said, or several as one: see ``ensemble.py``.

    Raises ``RunError`` as ``read`` does, and ``ConfigError`` for runs of different reviews.
    """
    first, *others = found = [read_validation(folder) for folder in folders]
    if not others:
        return first
    for folder, other in zip(folders[1:], others, strict=True):
        if other.names != first.names or (other.labels != first.labels).any():
            raise ConfigError(
                f"{folders[0]} and {folder} have different validation reviews, so nothing can be "
                "chosen on them together: name runs of one --data and one --seed"
            )
    logits = ensemble_logits([each.logits for each in found], logit_deviations(folders))
    return Validation(first.names, first.labels, logits)
