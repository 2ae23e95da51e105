"""Near-duplicate detection: the share of a text's token runs that occur in other texts."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from imdb_lstm.text.vocabulary import Vocabulary

RUN_LENGTH = 8  # consecutive tokens; two texts rarely share a run by chance
# A text that shares at least this part of its runs with held-out texts is a near copy. Of 5,000
# train reviews of IMDb, 33 share at least 0.77 with validation and test, two 0.21 and 0.32, and all
# others less.
NEAR_COPY = 0.2
_FACTORS = np.random.default_rng(0).integers(1, 2**63, RUN_LENGTH, dtype=np.uint64) | np.uint64(1)


def shared_runs(texts: Sequence[str], held_out: Sequence[str]) -> np.ndarray:
    """Return the share of each text's 8-token runs that occur in a held-out text, float (texts,).

    It is 0 for a text of fewer than 8 tokens. Source: Chowdhery et al. (2022), "PaLM", section 8,
    which finds test texts in the training set by their shared runs of eight tokens.

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
    """Return ``np.isin`` for a sorted second array; ten times faster on all of IMDb."""
    return np.searchsorted(ordered, values, "right") > np.searchsorted(ordered, values, "left")


def _runs(ids: np.ndarray) -> np.ndarray:
    """Return a hash of each run, uint64 (tokens - 7,); collisions are negligibly rare."""
    if len(ids) < RUN_LENGTH:
        return np.zeros(0, np.uint64)
    return np.lib.stride_tricks.sliding_window_view(ids.astype(np.uint64), RUN_LENGTH) @ _FACTORS
