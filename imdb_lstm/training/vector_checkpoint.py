"""The checkpoint of n-gram embeddings, so that a killed training of them resumes exactly."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from imdb_lstm.runs.files import stored_arrays, write_arrays
from imdb_lstm.runs.manifest import CHECKPOINT_FILE


def write_vector_checkpoint(folder: Path, epoch: int, seconds: float, vectors: np.ndarray) -> None:
    """Save n-gram embeddings, float32 (n-grams, width), after an epoch, with the seconds so far."""
    write_arrays(folder / CHECKPOINT_FILE, np.savez, epoch=epoch, seconds=seconds, vectors=vectors)


def read_vector_checkpoint(folder: Path) -> tuple[int, float, np.ndarray] | None:
    """Read (epoch, seconds, embeddings), or None. Raises ``RunError`` when the file is damaged."""
    path = folder / CHECKPOINT_FILE
    if not path.exists():
        return None
    with stored_arrays(path, "damaged") as stored:
        vectors = stored["vectors"]
        if vectors.dtype != np.float32 or vectors.ndim != 2 or not np.isfinite(vectors).all():
            raise ValueError(f"the embeddings are {vectors.dtype} of shape {vectors.shape}")
        return int(stored["epoch"]), float(stored["seconds"]), vectors
