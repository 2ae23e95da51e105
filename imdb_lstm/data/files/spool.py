"""Standard input and pipes, kept in a file without a name so that they can be read again."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import IO, Any, BinaryIO, TextIO

from imdb_lstm.errors import OutputError

BLOCK = 1 << 20


@lru_cache(maxsize=8)
def spooled(stream: TextIO | None, path: str, inode: int) -> Callable[[], BinaryIO]:
    """Copy a stream into a file, once, and return what opens the file.

    The file has no name: a process that is killed leaves none of the texts behind. Raises
    ``OutputError`` when it cannot be written.

    Args:
        stream: Standard input, or None for the pipe at the path.
        path: Of the pipe.
        inode: Of the pipe, which tells it from an earlier one.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115
    with open(path, "rb") if stream is None else _bytes_of(stream) as source:
        while block := source.read(BLOCK):
            _write(file, block)
    return lambda: io.BufferedReader(_FromStart(file))


def _bytes_of(stream: TextIO) -> AbstractContextManager[BinaryIO]:
    if hasattr(stream, "buffer"):
        return nullcontext(stream.buffer)
    return io.BytesIO(stream.read().encode("utf-8", "replace"))


def _write(file: IO[bytes], block: bytes) -> None:
    try:
        file.write(block)
        file.flush()
    except OSError as error:
        why = f"{os.strerror(error.errno or 0)}; TMPDIR names another folder"
        raise OutputError(f"{tempfile.gettempdir()} cannot hold the texts: {why}") from error


class _FromStart(io.RawIOBase):
    """Reads an open file from its start, at a place of its own."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.place = file, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = os.pread(self.file.fileno(), len(buffer), self.place)
        buffer[: len(read)] = read
        self.place += len(read)
        return len(read)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        size = os.fstat(self.file.fileno()).st_size
        starts = {os.SEEK_SET: 0, os.SEEK_CUR: self.place, os.SEEK_END: size}
        self.place = starts[whence] + offset
        return self.place

    def tell(self) -> int:
        return self.place
