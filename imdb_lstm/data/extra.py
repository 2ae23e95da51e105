"""More train reviews from a file: paraphrases or back-translations, say, that were made elsewhere.

Every row has a text and a label. A column ``source`` may name the train review that the row was
made from, as ``Reviews.names`` does. Whatever might carry a held-out review into train is left out
and counted.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from imdb_lstm.config import Config
from imdb_lstm.data import files
from imdb_lstm.data.reviews import Reviews, normalised
from imdb_lstm.errors import DataError
from imdb_lstm.text import Vocabulary

SOURCE_COLUMN = "source"
RUN = 8  # tokens in a row; two texts seldom share any by chance
# A text that shares this much of its runs with held-out texts is a near copy. Of 5,000 train
# reviews of IMDb, 33 share 0.77 or more with validation and test, two 0.21 and 0.32, the rest less.
NEAR_COPY = 0.2
_FACTORS = np.random.default_rng(0).integers(1, 2**63, RUN, dtype=np.uint64) | np.uint64(1)


def load(
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
    reviews, splits = files.read_file(replace(config, data=config.extra_reviews))
    for name, split in zip(reviews.names, splits, strict=True):
        if split not in ("", "train"):
            raise DataError(f"{name}: of the {split} split; extra reviews are train reviews alone")
    rows = files.read_rows(Path(config.extra_reviews))
    return reviews, [str(values.get(SOURCE_COLUMN) or "").strip() for _, values in rows]


def shared_runs(texts: Sequence[str], held_out: Sequence[str]) -> np.ndarray:
    """Share of each text's runs of eight tokens that stand in a held-out text, float (texts,).

    Zero for a text of fewer tokens. (Chowdhery et al. 2022, "PaLM", section 8, tells by such runs
    which test texts a model has seen.)

    >>> shared_runs(["one two three four five six seven eight nine"],
    ...             ["Two three  FOUR five six seven eight nine ten"]).tolist()
    [0.5]
    """
    vocabulary = Vocabulary.from_texts(texts, sys.maxsize, minimum_count=1)
    own, theirs = ([_runs(vocabulary.encode(t)) for t in part] for part in (texts, held_out))
    shared = _found(np.concatenate(own), np.sort(np.concatenate(theirs)))
    ends = np.cumsum([len(runs) for runs in own])
    return np.array([part.mean() if len(part) else 0.0 for part in np.split(shared, ends[:-1])])


def _found(values: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """``np.isin`` for a second array that is sorted: ten times as fast over all of IMDb."""
    return np.searchsorted(ordered, values, "right") > np.searchsorted(ordered, values, "left")


def _runs(ids: np.ndarray) -> np.ndarray:
    """One number a run, uint64 (tokens - 7,): the same for the same run, else as good as never."""
    if len(ids) < RUN:
        return np.zeros(0, np.uint64)
    return np.lib.stride_tricks.sliding_window_view(ids.astype(np.uint64), RUN) @ _FACTORS
