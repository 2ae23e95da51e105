"""The network of a run in Keras: what training writes, and what predicts on a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from imdb_lstm.models.network import network_logits
from imdb_lstm.runs.files import replacing
from imdb_lstm.runs.manifest import NETWORK_FILE
from imdb_lstm.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class KerasNetwork:
    """A finished network of ``models.network.build_model``, computed by the backend of Keras."""

    model: keras.Model

    @classmethod
    def read(cls, path: Path) -> KerasNetwork:
        """Read a ``model.keras``. Raises many kinds of errors for a file that is none."""
        return cls(keras.saving.load_model(path, compile=False, safe_mode=True))

    @property
    def vocabulary_size(self) -> int:
        """Return the number of rows of the word embedding."""
        return self.model.get_layer("embedding").input_dim

    @property
    def outputs(self) -> int:
        """Return the number of logits of a review."""
        return self.model.output_shape[-1]

    def logits(self, ids: Sequence[np.ndarray]) -> np.ndarray:
        """Logits for n int32 arrays of ids, in the same order: float32 (n,), or (n, classes)."""
        return network_logits(self.model, ids)


def write_network(folder: Path, model: keras.Model, vocabulary: Vocabulary) -> None:
    """Save the network, without its optimizer, and its vocabulary. Raises ``OutputError``."""
    bare = keras.Model(model.input, model.output, name=model.name)
    with replacing(folder / NETWORK_FILE) as temporary:
        bare.save(temporary)
    with replacing(folder / "vocabulary.txt") as temporary:
        vocabulary.save(temporary)
