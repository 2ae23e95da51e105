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
    >>> [row.tolist() for row in unpack_rows("train", packed)]
    [[5, 6], [70000]]
    """
    ids = np.concatenate([np.zeros(0, np.int32), *rows])
    kind = np.uint16 if ids.max(initial=0) < 2**16 else np.int32
    lengths = np.array([len(row) for row in rows], np.int32)
    return {f"{name}_ids": ids.astype(kind), f"{name}_lengths": lengths}


def unpack_rows(name: str, stored: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """The rows that ``pack_rows`` packed, int32 (tokens,) each."""
    ids, lengths = stored[f"{name}_ids"].astype(np.int32), stored[f"{name}_lengths"]
    return np.split(ids, np.cumsum(lengths)[:-1]) if len(lengths) else []


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
