"""Where reviews come from: IMDb through tfds, the bundled sample and challenge, or your own file.

Validation is cut from train here. Test labels are read by ``load_split`` alone, which only
``evaluation`` calls.
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
    """The named splits, or "all", as their source holds them; a file is read once for all of them.

    Validation is empty where it must still be cut from train.
    """
    if config.data == "imdb":
        return {name: load_imdb(name) for name in names}
    bundled = BUNDLED.get(config.data)
    reviews, splits = read_file(Config(data=str(bundled)) if bundled else config)
    if config.data == "challenge":  # which has no splits
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
    """Train and validation: the source's own validation, or one cut from train by the seed.

    Raises ``DataError`` when there are too few reviews, or only one label.
    """
    if len(np.unique(train.labels)) < 2:
        raise DataError(f"the train reviews of {config.data} must have both labels, but have one")
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
    """Train and validation reviews. Raises as ``check_trainable`` and ``cut_validation`` do."""
    check_trainable(config)
    splits = read_splits(config, "train", "validation")
    return cut_validation(config, splits["train"], splits["validation"])


def load_split(config: Config, split: str) -> Reviews:
    """One split by name: train, validation, test, or all. Raises ``DataError`` when it is empty."""
    if split not in (*SPLITS, "all"):
        raise ConfigError(f"unknown split {split!r}; there are {', '.join(SPLITS)}, all")
    if split in ("train", "validation"):
        return load_train_and_validation(config)[SPLITS.index(split)]
    reviews = read_splits(config, split)[split]
    if not len(reviews):
        raise DataError(f"{config.data} has no {split} reviews")
    return reviews
