"""The prepared training file of an unfinished run: ids, labels and vectors in one ``.npz`` file.

It lets another machine train without the reviews, or a resumed training skip their preparation.
Rows of ids of different lengths are stored as one array and their lengths.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.runs.files import stored_arrays, write_arrays
from imdb_lstm.runs.manifest import PREPARED_FILE


def pack_rows(name: str, rows: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Pack rows of ids, int32 (tokens,) each, into two arrays: the ids of all rows and the lengths.

    The ids are stored as uint16 if all are below 65,536.

    >>> packed = pack_rows("train", [np.array([5, 6]), np.array([70_000])])
    >>> [row.tolist() for row in unpack_rows("train", packed, words=70_001)]
    [[5, 6], [70000]]
    """
    ids = np.concatenate([np.zeros(0, np.int32), *rows])
    kind = np.uint16 if ids.max(initial=0) < 2**16 else np.int32
    lengths = np.array([len(row) for row in rows], np.int32)
    return {f"{name}_ids": ids.astype(kind), f"{name}_lengths": lengths}


def unpack_rows(name: str, stored: Mapping[str, np.ndarray], words: int) -> list[np.ndarray]:
    """The rows that ``pack_rows`` packed, int32 (tokens,) each.

    Raises ``ValueError`` for rows that are empty or have other ids than those of as many ``words``.
    """
    ids, lengths = stored[f"{name}_ids"], stored[f"{name}_lengths"]
    if (
        ids.dtype.kind not in "iu"
        or lengths.dtype.kind not in "iu"
        or {ids.ndim, lengths.ndim} != {1}
    ):
        raise ValueError(f"the ids of {name} are no whole numbers")
    if lengths.min(initial=1) < 1 or lengths.sum(dtype=object) != len(ids):
        raise ValueError(f"the rows of {name} have not the lengths that are stored")
    if ids.min(initial=0) < 0 or ids.max(initial=0) >= words:
        raise ValueError(f"the rows of {name} have ids of no word")
    ids = ids.astype(np.int32)
    return np.split(ids, np.cumsum(lengths)[:-1]) if len(lengths) else []


def check_vectors(vectors: np.ndarray, words: int, width: int) -> None:
    """Raise ``ValueError`` unless there are finite vectors of this width, one for each word."""
    if vectors.shape != (words, width) or vectors.dtype.kind != "f":
        raise ValueError(f"the word vectors are {vectors.dtype} of shape {vectors.shape}")
    if not np.isfinite(vectors).all():
        raise ValueError("a word vector is not finite")


def write_prepared_arrays(folder: Path, **arrays: Any) -> Path:
    """Write the prepared training file and return its path. Raises ``OutputError``."""
    write_arrays(folder / PREPARED_FILE, np.savez_compressed, **arrays)
    return folder / PREPARED_FILE


def read_prepared_arrays(folder: Path) -> dict[str, np.ndarray] | None:
    """The arrays of the prepared training file, or None if the folder has none.

    Raises ``RunError`` when the file is damaged.
    """
    path = folder / PREPARED_FILE
    if not path.exists():
        return None
    with stored_arrays(path, "damaged") as stored:
        return dict(stored)
