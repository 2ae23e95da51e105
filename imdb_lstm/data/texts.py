"""Texts without labels: from files, from standard input, or given in Python."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any, TextIO

from imdb_lstm.config.review_options import ReviewOptions
from imdb_lstm.data.columns import text_column
from imdb_lstm.data.files.open import open_tables
from imdb_lstm.data.files.rows import BadRow, FileOptions, Row, Table
from imdb_lstm.errors import DataError

log = logging.getLogger(__name__)


def file_options(options: ReviewOptions) -> FileOptions:
    """Return the options that say how a file is parsed."""
    return FileOptions(**{each.name: getattr(options, each.name) for each in fields(FileOptions)})


def as_text(value: Any) -> str:
    """Return a value of a table as text, "" for a missing one.

    >>> as_text(None), as_text(float("nan")), as_text(4.0)
    ('', '', '4.0')
    """
    if value is None or value != value:  # NaN alone differs from itself
        return ""
    return str(value).encode("utf-8", "replace").decode()  # JSON allows half a surrogate pair


def read_texts(spec: str, options: ReviewOptions) -> Iterator[str]:
    """Yield the texts of files, one for each row, "" where a row has none.

    Raises ``DataError``, naming file and line, for rows that cannot be read.
    """
    for table in _tables(spec, options):
        column = told_text_column(table, options)
        for row in table.rows():
            yield _text(table, row, column)


def texts_of(texts: Iterable[Any]) -> list[str]:
    """Return texts given in Python as a list. Raises ``TypeError``, naming item and type.

    >>> texts_of(text for text in ("one", "two"))
    ['one', 'two']
    """
    if isinstance(texts, (str, bytes, dict)) or hasattr(texts, "columns"):
        raise TypeError(
            f"a list of texts is expected, not one {type(texts).__name__}; of a data frame, give "
            "the column"
        )
    found = list(texts)
    for index, text in enumerate(found):
        if not isinstance(text, str):
            raise TypeError(f"text {index} is {text!r:.60}, of type {type(text).__name__}, not str")
    return [str(text) for text in found]


def input_texts(
    texts: Iterable[str] | None, file: str | None, options: ReviewOptions, stream: TextIO
) -> Iterator[str]:
    """Yield texts from the command line, a file, or a stream with one text per line.

    Raises ``DataError``, naming file and line, for texts that cannot be read.
    """
    for _, text in input_rows(texts, file, options, stream):
        yield text


def input_rows(
    texts: Iterable[str] | None,
    file: str | None,
    options: ReviewOptions,
    stream: TextIO,
    bad: list[BadRow] | None = None,
) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield (values, text) of each row, as ``input_texts``; ``bad`` collects the rows skipped."""
    if texts:
        yield from (({"text": text}, text) for text in texts)
    elif file is None:
        yield from (({"text": line}, line) for line in _lines(stream))
    else:
        tables = _tables(file, options)
        every = dict.fromkeys(name for table in tables for name in table.columns)
        for table in tables:
            column = told_text_column(table, options)
            for row in table.rows():
                values = row.values if len(tables) == 1 else every | row.values
                yield values, _text(table, row, column)
            if table.left_out:
                log.info("%s: %s", table.name, table.description)
            if bad is not None:
                bad += table.bad


def _tables(spec: str, options: ReviewOptions) -> list[Table]:
    """Return the tables of files of texts; in plain text, the column has the name asked for."""
    return open_tables(spec, file_options(options), options.text_column or "text")


def told_text_column(table: Table, options: ReviewOptions) -> str:
    """Return the column of the text, and tell how the file is read."""
    column = text_column(table, options.text_column)
    log.info("%s: %s; text %r", table.name, table.description, column)
    return column


def _text(table: Table, row: Row, column: str) -> str:
    value = row.values.get(column)
    if isinstance(value, (dict, list)):
        raise DataError(f"{table.name}, line {row.line}: {column!r} contains no text")
    return as_text(value)


def _lines(stream: TextIO) -> Iterator[str]:
    try:
        for line in stream:
            yield line.rstrip("\n")
    except UnicodeDecodeError as error:
        raise DataError(f"standard input is not UTF-8 text: {error.reason}") from error
