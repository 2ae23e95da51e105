"""What a language model reads: vocabulary, vectors and windows, gathered here or carried along.

No review of validation or test is among it.
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
from imdb_lstm.runs.packed_arrays import (
    pack_rows,
    read_prepared_arrays,
    unpack_rows,
    write_prepared_arrays,
)
from imdb_lstm.text.vocabulary import Vocabulary, caching_encoder
from imdb_lstm.training.language_model.windows import Windows
from imdb_lstm.training.word_embeddings import cached_word_vectors

HELD_OUT_REVIEWS = 200
HELD_OUT_WINDOW = 4  # the full softmax of more would take too much memory


@dataclass(frozen=True)
class Corpus:
    """What there is to read: a vocabulary, its vectors, windows to learn from and to test on."""

    vocabulary: Vocabulary
    vectors: np.ndarray | None  # float16
    learned: Windows
    held_out: Windows
    fingerprints: dict[str, str]


def read_corpus(config: Config) -> Corpus:
    """Read and encode all that may be learned from, a few reviews held out."""
    data = read_training_data(config, with_unlabelled=True)
    texts = [*data.train.texts, *data.unlabelled]
    order = np.random.default_rng(config.seed).permutation(len(texts))
    cut = max(1, min(HELD_OUT_REVIEWS, len(texts) // 10))
    learned, held_out = (
        [texts[i] for i in np.sort(part)] for part in np.split(order[::-1], [-cut])
    )
    vocabulary = Vocabulary.from_texts(learned, config.vocabulary_size, config.minimum_count)
    encode = caching_encoder(vocabulary, config.maximum_length)
    vectors = None
    if config.word_vectors:  # to the half precision in which they are carried, and kept in the end
        vectors = cached_word_vectors(learned, vocabulary, config, encode).astype(np.float16)
    ids, others = (encode(part) for part in (learned, held_out))
    return _corpus(config, vocabulary, vectors, ids, others, data.fingerprints)


def _corpus(
    config: Config,
    vocabulary: Vocabulary,
    vectors: np.ndarray | None,
    learned: Sequence[np.ndarray],
    held_out: Sequence[np.ndarray],
    fingerprints: dict[str, str],
) -> Corpus:
    """The same, its ids as streams. Raises ``DataError`` when they are too few for any window."""
    common = (len(vocabulary), len(DIRECTIONS[config.encoder]), config.batch_size)
    windows = (
        Windows(learned, *common, config.bptt_length, config.sampled_softmax_size, config.seed),
        Windows(held_out, *common, HELD_OUT_WINDOW),
    )
    if min(part.steps for part in windows) < 1:
        raise DataError(
            f"{config.data} has too few reviews for {config.batch_size} streams of text: choose a "
            "smaller --batch-size or --bptt-length"
        )
    return Corpus(vocabulary, vectors, *windows, fingerprints)


def write_corpus(folder: Path, words: Corpus) -> Path:
    """Keep all of it in the folder, to be carried: see ``parcel.py``. Raises ``OutputError``."""
    told = {"words": words.vocabulary.words, "fingerprints": words.fingerprints}
    arrays: dict[str, Any] = {
        **pack_rows("learned", words.learned.ids),
        **pack_rows("held_out", words.held_out.ids),
        "told": np.array(json.dumps(told)),
    }
    if words.vectors is not None:
        arrays["vectors"] = words.vectors
    return write_prepared_arrays(folder, **arrays)


def read_prepared_corpus(folder: Path, config: Config) -> Corpus | None:
    """What ``write`` kept, if anything. Raises ``RunError`` when it is damaged."""
    stored = read_prepared_arrays(folder)
    if stored is None:
        return None
    told = json.loads(str(stored["told"]))
    ids, others = (unpack_rows(part, stored) for part in ("learned", "held_out"))
    vocabulary, vectors = Vocabulary(told["words"]), stored.get("vectors")
    return _corpus(config, vocabulary, vectors, ids, others, told["fingerprints"])
