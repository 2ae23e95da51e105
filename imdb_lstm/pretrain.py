"""Pretraining: what the reviews teach without their labels, before training begins.

Word vectors, learned from the train reviews, extra ones too, and the unlabelled, never from
validation or test, and kept in a cache under a name that tells all they depend on.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from imdb_lstm import word_vectors
from imdb_lstm.artifacts import write_array
from imdb_lstm.config import Config
from imdb_lstm.data import load_extra, load_train_and_validation, load_unlabelled
from imdb_lstm.errors import OutputError
from imdb_lstm.text import UNKNOWN_ID, Encode, Vocabulary, once_encoder


def cache_folder() -> Path:
    """Where vectors are kept: ``$IMDB_LSTM_CACHE``, else ``~/.cache/imdb_lstm``."""
    return Path(os.environ.get("IMDB_LSTM_CACHE") or Path.home() / ".cache" / "imdb_lstm")


def vectors_of(
    texts: Sequence[str], vocabulary: Vocabulary, config: Config, encode: Encode | None = None
) -> np.ndarray:
    """Word vectors learned from texts, float32 (vocabulary, ``embedding_units``), cached.

    ``encode``: what gives their ids, where some are known already. A cache that cannot be read or
    written costs only the time to learn them again.
    """
    path = _cached(texts, vocabulary, config)
    try:
        found = np.load(path, allow_pickle=False)
        if found.shape == (len(vocabulary), config.embedding_units):
            return found
    except (OSError, EOFError, ValueError):
        pass
    encode = encode or once_encoder(vocabulary, config.maximum_length)
    vectors = word_vectors.word_vectors(encode(texts), len(vocabulary), config.embedding_units)
    with contextlib.suppress(OutputError):
        write_array(path, vectors)
    return vectors


def _cached(texts: Sequence[str], vocabulary: Vocabulary, config: Config) -> Path:
    """The file of these texts, words and sizes, and of the code that makes vectors of them."""
    digest = hashlib.sha256(Path(word_vectors.__file__).read_bytes())
    digest.update(f"{config.embedding_units} {config.maximum_length}".encode())
    for part in (vocabulary.words, texts):
        for text in part:
            digest.update(text.encode() + b"\x1e")
    return cache_folder() / f"vectors-{digest.hexdigest()[:32]}.npy"


def nearest_words(word: str, vocabulary: Vocabulary, vectors: np.ndarray, count: int) -> list[str]:
    """The words whose vectors point most nearly the same way, the nearest first."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    own = vocabulary.encode(word)[0]
    nearness = unit @ unit[own]
    nearness[[0, UNKNOWN_ID, own]] = -1
    return vocabulary.decode(np.argsort(-nearness)[:count])


def pretrain(config: Config) -> tuple[Vocabulary, np.ndarray, Path]:
    """Learn, or find, the vectors that a training run of this configuration starts from.

    Returns the vocabulary, the vectors and the file they are cached in.
    """
    train, validation = load_train_and_validation(config)
    train = train.joined(load_extra(config, train, validation)[0])  # as ``prepare.read`` does
    vocabulary = Vocabulary.from_texts(train.texts, config.vocabulary_size, config.minimum_count)
    texts = [*train.texts, *load_unlabelled(config)]
    return vocabulary, vectors_of(texts, vocabulary, config), _cached(texts, vocabulary, config)
