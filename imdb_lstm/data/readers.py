"""Reviews from people's own files: columns, labels, splits, and what was left out."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from imdb_lstm.config.review_options import ReviewOptions
from imdb_lstm.data.collect import Collected, collect, find_columns
from imdb_lstm.data.columns import STAR_NAMES
from imdb_lstm.data.copies import text_keys
from imdb_lstm.data.files.folders import SPLIT_NAMES
from imdb_lstm.data.files.header import plain_name
from imdb_lstm.data.files.open import open_tables, told_apart
from imdb_lstm.data.files.rows import BadRow
from imdb_lstm.data.find_classes import find_classes
from imdb_lstm.data.labels import (
    LEFT_OUT,
    Classes,
    LabelsError,
    describe_counts,
    listed_counts,
)
from imdb_lstm.data.reviews import SPLITS, Reviews
from imdb_lstm.data.texts import file_options
from imdb_lstm.errors import DataError

log = logging.getLogger(__name__)


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


def read_source(
    options: ReviewOptions, known: Classes | None = None, extra: str = "", told: bool = True
) -> Source:
    """Return all reviews of ``options.data``, or of its separate files, in the order of the rows.

    ``known``: the classes of the run that reads the file. ``extra``: read this file instead.
    ``told``: say how the files are read and what is in them. Raises ``DataError``, naming file and
    line, for rows that cannot be read, unless they are skipped.
    """
    found = Collected()
    opened = [
        (table, split)
        for spec, split in _files(options, extra)
        for table in open_tables(spec, file_options(options, extra))
    ]
    named = told_apart([table for table, _ in opened])
    for table, (_, split) in zip(named, opened, strict=True):
        collect(table, find_columns(table, options, not extra), split, options, found)
    found.complete()
    for name, description in found.files.items() if told else ():
        log.info("%s: %s", name, description)
    _check_rows(found, extra or options.data)
    classes = _classes(found, options, known)
    source = _source(found, classes, _split_names(found, options))
    if told:
        _tell(source)
    return source


def _classes(found: Collected, options: ReviewOptions, known: Classes | None) -> Classes:
    """Return the classes of the labels. Raises ``LabelsError`` that names a row of a rare one."""
    counts = Counter(found.labels)
    try:
        stars = _are_stars(counts, found.label_columns)
        return find_classes(counts, options.labels, known, options.ordinal or stars)
    except LabelsError as error:
        rarest = min(counts, key=lambda value: counts[value])
        where = found.names[found.labels.index(rarest)]
        raise LabelsError(f"{error}; {rarest!r:.60} is in {where}", counts) from error


def _are_stars(counts: Mapping[str, int], columns: Iterable[str]) -> bool:
    """Whether labels are in an order, as the name of their column and their own numbers say."""
    named = any(plain_name(column).endswith(STAR_NAMES) for column in columns)
    return named and all(re.match(r"\s*[-+]?\d", value) for value in counts)


def _files(options: ReviewOptions, extra: str) -> list[tuple[str, str]]:
    """Return the files to read, each with its split, "" where its rows say it."""
    if extra or not options.train_file:
        return [(extra or options.data, "")]
    named = zip((options.train_file, options.validation_file, options.test_file), SPLITS,
                strict=True)  # fmt: skip
    return [(file, split) for file, split in named if file]


def _check_rows(found: Collected, data: str) -> None:
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
    return Source(reviews, splits, units if any(units) else [], times if any(times) else [],
                  sources, found.bad, found.empty, outside, keys, found.files)  # fmt: skip


def _tell(source: Source) -> None:
    """Tell what the labels mean, and how many reviews and copies there are."""
    reviews, classes = source.reviews, source.reviews.classes
    counts = np.bincount(reviews.labels, minlength=len(classes))
    told = listed_counts(dict(zip(classes.names, counts.tolist(), strict=True)))
    if outside := source.left_out:
        told += f"; {outside:,} that belong to no class are left out"
    if copies := len(source.keys) - len(np.unique(source.keys)):
        told += f"; {copies:,} are copies of others"
    meaning = f" ({classes.meaning})" if classes.meaning else ""
    log.info("%s reviews: %s%s", f"{len(reviews):,}", told, meaning)
