"""The reviews that runs are evaluated on: those that none of the runs has learned from."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.config.groups import options_of
from imdb_lstm.config.options import Config
from imdb_lstm.config.values import with_values
from imdb_lstm.data.copies import text_keys
from imdb_lstm.data.labels import Classes, is_sentiment, label_key
from imdb_lstm.data.load import load_split, load_splits
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.errors import ConfigError, DataError
from imdb_lstm.runs.description import joined_names
from imdb_lstm.runs.learned import read_classes, read_learned
from imdb_lstm.runs.run import Run

log = logging.getLogger(__name__)

# with the same test split for every run
BUILT_IN = ("imdb", "imdb-stars", "sample", "challenge", "counterfactuals")
Counts = dict[str, int]


class HeldOut:
    """Reviews that are new to all of the runs, so that these can be compared on them.

    A review that one of the runs has learned from, or that chose its epoch, is known by its text in
    any file, and left out and counted. Built-in test splits are kept whole, as they are published;
    such reviews in them are counted.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._learned = np.unique(np.concatenate([read_learned(folder) for folder in folders]))
        self._read: dict[tuple[Any, ...], tuple[Reviews, Counts]] = {}

    def reviews(
        self, run: Run, data: str | None, split: str | None, columns: Mapping[str, str]
    ) -> tuple[Reviews, str, str, Counts]:
        """Return the reviews to evaluate a run on, their data and split, and counts.

        Raises ``DataError`` when they cannot be read, or none is new to the runs, and
        ``ConfigError`` when they are built-in and have other classes than the run.
        """
        config, split = resolve_split(run.config, data, split, columns)
        fixed = config.data in BUILT_IN and split in ("test", "all")  # the same for every run
        names = ["data"] if fixed else [*options_of("reviews", "file", "split"), "seed"]
        classes = read_classes(run.folder)
        known = classes.names, *sorted(classes.values.items())
        key = split, known, *(getattr(config, name) for name in names)
        if key not in self._read:
            self._read[key] = self._new(_load(run, config, split), config.data, split)
        return self._read[key][0], config.data, split, self._read[key][1]

    def _new(self, reviews: Reviews, data: str, split: str) -> tuple[Reviews, Counts]:
        """Return the reviews without those that a run has learned from, and counts of these."""
        if split in ("train", "validation"):
            log.warning("the runs have learned from these reviews, or were chosen by them")
            return reviews, {}
        known = np.isin(text_keys(reviews.texts), self._learned)
        count, total = int(known.sum()), len(reviews)
        if not count:
            return reviews, {"learned_reviews": 0}
        told = f"{count:,} of {total:,} {split} reviews of {data} have a text that was learned from"
        if data in BUILT_IN and split == "test":
            log.warning("%s; the split is kept whole, as it is published", told)
            return reviews, {"learned_reviews": count}
        if count == total:
            raise DataError(f"{told}: nothing is left to evaluate on")
        log.warning("%s, and are left out", told)
        return reviews.take(np.flatnonzero(~known)), {"left_out_learned": count}


def resolve_split(
    config: Config, data: str | None, split: str | None, columns: Mapping[str, str]
) -> tuple[Config, str]:
    """Return the configuration and the split with which to read the reviews.

    By default that is the test split of the run's own data, or all of another file. ``columns``
    overrides the run's names of columns and labels, which do not serve for another file.
    """
    if data is None or Path(data).resolve() == Path(config.data).resolve():
        return with_values(config, columns, "the options"), split or "test"
    whole = "test" if data in ("imdb", "imdb-stars", "sample") else "all"
    columns_of_run = [name for name in options_of("reviews") if name.endswith("_column")]
    own = {name: getattr(config, name) for name in ("seed", *columns_of_run)} | {"data": data}
    return with_values(Config(), own | dict(columns), "the options"), split or whole


def _load(run: Run, config: Config, split: str) -> Reviews:
    """Return a split. Raises ``DataError`` for the file of a run that has changed since training,
    or is read in another way: its test split may hold train reviews.
    """
    classes = read_classes(run.folder)
    if config.data in BUILT_IN:
        return _with_classes(load_split(config, split, classes), classes, run, config.data)
    if config.data != run.config.data:
        return load_split(config, split, classes)
    parts = load_splits(config, split, classes)
    if parts["train"].fingerprint() != run.manifest["reviews"]["train"]:
        raise DataError(
            f"{config.data} has changed since {run.folder} was trained on it, or is read in "
            "another way, so its test split may contain train reviews: restore the file, or "
            "evaluate new reviews as another file"
        )
    return parts[split]


def _with_classes(reviews: Reviews, classes: Classes, run: Run, data: str) -> Reviews:
    """Return reviews of built-in data with the classes of a run, which have the same names.

    Those for bad and good also match in other words. Raises ``ConfigError`` for others.
    """
    keys = [label_key(name) for name in classes.names]
    own = [label_key(name) for name in reviews.classes.names]
    if set(own) <= set(keys):
        numbers = [keys.index(key) for key in own]
    elif len(own) == 2 and is_sentiment(classes) and is_sentiment(reviews.classes):
        numbers = [0, len(keys) - 1]
    else:
        raise ConfigError(
            f"{run.folder.name} has the classes {joined_names(classes.names)}, and {data} "
            f"{joined_names(reviews.classes.names)}: evaluate it on other --data"
        )
    labels = np.array(numbers, reviews.labels.dtype)[reviews.labels]
    return replace(reviews, labels=labels, classes=classes)
