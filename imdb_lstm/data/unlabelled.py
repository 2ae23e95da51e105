"""Reviews without a label from a file, for word vectors, language models and pseudo-labels."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from imdb_lstm.data.near_duplicates import NEAR_COPY, shared_runs
from imdb_lstm.data.reviews import normalised
from imdb_lstm.errors import DataError


def without_copies(texts: Sequence[str], held_out: Sequence[str], path: str) -> list[str]:
    """Return the texts of the file ``path`` that are no copy or near copy of a held-out text.

    Raises ``DataError``, naming the file, when none is left.
    """
    seen = {normalised(text) for text in held_out}
    copies = np.array([normalised(text) in seen for text in texts], bool)
    if len(texts):
        copies |= shared_runs(texts, held_out) >= NEAR_COPY
    kept = [text for text, copy in zip(texts, copies, strict=True) if not copy]
    if not kept:
        raise DataError(
            f"{path} contains no text that is not also a validation or test review: add other texts"
        )
    return kept


def texts_fingerprint(texts: Sequence[str]) -> str:
    """Return the SHA-256 of the texts in order, which identifies a run's unlabelled reviews."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(f"{text}\x1e".encode("utf-8", "replace"))
    return digest.hexdigest()
