"""Load the splits of IMDb, of the bundled sample and challenge set, or of a file of your own.

Validation reviews are split off train here. Labels of test reviews are read only by ``load_split``,
which only ``evaluation`` calls for the test split.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.data.imdb import load_imdb
from imdb_lstm.data.readers import read_file
from imdb_lstm.data.reviews import SPLITS, Reviews
from imdb_lstm.errors import ConfigError, DataError

FOLDER = Path(__file__).parent
BUNDLED = {name: FOLDER / name / "reviews.jsonl" for name in ("sample", "challenge")}


def read_splits(config: Config, *names: str) -> dict[str, Reviews]:
    """Return the named splits, or "all", as their source defines them; a file is read only once.

    Validation is empty when the source has none and it must be split off train. Raises
    ``DataError``, naming file and row, for reviews that cannot be read.
    """
    if config.data == "imdb":
        return {name: load_imdb(name) for name in names}
    bundled = BUNDLED.get(config.data)
    reviews, splits = read_file(Config(data=str(bundled)) if bundled else config)
    if config.data == "challenge":  # it has no splits
        return dict.fromkeys(names, reviews)
    if any(splits):
        found = {split: reviews.take(np.flatnonzero(np.array(splits) == split)) for split in SPLITS}
    elif set(names) == {"all"}:
        return {"all": reviews}
    else:
        train, test = reviews.stratified_split(config.test_fraction, config.seed)
        found = {"train": train, "validation": Reviews.none(), "test": test}
    return {name: reviews if name == "all" else found[name] for name in names}


def cut_validation(config: Config, train: Reviews, validation: Reviews) -> tuple[Reviews, Reviews]:
    """Return train and validation reviews: the source's own validation, or one split off train.

    The split depends on ``config.seed``. At most ``config.train_limit`` train reviews are returned,
    if it is set. Raises ``DataError`` when there are too few reviews, or only one label.
    """
    if len(np.unique(train.labels)) < 2:
        raise DataError(f"all train reviews of {config.data} have one label: both are needed")
    if not len(validation):
        train, validation = train.stratified_split(config.validation_fraction, config.seed)
    if 0 < config.train_limit < len(train):
        _, train = train.stratified_split(config.train_limit, config.seed)
    return train, validation


def check_trainable(config: Config) -> None:
    """Raise ``ConfigError`` for the challenge set, which has no train reviews."""
    if config.data == "challenge":
        raise ConfigError(
            "the challenge set has no train reviews: train on other --data, then "
            "imdb-lstm evaluate RUN --data challenge"
        )


def load_train_and_validation(config: Config) -> tuple[Reviews, Reviews]:
    """Return train and validation reviews.

    Raises ``ConfigError`` for the challenge set and ``DataError`` for reviews that cannot be used.
    """
    check_trainable(config)
    splits = read_splits(config, "train", "validation")
    return cut_validation(config, splits["train"], splits["validation"])


def load_split(config: Config, split: str) -> Reviews:
    """Return one split by name: train, validation, test or all.

    Raises ``ConfigError`` for another name and ``DataError`` when the split is empty.
    """
    if split not in (*SPLITS, "all"):
        raise ConfigError(f"unknown split {split!r}; the splits are {', '.join(SPLITS)}, all")
    if split in ("train", "validation"):
        return load_train_and_validation(config)[SPLITS.index(split)]
    reviews = read_splits(config, split)[split]
    if not len(reviews):
        raise DataError(f"{config.data} has no {split} reviews")
    return reviews
