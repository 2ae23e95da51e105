"""Rows in the formats of files: CSV, TSV, JSON lines and Parquet, compressed or not.

A writer gives bytes that are appended: a beginning, and then those of some rows at a time, so that
a file can be cut off after any of them and continued.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import json
import lzma
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Protocol

from imdb_lstm.data.files.rows import BadRow
from imdb_lstm.data.files.source import missing_library
from imdb_lstm.data.texts import Input
from imdb_lstm.errors import ConfigError, DataError
from imdb_lstm.inference.predictions import Columns
from imdb_lstm.runs.files import csv_text, replacing

SUFFIXES = {
    **dict.fromkeys((".tsv", ".tab"), "tsv"),
    **dict.fromkeys((".jsonl", ".ndjson"), "jsonl"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    ".csv": "csv",
}
FORMATS = {"tsv": "tsv", "jsonl": "jsonl", "json": "jsonl", "parquet": "parquet"}  # of the input
READ_ONLY = (".json", ".xlsx", ".xls", ".zip")  # suffixes of what is read and not written


class Writer(Protocol):
    """Rows → bytes of a file; ``begin`` gives those that stand before the first row."""

    def begin(self) -> bytes:
        """Return the bytes before the first row."""

    def encode(self, rows: Sequence[Mapping[str, Any]]) -> bytes:
        """Return the bytes of some rows, which follow those of the rows before."""


def make_writer(output: Path | None, found: Input, columns: Columns) -> Writer:
    """Return the writer for an output, by its suffix or else the format of the input.

    For a stream of text, ``None``, what would be Parquet is CSV. Raises ``ConfigError`` for a
    suffix of a format that is not written, ``DataError`` when a library is missing.
    """
    kind, compression = _kind(output, found.format)
    if kind == "parquet":
        from imdb_lstm.inference.parquet import ParquetWriter

        return ParquetWriter(found, columns)
    writer = text_writer(kind, columns.names_in_order)
    return Compressed(writer, _COMPRESSIONS[compression]) if compression else writer


def text_writer(kind: str, columns: Sequence[str]) -> Writer:
    """Return the writer for csv, tsv or jsonl."""
    if kind == "jsonl":
        return JsonLinesWriter()
    return DelimitedWriter(columns, "\t" if kind == "tsv" else ",")


def _kind(output: Path | None, given: str) -> tuple[str, str]:
    """Return the format to write, and the suffix of its compression or ""."""
    default = FORMATS.get(given, "csv")
    if output is None:
        return default if default != "parquet" else "csv", ""
    compression = output.suffix.lower() if output.suffix.lower() in _COMPRESSIONS else ""
    suffix = _format_suffix(output)
    if suffix in READ_ONLY or (compression and SUFFIXES.get(suffix, default) == "parquet"):
        raise ConfigError(
            f"{output}: this format is not written; name a file .csv, .tsv, .jsonl (perhaps "
            "with .gz, .bz2, .xz or .zst after it) or .parquet"
        )
    return SUFFIXES.get(suffix, default), compression


def _format_suffix(output: Path) -> str:
    """Return the suffix that tells the format: ``.csv`` of ``a.CSV.gz``."""
    compressed = output.suffix.lower() in _COMPRESSIONS
    return (PurePath(output.stem) if compressed else output).suffix.lower()


def rejects_path(output: Path) -> Path:
    """Return the file beside an output that lists the rows which could not be read.

    >>> rejects_path(Path("a/out.csv.gz")).name
    'out.rejects.csv'
    """
    stem = output.stem if output.suffix.lower() in _COMPRESSIONS else output.name
    return output.with_name(f"{PurePath(stem).stem}.rejects.csv")


class DelimitedWriter:
    r"""CSV or TSV with a header.

    >>> writer = DelimitedWriter(["id", "text"])
    >>> writer.begin() + writer.encode([{"id": 1, "text": "Good, very."}])
    b'id,text\n1,"Good, very."\n'
    """

    def __init__(self, columns: Sequence[str], separator: str = ",") -> None:
        self.columns, self.separator = list(columns), separator

    def begin(self) -> bytes:
        """Return the header."""
        return self._lines([self.columns])

    def encode(self, rows: Sequence[Mapping[str, Any]]) -> bytes:
        """Return the lines. Raises ``DataError`` for a column that the header does not have."""
        known = set(self.columns)
        for row in rows:
            if new := row.keys() - known:
                raise DataError(
                    f"column {min(new)!r} is not in the first rows, so a CSV would lose it: write "
                    "JSON lines, --output NAME.jsonl"
                )
        return self._lines([_cell(row.get(name)) for name in self.columns] for row in rows)

    def _lines(self, rows: Iterable[Iterable[Any]]) -> bytes:
        return csv_text(rows, self.separator).encode()


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


class JsonLinesWriter:
    r"""One JSON object per line.

    >>> JsonLinesWriter().encode([{"id": 1}, {"id": None}])
    b'{"id": 1}\n{"id": null}\n'
    """

    def begin(self) -> bytes:
        """Return nothing: there is no header."""
        return b""

    def encode(self, rows: Sequence[Mapping[str, Any]]) -> bytes:
        """Return the lines; a value that JSON does not have is written as its text."""
        return "".join(f"{_json(row)}\n" for row in rows).encode()


def _json(value: Any) -> str:
    options: dict[str, Any] = {"ensure_ascii": False, "default": str, "allow_nan": False}
    try:
        return json.dumps(value, **options)
    except ValueError:
        return json.dumps(_of_json(value), **options)


def _of_json(value: Any) -> Any:
    """Return a value whose numbers JSON has: null for NaN, and text for what is infinite."""
    if isinstance(value, dict):
        return {key: _of_json(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_of_json(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value


@dataclass(frozen=True)
class Compressed:
    """A writer whose bytes are compressed, each part by itself: the parts make one file."""

    writer: Writer
    compress: Callable[[bytes], bytes]

    def begin(self) -> bytes:
        """Return the compressed beginning, which is never empty."""
        return self.compress(self.writer.begin())

    def encode(self, rows: Sequence[Mapping[str, Any]]) -> bytes:
        """Return the compressed rows."""
        return self.compress(self.writer.encode(rows)) if rows else b""


def _zstd(data: bytes) -> bytes:
    try:
        import pyarrow
    except ImportError as error:
        raise missing_library("writing .zst files", "pyarrow") from error
    return pyarrow.compress(data, codec="zstd", asbytes=True)


_COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": lambda data: gzip.compress(data, mtime=0),
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": _zstd,
}


REJECTS = DelimitedWriter(["file", "line", "reason", "row"])


def remove_rejects(output: Path) -> None:
    """Remove the rejects that an earlier command has listed beside an output."""
    path = rejects_path(output)
    with contextlib.suppress(OSError):
        with path.open("rb") as stream:
            listed = stream.read(len(REJECTS.begin())) == REJECTS.begin()
        if listed:
            path.unlink()


def encode_rejects(bad: Iterable[BadRow]) -> bytes:
    """Return the lines of a CSV of rows that could not be read, without its header."""
    values = ((each.path, each.line, each.reason, each.raw) for each in bad)
    return REJECTS.encode([dict(zip(REJECTS.columns, row, strict=True)) for row in values])


def write_rejects(bad: Iterable[BadRow], path: Path) -> Path:
    """Write the rows that could not be read as a CSV, and return it.

    Its columns are file, line, reason and the row as it stands. Raises ``OutputError``.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(REJECTS.begin() + encode_rejects(bad))
    return path
