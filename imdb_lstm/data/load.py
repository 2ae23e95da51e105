"""Load the splits of IMDb, of the bundled reviews, or of files of your own.

Validation reviews are split off train here. Labels of test reviews are used by ``load_split``,
which only ``evaluation`` calls for the test split, and here to check that both labels occur.
"""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.data.copies import copy_groups
from imdb_lstm.data.counterfactual_pairs import read_pairs
from imdb_lstm.data.imdb import load_imdb
from imdb_lstm.data.labels import Classes
from imdb_lstm.data.readers import Source, read_source
from imdb_lstm.data.reviews import SPLITS, Reviews
from imdb_lstm.data.split import folds, held_out, latest, units
from imdb_lstm.errors import ConfigError, DataError

log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent
BUNDLED = {name: FOLDER / name / "reviews.jsonl" for name in ("sample", "challenge")}
ONLY_EVALUATION = {
    "challenge": "the challenge set has",
    "counterfactuals": "the counterfactual pairs have",
}


def read_splits(config: Config, *names: str, known: Classes | None = None) -> dict[str, Reviews]:
    """Return the named splits, or "all"; a file is read only once.

    Validation is empty where a built-in source has none, and it must be split off train. ``known``:
    the classes of the run that reads a file. Raises ``DataError``, naming file and line, for
    reviews that cannot be read.
    """
    if config.of_imdb:
        return {name: load_imdb(name, config.data == "imdb-stars") for name in names}
    if config.data == "counterfactuals":
        return dict.fromkeys(names, read_pairs())
    if config.data in BUNDLED:
        return _read_bundled(config.data, names)
    source = read_source(config, known)
    found = {"all": source.reviews}
    if set(names) != {"all"}:
        part = split_of(source, config)
        found |= {name: source.reviews.take(np.flatnonzero(part == name)) for name in SPLITS}
    return {name: found[name] for name in names}


def _read_bundled(data: str, names: tuple[str, ...]) -> dict[str, Reviews]:
    """Return splits of the sample, or the challenge set, which has none."""
    source = read_source(Config(data=str(BUNDLED[data])), told=False)
    if data == "challenge":
        return dict.fromkeys(names, source.reviews)
    splits = np.array(source.splits)
    return {
        name: source.reviews.take(np.flatnonzero((splits == name) | (name == "all")))
        for name in names
    }


def split_of(source: Source, config: Config, copies: np.ndarray | None = None) -> np.ndarray:
    """Return the split of each review of a file, object (n,), "copy" for one that is in none.

    ``copies``: the ``copy_groups`` of the reviews, where they are known.

    The split is the one that the file gives, or a cut by folds, by time or at random. Copies stay
    together in a cut at random; in others, a held-out copy of a train review is in no split.
    Raises ``DataError`` when a split would lack a label, or there are no train reviews.
    """
    reviews = source.reviews
    if copies is None:
        copies = copy_groups(reviews.texts, source.keys)
    try:
        part = _parts(source, config, units(copies, source.units))
    except DataError as error:
        raise DataError(f"{config.data}: {error}") from error
    for name in SPLITS:
        _check_labels(reviews.labels[part == name], name, config.data, reviews.classes)
    return part


def _parts(source: Source, config: Config, unit: np.ndarray) -> np.ndarray:
    """Return the split of each review, before it is checked that each has both labels."""
    reviews = source.reviews
    part = np.array(source.splits if any(source.splits) else ["train"] * len(reviews), object)
    if config.folds:
        part[folds(reviews.labels, config.folds, _seed(config), unit) == config.fold] = "test"
    elif not any(source.splits) and config.test_fraction:
        part[_held_out(source, config, np.arange(len(part)), config.test_fraction, unit)] = "test"
    train = np.flatnonzero(part == "train")
    if len(train) and not (part == "validation").any():
        share = config.validation_fraction
        part[_held_out(source, config, train, share, unit)] = "validation"
    _leave_out_copies(part, unit, config.data)
    return part


def _held_out(
    source: Source, config: Config, among: np.ndarray, share: float, unit: np.ndarray
) -> np.ndarray:
    """Return the indices that are held out of those in ``among``: the latest, or at random."""
    if config.time:
        names, times = source.reviews.names, source.times
        if not times:
            raise DataError(f"column {config.time!r} has no value")
        late = latest([times[i] for i in among], [names[i] for i in among], share)
        return among[late]
    return among[held_out(source.reviews.labels[among], share, _seed(config), unit[among])]


def _seed(config: Config) -> int:
    """The seed of the splits: several seeds can train and validate on the same reviews."""
    return config.seed if config.split_seed < 0 else config.split_seed


