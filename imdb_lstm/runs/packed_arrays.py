"""TODO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.runs.files import stored_arrays, write_arrays
from imdb_lstm.runs.manifest import PREPARED_FILE


def pack_rows(name: str, rows: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Rows of ids as two arrays: all of them, uint16 where they go into it, and their lengths.

    >>> packed = pack_rows("train", [np.array([5, 6]), np.array([70_000])])
    >>> [row.tolist() for row in unpack_rows("train", packed)]
    [[5, 6], [70000]]
    """
    ids = np.concatenate([np.zeros(0, np.int32), *rows])
    kind = np.uint16 if ids.max(initial=0) < 2**16 else np.int32
    lengths = np.array([len(row) for row in rows], np.int32)
    return {f"{name}_ids": ids.astype(kind), f"{name}_lengths": lengths}


def unpack_rows(name: str, stored: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """What ``pack_rows`` packed, int32 (tokens,) each."""
    ids, lengths = stored[f"{name}_ids"].astype(np.int32), stored[f"{name}_lengths"]
    return np.split(ids, np.cumsum(lengths)[:-1]) if len(lengths) else []


def write_prepared_arrays(folder: Path, **arrays: Any) -> Path:
    """Write the file whole or not at all, and return it. Raises ``OutputError``."""
    write_arrays(folder / PREPARED_FILE, np.savez_compressed, **arrays)
    return folder / PREPARED_FILE


def read_prepared_arrays(folder: Path) -> dict[str, np.ndarray] | None:
    """What the folder holds of it, if anything. Raises ``RunError`` when it is damaged."""
    path = folder / PREPARED_FILE
    if not path.exists():
        return None
    with stored_arrays(path, "damaged") as stored:
        return dict(stored)
