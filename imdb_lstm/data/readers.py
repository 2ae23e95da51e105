"""Reviews from people's own files: columns, labels, splits, and what was left out."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from imdb_lstm.config.review_options import ReviewOptions
from imdb_lstm.data.columns import label_column, optional_column, text_column
from imdb_lstm.data.copies import text_keys
from imdb_lstm.data.files.open import open_tables
from imdb_lstm.data.files.rows import BadRow, Row, Table
from imdb_lstm.data.labels import (
    LEFT_OUT,
    Classes,
    LabelsError,
    as_number,
    describe_counts,
    find_classes,
    label_key,
)
from imdb_lstm.data.reviews import SPLITS, Reviews
from imdb_lstm.data.texts import as_text, file_options
from imdb_lstm.errors import DataError

log = logging.getLogger(__name__)

SPLIT_NAMES = {
    **dict.fromkeys(("train", "training", "tr"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "dev", "development", "eval"), "validation"),
    **dict.fromkeys(("test", "testing", "heldout", "held-out", "holdout"), "test"),
}
UNRATED = float("nan")  # one object, however many rows have no rating
NO_TEXT = frozenset(("", "nan", "<na>"))  # as pandas writes a missing text


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
    empty: int = 0


@dataclass(frozen=True)
class Source:
    """The reviews of one or several files, and what decides their split.

    ``splits``: train, validation or test of each review, or all "". ``units`` and ``times``: the
    values of ``group_by`` and ``time``, [] without. ``sources``: the review that each was made
    from, for extra reviews. ``bad``: the rows that could not be read. ``empty``: the number of rows
    without a text. ``left_out``: those whose label belongs to no class. ``keys``: the ``text_keys``
    of the reviews. ``files``: name → how it is read.
    """

    reviews: Reviews
    splits: list[str]
    units: list[str]
    times: list[str]
    sources: list[str]
    bad: list[BadRow]
    empty: int
    left_out: int
    keys: np.ndarray
    files: dict[str, str] = field(default_factory=dict)


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


def read_source(options: ReviewOptions, known: Classes | None = None, extra: str = "") -> Source:
    """Return all reviews of ``options.data``, or of its separate files, in the order of the rows.

    ``known``: the classes of the run that reads the file. ``extra``: read this file instead. Raises
    ``DataError``, naming file and line, for rows that cannot be read, unless they are skipped.
    """
    found = Collected()
    for spec, split in _files(options, extra):
        for table in open_tables(spec, file_options(options)):
            _collect(table, _columns(table, options, not extra), split, options, found)
    for name in _NAMED:
        if values := getattr(found, f"{name}s"):
            _fill(values, len(found.texts))
    _check_rows(found, extra or options.data, options)
    classes = _classes(found, options, known)
    return _source(found, classes, _split_names(found, options))


def _classes(found: Collected, options: ReviewOptions, known: Classes | None) -> Classes:
    """Return the classes of the labels. Raises ``LabelsError`` that names a row of a rare one."""
    counts = Counter(found.labels)
    try:
        return find_classes(counts, options.labels, known)
    except LabelsError as error:
        rarest = min(counts, key=lambda value: counts[value])
        where = found.names[found.labels.index(rarest)]
        raise LabelsError(f"{error}; {rarest!r:.60} is in {where}", counts) from error


def _files(options: ReviewOptions, extra: str) -> list[tuple[str, str]]:
    """Return the files to read, each with its split, "" where its rows say it."""
    if extra or not options.train_file:
        return [(extra or options.data, "")]
    named = zip((options.train_file, options.validation_file, options.test_file), SPLITS,
                strict=True)  # fmt: skip
    return [(file, split) for file, split in named if file]


def _columns(table: Table, options: ReviewOptions, asked: bool) -> Columns:
    """Find the columns of a table. ``asked``: those that decide a split must be there."""
    label = label_column(table, options.label_column, options.text_column, options.rating_column)
    text = text_column(table, options.text_column, label)
    return Columns(
        text,
        label,
        optional_column(table, options.rating_column),
        optional_column(table, options.group_column),
        optional_column(table, options.pair_column),
        optional_column(
            table, options.split_column or "split", asked and options.split_column != ""
        ),
        optional_column(table, options.group_by, asked and options.group_by != ""),
        optional_column(table, options.time, asked and options.time != ""),
        optional_column(table, "source"),
    )


def _collect(
    table: Table, columns: Columns, split: str, options: ReviewOptions, found: Collected
) -> None:
    """Append the rows of a table that have a text."""
    interned: dict[str, str] = {}  # few values, in many rows
    there = {name: column for name in _NAMED if (column := getattr(columns, name))}
    if split:
        there["split"] = ""  # the whole file is of it
    for name in there:
        _fill(getattr(found, f"{name}s"), len(found.texts))
    for row in table.rows():
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
    found.bad += table.bad
    columns_found = f"text {columns.text!r}, label {columns.label!r}"
    found.files[table.name] = f"{table.description}; columns {', '.join(table.columns)}"
    found.files[table.name] += f"; {columns_found}"
    log.info("%s: %s; %s", table.name, table.description, columns_found)


def _fill(values: list[str], length: int) -> None:
    """Add "" for the rows of files that do not have the column, once there is one that has it."""
    values += [""] * (length - len(values))


_NAMED = ("label", "group", "pair", "split", "unit", "time", "source")


def _fault(row: Row, columns: Columns) -> str:
    """Return why a row is no review, or ""."""
    text, label = row.values.get(columns.text), row.values.get(columns.label)
    if isinstance(text, (dict, list)):
        return f"column {columns.text!r} contains no text but a {type(text).__name__}"
    if columns.text not in row.values:
        return f"no {columns.text!r}; there are {', '.join(map(str, row.values))[:200]}"
    if not _has_text(text):
        return ""  # whatever its label: spreadsheets end in rows of nothing but separators
    if isinstance(label, (dict, list)) or not label_key(label):
        return f"column {columns.label!r} contains no label"
    return ""


def _has_text(text: Any) -> bool:
    return as_text(text).strip().casefold() not in NO_TEXT


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
    return UNRATED if number is None else number


def _check_rows(found: Collected, data: str, options: ReviewOptions) -> None:
    """Tell what was left out. Raises ``DataError`` when no review is left."""
    total = len(found.texts) + found.empty
    if not found.texts:
        why = f"none of its {total:,} rows has a text" if total else "it has no rows"
        raise DataError(f"{data}: {why}; a header and one review per row are expected")
    if found.empty:
        told = log.warning if found.empty > total / 20 else log.info
        told("%s: %s of %s rows have no text and are left out", data, found.empty, total)
    for bad in found.bad[:3]:
        log.warning("%s, line %s: %s; left out", bad.path, bad.line, bad.reason)
    if found.bad:
        log.warning(
            "%s: %s rows that cannot be read are left out; data describe --rejects lists them",
            data, f"{len(found.bad):,}",
        )  # fmt: skip


def _split_names(found: Collected, options: ReviewOptions) -> list[str]:
    """Return train, validation or test of each row, or all "".

    Raises ``DataError`` for a row with another split, or with none where others have one.
    """
    raw = [name.casefold() for name in found.splits]
    unknown = {name for name in raw if name and name not in SPLIT_NAMES}
    asked = bool(options.split_column)
    if any(raw) and not unknown and (options.folds or options.time):
        log.warning("the splits that the rows have are ignored: --folds and --time make others")
    if not any(raw) or options.folds or options.time or (
        unknown and not asked and len(unknown) == len(set(raw))
    ):  # fmt: skip
        if unknown:
            log.warning(
                "column 'split' is no split, its values are %s: it is ignored",
                describe_counts(Counter(found.splits), 5),
            )
        return [""] * len(found.texts)
    if unknown:
        where = raw.index(min(unknown))
        raise DataError(
            f"{found.names[where]}: unknown split {found.splits[where]!r}; the splits are "
            f"{', '.join(SPLITS)}"
        )
    if "" in raw:
        where = raw.index("")
        raise DataError(
            f"{found.names[where]}: no split, but other rows have one: fill in all or none"
        )
    return [SPLIT_NAMES[name] for name in raw]


def _source(found: Collected, classes: Classes, splits: list[str]) -> Source:
    """Return the rows whose label belongs to a class, as reviews."""
    number = {value: classes.class_of(value) for value in set(found.labels)}
    labels = np.array([number[value] for value in found.labels], np.int8)
    ratings = np.array(found.ratings, np.float32)
    groups = found.groups if any(found.groups) else []
    pairs = found.pairs if any(found.pairs) else []
    reviews = Reviews(found.texts, labels, ratings, found.names, groups, pairs, classes)
    units, times, sources = found.units, found.times, found.sources
    if outside := int((labels == LEFT_OUT).sum()):
        kept = np.flatnonzero(labels != LEFT_OUT)
        reviews = reviews.take(kept)
        columns = splits, units, times, sources
        splits, units, times, sources = (each and [each[i] for i in kept] for each in columns)
    keys = text_keys(reviews.texts)
    _tell_labels(classes, reviews, outside, len(keys) - len(np.unique(keys)))
    return Source(reviews, splits, units if any(units) else [], times if any(times) else [],
                  sources, found.bad, found.empty, outside, keys, found.files)  # fmt: skip


def _tell_labels(classes: Classes, reviews: Reviews, outside: int, copies: int) -> None:
    """Tell what the labels mean, how many reviews have each, and how many are copies."""
    counts = np.bincount(reviews.labels, minlength=2)
    told = ", ".join(f"{n:,} {name}" for n, name in zip(counts, classes.names, strict=True))
    left = f"; {outside:,} that belong to neither are left out" if outside else ""
    left += f"; {copies:,} are copies of others" if copies else ""
    meaning = f" ({classes.meaning})" if classes.meaning else ""
    log.info("%s reviews: %s%s%s", f"{len(reviews):,}", told, left, meaning)
