"""Prediction: texts → probabilities of "positive", by a saved run's own text and network."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from imdb_lstm import artifacts, runtime
from imdb_lstm.errors import RunError
from imdb_lstm.inference import predict_logits
from imdb_lstm.metrics import sigmoid
from imdb_lstm.text import encode_texts

SAVED_MODELS = Path("saved_models")


class Classifier:
    """A finished run, ready to predict. ``run`` is its folder."""

    def __init__(self, loaded: artifacts.Run) -> None:
        self.run = loaded.folder
        self._loaded = loaded

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities of "positive", float32 (n,), for n raw texts of any length.

        An empty text, or one of unknown words alone, gets a probability like any other.
        """
        return sigmoid(self.predict_logits(texts)).astype(np.float32)

    def predict_logits(self, texts: Sequence[str]) -> np.ndarray:
        """Logits of "positive", float32 (n,)."""
        if isinstance(texts, str):
            raise TypeError("predict takes a list of texts, not one text")
        loaded = self._loaded
        ids = encode_texts(texts, loaded.vocabulary, loaded.config.maximum_length)
        return predict_logits(loaded.model, ids) if ids else np.zeros(0, dtype=np.float32)


def load(run: str | PathLike[str] | None = None, device: str = "auto") -> Classifier:
    """Load a run by its folder; without one, the newest under ``saved_models/``.

    Raises ``RunError`` when there is none, or it is damaged.
    """
    runtime.set_up(device)
    return Classifier(artifacts.load_run(Path(run) if run else newest_run(SAVED_MODELS)))


def newest_run(folder: Path) -> Path:
    """The run finished last in the folder. Raises ``RunError`` when there is none."""
    manifests = sorted(folder.glob(f"*/{artifacts.MANIFEST}"), key=lambda m: m.stat().st_mtime)
    if not manifests:
        raise RunError(f"no finished run in {folder}: make one with `imdb-lstm train`")
    return manifests[-1].parent
