"""An exported tokenizer and network in TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from imdb_lstm.inference.export.standalone.predictor import Predictor

BATCH = 64  # texts that are read together


class Model(Predictor):
    """The graph in ``saved_model``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.graph = tf.saved_model.load(str(folder / "saved_model"))

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """Logits, float32 (n,) or (n, classes), of n raw texts."""
        predict = self.graph.signatures["serving_default"]
        parts = [
            predict(texts=tf.constant(texts[start : start + BATCH], tf.string))["logits"].numpy()
            for start in range(0, max(1, len(texts)), BATCH)
        ]
        found = np.concatenate(parts)
        return found[:, 0] if found.shape[1] == 1 else found

    def ids(self, texts: Sequence[str]) -> list[np.ndarray]:
        """The ids of the tokens of each text."""
        found = self.graph.signatures["encode"](texts=tf.constant(texts))["ids"].numpy()
        return [row[row > 0] for row in found]
