"""Zip archives whose members are read within the sizes that they declare.

The declared sizes are bounded by the size of the archive on disk: a zip bomb is refused unread.
"""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from imdb_lstm.stored.text import MEGABYTE

# Bytes that a file may unpack to: ten megabytes, or so many times its size. Weights shrink to a
# third at most, ids and labels to a tenth; a bomb shrinks to a thousandth.
ALLOWED, MOST_EXPANSION = 10 * MEGABYTE, 20
MOST_MEMBERS = 10_000
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 1  # a bit of the flags


class Archive:
    """The members of an open zip archive.

    Raises ``ValueError`` for names that occur twice or lead out of a folder, other methods of
    compression, and members that are together too large for the archive.
    """

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self._archive = archive
        members = archive.infolist()
        if len(members) > MOST_MEMBERS:
            raise ValueError(f"it has more than {MOST_MEMBERS:,} members")
        self.members = {member.filename: member for member in members}
        if len(self.members) < len(members):
            raise ValueError("two of its members have the same name")
        for member in members:
            if not _is_plain(member.filename):
                raise ValueError(f"its member {member.filename[:60]!r} leads out of it")
            if member.compress_type not in METHODS or member.flag_bits & ENCRYPTED:
                raise ValueError(f"its member {member.filename[:60]!r} is not stored or deflated")
        unpacked = sum(member.file_size for member in members)
        if unpacked > max(ALLOWED, MOST_EXPANSION * size):
            raise ValueError(f"its {size:,} bytes unpack to {unpacked:,}")

    def read(self, name: str) -> bytes:
        """Return the bytes of a member. Raises ``KeyError``, and ``BadZipFile`` for a damaged one.

        No more than the declared size is unpacked, whatever the member holds.
        """
        member = self.members[name]
        with self._archive.open(member) as stream:
            data = stream.read(member.file_size)
        if len(data) != member.file_size:
            raise zipfile.BadZipFile(f"{name[:60]} is cut off")
        return data


def _is_plain(name: str) -> bool:
    r"""Whether the name of a member is a relative path without ``..``.

    >>> [_is_plain(name) for name in ("a/b.npy", "../b", "/b", "a\\..\\b", "")]
    [True, False, False, False, False]
    """
    return bool(name) and "\\" not in name and not {"", ".", ".."} & {*name.split("/")}


@contextlib.contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open the zip archive at a path. Raises ``ValueError``, ``OSError`` and ``BadZipFile``."""
    with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
        yield Archive(archive, path.stat().st_size)
