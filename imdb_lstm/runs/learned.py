"""What a run keeps of its reviews: its classes, and hashes of the texts it has learned from.

With the hashes, reviews that a run was trained on, or whose labels chose its epoch, are known in
any file, however it is named or split.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from imdb_lstm.data.labels import Classes
from imdb_lstm.runs.files import read_json, reading, write_array, write_json
from imdb_lstm.runs.manifest import CLASSES_FILE, LEARNED_FILE, verify_run


def write_learned(folder: Path, classes: Classes, keys: np.ndarray) -> None:
    """Write the classes, and the ``text_keys`` of train and validation. Raises ``OutputError``."""
    ordered = {"ordered": True} if classes.ordered else {}
    found = {"names": classes.names, "values": dict(classes.values), **ordered}
    write_json(folder / CLASSES_FILE, found)
    write_array(folder / LEARNED_FILE, np.unique(keys))


def read_classes(folder: Path) -> Classes:
    """Read the classes of a finished run. Raises ``RunError``."""
    path = _file(folder, CLASSES_FILE)
    found = read_json(path)
    with reading(path):
        names = tuple(map(str, found["names"]))
        if len(names) < 2:
            raise ValueError("fewer than two classes")
        values = {str(key): int(number) for key, number in found["values"].items()}
        return Classes(names, values, ordered=bool(found.get("ordered", False)))


def read_learned(folder: Path) -> np.ndarray:
    """Read the hashes of the texts that a finished run has learned from, uint64 (n,), ascending.

    Raises ``RunError``.
    """
    path = _file(folder, LEARNED_FILE)
    with reading(path):
        return np.load(path, allow_pickle=False).astype(np.uint64)


def _file(folder: Path, name: str) -> Path:
    """Return the path of a file of a run. Raises ``RunError`` where the run lacks it."""
    if not (folder / name).is_file():
        verify_run(folder)
    return folder / name
