"""Evaluation of finished runs on a split or a file: logits, metrics, figures, files.

This is the only code that reads the labels of the test split.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.data.labels import same_classes
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.device import choose_backend
from imdb_lstm.errors import ConfigError
from imdb_lstm.evaluation.held_out import HeldOut
from imdb_lstm.inference.ensemble import (
    ensemble_logits,
    ensemble_temperature,
    ensemble_threshold,
    temperatures,
)
from imdb_lstm.metrics.calibration import (
    accuracy_by_coverage,
    fit_vector_scaling,
    probability_metrics,
    temperature_scaled_metrics,
)
from imdb_lstm.metrics.classification import commonest_share, evaluate_logits, mcnemar
from imdb_lstm.metrics.contrast_pairs import pair_consistency
from imdb_lstm.metrics.intervals import accuracy_with_interval
from imdb_lstm.metrics.logits import predicted_classes
from imdb_lstm.metrics.subgroups import accuracy_by_group, length_group
from imdb_lstm.runs.description import joined_names
from imdb_lstm.runs.names import data_name
from imdb_lstm.runs.run import load_run
from imdb_lstm.runs.validation import read_validation
from imdb_lstm.text.tokenizer import single_tokens

log = logging.getLogger(__name__)

UNFAMILIAR = 0.25  # of the words of an average text; of the reviews of IMDb 0.015
MOST_GROUPS = 50  # a column with more distinct values is not reported by group


@dataclass(frozen=True, repr=False)
class Evaluation:
    """Logits and metrics of a run, or of an ensemble of runs, on some reviews."""

    run: Path  # its folder; that of an ensemble need not exist
    data: str
    split: str
    metrics: dict[str, Any]
    logits: np.ndarray
    reviews: Reviews
    seconds: float = 0.0  # to predict the logits
    threshold: float = 0.0  # of the logits of two classes; above it the verdict is class 1

    def __repr__(self) -> str:
        """Return one line without logits and reviews."""
        metrics = self.metrics
        return (
            f"{self.name} on {len(self.reviews):,} reviews ({self.data_and_split}): accuracy "
            f"{metrics['accuracy']:.1%}, 95 % interval {metrics['accuracy_low']:.1%} to "
            f"{metrics['accuracy_high']:.1%}"
        )

    @property
    def name(self) -> str:
        """Its name in tables and figures."""
        return "ensemble" if "members" in self.metrics else self.run.name

    @property
    def margins(self) -> np.ndarray:
        """The logits minus the threshold, float32 of their shape: they give the verdicts."""
        return self.logits - np.float32(self.threshold)

    @property
    def data_and_split(self) -> str:
        """The name of its folder, DATA-SPLIT."""
        return f"{data_name(self.data)}-{self.split}"


def evaluate(
    folder: Path,
    data: str | None = None,
    split: str | None = None,
    device: str = "auto",
    backend: str = "auto",
    held_out: HeldOut | None = None,
    **columns: str,
) -> Evaluation:
    """Evaluate one finished run on one split. Writes nothing; see ``write_evaluation``.

    ``columns``: ``text_column``, ``label_column``, ``labels``, ... if those of the file differ from
    the run's. ``backend``, ``device``: see ``device.choose_backend``. ``held_out``: the reviews
    that are new to all runs evaluated together, read once. Raises ``RunError`` for a damaged run,
    ``DataError`` if the reviews cannot be read.
    """
    run = load_run(folder, choose_backend(backend, device))
    held_out = held_out or HeldOut([folder])
    reviews, data, split, counts = held_out.reviews(run, data, split, columns)
    start = time.perf_counter()
    logits, read = run.read(reviews.texts)
    seconds = time.perf_counter() - start
    unknown = sum(each.unknown_share == 1 for each in read)
    metrics = {
        "data": Path(data).name,
        "split": split,
        "texts_without_known_word": unknown,
        "unknown_share": round(float(np.mean([each.unknown_share for each in read])), 4),
    }
    metrics |= counts
    [temperature] = temperatures([folder])
    metrics |= measure_logits(reviews, logits, temperature, run.threshold)
    if len(reviews.classes) > 2:
        metrics["vector_scaled"] = vector_scaled_metrics(folder, reviews.labels, logits)
    _warn(folder.name, metrics)
    return Evaluation(folder, data, split, metrics, logits, reviews, seconds, run.threshold)


def check_names(folders: Sequence[Path]) -> None:
    """Raise ``ConfigError`` for two runs of one name, which no table could tell apart."""
    names = [folder.name for folder in folders]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise ConfigError(f"two of the runs are named {repeated}: copy one to another name")


def _warn(name: str, metrics: dict[str, Any]) -> None:
    """Tell what makes the metrics of a run say little."""
    if unknown := metrics["texts_without_known_word"]:
        log.warning(
            "%s of %s texts have no word that %s knows", f"{unknown:,}", f"{metrics['reviews']:,}",
            name,
        )  # fmt: skip
    if metrics["unknown_share"] > UNFAMILIAR:
        log.warning(
            "%s does not know %s of the words of a text, on average: it learned from other texts, "
            "and its results here say little about it or about these", name,
            f"{metrics['unknown_share']:.0%}",
        )  # fmt: skip
    commonest = commonest_share(metrics)
    if metrics["accuracy_low"] <= commonest < 1:
        log.warning(
            "%s may be no better than always giving the %s label, which is right in %s",
            name, "commoner" if len(metrics["classes"]) == 2 else "commonest", f"{commonest:.1%}",
        )  # fmt: skip


def vector_scaled_metrics(folder: Path, labels: np.ndarray, logits: np.ndarray) -> dict[str, float]:
    """Return the metrics of logits (n, classes) that vector scaling changes, which is all of them.

    It is fitted to the validation reviews of the run.
    """
    validation = read_validation(folder)
    factors, biases = fit_vector_scaling(validation.labels, validation.logits)
    scaled = logits * factors + biases
    right = int(np.sum(predicted_classes(scaled) == labels))
    return accuracy_with_interval(right, len(labels)) | probability_metrics(labels, scaled)


def measure_logits(
    reviews: Reviews, logits: np.ndarray, temperature: float, threshold: float = 0.0
) -> dict[str, Any]:
    """Return the metrics of logits, over all reviews and by length, stars, group and pair.

    Of two classes the verdict is class 1 where the logit is above the ``threshold``, which is 0 for
    more. ``temperature_scaled`` holds
    the metrics that the temperature, fitted in training, changes; all others are those of the
    logits without it. ``by_coverage`` is the selective accuracy.
    """
    lengths = [max(1, len(single_tokens(text))) for text in reviews.texts]
    groups = reviews.groups if len(set(reviews.groups)) <= MOST_GROUPS else []
    stars = [_stars(rating) for rating in reviews.ratings.tolist()]
    stars = stars if len(set(stars)) <= MOST_GROUPS else []
    margins = logits - threshold
    return {
        **evaluate_logits(reviews.labels, logits, threshold, reviews.classes.scale),
        "classes": list(reviews.classes.names),
        "fingerprint": reviews.fingerprint(),
        "threshold": threshold,
        "temperature": temperature,
        "temperature_scaled": temperature_scaled_metrics(reviews.labels, logits, temperature),
        "by_coverage": accuracy_by_coverage(reviews.labels, margins),
        "by_length": accuracy_by_group(reviews.labels, margins, length_group(lengths)),
        "by_rating": _by_known(reviews, margins, stars),
        "by_group": _by_known(reviews, margins, groups),
        "pairs": pair_consistency(reviews.labels, margins, reviews.pairs),
    }


def _stars(rating: float) -> float | None:
    """Return the number of stars as it was written, for all that float32 keeps of it.

    >>> _stars(4.099999904632568), _stars(0.0), _stars(float("nan"))
    (4.1, 0, None)
    """
    if rating != rating:
        return None
    number = float(f"{rating:.6g}")
    return int(number) if number.is_integer() else number


def _by_known(reviews: Reviews, logits: np.ndarray, groups: Sequence[Any]) -> list[dict[str, Any]]:
    """Accuracy by group, over the reviews whose group is known."""
    known = [index for index, group in enumerate(groups) if group not in (None, "")]
    if not known:
        return []
    return accuracy_by_group(
        reviews.labels[known], logits[known], [groups[index] for index in known]
    )


def evaluate_ensemble(members: Sequence[Evaluation], deviations: Sequence[float]) -> Evaluation:
    """Evaluate several runs as an ensemble, from their logits on the same reviews.

    ``deviations``: those of ``logit_deviations``. The metrics name the members and contain
    McNemar's test between every two of them and the ensemble. Raises ``ConfigError`` if the runs
    read different reviews.
    """
    check_same_reviews(members)
    first = members[0]
    logits = ensemble_logits([member.logits for member in members], deviations)
    names = [member.run.name for member in members]
    metrics = {"data": first.metrics["data"], "split": first.split, "members": names}
    own = [member.metrics["temperature"] for member in members]
    temperature = ensemble_temperature(own, deviations)
    threshold = ensemble_threshold([member.threshold for member in members], deviations)
    metrics |= measure_logits(first.reviews, logits, temperature, threshold)
    folder = first.run.parent / "+".join(names)
    seconds = sum(member.seconds for member in members)
    joint = Evaluation(
        folder, first.data, first.split, metrics, logits, first.reviews, seconds, threshold
    )
    metrics["comparisons"] = mcnemar_tests([*members, joint])
    return joint


def check_same_reviews(evaluations: Sequence[Evaluation]) -> None:
    """Raise ``ConfigError``, naming two runs, if their classes or their reviews differ."""
    first = evaluations[0]
    for other in evaluations[1:]:
        own, others = first.reviews.classes, other.reviews.classes
        if not same_classes(own, others):
            raise ConfigError(
                f"{first.run.name} has the classes {joined_names(own.names)}, and "
                f"{other.run.name} {joined_names(others.names)}, so they cannot be compared"
            )
        if other.reviews.fingerprint() != first.reviews.fingerprint():
            raise ConfigError(
                f"{first.run.name} and {other.run.name} read different {first.split} reviews, so "
                "they cannot be compared: give the same --data, and runs of the same --seed"
            )


def mcnemar_tests(evaluations: Sequence[Evaluation]) -> list[dict[str, Any]]:
    """Return McNemar's test between every two evaluations of the same reviews."""
    fingerprints = [found.reviews.fingerprint() for found in evaluations]
    return [
        {"a": a.name, "b": b.name, **mcnemar(a.reviews.labels, a.margins, b.margins)}
        for (a, one), (b, other) in combinations(zip(evaluations, fingerprints, strict=True), 2)
        if one == other
    ]
