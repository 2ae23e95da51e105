"""An exported n-gram classifier in NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from imdb_lstm.inference.export.standalone.predictor import Predictor
from imdb_lstm.text.tokenizer import single_tokens


class Model(Predictor):
    """A logit is the bias and the sum, or the damped mean, of the weights of the known n-grams."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        words = (folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")[:-1]
        self.rows = {ngram: row for row, ngram in enumerate(words)}
        self.longest = max(ngram.count(" ") for ngram in words) + 1
        with np.load(folder / "weights.npz", allow_pickle=False) as stored:
            self.weights, self.bias = stored["weights"], stored["bias"]

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """Logits, float32 (n,) or (n, classes), of n raw texts."""
        found = [self._logit(text) for text in texts]
        return np.array(found, np.float32).reshape(len(texts), *self.weights.shape[1:])

    def _logit(self, text: str) -> np.ndarray:
        tokens, damping = single_tokens(text), self.settings["damping"]
        spans = ((n, i) for n in range(1, self.longest + 1) for i in range(len(tokens) - n + 1))
        ngrams = {" ".join(tokens[i : i + n]) for n, i in spans}
        rows = sorted(self.rows[ngram] for ngram in ngrams if ngram in self.rows)
        divisor = 1.0 if damping is None else max(len(rows) + damping, 1)
        return self.weights[rows].sum(axis=0) / divisor + self.bias
