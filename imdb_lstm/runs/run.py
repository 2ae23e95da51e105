"""A finished run: a network or an n-gram classifier, each with ``predict_logits(texts)``.

Networks predict in NumPy, or in Keras where ``keras_network`` reads them. Only these two modules
read and write the weights of a run; ``validation`` does it for the validation logits, and
``pretrained`` for language models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.config.values import load_config
from imdb_lstm.data.labels import SENTIMENT, Classes
from imdb_lstm.errors import RunError, one_line
from imdb_lstm.models.ngram_classifier import NgramClassifier
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.runs.files import read_metrics, replacing
from imdb_lstm.runs.learned import read_classes
from imdb_lstm.runs.manifest import NETWORK_FILE, NGRAMS_FILE, verify_run
from imdb_lstm.text.coverage import unknown_share
from imdb_lstm.text.tokenizer import tokenise
from imdb_lstm.text.vocabulary import Vocabulary, encode_texts, shorten


class Network(Protocol):
    """A network that predicts: ``NumpyNetwork`` or ``KerasNetwork``."""

    @property
    def vocabulary_size(self) -> int:
        """Return the number of rows of the word embedding."""

    @property
    def outputs(self) -> int:
        """Return the number of logits of a review."""

    def logits(self, ids: Sequence[np.ndarray]) -> np.ndarray:
        """Logits for n int32 arrays of ids, in the same order: float32 (n,), or (n, classes)."""


class Coverage(NamedTuple):
    """What a run reads of a text: the share of its words that it does not know, and if it is cut.

    See ``text.coverage.unknown_share``. ``cut``: whether the text is longer than the run reads.
    """

    unknown_share: float
    cut: bool


@dataclass(frozen=True)
class NetworkRun:
    """A finished network with its vocabulary."""

    folder: Path
    config: Config
    manifest: dict[str, Any]
    network: Network
    vocabulary: Vocabulary
    classes: Classes = SENTIMENT
    threshold: float = 0.0  # of the logits of two classes; above it the second is the verdict
    temperature: float = 1.0  # logits are divided by it for probabilities

    def predict_logits(self, texts: Sequence[str]) -> np.ndarray:
        """Logits, float32 (n,) or (n, classes), for n raw texts of any length."""
        ids = encode_texts(texts, self.vocabulary, self.config.maximum_length)
        return self.network.logits(ids)

    def read(self, texts: Sequence[str]) -> tuple[np.ndarray, list[Coverage]]:
        """The same logits, and what the run reads of each text, which is tokenised once."""
        longest = self.config.maximum_length
        ids: list[np.ndarray] = []
        covered: list[Coverage] = []
        for text in texts:  # one by one: the tokens of many texts take ten times their memory
            tokens = tokenise(text, self.knows)
            ids.append(shorten(self.vocabulary.ids_of(tokens), longest))
            covered.append(Coverage(unknown_share(tokens, self.knows), len(tokens) > longest))
        return self.network.logits(ids), covered

    def knows(self, token: str) -> bool:
        """Whether the token is in the vocabulary."""
        return self.vocabulary.knows(token)


@dataclass(frozen=True)
class NgramRun:
    """A finished n-gram classifier."""

    folder: Path
    config: Config
    manifest: dict[str, Any]
    model: NgramClassifier
    classes: Classes = SENTIMENT
    threshold: float = 0.0
    temperature: float = 1.0

    def predict_logits(self, texts: Sequence[str]) -> np.ndarray:
        """Logits, float32 (n,) or (n, classes), for n raw texts of any length."""
        if not len(texts):
            return np.zeros((0, *self.model.weights.shape[1:]), np.float32)
        return self.model.predict_logits(texts)

    def knows(self, token: str) -> bool:
        """Whether the token is a known n-gram; if it is not, no known n-gram contains it."""
        return self.model.knows(token)

    def read(self, texts: Sequence[str]) -> tuple[np.ndarray, list[Coverage]]:
        """The same logits, and what the run reads of each text: all of it."""
        shares = [unknown_share(tokenise(text, self.knows), self.knows) for text in texts]
        return self.predict_logits(texts), [Coverage(share, False) for share in shares]


Run = NetworkRun | NgramRun


def load_run(folder: Path, backend: str = "numpy") -> Run:
    """Load a finished run, whose checksums are verified first; no code in it is executed.

    ``backend``: numpy or keras, what a network predicts with. Raises ``RunError`` when the folder
    is missing, damaged, inconsistent, or a language model.
    """
    manifest = verify_run(folder)
    try:
        config = load_config(folder / "config.toml")
        metrics = read_metrics(folder)
        decides = float(metrics.get("threshold", 0.0)), float(metrics.get("temperature", 1.0))
        says = read_classes(folder), *decides
        if NGRAMS_FILE in manifest["files"]:
            ngrams = NgramClassifier.load(folder / NGRAMS_FILE)
            _check_size(folder, ngrams.weights.shape[1:], says[0])
            return NgramRun(folder, config, manifest, ngrams, *says)
        vocabulary = Vocabulary.load(folder / "vocabulary.txt")
        network = _read_network(folder / NETWORK_FILE, backend)
        words = network.vocabulary_size
    except Exception as error:  # a foreign file can raise many kinds of errors
        raise RunError(f"{folder} cannot be loaded: {one_line(error)}") from error
    _check_size(folder, (network.outputs,), says[0])
    if words != len(vocabulary):
        raise RunError(f"{folder} is inconsistent: embedding and vocabulary differ in size")
    return NetworkRun(folder, config, manifest, network, vocabulary, *says)


def _read_network(path: Path, backend: str) -> Network:
    if backend == "numpy":
        return NumpyNetwork.read(path)
    from imdb_lstm.runs.keras_network import KerasNetwork

    return KerasNetwork.read(path)


def _check_size(folder: Path, shape: tuple[int, ...], classes: Classes) -> None:
    """Raise ``RunError`` unless logits of this shape are of these classes."""
    if shape not in (((), (1,)) if len(classes) == 2 else ((len(classes),),)):
        raise RunError(f"{folder} is inconsistent: its logits are not of {len(classes)} classes")


def write_ngrams(folder: Path, model: NgramClassifier) -> None:
    """Save the n-grams of a classifier and their weights. Raises ``OutputError``."""
    with replacing(folder / NGRAMS_FILE) as temporary, temporary.open("wb") as stream:
        model.save(stream)
