"""What a network is about to learn from, in one file: ids and labels, no texts.

It lies in the folder of an unfinished run or language model. One begun here can so be carried to a
machine that has no reviews, and no TensorFlow either, and go on there to the same result.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm import augmentation, checkpoints
from imdb_lstm.artifacts import PREPARED
from imdb_lstm.augmentation import Neighbours
from imdb_lstm.batches import Batches
from imdb_lstm.config import Config, with_values
from imdb_lstm.prepare import Prepared
from imdb_lstm.pretrained import Pretrained, halved
from imdb_lstm.text import Vocabulary


def pack_rows(name: str, rows: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Rows of ids as two arrays: all of them, uint16 where they go into it, and their lengths.

    >>> packed = pack_rows("train", [np.array([5, 6]), np.array([70_000])])
    >>> [row.tolist() for row in unpack_rows("train", packed)]
    [[5, 6], [70000]]
    """
    ids = np.concatenate([np.zeros(0, np.int32), *rows])
    kind = np.uint16 if ids.max(initial=0) < 2**16 else np.int32
    lengths = np.array([len(row) for row in rows], np.int32)
    return {f"{name}_ids": ids.astype(kind), f"{name}_lengths": lengths}


def unpack_rows(name: str, stored: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """What ``pack_rows`` packed, int32 (tokens,) each."""
    ids, lengths = stored[f"{name}_ids"].astype(np.int32), stored[f"{name}_lengths"]
    return np.split(ids, np.cumsum(lengths)[:-1]) if len(lengths) else []


def write_arrays(folder: Path, **arrays: Any) -> Path:
    """Write the file whole or not at all, and return it. Raises ``OutputError``."""
    checkpoints.write_arrays(folder / PREPARED, np.savez_compressed, **arrays)
    return folder / PREPARED


def read_arrays(folder: Path) -> dict[str, np.ndarray] | None:
    """What the folder holds of it, if anything. Raises ``RunError`` when it is damaged."""
    path = folder / PREPARED
    if not path.exists():
        return None
    with checkpoints.stored_arrays(path, "damaged") as stored:
        return dict(stored)


def write(folder: Path, config: Config, prepared: Prepared, seconds: float) -> Path:
    """Keep what a run was prepared to learn from; ``seconds`` is what its teachers took.

    Raises ``OutputError`` when there is no room for it.
    """
    arrays: dict[str, Any] = {
        **pack_rows("train", prepared.train.ids),
        **pack_rows("validation", prepared.validation.ids),
        "train_labels": prepared.train.labels,
        "validation_labels": prepared.validation_labels,
    }
    told = {
        "words": prepared.vocabulary.words,
        "validation_names": prepared.validation_names,
        "fingerprints": prepared.fingerprints,
        "facts": prepared.facts,
        "seconds": seconds,
        "language": asdict(prepared.language.config) if prepared.language else None,
    }
    if prepared.language is not None:
        own = halved(prepared.language.weights)
        arrays |= {f"language/{name}": weight for name, weight in own.items()}
    elif prepared.word_vectors is not None:
        arrays["word_vectors"] = prepared.word_vectors
    if prepared.neighbours is not None:
        table, counts = prepared.neighbours.table, prepared.neighbours.counts
        arrays |= {"neighbours_table": table, "neighbours_counts": counts}
    return write_arrays(folder, told=np.array(json.dumps(told)), **arrays)


def read(folder: Path, config: Config) -> tuple[Prepared, float] | None:
    """What ``write`` kept, if anything. Raises ``RunError`` when it is damaged."""
    stored = read_arrays(folder)
    if stored is None:
        return None
    told = json.loads(str(stored["told"]))
    vocabulary = Vocabulary(told["words"])
    language = _language(folder, told["language"], vocabulary, stored)
    vectors = language.weights["embedding"] if language else stored.get("word_vectors")
    labels = stored["validation_labels"]
    neighbours = None
    if "neighbours_table" in stored:
        neighbours = Neighbours(stored["neighbours_table"], stored["neighbours_counts"])
    prepared = Prepared(
        vocabulary,
        Batches(
            unpack_rows("train", stored), stored["train_labels"], config.batch_size, config.seed,
            augmentation.configured(config, neighbours), config.unlabelled_share,
        ),
        Batches(unpack_rows("validation", stored), labels, config.batch_size),
        labels,
        told["validation_names"],
        vectors,
        language,
        told["fingerprints"],
        told["facts"],
        neighbours,
    )  # fmt: skip
    return prepared, told["seconds"]


def _language(
    folder: Path,
    config: dict[str, Any] | None,
    vocabulary: Vocabulary,
    stored: Mapping[str, np.ndarray],
) -> Pretrained | None:
    """The language model that the run begins from, if any."""
    if config is None:
        return None
    weights = {
        name.removeprefix("language/"): weight.astype(np.float32)
        for name, weight in stored.items()
        if name.startswith("language/")
    }
    own = with_values(Config(), config, str(folder))
    return Pretrained(folder, vocabulary, own, {}, weights)
