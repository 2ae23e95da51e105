"""Extra train reviews from a file, for example paraphrases or back-translations of train reviews.

Every row has a text and a label. An optional column ``source`` is the name of the review that the
row was made from, as in ``Reviews.names``. Rows that could leak held-out reviews into train are
left out and counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.data.labels import Classes
from imdb_lstm.data.near_duplicates import NEAR_COPY, shared_runs
from imdb_lstm.data.readers import read_source
from imdb_lstm.data.reviews import Reviews, normalised
from imdb_lstm.errors import DataError

SOURCE_COLUMN = "source"


def load_extra_file(
    config: Config, origins: Mapping[str, str], held_out: Sequence[str], classes: Classes
) -> tuple[Reviews, dict[str, float]]:
    """Return the rows of ``config.extra_reviews`` to add to train, and counts of all rows.

    ``origins``: name of every review → train, validation, test or unused. ``held_out``: the texts
    of validation and test. ``classes``: those of the train reviews. The counts are ``extra_rows``,
    ``extra_added``, and how many rows were left out for each reason. Raises ``DataError``, naming
    file and row, for rows that cannot be read, for another split than train, and for an unknown
    source.
    """
    reviews, sources = _read(config, classes)
    for name, source in zip(reviews.names, sources, strict=True):
        if source and source not in origins:
            raise DataError(
                f"{name}: source {source!r} is no review of {config.data}; a source is a name such "
                f"as {next(iter(origins))!r}, or empty"
            )
    parts = np.array([origins[source] if source else "train" for source in sources])
    seen = {normalised(text) for text in held_out}
    reasons = {
        "from_validation": parts == "validation",
        "from_test": parts == "test",
        "from_unused": parts == "unused",
        "copies": np.array([normalised(text) in seen for text in reviews.texts]),
        "near_copies": shared_runs(reviews.texts, held_out) >= NEAR_COPY,
    }
    added = np.ones(len(reviews), bool)
    counts: dict[str, float] = {"extra_rows": len(reviews)}
    for reason, concerned in reasons.items():
        counts[f"extra_{reason}"] = int((added & concerned).sum())
        added &= ~concerned
    return reviews.take(np.flatnonzero(added)), {**counts, "extra_added": int(added.sum())}


def _read(config: Config, classes: Classes) -> tuple[Reviews, list[str]]:
    """Return all rows as reviews, and the source of each, "" for none."""
    found = read_source(config, classes, extra=config.extra_reviews)
    for name, split in zip(found.reviews.names, found.splits, strict=True):
        if split not in ("", "train"):
            raise DataError(f"{name}: {split} split; extra reviews can only be train reviews")
    return found.reviews, found.sources or [""] * len(found.reviews)
