"""Texts without labels: from files, from standard input, or given in Python."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any, TextIO

from imdb_lstm.config.review_options import ReviewOptions
from imdb_lstm.data.columns import text_column
from imdb_lstm.data.files.open import open_tables
from imdb_lstm.data.files.rows import BadRow, FileOptions, Row, Table
from imdb_lstm.data.files.source import format_suffix
from imdb_lstm.errors import DataError

log = logging.getLogger(__name__)


def file_options(options: ReviewOptions, beside: str = "") -> FileOptions:
    """Return the options that say how a file is parsed.

    ``beside``: a file beside the data. If its name is that of another format, what is said of the
    data does not hold for it, and its form is found.
    """
    if beside and format_suffix(beside) != format_suffix(options.data):
        return FileOptions(bad_rows=options.bad_rows)
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
    """Yield the texts of files beside the data, one for each row, "" where a row has none.

    Tells of rows that cannot be read and are skipped. Raises ``DataError``, naming file and line,
    for such a row otherwise.
    """
    bad: list[BadRow] = []
    tables = open_tables(spec, file_options(options, spec), options.text_column or "text")
    for row in Input(tables, options).rows():
        if isinstance(row, BadRow):
            bad.append(row)
        else:
            yield row[1]
    if bad:
        log.warning("%s: %s rows that cannot be read are left out, the first in line %s: %s",
                    spec, f"{len(bad):,}", bad[0].line, bad[0].reason)  # fmt: skip


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
    of_file = file is not None and not texts
    found = open_input([str(file)], options) if of_file else given_input(texts, stream)
    for row in found.rows():
        if not isinstance(row, BadRow):
            yield row[1]


InputRow = tuple[dict[str, Any], str]  # the values of a row by column, and its text


@dataclass
class Input:
    """Rows with a text each: those of tables, or texts that were given.

    ``given``: the texts; without them the rows are those of the ``tables``.
    """

    tables: list[Table]
    options: ReviewOptions = field(default_factory=ReviewOptions)
    given: Iterable[str] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of all tables; that of texts which were given is ``text``."""
        names = (name for table in self.tables for name in table.columns)
        return tuple(dict.fromkeys(names)) or ("text",)

    @property
    def format(self) -> str:
        """The format of the first table, as in ``Table``; txt of texts that were given."""
        return self.tables[0].format if self.tables else "txt"

    def rows(self) -> Iterator[InputRow | BadRow]:
        """Yield (values, text) of each row; bad ones in their places, if they are skipped.

        Raises ``DataError``, naming file and line, for a row that cannot be read.
        """
        yield from (({"text": text}, text) for text in self.given)
        every = dict.fromkeys(self.columns)
        for table in self.tables:
            column = told_text_column(table, self.options)
            for row in table.rows_and_bad():
                if isinstance(row, BadRow):
                    yield row
                    continue
                values = row.values if len(self.tables) == 1 else every | row.values
                yield _row(table, row, values, column)
            if table.left_out:
                log.info("%s: %s", table.name, table.description)

    def count(self) -> int:
        """Count the rows of the tables, bad ones included; they are read for it."""
        return sum(1 for table in self.tables for _ in table.rows_and_bad())


def open_input(files: Iterable[str], options: ReviewOptions) -> Input:
    """Open the tables of files, or patterns of files, of texts.

    Raises ``DataError`` when there is no such file, or no table in one of them.
    """
    return Input([table for file in files for table in _tables(file, options)], options)


def given_input(texts: Iterable[str] | None, stream: TextIO) -> Input:
    """Take these texts or, without any, the lines of a stream.

    >>> import io
    >>> list(given_input(None, io.StringIO("Good.")).rows())
    [({'text': 'Good.'}, 'Good.')]
    """
    return Input([], given=texts or _lines(stream))


def _row(table: Table, row: Row, values: dict[str, Any], column: str) -> InputRow | BadRow:
    """Return values and text of a row. Raises ``DataError`` for no text, if no row is skipped."""
    try:
        return values, _text(table, row, column)
    except DataError:
        if table.bad_rows == "stop":
            raise
        return BadRow(table.path, row.line, f"{column!r} contains no text", row.raw)


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
    if isinstance(value, (dict, list, bytes)):
        raise DataError(f"{table.name}, line {row.line}: {column!r} contains no text")
    return as_text(value)


def _lines(stream: TextIO) -> Iterator[str]:
    try:
        for line in stream:
            yield line.rstrip("\n")
    except UnicodeDecodeError as error:
        raise DataError(f"standard input is not UTF-8 text: {error.reason}") from error
