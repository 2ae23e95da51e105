"""An exported network in Keras."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from imdb_lstm.inference.export.standalone.batches import logits_of_batches, padded
from imdb_lstm.inference.export.standalone.predictor import Predictor
from imdb_lstm.text.vocabulary import Vocabulary, encode_texts


class Model(Predictor):
    """The network in ``model.keras``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.vocabulary = Vocabulary.load(folder / "vocabulary.txt")
        network = keras.saving.load_model(folder / "model.keras", compile=False)
        self.network = keras.Model(network.input, network.get_layer("logit").output)

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """Logits, float32 (n,) or (n, classes), of n raw texts."""
        ids = encode_texts(texts, self.vocabulary, self.settings["maximum_length"])
        outputs = self.network.output_shape[-1]
        return logits_of_batches(self.read, ids, outputs)

    def read(self, ids: list[np.ndarray]) -> np.ndarray:
        """Logits (B, K) of the ids of B reviews."""
        return self.network.predict_on_batch(padded(ids))
