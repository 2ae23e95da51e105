"""Standard input and pipes, kept in a file without a name so that they can be read again."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import lru_cache
from typing import IO, Any, BinaryIO, TextIO


@lru_cache(maxsize=8)
def spooled(stream: TextIO | None, path: str, inode: int) -> Callable[[], BinaryIO]:
    """Copy a stream into a file, once, and return what opens the file.

    The file has no name: a process that is killed leaves none of the texts behind.

    Args:
        stream: Standard input, or None for the pipe at the path.
        path: Of the pipe.
        inode: Of the pipe, which tells it from an earlier one.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115
    if stream is None:
        with open(path, "rb") as pipe:
            shutil.copyfileobj(pipe, file)
    elif hasattr(stream, "buffer"):
        shutil.copyfileobj(stream.buffer, file)
    else:
        file.write(stream.read().encode("utf-8", "replace"))
    file.flush()
    return lambda: io.BufferedReader(_FromStart(file))


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
