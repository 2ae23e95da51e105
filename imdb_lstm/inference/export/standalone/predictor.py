"""What every exported model has: settings, probabilities and the names of classes."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np


class Predictor:
    """A model in a folder. ``logits`` depends on its format.

    Of two classes there is one logit a text, (n,), of more one for each class, (n, classes).
    """

    def __init__(self, folder: Path) -> None:
        self.settings = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        self.classes: list[str] = self.settings["classes"]

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """Logits, float32 (n,) or (n, classes), of n raw texts."""
        raise NotImplementedError

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """The probability of the second of two classes, (n,), or of each of more, (n, classes)."""
        scaled = self.logits(texts).astype(np.float64) / self.settings["temperature"]
        if scaled.ndim == 1:
            return np.exp(-np.logaddexp(0, -scaled))
        exponentials = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    def labels(self, texts: Sequence[str]) -> list[str]:
        """The name of the class of each text."""
        logits = self.logits(texts)
        if logits.ndim == 1:
            return [self.classes[int(logit > self.settings["threshold"])] for logit in logits]
        return [self.classes[number] for number in logits.argmax(axis=1)]


def main(model: Predictor) -> None:
    """Print the probabilities and the class of each text of the command line."""
    texts = sys.argv[1:]
    if not texts:
        sys.exit("usage: python predict.py TEXT ...")
    found = zip(model.probabilities(texts), model.labels(texts), texts, strict=True)
    for probabilities, label, text in found:
        print(*(f"{each:.4f}" for each in np.atleast_1d(probabilities)), label, text, sep="\t")
