"""The rows of tables as columns of reviews: texts, labels, ratings and what decides a split."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from imdb_lstm.config.review_options import ReviewOptions
from imdb_lstm.data.columns import label_column, optional_column, text_column
from imdb_lstm.data.files.rows import BadRow, Row, Table
from imdb_lstm.data.labels import MISSING, as_number, label_key
from imdb_lstm.data.texts import as_text
from imdb_lstm.errors import DataError

log = logging.getLogger(__name__)

OPTIONAL = ("label", "group", "pair", "split", "unit", "time", "source")  # columns of short values
UNRATED = float("nan")  # one object, however many rows have no rating


@dataclass
class Collected:
    """The columns of the rows that have a text: lists with a value per row, or empty ones."""

    texts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    ratings: list[float] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    pairs: list[str] = field(default_factory=list)
    splits: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    label_columns: set[str] = field(default_factory=set)
    empty: int = 0

    def complete(self) -> None:
        """Give each column that some file has a value for every row."""
        for name in OPTIONAL:
            if values := getattr(self, f"{name}s"):
                _fill(values, len(self.texts))


class Columns(NamedTuple):
    """The names of a table's columns, "" for one that is not there."""

    text: str
    label: str
    rating: str
    group: str
    pair: str
    split: str
    unit: str
    time: str
    source: str


def find_columns(table: Table, options: ReviewOptions, asked: bool) -> Columns:
    """Find the columns of a table. ``asked``: those that decide a split must be there."""
    label = label_column(table, options.label_column, options.text_column, options.rating_column)
    text = text_column(table, options.text_column, label)
    return Columns(
        text,
        label,
        _reported_column(table, options, "rating_column"),
        _reported_column(table, options, "group_column"),
        _reported_column(table, options, "pair_column"),
        optional_column(
            table, options.split_column or "split", asked and options.split_column != ""
        ),
        optional_column(table, options.group_by, asked and options.group_by != ""),
        optional_column(table, options.time, asked and options.time != ""),
        optional_column(table, "source"),
    )


def _reported_column(table: Table, options: ReviewOptions, option: str) -> str:
    """Return a column by which accuracy is reported; tell of one that is named and not there.

    A run keeps the name of its training, which other files need not have.
    """
    name = getattr(options, option)
    found = optional_column(table, name)
    if name and not found and name != getattr(ReviewOptions(), option):
        log.warning("%s has no column %r, which %s names: there is no report by it",
                    table.name, name, f"--{option.replace('_', '-')}")  # fmt: skip
    return found


def collect(
    table: Table, columns: Columns, split: str, options: ReviewOptions, found: Collected
) -> None:
    """Append the rows of a table that have a text."""
    interned: dict[str, str] = {}  # few values, in many rows
    there = {name: column for name in OPTIONAL if (column := getattr(columns, name))}
    if split:
        there["split"] = ""  # the whole file is of it
    for name in there:
        _fill(getattr(found, f"{name}s"), len(found.texts))
    known, late = set(table.columns), set[str]()
    for row in table.rows():
        late |= row.values.keys() - known
        reason = _fault(row, columns)
        if reason:
            _refuse(BadRow(table.path, row.line, reason, row.raw), table, options, found)
            continue
        text = as_text(row.values.get(columns.text))
        if not _has_text(text):
            found.empty += 1
            continue
        found.texts.append(text)
        found.names.append(f"{table.name}:{row.line}")
        found.ratings.append(_rating(row.values.get(columns.rating)))
        for name, column in there.items():
            value = as_text(row.values.get(column)).strip() if column else split
            getattr(found, f"{name}s").append(interned.setdefault(value, value))
    if late:  # in JSON lines, whose columns are those of the first rows
        log.warning("%s: %s is not in the first rows, and is not read",
                    table.name, ", ".join(map(repr, sorted(late)))[:200])  # fmt: skip
    found.bad += table.bad
    found.label_columns.add(columns.label)
    others = [name for name in table.columns if name not in (columns.text, columns.label)]
    listed = f"; other columns: {', '.join(map(repr, others[:20]))}" if others else ""
    found.files[table.name] = (
        f"{table.description}; text {columns.text!r}, label {columns.label!r}{listed}"
    )


def _fill(values: list[str], length: int) -> None:
    """Add "" for the rows of files that do not have the column, once there is one that has it."""
    values += [""] * (length - len(values))


def _fault(row: Row, columns: Columns) -> str:
    """Return why a row is no review, or ""."""
    text, label = row.values.get(columns.text), row.values.get(columns.label)
    if isinstance(text, (dict, list, bytes)):
        return f"column {columns.text!r} contains no text but a {type(text).__name__}"
    if columns.text not in row.values:
        return f"no {columns.text!r}; there are {', '.join(map(str, row.values))[:200]}"
    if not _has_text(text):
        return ""  # whatever its label: spreadsheets end in rows of nothing but separators
    if isinstance(label, (dict, list)) or not label_key(label):
        return f"column {columns.label!r} contains no label"
    return ""


def _has_text(text: Any) -> bool:
    return as_text(text).strip().casefold() not in MISSING


def _refuse(bad: BadRow, table: Table, options: ReviewOptions, found: Collected) -> None:
    """Note a bad row. Raises ``DataError`` unless such rows are skipped."""
    if options.bad_rows == "stop":
        raise DataError(
            f"{table.name}, line {bad.line}: {bad.reason}; --bad-rows skip leaves such rows out"
        )
    found.bad.append(bad)


def _rating(value: Any) -> float:
    """Return a number of stars, NaN when there is none."""
    number = as_number(as_text(value).strip())
    return UNRATED if number is None or abs(number) > 1e30 else number  # as float32 it is infinite
