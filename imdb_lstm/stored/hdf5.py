"""The arrays of an HDF5 file in memory, which may hold nothing but groups and plain arrays.

HDF5 can link to other files, keep arrays in them, and declare arrays of any size without storing
them. All of that is refused before it is followed, read or given memory.
"""

from __future__ import annotations

import io
import math
from typing import Any

import h5py
import numpy as np

DEEPEST, MOST_OBJECTS = 10, 10_000
LAYOUTS = (
    h5py.h5d.CONTIGUOUS,
    h5py.h5d.COMPACT,
)  # neither chunks, which may be absent, nor virtual


class Hdf5Arrays:
    """The arrays by their paths, and the attribute ``name`` of the groups that have one.

    Raises ``ValueError`` for what the module refuses, and ``OSError`` where it is no such file.
    """

    def __init__(self, data: bytes) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self.names: dict[str, str] = {}
        self._room, self._seen = len(data), set[int]()
        with h5py.File(io.BytesIO(data), "r") as file:
            self._walk(file, "", 0)

    def _walk(self, group: h5py.Group, path: str, depth: int) -> None:
        if depth > DEEPEST:
            raise ValueError("its groups are nested too deeply")
        for key in group:
            own = f"{path}/{key}" if path else key
            if type(group.get(key, getlink=True)) is not h5py.HardLink:
                raise ValueError(f"{own[:60]!r} is a link, perhaps to another file")
            found = group[key]
            self._count(found, own)
            if isinstance(found, h5py.Group):
                if "name" in found.attrs:
                    self.names[own] = _name(found, own)
                self._walk(found, own, depth + 1)
            elif isinstance(found, h5py.Dataset):
                self.arrays[own] = self._array(found, own)
            else:
                raise ValueError(f"{own[:60]!r} is neither a group nor an array")

    def _count(self, found: Any, path: str) -> None:
        """Raise ``ValueError`` for an object that occurs twice, as in a loop, or one too many."""
        address = h5py.h5o.get_info(found.id).addr
        if address in self._seen or len(self._seen) == MOST_OBJECTS:
            raise ValueError(f"{path[:60]!r} occurs twice, or it has too many parts")
        self._seen.add(address)

    def _array(self, found: h5py.Dataset, path: str) -> np.ndarray:
        made = found.id.get_create_plist()
        if made.get_layout() not in LAYOUTS or made.get_external_count() or made.get_nfilters():
            raise ValueError(f"{path[:60]!r} is chunked, compressed, or stored in another file")
        if found.dtype.kind not in "iuf" or found.dtype.names or found.shape is None:
            raise ValueError(f"{path[:60]!r} is no array of numbers")
        size = math.prod(found.shape) * found.dtype.itemsize
        self._room -= size
        if found.id.get_storage_size() != size or self._room < 0:
            raise ValueError(f"{path[:60]!r} of shape {found.shape} is not stored in the file")
        return found[()]


def _name(group: h5py.Group, path: str) -> str:
    if group.attrs.get_id("name").shape != ():
        raise ValueError(f"the name of {path[:60]!r} is no text")
    found = group.attrs["name"]
    if not isinstance(found, str | bytes):
        raise ValueError(f"the name of {path[:60]!r} is no text")
    return found.decode() if isinstance(found, bytes) else found
