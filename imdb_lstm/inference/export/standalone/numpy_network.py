"""An exported network in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.inference.export.standalone.batches import logits_of_batches
from imdb_lstm.inference.export.standalone.predictor import Predictor
from imdb_lstm.models.numpy.embedding import Embedding, bigram_buckets, joined
from imdb_lstm.models.numpy.network import PlainEncoder
from imdb_lstm.models.numpy.pooling import pool
from imdb_lstm.models.numpy.recurrent_encoder import RecurrentEncoder
from imdb_lstm.models.numpy.saved_layers import SavedLayer
from imdb_lstm.text.vocabulary import Vocabulary, encode_texts


class Model(Predictor):
    """A network: its layers are in ``model.json``, their arrays in ``weights.npz``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.vocabulary = Vocabulary.load(folder / "vocabulary.txt")
        self.layers = read_arrays(folder / "weights.npz", self.settings["layers"])
        self.encoder = ENCODERS[self.settings["encoder"]](self.layers)
        self.kernel, self.bias = self.layers["logit"].part("")

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """Logits, float32 (n,) or (n, classes), of n raw texts."""
        ids = encode_texts(texts, self.vocabulary, self.settings["maximum_length"])
        return logits_of_batches(self.read, ids, len(self.bias))

    def read(self, ids: list[np.ndarray]) -> np.ndarray:
        """Logits (B, K) of the ids of B reviews, which follow one another while they are read."""
        tokens, lengths = joined(ids)
        values = Embedding.of(self.layers["embedding"]).rows(tokens)
        if "bigrams" in self.layers:
            bigrams = Embedding.of(self.layers["bigrams"])
            buckets = bigram_buckets(tokens, lengths, len(bigrams.table))
            values = np.concatenate([values, bigrams.rows(buckets)], axis=1)
        places = np.arange(len(tokens))
        states = self.encoder.states(self.encoder.prepare(values), places, lengths)
        return pool(states, lengths, self.layers["pooling"]) @ self.kernel + self.bias


def read_arrays(path: Path, described: dict[str, dict]) -> dict[str, SavedLayer]:
    """The layers, each with its arrays."""
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    return {
        name: SavedLayer(
            about["kind"],
            about["options"],
            {k.removeprefix(f"{name}/"): v for k, v in arrays.items() if k.startswith(f"{name}/")},
        )
        for name, about in described.items()
    }


def recurrent_encoder(layers: dict[str, SavedLayer]) -> RecurrentEncoder:
    """The stacked recurrent layers."""
    own = [layer for name, layer in layers.items() if name.startswith("encoder_")]
    return RecurrentEncoder(own, layers["pooling"])


ENCODERS: dict[str, Callable[..., Any]] = {
    "recurrent": recurrent_encoder,
    "plain": PlainEncoder,
}
