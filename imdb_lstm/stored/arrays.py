"""NumPy's files, ``.npy`` and ``.npz``, without pickles; a shape must fit the bytes that follow.

Format: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".
"""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from imdb_lstm.stored.archive import Archive, open_archive
from imdb_lstm.stored.text import check_size

KINDS = "biufU"  # booleans, integers, floats, text: no objects, no structures


class StoredArrays(Mapping[str, np.ndarray]):
    """The arrays of an ``.npz`` file by their names, each read when it is asked for."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        names = archive.members
        if odd := next((name for name in names if not name.endswith(".npy")), None):
            raise ValueError(f"its member {odd[:60]!r} is no array")
        self._names = {name.removesuffix(".npy"): name for name in names}

    def __getitem__(self, name: str) -> np.ndarray:
        return array_of(self._archive.read(self._names[name]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def array_of(data: bytes) -> np.ndarray:
    """Return the array of the bytes of an ``.npy`` file.

    Raises ``ValueError`` for objects, structures, and a shape that is not that of the bytes.

    >>> stream = io.BytesIO()
    >>> np.save(stream, np.array([1.5, 2.0]))
    >>> array_of(stream.getvalue()).tolist()
    [1.5, 2.0]
    """
    stream = io.BytesIO(data)
    version = npy.read_magic(stream)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise ValueError("it is an array of another format")
    shape, by_columns, dtype = readers[version](stream)
    if dtype.kind not in KINDS:
        raise ValueError(f"Object arrays and structures are not read: {dtype}")
    rest = len(data) - stream.tell()
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != rest:
        raise ValueError(f"an array of shape {shape} is stored in {rest:,} bytes")
    if dtype.itemsize == 0:  # empty text
        return np.zeros(shape, dtype)
    found = np.frombuffer(bytearray(data), dtype, offset=stream.tell())
    return found.reshape(shape, order="F" if by_columns else "C")


def read_array(path: Path) -> np.ndarray:
    """Return the array of an ``.npy`` file. Raises ``OSError`` and ``ValueError``."""
    check_size(path)
    return array_of(path.read_bytes())


@contextlib.contextmanager
def open_arrays(path: Path) -> Iterator[StoredArrays]:
    """Open an ``.npz`` file. Raises ``OSError``, ``ValueError`` and ``BadZipFile``."""
    with open_archive(path) as archive:
        yield StoredArrays(archive)
