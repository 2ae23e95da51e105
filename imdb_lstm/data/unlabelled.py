"""Reviews without a label, from a file: word vectors learn from them, and teachers label them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from imdb_lstm.data.near_duplicates import NEAR_COPY, shared_runs
from imdb_lstm.data.readers import read_texts
from imdb_lstm.data.reviews import normalised
from imdb_lstm.errors import DataError


def load_unlabelled_file(path: Path, column: str, held_out: Sequence[str]) -> list[str]:
    """The texts of a file, as for ``predict``, that are no copy or near copy of a held-out one.

    Raises ``DataError``, naming file and row, for what cannot be read, and when nothing is left.
    """
    texts = list(read_texts(path, column))
    seen = {normalised(text) for text in held_out}
    copies = np.array([normalised(text) in seen for text in texts], bool)
    if len(texts):
        copies |= shared_runs(texts, held_out) >= NEAR_COPY
    kept = [text for text, copy in zip(texts, copies, strict=True) if not copy]
    if not kept:
        raise DataError(
            f"{path} holds no text that is not also a validation or test review: nothing to learn"
        )
    return kept


def file_fingerprint(path: Path) -> str:
    """What the file is known by. Raises ``DataError`` when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
