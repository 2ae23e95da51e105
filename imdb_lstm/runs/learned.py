"""What a run keeps of its reviews: its classes, and hashes of the texts it has learned from.

With the hashes, reviews that a run was trained on, or whose labels chose its epoch, are known in
any file, however it is named or split.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.data.find_classes import MOST_CLASSES
from imdb_lstm.data.labels import LEFT_OUT, Classes
from imdb_lstm.runs.files import read_json, reading, write_array, write_json
from imdb_lstm.runs.manifest import CLASSES_FILE, LEARNED_FILE, verify_run
from imdb_lstm.stored.arrays import read_array

LONGEST_NAME = 1_000  # characters of the name of a class


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
        names, values, ordered = found["names"], found["values"], found.get("ordered", False)
        return checked_classes(names, values, ordered)


def checked_classes(names: Any, values: Any, ordered: Any) -> Classes:
    """Return the classes that a file has. Raises ``ValueError`` for what can be none."""
    if not isinstance(names, list) or not 2 <= len(names) <= MOST_CLASSES:
        raise ValueError(f"there must be 2 to {MOST_CLASSES} classes")
    if len({*map(repr, names)}) < len(names) or not all(map(_is_name, names)):
        raise ValueError("a name of a class is no text, too long, unprintable, or occurs twice")
    numbers = {*range(LEFT_OUT, len(names))}
    if not isinstance(values, dict) or not isinstance(ordered, bool):
        raise ValueError("the values of the classes have no numbers")
    if not all(type(number) is int and number in numbers for number in values.values()):
        raise ValueError("a value belongs to no class")
    return Classes(tuple(names), values, ordered=ordered)


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and len(name) <= LONGEST_NAME and name.isprintable()


def read_learned(folder: Path) -> np.ndarray:
    """Read the hashes of the texts that a finished run has learned from, uint64 (n,), ascending.

    Raises ``RunError``.
    """
    path = _file(folder, LEARNED_FILE)
    with reading(path):
        found = read_array(path)
        if found.dtype != np.uint64 or found.ndim != 1:
            raise ValueError(f"hashes cannot be {found.dtype} of shape {found.shape}")
        return found


def _file(folder: Path, name: str) -> Path:
    """Return the path of a file of a run. Raises ``RunError`` where the run lacks it."""
    if not (folder / name).is_file():
        verify_run(folder)
    return folder / name
