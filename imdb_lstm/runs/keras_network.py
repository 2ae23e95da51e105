"""The network of a run in Keras: what training writes, and what predicts on a GPU.

Keras writes the file and does not read it: the layers of a saved network are built by this
package, from options and arrays that have been checked. What a file says to import, call or fetch
is ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.models.network import BIGRAM_BUCKETS, build_model, network_logits
from imdb_lstm.models.numpy.saved_layers import SavedLayer, read_layers
from imdb_lstm.models.numpy.shapes import check_layers, encoder_layers, expected_shapes
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
        return cls.of(read_layers(path))

    @classmethod
    def of(cls, layers: dict[str, SavedLayer]) -> KerasNetwork:
        """Build the network that has these layers. Raises ``ValueError`` for others than it has."""
        return cls(_built(layers))

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


def _built(layers: dict[str, SavedLayer]) -> keras.Model:
    """Build the network that has these layers. Raises ``ValueError`` for others than it has."""
    check_layers(layers)
    rows, outputs = len(layers["embedding"].arrays["vars/0"]), len(layers["logit"].part("")[1])
    model = build_model(_config_of(layers), rows, max(2, outputs))
    if {layer.name for layer in model.layers[1:]} != layers.keys() or outputs == 2:
        raise ValueError("its layers are not those of a network")
    for name, shapes in expected_shapes(layers).items():
        layer, saved = model.get_layer(name), layers[name]
        if isinstance(layer, keras.layers.Embedding) and len(shapes) > 1:
            layer.quantize("int4" if len(shapes) > 2 else "int8")
        layer.set_weights([saved.arrays[path] for path in shapes])
    return model


def _config_of(layers: dict[str, SavedLayer]) -> Config:
    """The configuration of a network with these layers, as far as prediction depends on it."""
    own = encoder_layers(layers)
    options = own[0].options if own else {}
    encoder = PLAIN[own[0].kind] if own else "bag"
    if encoder == "recurrent":
        encoder = f"{'bi' if options['bidirectional'] else ''}{options['cell']}"
    if "bigrams" in layers and len(layers["bigrams"].arrays["vars/0"]) != BIGRAM_BUCKETS:
        raise ValueError(f"the embedding of bigrams has not {BIGRAM_BUCKETS} rows")
    return Config(
        encoder=encoder,
        layers=max(1, len(own)),
        units=options.get("units", 1),
        chunk_length=options.get("chunk_length", 0),
        embedding_dim=layers["embedding"].options["output_dim"],
        bigram_dim=layers["bigrams"].options["output_dim"] if "bigrams" in layers else 0,
        pooling="+".join(layers["pooling"].options["kinds"]),
        word_dropout=0.0,
        embedding_dropout=0.0,
        output_dropout=0.0,
    )


PLAIN = {
    "Recurrent": "recurrent", "MaskedConvolution": "cnn", "TransformerBlock": "transformer",
}  # fmt: skip


def write_network(folder: Path, model: keras.Model, vocabulary: Vocabulary) -> None:
    """Save the network, without its optimizer, and its vocabulary. Raises ``OutputError``."""
    bare = keras.Model(model.input, model.output, name=model.name)
    with replacing(folder / NETWORK_FILE) as temporary:
        bare.save(temporary)
    with replacing(folder / "vocabulary.txt") as temporary:
        vocabulary.save(temporary)
