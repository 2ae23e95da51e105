"""Read reviews from CSV, TSV or JSONL files, plain or gzipped, with one review per row."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.data.reviews import SPLITS, Reviews
from imdb_lstm.errors import DataError

LABELS = {
    **dict.fromkeys(("1", "pos", "positive", "true", "yes"), 1),
    **dict.fromkeys(("0", "neg", "negative", "false", "no"), 0),
}
SPLIT_NAMES = {"train": "train", "validation": "validation", "valid": "validation",
               "dev": "validation", "val": "validation", "test": "test"}  # fmt: skip
FORMATS = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl"}

csv.field_size_limit(2**31 - 1)  # a review may exceed the default of 128 KiB


def file_format(path: Path) -> str:
    """Return csv, tsv or jsonl, by the suffix. Raises ``DataError`` for any other suffix."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    kind = FORMATS.get(suffixes[-1]) if suffixes else None
    if kind is None:
        raise DataError(
            f"{path} has no known format: name it .csv, .tsv or .jsonl, with or without .gz"
        )
    return kind


@contextmanager
def _open_text(path: Path) -> Iterator[TextIO]:
    """Open a text file, gzipped or not. Errors in reading it are raised as ``DataError``."""
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as stream:
            yield stream
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise DataError(
            f"{path}, row {_undecodable_row(path)}: not UTF-8 text (byte 0x{byte:02x}); "
            "convert it first, for example with iconv -f WINDOWS-1252 -t UTF-8"
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def _undecodable_row(path: Path) -> int:
    """Return the number of the first line that is not UTF-8."""
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    with opener(path, "rb") as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    raise AssertionError("the file changed while it was read")


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text file. Raises ``DataError`` when it cannot be read."""
    with _open_text(path) as stream:
        for line in stream:
            yield line.rstrip("\r\n")


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (row number, values) pairs; row 1 of a CSV or TSV has the names of the columns.

    Raises ``DataError``, naming file and row, for rows that cannot be read.
    """
    kind = file_format(path)
    with _open_text(path) as stream:
        if kind == "jsonl":
            yield from _parse_json_lines(stream, path)
        else:
            yield from _parse_columns(stream, "\t" if kind == "tsv" else ",", path)


def read_texts(path: Path, column: str) -> Iterator[str]:
    """Yield the texts of a file: each line of a ``.txt``, one column of the other formats.

    Raises ``DataError``, naming file and row, for rows that cannot be read.
    """
    if ".txt" in path.suffixes:
        yield from read_lines(path)
    else:
        for row, values in read_rows(path):
            yield text_of(values, column, path, row)


def _parse_columns(
    stream: TextIO, delimiter: str, path: Path
) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(stream, delimiter=delimiter, strict=True)
    number = 1
    try:
        for number, values in enumerate(reader, 2):
            if None in values or None in values.values():
                raise DataError(
                    f"{path}, row {number}: {len(reader.fieldnames or [])} columns expected; "
                    "quote texts that contain the separator"
                )
            yield number, values
    except csv.Error as error:
        raise DataError(
            f"{path}, row {number + 1}: {error}; is a quote not closed, or not doubled?"
        ) from error


def _parse_json_lines(stream: TextIO, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"{path}, row {number}: not JSON: {error.msg}") from error
        if not isinstance(values, dict):
            raise DataError(f"{path}, row {number}: a JSON object is expected on every line")
        yield number, values


def text_of(values: dict[str, Any], column: str, path: Path, row: int) -> str:
    """Return the text in a column of a row. Raises ``DataError`` when it has no such text."""
    if column not in values:
        raise DataError(
            f"{path}, row {row}: no column {column!r}; the columns are "
            f"{', '.join(map(str, values))}. Set --text-column and --label-column"
        )
    value = values[column]
    if value is None or isinstance(value, (dict, list)):
        raise DataError(f"{path}, row {row}: column {column!r} contains no text")
    return str(value).encode("utf-8", "replace").decode()  # JSON allows half a surrogate pair


def _label_of(value: str, config: Config, path: Path, row: int) -> int:
    named = {config.positive_label: 1, config.negative_label: 0}
    named.pop("", None)
    known = named or LABELS
    key = value.strip() if named else value.strip().lower()
    if key not in known:
        raise DataError(
            f"{path}, row {row}: unknown label {value!r}; the labels are {', '.join(known)}. "
            "Set --positive-label and --negative-label"
        )
    return known[key]


def _split_of(values: dict[str, Any], config: Config, path: Path, row: int) -> str:
    name = str(values.get(config.split_column) or "").strip().lower()
    if name and name not in SPLIT_NAMES:
        raise DataError(
            f"{path}, row {row}: unknown split {name!r}; the splits are {', '.join(SPLITS)}"
        )
    return SPLIT_NAMES.get(name, "")


def _rating_of(value: Any) -> int:
    """Return the stars, 1 to 10, or 0 when there is no such number."""
    text = str(value or "").strip().removesuffix(".0")
    return int(text) if text.isdecimal() and 1 <= int(text) <= 10 else 0


def _name_of(value: Any) -> str:
    """Return the name of a group or pair, or "" when there is none."""
    return "" if value is None else str(value).strip()


def read_file(config: Config) -> tuple[Reviews, list[str]]:
    """Return all reviews of ``config.data``, and the split of each row, "" for none.

    Raises ``DataError``, naming file and row, for rows that cannot be read.
    """
    path = Path(config.data)
    return parse_reviews(read_rows(path), config, path)


def parse_reviews(
    rows: Iterable[tuple[int, dict[str, Any]]], config: Config, path: Path
) -> tuple[Reviews, list[str]]:
    """Return the reviews in rows of the file ``path``, and the split of each, as ``read_file``."""
    texts, labels, ratings, names, groups, pairs, splits = [], [], [], [], [], [], []
    for row, values in rows:
        texts.append(text_of(values, config.text_column, path, row))
        label = text_of(values, config.label_column, path, row)
        labels.append(_label_of(label, config, path, row))
        ratings.append(_rating_of(values.get(config.rating_column)))
        groups.append(_name_of(values.get(config.group_column)))
        pairs.append(_name_of(values.get(config.pair_column)))
        splits.append(_split_of(values, config, path, row))
        names.append(f"{path.name}:{row}")
    if not texts:
        raise DataError(f"{path} is empty: a header and one review per row are expected")
    if "" in splits and any(splits):
        where = names[splits.index("")]
        raise DataError(f"{where}: no split, but other rows have one: fill in all or none")
    columns = names, groups if any(groups) else [], pairs if any(pairs) else []
    return Reviews(texts, np.array(labels, np.int8), np.array(ratings, np.int8), *columns), splits


def input_texts(
    texts: Sequence[str] | None, file: Path | None, column: str, stream: TextIO
) -> Iterator[str]:
    """Yield texts from the command line, a file, or a stream with one text per line.

    Raises ``DataError``, naming file and row, for texts that cannot be read.
    """
    if texts:
        yield from texts
    elif file is None:
        yield from _read_stream(stream)
    else:
        yield from read_texts(file, column)


def _read_stream(stream: TextIO) -> Iterator[str]:
    try:
        for line in stream:
            yield line.rstrip("\n")
    except UnicodeDecodeError as error:
        raise DataError(f"standard input is not UTF-8 text: {error.reason}") from error
