"""A table of rows in a file: what every reader of this package gives, and what to do with bad rows.

A reader is a function that yields ``Row`` and ``BadRow`` in the order of the file. ``Table`` stops
at the first bad row or collects them, so that no reader decides this by itself.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from imdb_lstm.config.review_options import FORMATS, QUOTINGS
from imdb_lstm.errors import DataError, one_line

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
RAW_LIMIT = 2_000  # characters of a bad row that are kept


@dataclass(frozen=True)
class FileOptions:
    r"""How to read a file; "auto" is found from the content.

    Args:
        file_format: auto, csv, tsv, jsonl, json, txt, parquet or excel.
        separator: auto, one character, or comma, semicolon, tab or bar.
        quoting: auto, double, backslash or none.
        encoding: auto, or the name of a Python codec.
        header: auto, yes or no.
        bad_rows: stop, or skip.

    Raises ``DataError`` for any other value.

    >>> FileOptions(separator="tab").delimiter
    '\t'
    """

    file_format: str = "auto"
    separator: str = "auto"
    quoting: str = "auto"
    encoding: str = "auto"
    header: str = "auto"
    bad_rows: str = "stop"

    def __post_init__(self) -> None:
        _one_of("file-format", self.file_format, FORMATS)
        _one_of("quoting", self.quoting, QUOTINGS)
        _one_of("header", self.header, ("auto", "yes", "no"))
        _one_of("bad-rows", self.bad_rows, ("stop", "skip"))
        known = self.separator.lower() == "auto" or len(self.delimiter) == 1
        if not known or (self.delimiter and self.delimiter in '"\r\n\\'):
            raise DataError(
                f"--separator {self.separator!r}: give one character (no quote, backslash or line "
                f"end), or auto, {', '.join(SEPARATORS)}"
            )
        if self.encoding != "auto":
            _check_codec(self.encoding)

    @property
    def delimiter(self) -> str:
        """The separator as one character, or "" when it is to be found."""
        named = {"auto": "", "\\t": "\t", **SEPARATORS}
        return named.get(self.separator.lower(), self.separator)


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise DataError(f"--{name} {value!r} is unknown; it can be {', '.join(known)}")


def _check_codec(encoding: str) -> None:
    try:
        known = isinstance(b" \n ".decode(encoding), str)
    except UnicodeError:
        known = True  # a codec of more than one byte a character
    except (LookupError, ValueError):
        known = False
    if not known:
        raise DataError(
            f"--encoding {encoding!r} is no text encoding that Python knows; examples are utf-8, "
            "utf-16, windows-1252, latin-1, shift_jis"
        )


class Row(NamedTuple):
    """One row: its true line, its values by column, and its text in the file where it has one."""

    line: int
    values: dict[str, Any]
    raw: str = ""


@dataclass(frozen=True)
class BadRow:
    r"""A row that cannot be read: where it is, why, and the beginning of its text.

    Bytes that are no text are written as in Python.

    >>> BadRow("a.csv", 3, "byte 0xe9 is not UTF-8", "caf\udce9").raw
    'caf\\xe9'
    """

    path: str
    line: int
    reason: str
    raw: str = ""

    def __post_init__(self) -> None:
        raw = re.sub("[\ud800-\udfff]", _as_byte, self.raw[:RAW_LIMIT])
        object.__setattr__(self, "raw", raw)


def _as_byte(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]) & 0xFF:02x}"


LeftOut = Counter[str]  # what was left out on purpose, such as comment lines, and how often
Reader = Callable[[LeftOut], Iterator[Row | BadRow]]


@dataclass
class Table:
    """Rows of a file, read again at every call of ``rows``.

    ``read`` is given a counter for what it leaves out; ``bad`` and ``description`` are complete
    when ``rows`` has ended.

    >>> table = Table("a.csv", "a.csv", ("text",), True, "csv", "CSV",
    ...               lambda left: iter([Row(2, {"text": "Good."})]))
    >>> [(row.line, row.values["text"]) for row in table.rows()]
    [(2, 'Good.')]
    """

    name: str
    path: str
    columns: tuple[str, ...]
    has_header: bool
    format: str
    dialect: str
    read: Reader
    bad_rows: str = "stop"
    bad: list[BadRow] = field(default_factory=list)
    left_out: LeftOut = field(default_factory=Counter)

    def rows(self) -> Iterator[Row]:
        """Yield the rows in order, from the beginning.

        Raises ``DataError`` for the first bad row, or collects them with ``bad_rows="skip"``.
        """
        self.bad.clear()
        for row in self.rows_and_bad():
            if isinstance(row, Row):
                yield row
            else:
                self.bad.append(row)

    def rows_and_bad(self) -> Iterator[Row | BadRow]:
        """Yield the rows in order and, with ``bad_rows="skip"``, bad ones in their places.

        Raises ``DataError`` for the first bad row otherwise. None is kept, however many there are.
        """
        self.left_out.clear()
        for row in self.read(self.left_out):
            if isinstance(row, BadRow) and self.bad_rows == "stop":
                name = self.name if row.path == self.path else os.path.basename(row.path)
                raise DataError(error_line(row, name))
            yield row

    @property
    def description(self) -> str:
        """How the file is read, and what ``rows`` has left out, in one line."""
        found = [f"{count:,} {plural(what, count)}" for what, count in self.left_out.items()]
        return self.dialect + (f"; {' and '.join(found)} left out" if found else "")


def plural(name: str, count: int) -> str:
    """Return a noun with an s unless there is one of it; what qualifies it may follow.

    >>> plural("comment line", 2), plural("text without a label", 2)
    ('comment lines', 'texts without a label')
    """
    return name if count == 1 else re.sub("(?= (?:without|in) |$)", "s", name, count=1)


def error_line(bad: BadRow, name: str) -> str:
    """Return the message about a bad row, in one line.

    >>> error_line(BadRow("d/a.csv", 12, "4 fields, 3 expected"), "a.csv")
    'a.csv, line 12: 4 fields, 3 expected; --bad-rows skip leaves such rows out'
    """
    reason = one_line(bad.reason)
    return f"{name}, line {bad.line}: {reason}; --bad-rows skip leaves such rows out"


def read_sample(table: Table, rows: int = 100) -> list[Row]:
    """Return the first rows of a table, without the bad ones, whatever it does with those.

    >>> table = Table("a", "a", ("text",), True, "csv", "CSV",
    ...               lambda left: iter([BadRow("a", 2, "no"), Row(3, {"text": "Good."})]))
    >>> [row.line for row in read_sample(table)]
    [3]
    """
    good = (row for row in table.read(Counter()) if isinstance(row, Row))
    return list(islice(good, rows))
