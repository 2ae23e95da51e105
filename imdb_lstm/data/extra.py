"""More train reviews from a file: paraphrases or back-translations, say, that were made elsewhere.

Every row has a text and a label. A column ``source`` may name the train review that the row was
made from, as ``Reviews.names`` does. Whatever might carry a held-out review into train is left out
and counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.data.near_duplicates import NEAR_COPY, shared_runs
from imdb_lstm.data.readers import read_file, read_rows
from imdb_lstm.data.reviews import Reviews, normalised
from imdb_lstm.errors import DataError

SOURCE_COLUMN = "source"


def load_extra_file(
    config: Config, parts: Mapping[str, str], held_out: Sequence[str]
) -> tuple[Reviews, dict[str, float]]:
    """The rows of ``config.extra_reviews`` to add to train, and how many were not, and why.

    ``parts``: name → train, validation, test or unused, for every review there is. ``held_out``:
    the texts of validation and test. Raises ``DataError``, naming file and row, for what cannot be
    read, a split other than train, and a source that there is not.
    """
    reviews, sources = _read(config)
    for name, source in zip(reviews.names, sources, strict=True):
        if source and source not in parts:
            raise DataError(
                f"{name}: source {source!r} is no review of {config.data}; a source is a name such "
                f"as {next(iter(parts))!r}, or empty"
            )
    stands = np.array([parts[source] if source else "train" for source in sources])
    seen = {normalised(text) for text in held_out}
    reasons = {
        "from_validation": stands == "validation",
        "from_test": stands == "test",
        "from_unused": stands == "unused",
        "copies": np.array([normalised(text) in seen for text in reviews.texts]),
        "near_copies": shared_runs(reviews.texts, held_out) >= NEAR_COPY,
    }
    added = np.ones(len(reviews), bool)
    facts: dict[str, float] = {"extra_rows": len(reviews)}
    for reason, concerned in reasons.items():
        facts[f"extra_{reason}"] = int((added & concerned).sum())
        added &= ~concerned
    return reviews.take(np.flatnonzero(added)), {**facts, "extra_added": int(added.sum())}


def _read(config: Config) -> tuple[Reviews, list[str]]:
    """All the rows, and the source that each names, "" where none."""
    reviews, splits = read_file(replace(config, data=config.extra_reviews))
    for name, split in zip(reviews.names, splits, strict=True):
        if split not in ("", "train"):
            raise DataError(f"{name}: of the {split} split; extra reviews are train reviews alone")
    rows = read_rows(Path(config.extra_reviews))
    return reviews, [str(values.get(SOURCE_COLUMN) or "").strip() for _, values in rows]
