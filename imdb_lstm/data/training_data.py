"""The reviews of one training: train, validation and unlabelled, each source read once."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.data.copies import text_keys
from imdb_lstm.data.counterfactual import counterfactual_reviews
from imdb_lstm.data.extra import load_extra_file
from imdb_lstm.data.imdb import load_imdb_texts, load_imdb_unlabelled
from imdb_lstm.data.load import check_trainable, cut_validation, read_splits
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.data.texts import read_texts
from imdb_lstm.data.unlabelled import texts_fingerprint, without_copies


@dataclass(frozen=True)
class TrainingData:
    """The reviews of a training, with their fingerprints and counts.

    ``train`` includes the extra and the counterfactual reviews. ``unlabelled``: texts without a
    label, except copies of test texts; empty when they were not requested. ``fingerprints``: a
    SHA-256 for each of train, validation, extra, counterfactual and unlabelled. ``counts``: how
    many extra reviews were added, how many were left out for which reason, and how many
    counterfactual texts were added. ``seconds``: what reading took.

    ``learned``: a hash of each text that the model learns from or is chosen by, uint64, see
    ``copies.text_keys``; the unlabelled reviews of IMDb are not among them.
    """

    train: Reviews
    validation: Reviews
    unlabelled: list[str]
    fingerprints: dict[str, str]
    counts: dict[str, float]
    learned: np.ndarray
    seconds: float = 0.0

    def written_reviews(self) -> Reviews:
        """Return the train reviews that somebody wrote; the counterfactual ones are the last."""
        made = int(self.counts.get("counterfactual_texts", 0))
        return self.train.take(np.arange(len(self.train) - made))

    def written(self) -> TrainingData:
        """Return the data as it is without the counterfactual reviews."""
        if "counterfactual_texts" not in self.counts:
            return self
        train = self.written_reviews()
        others = text_keys([*train.texts, *self.validation.texts, *self.unlabelled])
        turned = np.setdiff1d(text_keys(self.train.texts[len(train) :]), others)
        return replace(
            self,
            train=train,
            fingerprints=_without(self.fingerprints, "counterfactual"),
            counts=_without(self.counts, "counterfactual_texts"),
            learned=np.setdiff1d(self.learned, turned),
        )


def _without(values: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the values of the other names."""
    return {key: value for key, value in values.items() if key != name}


def read_training_data(config: Config, with_unlabelled: bool = False) -> TrainingData:
    """Read the reviews of a configuration, each source once.

    The texts of the test split, never its labels, are used only to leave out copies of them from
    extra and unlabelled reviews. Raises ``DataError`` for reviews that cannot be used, and
    ``ConfigError`` for bundled reviews that are for evaluation alone.
    """
    began = time.perf_counter()
    check_trainable(config)
    of_imdb = config.of_imdb
    compares = bool(config.extra_reviews or (with_unlabelled and (of_imdb or config.unlabelled)))
    of_file = ("test",) if compares and not of_imdb else ()
    splits = read_splits(config, "train", "validation", *of_file)
    train, validation = cut_validation(config, splits["train"], splits["validation"])
    fingerprints = {"train": train.fingerprint(), "validation": validation.fingerprint()}
    counts: dict[str, float] = {}
    test_names, test = _test(splits.get("test")) if compares else ([], [])
    held_out = [*validation.texts, *test]
    own = train
    if config.extra_reviews:
        origins = _origins(splits["train"], train, validation, test_names)
        extra, counts = load_extra_file(config, origins, held_out, train.classes)
        fingerprints["extra"] = extra.fingerprint()
        train = train.joined(extra)
    if config.counterfactual:
        turned = counterfactual_reviews(own, config)
        fingerprints["counterfactual"] = turned.fingerprint()
        counts["counterfactual_texts"] = len(turned)
        train = train.joined(turned)
    unlabelled: list[str] = []
    learned = [*train.texts, *validation.texts]
    if with_unlabelled and of_imdb:
        unlabelled = load_imdb_unlabelled(test)
    if config.unlabelled:
        texts = [text for text in read_texts(config.unlabelled, config) if text.strip()]
        fingerprints["unlabelled"] = texts_fingerprint(texts)
        if with_unlabelled:
            kept = without_copies(texts, held_out, config.unlabelled)
            learned += kept
            unlabelled += kept
    keys = text_keys(learned)
    seconds = time.perf_counter() - began
    return TrainingData(train, validation, unlabelled, fingerprints, counts, keys, seconds)


def _test(test: Reviews | None) -> tuple[list[str], list[str]]:
    """Return names and texts of test reviews; those of IMDb are read here, without their labels."""
    if test is not None:
        return test.names, test.texts
    found = load_imdb_texts("test")
    return list(found), list(found.values())


def _origins(
    source: Reviews, train: Reviews, validation: Reviews, test: list[str]
) -> dict[str, str]:
    """Return name → train, validation, test, or unused for train reviews beyond train_limit."""
    found = dict.fromkeys(source.names, "unused") | dict.fromkeys(train.names, "train")
    return found | dict.fromkeys(validation.names, "validation") | dict.fromkeys(test, "test")
