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

from imdb_lstm import parcel, prepare, pretrain
from imdb_lstm.config import DIRECTIONS, Config
from imdb_lstm.data import load_unlabelled
from imdb_lstm.errors import DataError
from imdb_lstm.language_stream import Windows
from imdb_lstm.text import Vocabulary, once_encoder

HELD_OUT_REVIEWS = 200
HELD_OUT_WINDOW = 4  # the full softmax of more would take too much memory


@dataclass(frozen=True)
class Words:
    """What there is to read: a vocabulary, its vectors, windows to learn from and to test on."""

    vocabulary: Vocabulary
    vectors: np.ndarray | None  # float16
    learned: Windows
    held_out: Windows
    fingerprints: dict[str, str]


def gather(config: Config) -> Words:
    """Read and encode all that may be learned from, a few reviews held out."""
    material = prepare.read(config)
    texts = [*material.train.texts, *load_unlabelled(config)]
    order = np.random.default_rng(config.seed).permutation(len(texts))
    cut = max(1, min(HELD_OUT_REVIEWS, len(texts) // 10))
    learned, held_out = (
        [texts[i] for i in np.sort(part)] for part in np.split(order[::-1], [-cut])
    )
    vocabulary = Vocabulary.from_texts(learned, config.vocabulary_size, config.minimum_count)
    encode = once_encoder(vocabulary, config.maximum_length)
    vectors = None
    if config.word_vectors:  # to the half precision in which they are carried, and kept in the end
        vectors = pretrain.vectors_of(learned, vocabulary, config, encode).astype(np.float16)
    ids, others = (encode(part) for part in (learned, held_out))
    return _words(config, vocabulary, vectors, ids, others, material.fingerprints)


def _words(
    config: Config,
    vocabulary: Vocabulary,
    vectors: np.ndarray | None,
    learned: Sequence[np.ndarray],
    held_out: Sequence[np.ndarray],
    fingerprints: dict[str, str],
) -> Words:
    """The same, its ids as streams. Raises ``DataError`` when they are too few for any window."""
    common = (len(vocabulary), len(DIRECTIONS[config.encoder]), config.batch_size)
    windows = (
        Windows(learned, *common, config.window, config.candidates, config.seed),
        Windows(held_out, *common, HELD_OUT_WINDOW),
    )
    if min(part.steps for part in windows) < 1:
        raise DataError(
            f"{config.data} has too few reviews for {config.batch_size} streams of text: choose a "
            "smaller --batch-size or --window"
        )
    return Words(vocabulary, vectors, *windows, fingerprints)


def write(folder: Path, words: Words) -> Path:
    """Keep all of it in the folder, to be carried: see ``parcel.py``. Raises ``OutputError``."""
    told = {"words": words.vocabulary.words, "fingerprints": words.fingerprints}
    arrays: dict[str, Any] = {
        **parcel.pack_rows("learned", words.learned.ids),
        **parcel.pack_rows("held_out", words.held_out.ids),
        "told": np.array(json.dumps(told)),
    }
    if words.vectors is not None:
        arrays["vectors"] = words.vectors
    return parcel.write_arrays(folder, **arrays)


def read(folder: Path, config: Config) -> Words | None:
    """What ``write`` kept, if anything. Raises ``RunError`` when it is damaged."""
    stored = parcel.read_arrays(folder)
    if stored is None:
        return None
    told = json.loads(str(stored["told"]))
    ids, others = (parcel.unpack_rows(part, stored) for part in ("learned", "held_out"))
    vocabulary, vectors = Vocabulary(told["words"]), stored.get("vectors")
    return _words(config, vocabulary, vectors, ids, others, told["fingerprints"])
