"""A run as a SavedModel of TensorFlow: raw texts → probabilities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from imdb_lstm.errors import ConfigError
from imdb_lstm.inference.export.folder import settings_of, write_common
from imdb_lstm.inference.export.plain_keras import plain_network
from imdb_lstm.inference.export.tf_tokenizer import TextEncoder
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.runs.run import NetworkRun
from imdb_lstm.text.vocabulary import PADDING_ID

ABOUT = """`saved_model` needs `tensorflow`, or a server of TensorFlow models, and nothing of
imdb-lstm:

    served = tf.saved_model.load("saved_model").signatures["serving_default"]
    found = served(texts=tf.constant(texts))

`texts` are strings, (texts,), one at least. `found` has `probabilities` and `logits`, float32
(texts, 1), of the second of two classes, or (texts, classes). The signature `encode` returns the
`ids` that the network reads, int32 (texts, tokens), padded with zeros on the right.

Texts are split into tokens as in training, with a few exceptions, among them letters and accents
that are apart, and words of Chinese, Japanese and Thai that the network does not know."""
TEXTS = tf.TensorSpec([None], tf.string, name="texts")


class Served(tf.Module):
    """A tokenizer and a network in one graph."""

    def __init__(self, run: NetworkRun, temperature: float) -> None:
        super().__init__()
        assert isinstance(run.network, NumpyNetwork)
        # cuDNN would not run where there is no GPU.
        network = plain_network(run.network.layers, temperature, use_cudnn=False)
        self.encoder = TextEncoder(run.vocabulary, run.config.maximum_length)
        outputs = [network.get_layer("logit").output, network.output]
        self.network = keras.Model(network.input, outputs)

    @tf.function(input_signature=[TEXTS])
    def predict(self, texts: Any) -> dict[str, Any]:
        """Texts, string (n,) → logits and probabilities, float32 (n, K)."""
        logits, probabilities = self.network(self._padded(texts))
        return {"logits": logits, "probabilities": probabilities}

    @tf.function(input_signature=[TEXTS])
    def encode(self, texts: Any) -> dict[str, Any]:
        """Texts, string (n,) → ids, int32 (n, tokens)."""
        return {"ids": self._padded(texts)}

    def _padded(self, texts: Any) -> Any:
        return self.encoder(texts).to_tensor(PADDING_ID)


def write_saved_model(run: NetworkRun, folder: Path) -> None:
    """Write the graph and a program.

    Raises ``OutputError``, and ``ConfigError`` where another backend than TensorFlow is set.
    """
    if keras.backend.backend() != "tensorflow":
        raise ConfigError("--format saved_model needs TensorFlow: leave KERAS_BACKEND out")
    served = Served(run, settings_of(run)["temperature"])
    signatures = {"serving_default": served.predict, "encode": served.encode}
    tf.saved_model.save(served, str(folder / "saved_model"), signatures)
    write_common(folder, run, "tf_session", ABOUT)
