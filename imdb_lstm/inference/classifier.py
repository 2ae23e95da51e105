"""Prediction: texts → probabilities of the classes, by finished runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from imdb_lstm.data.texts import texts_of
from imdb_lstm.device import choose_backend
from imdb_lstm.errors import ConfigError
from imdb_lstm.inference.ensemble import (
    ensemble_logits,
    ensemble_temperature,
    ensemble_threshold,
    logit_deviations,
    temperatures,
    thresholds,
)
from imdb_lstm.metrics.logits import predicted_classes, reported_probabilities
from imdb_lstm.runs.description import joined
from imdb_lstm.runs.find import SAVED_MODELS, find_run
from imdb_lstm.runs.learned import read_classes
from imdb_lstm.runs.run import Coverage, load_run

RunName = str | PathLike[str]


class Classifier:
    """A finished run, or an ensemble of several, ready to predict.

    ``runs`` are their folders and ``run`` is the first; logits are divided by ``temperature`` to
    give probabilities. ``classes``: the names of the classes, of two the negative one first.
    ``loaded``: the runs themselves.
    """

    def __init__(self, folders: Sequence[Path], backend: str = "numpy") -> None:
        self.runs = tuple(folders)
        self.run = self.runs[0]
        self.classes = class_names(folders)
        self.loaded = [load_run(folder, backend) for folder in folders]
        self._deviations = deviations(folders)
        self.temperature = ensemble_temperature(temperatures(folders), self._deviations)
        self.threshold = threshold_of(folders)

    def predict(self, texts: Iterable[str]) -> np.ndarray:
        """Probabilities for n raw texts of any length, float32.

        Of two classes (n,), that of the second one in ``classes``, the positive one; of more
        (n, classes), in their order. An empty text, or one of unknown words only, gets a
        probability too. Raises ``TypeError`` as ``predict_logits`` does.
        """
        scaled = self.predict_logits(texts) / self.temperature
        return reported_probabilities(scaled).astype(np.float32)

    def predict_labels(self, texts: Iterable[str]) -> list[str]:
        """Names of the predicted classes of n raw texts, by the threshold of the runs.

        Raises ``TypeError`` as ``predict_logits`` does.
        """
        logits = self.predict_logits(texts)
        return [self.classes[k] for k in predicted_classes(logits - self.threshold).tolist()]

    def predict_logits(self, texts: Iterable[str]) -> np.ndarray:
        """Logits, float32 (n,), or (n, classes) of more than two, before the temperature.

        Raises ``TypeError`` for a bare string, and for an item that is no str.
        """
        found = texts_of(texts)
        logits = [loaded.predict_logits(found) for loaded in self.loaded]
        return ensemble_logits(logits, self._deviations)

    def read(self, texts: Sequence[str]) -> tuple[np.ndarray, list[Coverage]]:
        """The logits of ``predict_logits``, and what the runs read of each text.

        Of several runs the share of unknown words is the smallest one, and a text is cut if one of
        them cuts it.
        """
        logits, covered = zip(*(run.read(texts) for run in self.loaded), strict=True)
        every = [
            Coverage(min(one.unknown_share for one in each), any(one.cut for one in each))
            for each in zip(*covered, strict=True)
        ]
        return ensemble_logits(logits, self._deviations), every


def load_classifier(
    run: RunName | Sequence[RunName] | None = None, device: str = "auto", backend: str = "auto"
) -> Classifier:
    """Load a run by its folder or name, or several; by default the newest in ``saved_models/``.

    ``backend``, ``device``: see ``device.choose_backend``. Raises ``RunError`` when there is none,
    or it is damaged.
    """
    return Classifier(run_folders(run), choose_backend(backend, device))


def deviations(folders: Sequence[Path]) -> list[float]:
    """The deviations of several runs; a single run needs none."""
    return logit_deviations(folders) if len(folders) > 1 else [1.0]


def run_folders(run: RunName | Sequence[RunName] | None) -> list[Path]:
    """One folder or more; the newest run's for None. Raises ``ConfigError`` for an empty list."""
    names = [run] if run is None or isinstance(run, (str, PathLike)) else list(run)
    if not names:
        raise ConfigError("the list of runs is empty: name one, or none for the newest")
    return [find_run(name, SAVED_MODELS) for name in names]


def threshold_of(folders: Sequence[Path]) -> float:
    """The threshold of the logits of runs of two classes; 0 where none was chosen."""
    own = thresholds(folders)
    return ensemble_threshold(own, deviations(folders)) if any(own) else 0.0


def class_names(folders: Sequence[Path]) -> tuple[str, ...]:
    """The names of the classes, which the runs must share, in the same order.

    Raises ``ConfigError`` when they do not.
    """
    first, *others = [read_classes(folder).names for folder in folders]
    for folder, other in zip(folders[1:], others, strict=True):
        if other != first:
            raise ConfigError(
                f"{folders[0].name} tells {joined(first)} apart, and {folder.name} "
                f"{joined(other)}: they are no ensemble"
            )
    return first
