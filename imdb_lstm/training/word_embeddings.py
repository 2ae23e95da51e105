"""Word vectors that are learned before training, with a cache.

They are learned from the train reviews, extra ones included, and the unlabelled reviews, never from
validation or test. The name of a cached file is a hash of everything the vectors depend on.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.data.training_data import read_training_data
from imdb_lstm.errors import OutputError
from imdb_lstm.models.word_embeddings import VERSION, word_vectors
from imdb_lstm.runs.files import write_array
from imdb_lstm.runs.hub import cache_folder
from imdb_lstm.text.vocabulary import UNKNOWN_ID, Encode, Vocabulary, caching_encoder


def cached_word_vectors(
    texts: Sequence[str], vocabulary: Vocabulary, config: Config, encode: Encode | None = None
) -> np.ndarray:
    """Learn word vectors from texts, float32 (vocabulary, ``embedding_dim``), or read the cache.

    ``encode``: an encoder of the texts that has cached some ids already. If the cache cannot be
    read or written, the vectors are learned again.
    """
    path = _cache_file(texts, vocabulary, config)
    try:
        found = np.load(path, allow_pickle=False)
        if found.shape == (len(vocabulary), config.embedding_dim):
            return found
    except (OSError, EOFError, ValueError):
        pass
    encode = encode or caching_encoder(vocabulary, config.maximum_length)
    vectors = word_vectors(encode(texts), len(vocabulary), config.embedding_dim)
    with contextlib.suppress(OutputError):
        write_array(path, vectors)
    return vectors


def _cache_file(texts: Sequence[str], vocabulary: Vocabulary, config: Config) -> Path:
    """Path of the vectors of these texts, words and sizes, and this version of the method."""
    digest = hashlib.sha256(f"{VERSION} {config.embedding_dim} {config.maximum_length}".encode())
    for part in (vocabulary.words, texts):
        for text in part:
            digest.update(text.encode() + b"\x1e")
    return cache_folder() / f"vectors-{digest.hexdigest()[:32]}.npy"


def nearest_words(word: str, vocabulary: Vocabulary, vectors: np.ndarray, count: int) -> list[str]:
    """List the words with the highest cosine similarity to ``word``, the nearest first."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    own = vocabulary.encode(word)[0]
    cosines = unit @ unit[own]
    cosines[[0, UNKNOWN_ID, own]] = -1
    return vocabulary.decode(np.argsort(-cosines)[:count])


def pretrain_word_vectors(config: Config) -> tuple[Vocabulary, np.ndarray, Path]:
    """Learn the vectors that a training with this configuration starts from, or read the cache.

    Returns the vocabulary, the vectors and the path of the cached file.
    """
    data = read_training_data(config, with_unlabelled=True)
    train = data.train.texts
    vocabulary = Vocabulary.from_texts(train, config.vocabulary_size, config.minimum_count)
    texts = [*train, *data.unlabelled]
    vectors = cached_word_vectors(texts, vocabulary, config)
    return vocabulary, vectors, _cache_file(texts, vocabulary, config)
