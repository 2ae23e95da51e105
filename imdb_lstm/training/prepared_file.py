"""The prepared training file: everything a network is trained on, as ids and labels, without texts.

It is saved in the folder of an unfinished run. That folder can be copied to another machine, which
needs neither the reviews nor TensorFlow, and the run trained there with the same result.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.config.values import with_values
from imdb_lstm.data.batches import Batches, as_targets
from imdb_lstm.runs.files import reading
from imdb_lstm.runs.learned import checked_classes
from imdb_lstm.runs.manifest import PREPARED_FILE
from imdb_lstm.runs.packed_arrays import (
    check_vectors,
    pack_rows,
    read_prepared_arrays,
    unpack_rows,
    write_prepared_arrays,
)
from imdb_lstm.runs.pretrained import Pretrained, checked_weights, half_precision
from imdb_lstm.stored.text import parse_json
from imdb_lstm.text.vocabulary import Vocabulary
from imdb_lstm.training.prepare import Prepared
from imdb_lstm.training.token_augmentation import Neighbours, token_augmentation

VALUES = ("validation_names", "fingerprints", "counts", "seconds")  # saved as JSON


def write_prepared(folder: Path, prepared: Prepared) -> Path:
    """Write the file and return its path. Raises ``OutputError`` when that fails."""
    arrays: dict[str, Any] = {
        **pack_rows("train", prepared.train.ids),
        **pack_rows("validation", prepared.validation.ids),
        "train_labels": prepared.train.labels,
        "validation_labels": prepared.validation_labels,
        "learned": prepared.learned,
    }
    language_model = prepared.language_model
    values = {name: getattr(prepared, name) for name in VALUES} | {
        "words": prepared.vocabulary.words,
        "classes": [
            prepared.classes.names,
            dict(prepared.classes.values),
            prepared.classes.ordered,
        ],
        "language_model": asdict(language_model.config) if language_model else None,
    }
    if language_model is not None:
        own = half_precision(language_model.weights)
        arrays |= {f"language_model/{name}": weight for name, weight in own.items()}
    elif prepared.word_vectors is not None:
        arrays["word_vectors"] = prepared.word_vectors
    if prepared.neighbours is not None:
        table, counts = prepared.neighbours.table, prepared.neighbours.counts
        arrays |= {"neighbours_table": table, "neighbours_counts": counts}
    return write_prepared_arrays(folder, values=np.array(json.dumps(values)), **arrays)


def read_prepared(folder: Path, config: Config) -> Prepared | None:
    """Read the file, or return None if there is none. Raises ``RunError`` when it is damaged."""
    stored = read_prepared_arrays(folder)
    if stored is None:
        return None
    with reading(folder / PREPARED_FILE):
        return _prepared(folder, config, stored)


def _prepared(folder: Path, config: Config, stored: Mapping[str, np.ndarray]) -> Prepared:
    """What the arrays hold. Raises many kinds of errors where they do not belong together."""
    values = parse_json(str(stored["values"]))
    vocabulary, classes = Vocabulary(values["words"]), checked_classes(*values["classes"])
    check_values(values)
    check_arrays(stored, len(vocabulary), config.embedding_dim, len(classes))
    language_model = _language_model(folder, values["language_model"], vocabulary, stored)
    vectors = stored.get("word_vectors")
    if language_model is not None:
        vectors = language_model.weights["embedding"]
    neighbours = None
    if "neighbours_table" in stored:
        neighbours = Neighbours(stored["neighbours_table"], stored["neighbours_counts"])
    augment = token_augmentation(config, neighbours)
    train, validation = (
        unpack_rows(part, stored, len(vocabulary)) for part in ("train", "validation")
    )
    labels = stored["validation_labels"]
    return Prepared(
        vocabulary=vocabulary,
        train=Batches(train, stored["train_labels"], config.batch_size, config.seed, augment),
        validation=Batches(validation, as_targets(labels, len(classes)), config.batch_size),
        validation_labels=labels,
        word_vectors=vectors,
        language_model=language_model,
        neighbours=neighbours,
        classes=classes,
        learned=stored["learned"],
        **{name: values[name] for name in VALUES},
    )


def check_values(values: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` for values that are no names, fingerprints, counts and seconds."""
    texts = [*values["words"], *values["validation_names"], *values["fingerprints"].values()]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("a word, a name or a fingerprint is no text")
    if not all(isinstance(n, int | float) for n in (*values["counts"].values(), values["seconds"])):
        raise ValueError("a count is no number")


def check_arrays(stored: Mapping[str, np.ndarray], words: int, width: int, classes: int) -> None:
    """Raise ``ValueError`` for labels and vectors that are not those of the rows and words."""
    n, m = len(stored["train_lengths"]), len(stored["validation_lengths"])
    labels, held_out = stored["train_labels"], stored["validation_labels"]
    if labels.shape != ((n,) if classes == 2 else (n, classes)) or held_out.shape != (m,):
        raise ValueError("the labels are not those of the rows")
    if not ((labels >= 0) & (labels <= 1)).all():
        raise ValueError("a train label is no probability")
    if held_out.dtype.kind not in "iu" or not ((held_out >= 0) & (held_out < classes)).all():
        raise ValueError("a validation label is of no class")
    vectors, learned = stored.get("word_vectors"), stored["learned"]
    if vectors is not None:
        check_vectors(vectors, words, width)
    if learned.dtype != np.uint64 or learned.ndim != 1:
        raise ValueError("the hashes of the texts are none")
    table, counts = stored.get("neighbours_table"), stored.get("neighbours_counts")
    if table is None or counts is None:
        return
    whole = table.dtype.kind in "iu" and counts.dtype.kind in "iu"
    if not whole or table.ndim != 2 or len(table) != words or counts.shape != (words,):
        raise ValueError("the near words are not those of the words")
    if not (((table >= 0) & (table < words)).all() and (counts >= 0).all()) or (
        counts.max(initial=0) > table.shape[1]
    ):
        raise ValueError("a near word is no word")


def _language_model(
    folder: Path,
    config: dict[str, Any] | None,
    vocabulary: Vocabulary,
    stored: Mapping[str, np.ndarray],
) -> Pretrained | None:
    """Restore the language model that the network starts from, if any."""
    if config is None:
        return None
    found = {
        name.removeprefix("language_model/"): weight
        for name, weight in stored.items()
        if name.startswith("language_model/")
    }
    own = with_values(Config(), config, str(folder))
    weights = checked_weights(found, own, len(vocabulary))
    return Pretrained(folder, vocabulary, own, {}, weights)
