"""Prediction: texts → probabilities of the positive class, by finished runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from imdb_lstm.data.texts import texts_of
from imdb_lstm.device import set_up_device
from imdb_lstm.errors import ConfigError
from imdb_lstm.inference.ensemble import (
    ensemble_logits,
    ensemble_temperature,
    logit_deviations,
    temperatures,
)
from imdb_lstm.metrics.logits import sigmoid
from imdb_lstm.runs.find import SAVED_MODELS, find_run
from imdb_lstm.runs.learned import read_classes
from imdb_lstm.runs.run import load_run
from imdb_lstm.text.coverage import knows_any

RunName = str | PathLike[str]


class Classifier:
    """A finished run, or an ensemble of several, ready to predict.

    ``runs`` are their folders and ``run`` is the first; logits are divided by ``temperature`` to
    give probabilities. ``classes``: the names of the negative and the positive class.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.runs = tuple(folders)
        self.run = self.runs[0]
        self.classes = class_names(folders)
        self._loaded = [load_run(folder) for folder in folders]
        self._deviations = deviations(folders)
        self.temperature = ensemble_temperature(temperatures(folders), self._deviations)

    def predict(self, texts: Iterable[str]) -> np.ndarray:
        """Probabilities of the positive class, float32 (n,), for n raw texts of any length.

        They are sigmoid(logit / temperature). An empty text, or one of unknown words only, gets a
        probability too. Raises ``TypeError`` as ``predict_logits`` does.
        """
        return sigmoid(self.predict_logits(texts) / self.temperature).astype(np.float32)

    def predict_logits(self, texts: Iterable[str]) -> np.ndarray:
        """Logits of the positive class, float32 (n,), before the temperature.

        Raises ``TypeError`` for a bare string, and for an item that is no str.
        """
        found = texts_of(texts)
        logits = [loaded.predict_logits(found) for loaded in self._loaded]
        return ensemble_logits(logits, self._deviations)

    def known(self, texts: Sequence[str]) -> list[bool]:
        """Whether one of the runs knows a word of each text; punctuation and numbers are none."""
        return [any(knows_any(text, run.knows) for run in self._loaded) for text in texts]


def load_classifier(
    run: RunName | Sequence[RunName] | None = None, device: str = "auto"
) -> Classifier:
    """Load a run by its folder or name, or several; by default the newest in ``saved_models/``.

    Raises ``RunError`` when there is none, or it is damaged.
    """
    set_up_device(device)
    return Classifier(run_folders(run))


def deviations(folders: Sequence[Path]) -> list[float]:
    """The deviations of several runs; a single run needs none."""
    return logit_deviations(folders) if len(folders) > 1 else [1.0]


def run_folders(run: RunName | Sequence[RunName] | None) -> list[Path]:
    """One folder or more; the newest run's when none is given."""
    names = [run] if isinstance(run, (str, PathLike)) else run
    return [find_run(name, SAVED_MODELS) for name in names or (None,)]


def class_names(folders: Sequence[Path]) -> tuple[str, str]:
    """The names of the negative and the positive class, which the runs must share.

    Raises ``ConfigError`` when they do not.
    """
    first, *others = [read_classes(folder).names for folder in folders]
    for folder, other in zip(folders[1:], others, strict=True):
        if other != first:
            raise ConfigError(
                f"{folders[0].name} tells {' and '.join(first)} apart, and {folder.name} "
                f"{' and '.join(other)}: they are no ensemble"
            )
    return first
