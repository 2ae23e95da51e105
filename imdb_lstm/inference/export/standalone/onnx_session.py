"""An exported network in ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from imdb_lstm.inference.export.standalone.batches import logits_of_batches, padded
from imdb_lstm.inference.export.standalone.predictor import Predictor
from imdb_lstm.text.vocabulary import Vocabulary, encode_texts


class Model(Predictor):
    """The network in ``model.onnx``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.vocabulary = Vocabulary.load(folder / "vocabulary.txt")
        self.session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), providers=["CPUExecutionProvider"]
        )

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """Logits, float32 (n,) or (n, classes), of n raw texts."""
        ids = encode_texts(texts, self.vocabulary, self.settings["maximum_length"])
        outputs = self.session.get_outputs()[1].shape[1]
        return logits_of_batches(self.read, ids, outputs)

    def read(self, ids: list[np.ndarray]) -> np.ndarray:
        """Logits (B, K) of the ids of B reviews."""
        return self.session.run(["logits"], {"ids": padded(ids).astype(np.int64)})[0]
