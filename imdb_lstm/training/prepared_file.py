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
from imdb_lstm.data.labels import Classes
from imdb_lstm.runs.packed_arrays import (
    pack_rows,
    read_prepared_arrays,
    unpack_rows,
    write_prepared_arrays,
)
from imdb_lstm.runs.pretrained import Pretrained, half_precision
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
    values = json.loads(str(stored["values"]))
    vocabulary = Vocabulary(values["words"])
    language_model = _language_model(folder, values["language_model"], vocabulary, stored)
    vectors = stored.get("word_vectors")
    if language_model is not None:
        vectors = language_model.weights["embedding"]
    neighbours = None
    if "neighbours_table" in stored:
        neighbours = Neighbours(stored["neighbours_table"], stored["neighbours_counts"])
    augment = token_augmentation(config, neighbours)
    train, validation = (unpack_rows(part, stored) for part in ("train", "validation"))
    labels, classes = stored["validation_labels"], _classes(*values["classes"])
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


def _classes(names: list[str], values: dict[str, int], ordered: bool) -> Classes:
    return Classes(tuple(names), values, ordered=ordered)


def _language_model(
    folder: Path,
    config: dict[str, Any] | None,
    vocabulary: Vocabulary,
    stored: Mapping[str, np.ndarray],
) -> Pretrained | None:
    """Restore the language model that the network starts from, if any."""
    if config is None:
        return None
    weights = {
        name.removeprefix("language_model/"): weight.astype(np.float32)
        for name, weight in stored.items()
        if name.startswith("language_model/")
    }
    own = with_values(Config(), config, str(folder))
    return Pretrained(folder, vocabulary, own, {}, weights)