def _leave_out_copies(part: np.ndarray, unit: np.ndarray, data: str) -> None:
    """Take held-out reviews that are copies of earlier ones out of their split, and tell it."""
    learned = np.isin(unit, unit[part == "train"])
    for name in ("validation", "test"):
        copies = (part == name) & learned
        if copies.any():
            log.warning(
                "%s: %s of %s %s reviews are copies or near copies of train reviews, or share "
                "their group, and are left out", data, f"{copies.sum():,}",
                f"{(part == name).sum():,}", name,
            )  # fmt: skip
            if name == "validation" and copies.sum() == (part == name).sum():
                raise DataError(
                    f"all {copies.sum():,} {name} reviews are copies or near copies of "
                    "train reviews: nothing is left to measure on"
                )
        part[copies] = "copy"
        learned |= np.isin(unit, unit[part == name])


def _check_labels(labels: np.ndarray, name: str, data: str, classes: Classes) -> None:
    """Raise ``DataError`` when a split has one label, or train lacks one, or nothing."""
    if not len(labels):
        if name == "test":
            return
        raise DataError(f"{data} has no {name} reviews")
    present = np.unique(labels)
    if len(present) < 2:
        only = classes.names[int(present[0])]
        raise DataError(
            f"all {len(labels):,} {name} reviews of {data} have one label, {only}: two are "
            "needed. Give more reviews, or another split or --seed"
        )
    if name == "train" and (missing := _missing(labels, classes)):
        raise DataError(
            f"no train review of {data} has the label {missing}: give some, or another split, or "
            "leave it out with --labels none=..."
        )


def _missing(labels: np.ndarray, classes: Classes) -> str:
    """Return the names of the classes that no label is of."""
    return ", ".join(each for k, each in enumerate(classes.names) if k not in labels)[:200]


def cut_validation(config: Config, train: Reviews, validation: Reviews) -> tuple[Reviews, Reviews]:
    """Return train and validation reviews, the latter split off train where a source has none.

    ``split_seed`` decides the split, or ``seed`` without it. At most ``config.train_limit`` train
    reviews are returned, if it is set. Raises ``DataError`` for too few reviews or only
    one label.
    """
    _check_labels(train.labels, "train", config.data, train.classes)
    if not len(validation):
        train, validation = _cut(train, config.validation_fraction, _seed(config))
    if 0 < config.train_limit < len(train):
        _, train = _cut(train, config.train_limit, _seed(config))
        if missing := _missing(train.labels, train.classes):
            raise DataError(
                f"--train-limit {config.train_limit:,} leaves no train review of {config.data} "
                f"with the label {missing}: raise it"
            )
    return train, validation


def _cut(reviews: Reviews, size: float | int, seed: int) -> tuple[Reviews, Reviews]:
    """Return a part and a part held out, each review by itself."""
    out = held_out(reviews.labels, size, seed, np.arange(len(reviews)))
    return reviews.take(np.flatnonzero(~out)), reviews.take(np.flatnonzero(out))


def check_trainable(config: Config) -> None:
    """Raise ``ConfigError`` for bundled reviews that are for evaluation alone."""
    if told := ONLY_EVALUATION.get(config.data):
        raise ConfigError(
            f"{told} no train reviews: train on other --data, then "
            f"imdb-lstm evaluate RUN --data {config.data}"
        )


def load_train_and_validation(
    config: Config, known: Classes | None = None
) -> tuple[Reviews, Reviews]:
    """Return train and validation reviews.

    Raises ``ConfigError`` for reviews that are for evaluation alone, and ``DataError`` for those
    that cannot be used.
    """
    check_trainable(config)
    splits = read_splits(config, "train", "validation", known=known)
    return cut_validation(config, splits["train"], splits["validation"])


def load_split(config: Config, split: str, known: Classes | None = None) -> Reviews:
    """Return one split by name: train, validation, test or all.

    Raises ``ConfigError`` for another name and ``DataError`` when the split is empty.
    """
    if split in ("train", "validation"):
        return load_train_and_validation(config, known)[SPLITS.index(split)]
    _check_split(split)
    return _not_empty(read_splits(config, split, known=known)[split], config.data, split)


def load_splits(config: Config, split: str, known: Classes | None = None) -> dict[str, Reviews]:
    """Return train, validation and the named split, read together; see ``load_split``."""
    _check_split(split)
    found = read_splits(config, *dict.fromkeys(("train", "validation", split)), known=known)
    train, validation = cut_validation(config, found["train"], found["validation"])
    found |= {"train": train, "validation": validation}
    return found | {split: _not_empty(found[split], config.data, split)}


def _check_split(split: str) -> None:
    if split not in (*SPLITS, "all"):
        raise ConfigError(f"unknown split {split!r}; the splits are {', '.join(SPLITS)}, all")


def _not_empty(reviews: Reviews, data: str, split: str) -> Reviews:
    if not len(reviews):
        raise DataError(f"{data} has no {split} reviews, or none that is not also a train review")
    return reviews
