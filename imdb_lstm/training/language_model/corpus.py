"""The corpus of a language model: read from the reviews, or from a prepared training file.

It contains no review of validation or test.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.config.options import DIRECTIONS, Config
from imdb_lstm.data.training_data import read_training_data
from imdb_lstm.errors import DataError
from imdb_lstm.runs.files import reading
from imdb_lstm.runs.manifest import PREPARED_FILE
from imdb_lstm.runs.packed_arrays import (
    check_vectors,
    pack_rows,
    read_prepared_arrays,
    unpack_rows,
    write_prepared_arrays,
)
from imdb_lstm.stored.text import parse_json
from imdb_lstm.text.vocabulary import Vocabulary, caching_encoder
from imdb_lstm.training.language_model.windows import Windows
from imdb_lstm.training.word_embeddings import cached_word_vectors

HELD_OUT_REVIEWS = 200
HELD_OUT_LENGTH = 4  # tokens; the full softmax of more would take too much memory


@dataclass(frozen=True)
class Corpus:
    """A vocabulary, its word vectors, and windows of tokens to train on and to evaluate on.

    ``vectors``: float16 (vocabulary, ``embedding_dim``), or None.
    """

    vocabulary: Vocabulary
    vectors: np.ndarray | None
    train: Windows
    held_out: Windows
    fingerprints: dict[str, str]


def read_corpus(config: Config) -> Corpus:
    """Read and encode the train and unlabelled reviews, and hold out a few of them."""
    data = read_training_data(config, with_unlabelled=True)
    texts = [*data.train.texts, *data.unlabelled]
    order = np.random.default_rng(config.seed).permutation(len(texts))
    cut = max(1, min(HELD_OUT_REVIEWS, len(texts) // 10))
    train, held_out = ([texts[i] for i in np.sort(part)] for part in np.split(order[::-1], [-cut]))
    vocabulary = Vocabulary.from_texts(train, config.vocabulary_size, config.minimum_count)
    encode = caching_encoder(vocabulary, config.maximum_length)
    vectors = None
    if config.word_vectors:  # in half precision, as in the prepared file and the finished model
        vectors = cached_word_vectors(train, vocabulary, config, encode).astype(np.float16)
    return _corpus(config, vocabulary, vectors, encode(train), encode(held_out), data.fingerprints)


def _corpus(
    config: Config,
    vocabulary: Vocabulary,
    vectors: np.ndarray | None,
    train: Sequence[np.ndarray],
    held_out: Sequence[np.ndarray],
    fingerprints: dict[str, str],
) -> Corpus:
    """Build windows from ids. Raises ``DataError`` when there are too few tokens for a window."""
    common = (len(vocabulary), len(DIRECTIONS[config.encoder]), config.batch_size)
    windows = (
        Windows(train, *common, config.bptt_length, config.sampled_softmax_size, config.seed),
        Windows(held_out, *common, HELD_OUT_LENGTH),
    )
    if min(part.steps for part in windows) < 1:
        raise DataError(
            f"{config.data} has too few reviews for {config.batch_size} streams of text: choose a "
            "smaller --batch-size or --bptt-length"
        )
    return Corpus(vocabulary, vectors, *windows, fingerprints)


def write_corpus(folder: Path, corpus: Corpus) -> Path:
    """Write a prepared training file into the folder and return it. Raises ``OutputError``."""
    values = {"words": corpus.vocabulary.words, "fingerprints": corpus.fingerprints}
    arrays: dict[str, Any] = {
        **pack_rows("train", corpus.train.ids),
        **pack_rows("held_out", corpus.held_out.ids),
        "values": np.array(json.dumps(values)),
    }
    if corpus.vectors is not None:
        arrays["vectors"] = corpus.vectors
    return write_prepared_arrays(folder, **arrays)


def read_prepared_corpus(folder: Path, config: Config) -> Corpus | None:
    """Read the prepared training file, or return None. Raises ``RunError`` when it is damaged."""
    stored = read_prepared_arrays(folder)
    if stored is None:
        return None
    with reading(folder / PREPARED_FILE):
        values = parse_json(str(stored["values"]))
        vocabulary, vectors = Vocabulary(values["words"]), stored.get("vectors")
        fingerprints = {str(key): str(value) for key, value in values["fingerprints"].items()}
        train, held_out = (
            unpack_rows(part, stored, len(vocabulary)) for part in ("train", "held_out")
        )
        if vectors is not None:
            check_vectors(vectors, len(vocabulary), config.embedding_dim)
        return _corpus(config, vocabulary, vectors, train, held_out, fingerprints)
