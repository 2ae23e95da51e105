"""The bytes of a file: pipes are spooled, compressed files are opened, errors are one line."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, BinaryIO, cast
from zipfile import BadZipFile

from imdb_lstm.data.files.spool import spooled
from imdb_lstm.errors import DataError

STANDARD_INPUT = ("-", "/dev/stdin")
ONE_PIPE = ("/dev/fd/", "/proc/")  # of a process substitution
COMPRESSED = (".gz", ".gzip", ".zst", ".zstd", ".bz2", ".xz", ".zip")
HEAD = 65_536
MOST_LAYERS = 3  # a .csv.gz in a .zip has two

Opener = Callable[[], BinaryIO]


@dataclass(frozen=True)
class Source:
    """A file whose decompressed bytes can be read again and again.

    ``suffix`` is the one that tells the format: ``.csv`` of ``a.txt.CSV.gz``. ``members`` are the
    names of the parts of a file that is a zip archive by its nature, such as a workbook.
    """

    name: str
    path: str
    suffix: str
    opener: Opener
    layers: str = ""
    members: tuple[str, ...] = ()

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the bytes. Errors in reading them are raised as ``DataError``."""
        with reading(self.name), self.opener() as stream:
            yield stream

    def head(self) -> bytes:
        """Return the first bytes. Raises ``DataError`` when they cannot be read."""
        with self.open() as stream:
            return stream.read(HEAD)


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Raise ``DataError`` for the errors of reading a file."""
    try:
        yield
    except PermissionError as error:
        raise DataError(f"{name}: no permission to read it") from error
    except FileNotFoundError as error:
        raise DataError(f"{name}: no such file") from error
    except (OSError, EOFError, zlib.error, lzma.LZMAError, BadZipFile) as error:
        raise DataError(
            f"{name} cannot be read: it may be damaged or cut off ({_first_line(error)})"
        ) from error
    except (RuntimeError, NotImplementedError) as error:  # what zipfile raises
        if isinstance(error, RecursionError):
            raise
        raise DataError(f"{name} cannot be read: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def open_source(path: str) -> Source:
    """Return the source of a path, of standard input for ``-``, or of a pipe.

    Raises ``DataError`` when it does not exist, cannot be read, or is an archive of several files.
    """
    name = path if path.startswith("/dev/") else PurePath(path).name or path
    name = "standard input" if path in STANDARD_INPUT else name
    with reading(path if name != "standard input" else name):
        opener = _plain_opener(path)
        with opener() as stream:
            magic = stream.read(8)
    source = Source(name, path, format_suffix(path), opener)
    for _ in range(MOST_LAYERS):
        kind = compression(magic)
        if not kind or source.members:
            break
        source = _decompressed(source, kind)
        magic = source.head()[:8]
    return source


def compression(magic: bytes) -> str:
    r"""Return the compression that the first bytes of a file tell, or "" for none.

    >>> compression(b"\x1f\x8b\x08\x00")
    'gzip'
    """
    known = {
        b"\x1f\x8b": "gzip",
        b"\x28\xb5\x2f\xfd": "zstd",
        b"BZh": "bzip2",
        b"\xfd7zXZ\x00": "xz",
        b"PK\x03\x04": "zip",
        b"PK\x05\x06": "zip",
    }
    return next((kind for start, kind in known.items() if magic.startswith(start)), "")


def _plain_opener(path: str) -> Opener:
    if path in STANDARD_INPUT:
        return spooled(sys.stdin, path, 0)
    found = os.stat(path)
    if stat.S_ISREG(found.st_mode):
        return lambda: open(path, "rb")
    if path.startswith(ONE_PIPE):
        return spooled(None, path, found.st_ino)
    return spooled.__wrapped__(None, path, 0)  # a named pipe may have new content each time


def _decompressed(source: Source, kind: str) -> Source:
    changes: dict[str, Any] = {}
    if kind == "zip":
        with source.open() as stream, _damaged_zip(), zipfile.ZipFile(stream) as archive:
            files = _files_in(archive)
        if "[Content_Types].xml" in files or "mimetype" in files:
            return _replace(source, members=tuple(files))
        member = _only_file(files, source.name)
        changes["suffix"] = _suffix_in_zip(member) or source.suffix
        opener = _zip_opener(source.opener, member)
    else:
        opener = _STREAMS[kind](source.opener)
    layers = ", ".join(filter(None, (source.layers, kind)))
    return _replace(source, opener=opener, layers=layers, **changes)


@contextmanager
def _damaged_zip() -> Iterator[None]:
    """Raise ``BadZipFile`` for the other errors that damage of an archive leads to."""
    try:
        yield
    except (LookupError, ValueError, TypeError, struct.error, OverflowError) as error:
        raise BadZipFile(_first_line(error)) from error


def format_suffix(path: str) -> str:
    """Return the suffix that tells the format.

    >>> format_suffix("a.txt.CSV.gz"), format_suffix("reviews")
    ('.csv', '')
    """
    suffixes = [suffix.lower() for suffix in PurePath(path).suffixes]
    while suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _replace(source: Source, **changes: Any) -> Source:
    return Source(**{**source.__dict__, **changes})


def _suffix_in_zip(member: str) -> str:
    suffixes = [suffix.lower() for suffix in PurePath(member).suffixes]
    return next((each for each in reversed(suffixes) if each not in COMPRESSED), "")


def _files_in(archive: zipfile.ZipFile) -> list[str]:
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    # What macOS and Windows add to an archive by themselves.
    return [
        name
        for name in names
        if not name.startswith("__MACOSX/")
        and PurePath(name).name not in (".DS_Store", "Thumbs.db", "desktop.ini")
    ]


def _only_file(files: list[str], name: str) -> str:
    if len(files) == 1:
        return files[0]
    if not files:
        raise DataError(f"{name} is a zip archive without a file in it")
    more = ", …" if len(files) > 10 else ""
    raise DataError(
        f"{name} is a zip archive of {len(files)} files ({', '.join(files[:10])}{more}): "
        "unpack it and name one of them"
    )


def _zip_opener(opener: Opener, member: str) -> Opener:
    def opened() -> BinaryIO:
        with _damaged_zip():
            return cast(BinaryIO, zipfile.ZipFile(opener()).open(member))

    return opened


def _zstd_stream(opener: Opener) -> BinaryIO:
    try:
        import pyarrow
    except ImportError as error:
        raise missing_library("reading .zst files", "pyarrow") from error
    return cast(BinaryIO, io.BufferedReader(pyarrow.CompressedInputStream(opener(), "zstd")))


def missing_library(purpose: str, library: str) -> DataError:
    """Return the error that a library of the extra ``files`` is not installed."""
    return DataError(f"{purpose} needs {library}: pip install 'imdb-lstm[files]'")


_STREAMS: dict[str, Callable[[Opener], Opener]] = {
    "gzip": lambda opener: lambda: cast(BinaryIO, gzip.GzipFile(fileobj=opener())),
    "bzip2": lambda opener: lambda: cast(BinaryIO, bz2.BZ2File(opener())),
    "xz": lambda opener: lambda: cast(BinaryIO, lzma.LZMAFile(opener())),  # noqa: SIM115
    "zstd": lambda opener: lambda: _zstd_stream(opener),
}
