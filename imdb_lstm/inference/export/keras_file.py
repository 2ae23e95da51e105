"""A run as a ``.keras`` file that Keras loads by itself, on every backend."""

from __future__ import annotations

from pathlib import Path

from imdb_lstm.inference.export.folder import settings_of, write_common
from imdb_lstm.inference.export.plain_keras import plain_network
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.runs.files import replacing
from imdb_lstm.runs.run import NetworkRun

ABOUT = """`model.keras` needs `keras` with any of its backends, and nothing of imdb-lstm:

    model = keras.saving.load_model("model.keras")

Its input is int32 (texts, tokens): the number of the line of each token in `vocabulary.txt`,
counted from 0, which is padding on the right; 1 is an unknown word. Its output is probabilities:
(texts, 1), of the second of two classes, or (texts, classes). Its layer "logit" has the logits.
`tokenizer.py` makes the ids; it needs `numpy` and `regex`:

    vocabulary = Vocabulary.load(Path("vocabulary.txt"))
    ids = encode_texts(texts, vocabulary, maximum_length={maximum_length})"""


def write_keras(run: NetworkRun, folder: Path) -> None:
    """Write the network, its vocabulary and a program. Raises ``OutputError``."""
    assert isinstance(run.network, NumpyNetwork)
    settings = settings_of(run)
    model = plain_network(run.network.layers, settings["temperature"])
    with replacing(folder / "model.keras") as temporary:
        model.save(temporary)
    write_common(folder, run, "keras_network", ABOUT.format(**settings))
