"""Where reviews come from: IMDb through tfds, the bundled sample and challenge, or your own file.

Validation is cut from train here. Test labels are read by ``load_split`` alone, which nothing but
``evaluate`` calls; ``load_unlabelled`` and ``load_extra`` look at test texts only to leave their
copies out.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from imdb_lstm.config import Config
from imdb_lstm.data import extra, files, imdb, unlabelled
from imdb_lstm.data.reviews import SPLITS, Reviews
from imdb_lstm.errors import ConfigError, DataError

SAMPLE_FILE = Path(__file__).parents[1] / "sample" / "reviews.jsonl"
CHALLENGE_FILE = Path(__file__).parents[1] / "challenge" / "reviews.jsonl"


def _read(config: Config, split: str) -> Reviews:
    """A split as its source holds it: validation is empty where it is yet to be cut from train."""
    if config.data == "imdb":
        return imdb.load(split)
    if config.data == "sample":
        return files.load(Config(data=str(SAMPLE_FILE)), split)
    if config.data == "challenge":
        return files.load(Config(data=str(CHALLENGE_FILE)), "all")  # it has no parts
    return files.load(config, split)


def load_train_and_validation(config: Config) -> tuple[Reviews, Reviews]:
    """Train and validation. Validation is the source's own, or cut from train by the seed.

    Raises ``DataError`` when there are too few reviews, or only one label, and ``ConfigError`` for
    the challenge set, which nothing learns from.
    """
    if config.data == "challenge":
        raise ConfigError(
            "the challenge set has no train reviews: it only tests; learn from other --data, then "
            "imdb-lstm evaluate RUN --data challenge"
        )
    train = _read(config, "train")
    if len(np.unique(train.labels)) < 2:
        raise DataError(f"the train reviews of {config.data} must have both labels, and have not")
    validation = _read(config, "validation")
    if not len(validation):
        train, validation = train.halves(config.validation_fraction, config.seed)
    if 0 < config.train_limit < len(train):
        _, train = train.halves(config.train_limit, config.seed)
    return train, validation


def load_unlabelled(config: Config) -> list[str]:
    """Texts to learn words from, and that teachers label: IMDb's unlabelled reviews, less copies of
    test texts, and those of ``config.unlabelled``, less copies of validation and test texts."""
    texts = imdb.load_unlabelled() if config.data == "imdb" else []
    if not config.unlabelled:
        return texts
    held_out = [*load_train_and_validation(config)[1].texts, *_test_texts(config).values()]
    return texts + unlabelled.load(Path(config.unlabelled), config.text_column, held_out)


def load_extra(
    config: Config, train: Reviews, validation: Reviews
) -> tuple[Reviews, dict[str, float]]:
    """What ``config.extra_reviews`` adds to train, and counts of what was left out, and why.

    ``train`` and ``validation`` are those of ``load_train_and_validation``. Without such a file
    there is nothing. Raises ``DataError``, naming file and row, for a file that cannot be used.
    """
    if not config.extra_reviews:
        return Reviews.none(), {}
    test = _test_texts(config)
    parts = dict.fromkeys(train.names, "train") | dict.fromkeys(validation.names, "validation")
    parts |= dict.fromkeys(test, "test")
    unused = (name for name in _read(config, "train").names if name not in parts)
    parts |= dict.fromkeys(unused, "unused")  # beyond train_limit
    return extra.load(config, parts, [*validation.texts, *test.values()])


def _test_texts(config: Config) -> dict[str, str]:
    """Name → text of the test reviews, without their labels."""
    if config.data == "imdb":
        return imdb.load_texts("test")
    reviews = _read(config, "test")
    return dict(zip(reviews.names, reviews.texts, strict=True))


def load_split(config: Config, split: str) -> Reviews:
    """One split by name: train, validation, test, or all. Raises ``DataError`` when it is empty."""
    if split not in (*SPLITS, "all"):
        raise ConfigError(f"unknown split {split!r}; there are {', '.join(SPLITS)}, all")
    if split in ("train", "validation"):
        return load_train_and_validation(config)[SPLITS.index(split)]
    reviews = _read(config, split)
    if not len(reviews):
        raise DataError(f"{config.data} has no {split} reviews")
    return reviews
