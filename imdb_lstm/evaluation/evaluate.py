"""Evaluation of finished runs on a split or a file: logits, metrics, figures, files.

This is the only code that reads the labels of the test split.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.config.groups import options_of
from imdb_lstm.config.options import Config
from imdb_lstm.config.values import with_values
from imdb_lstm.data.load import load_split, load_train_and_validation
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.device import set_up_device
from imdb_lstm.errors import ConfigError, DataError
from imdb_lstm.inference.ensemble import ensemble_logits, ensemble_temperature, temperatures
from imdb_lstm.metrics.calibration import accuracy_by_coverage, temperature_scaled_metrics
from imdb_lstm.metrics.classification import evaluate_logits, mcnemar
from imdb_lstm.metrics.contrast_pairs import pair_consistency
from imdb_lstm.metrics.plots import (
    accuracy_by_group_figure,
    calibration_figure,
    confusion_figure,
    history_figure,
    roc_and_precision_recall_figure,
    score_histogram_figure,
)
from imdb_lstm.metrics.subgroups import accuracy_by_group, length_group
from imdb_lstm.metrics.tradeoff_plots import coverage_figure
from imdb_lstm.runs.files import read_history, read_metrics, write_figures, write_json, write_text
from imdb_lstm.runs.find import results_folder
from imdb_lstm.runs.run import Run, load_run
from imdb_lstm.text.tokenizer import single_tokens

BUILT_IN = ("imdb", "sample", "challenge")  # with the same test split for every run
ReadReviews = dict[tuple[Any, ...], Reviews]
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
    def data_and_split(self) -> str:
        """The name of its folder, DATA-SPLIT."""
        return f"{Path(self.data).name.partition('.')[0]}-{self.split}"


def resolve_split(
    config: Config, data: str | None, split: str | None, columns: Mapping[str, str]
) -> tuple[Config, str]:
    """Return the configuration and the split with which to read the reviews.

    By default that is the test split of the run's own data, or all of another file. ``columns``
    overrides the run's names of columns and labels.
    """
    if data is None or Path(data).resolve() == Path(config.data).resolve():
        return with_values(config, columns, "the options"), split or "test"
    whole = "test" if data in ("imdb", "sample") else "all"
    return with_values(config, {"data": data, **columns}, "the options"), split or whole


def evaluate(
    folder: Path,
    data: str | None = None,
    split: str | None = None,
    device: str = "auto",
    read: ReadReviews | None = None,
    **columns: str,
) -> Evaluation:
    """Evaluate one finished run on one split. Writes nothing; see ``write_evaluation``.

    ``columns``: ``text_column``, ``label_column``, ``positive_label``, ... if those of the file
    differ from the run's. ``read``: a cache of reviews, shared by calls for several runs. Raises
    ``RunError`` for a damaged run, ``DataError`` if the reviews cannot be read.
    """
    set_up_device(device)
    run = load_run(folder)
    config, split = resolve_split(run.config, data, split, columns)
    _check_unchanged(run, config)
    reviews = _reviews(config, split, {} if read is None else read)
    start = time.perf_counter()
    logits = run.predict_logits(reviews.texts)
    seconds = time.perf_counter() - start
    metrics = {"data": Path(config.data).name, "split": split}
    metrics |= measure_logits(reviews, logits, *temperatures([folder]))
    return Evaluation(folder, config.data, split, metrics, logits, reviews, seconds)


def _reviews(config: Config, split: str, read: ReadReviews) -> Reviews:
    """A split, from the cache if a run with the same options has read it."""
    fixed = config.data in BUILT_IN and split in ("test", "all")
    names = ["data"] if fixed else [*options_of("reviews"), "seed"]
    key = split, *(getattr(config, name) for name in names)
    if key not in read:
        read[key] = load_split(config, split)
    return read[key]


def _check_unchanged(run: Run, config: Config) -> None:
    """Refuse a file that changed after training: its test split may hold train reviews."""
    if config != run.config or config.data in ("imdb", "sample"):
        return
    train = load_train_and_validation(config)[0].fingerprint()
    if train != run.manifest["reviews"]["train"]:
        raise DataError(
            f"{config.data} has changed since {run.folder} was trained on it, so its test split "
            "may contain train reviews: restore the file, or evaluate new reviews as another file"
        )


def measure_logits(reviews: Reviews, logits: np.ndarray, temperature: float) -> dict[str, Any]:
    """Return the metrics of logits (n,), over all reviews and by length, stars, group and pair.

    ``temperature_scaled`` holds the metrics that the temperature, fitted in training, changes; all
    others are those of the logits without it. ``by_coverage`` is the selective accuracy.
    """
    lengths = [max(1, len(single_tokens(text))) for text in reviews.texts]
    groups = reviews.groups if len(set(reviews.groups)) <= MOST_GROUPS else []
    return {
        **evaluate_logits(reviews.labels, logits),
        "temperature": temperature,
        "temperature_scaled": temperature_scaled_metrics(reviews.labels, logits, temperature),
        "by_coverage": accuracy_by_coverage(reviews.labels, logits),
        "by_length": accuracy_by_group(reviews.labels, logits, length_group(lengths)),
        "by_rating": _by_known(reviews, logits, reviews.ratings.tolist()),
        "by_group": _by_known(reviews, logits, groups),
        "pairs": pair_consistency(reviews.labels, logits, reviews.pairs),
    }


def _by_known(reviews: Reviews, logits: np.ndarray, groups: Sequence[Any]) -> list[dict[str, Any]]:
    """Accuracy by group, over the reviews whose group is not 0 or empty."""
    known = [index for index, group in enumerate(groups) if group]
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
    metrics |= measure_logits(first.reviews, logits, temperature)
    folder = first.run.parent / "+".join(names)
    seconds = sum(member.seconds for member in members)
    joint = Evaluation(folder, first.data, first.split, metrics, logits, first.reviews, seconds)
    metrics["comparisons"] = mcnemar_tests([*members, joint])
    return joint


def check_same_reviews(evaluations: Sequence[Evaluation]) -> None:
    """Raise ``ConfigError``, naming two runs, if they read different reviews."""
    first = evaluations[0]
    for other in evaluations[1:]:
        if other.reviews.fingerprint() != first.reviews.fingerprint():
            raise ConfigError(
                f"{first.run.name} and {other.run.name} read different {first.split} reviews, so "
                "they cannot be compared: give the same --data, and runs of the same --seed"
            )


def mcnemar_tests(evaluations: Sequence[Evaluation]) -> list[dict[str, Any]]:
    """Return McNemar's test between every two evaluations of the same reviews."""
    fingerprints = [found.reviews.fingerprint() for found in evaluations]
    return [
        {"a": a.name, "b": b.name, **mcnemar(a.reviews.labels, a.logits, b.logits)}
        for (a, one), (b, other) in combinations(zip(evaluations, fingerprints, strict=True), 2)
        if one == other
    ]


def evaluation_figures(evaluation: Evaluation) -> dict[str, Any]:
    """Return name → matplotlib figure of one evaluation."""
    labels, logits = evaluation.reviews.labels, evaluation.logits
    metrics = evaluation.metrics
    figures = {
        "confusion_matrix": confusion_figure(metrics["confusion_matrix"]),
        "calibration": calibration_figure(labels, logits, metrics["temperature"]),
        "coverage": coverage_figure(labels, {evaluation.name: logits}),
        "score_histogram": score_histogram_figure(labels, logits),
        "accuracy_by_length": accuracy_by_group_figure(
            metrics["by_length"], "Accuracy by length", "Tokens in the review"
        ),
    }
    if metrics["auc"] is not None:
        figures["roc_and_precision_recall"] = roc_and_precision_recall_figure(
            labels, {evaluation.name: logits}
        )
    if metrics["by_rating"]:
        figures["accuracy_by_rating"] = accuracy_by_group_figure(
            metrics["by_rating"], "Accuracy by star rating", "Stars given by the reviewer"
        )
    if metrics["by_group"]:
        figures["accuracy_by_group"] = accuracy_by_group_figure(
            metrics["by_group"], "Accuracy by group", "Group"
        )
    if (evaluation.run / "history.csv").exists():
        best_epoch = read_metrics(evaluation.run)["best_epoch"]
        history = read_history(evaluation.run)
        figures["history"] = history_figure(history, best_epoch)
    return figures


def write_evaluation(evaluation: Evaluation, output: Path | None = None) -> Path:
    """Write ``metrics.json``, ``predictions.csv`` and figures, and return their folder.

    By default that is ``evaluation/DATA-SPLIT`` in the run's folder; an ensemble has a folder with
    the names of its runs joined by +.
    """
    folder = output or results_folder(evaluation.run) / "evaluation" / evaluation.data_and_split
    write_figures(folder / "figures", evaluation_figures(evaluation))
    write_json(folder / "metrics.json", evaluation.metrics)
    write_text(folder / "predictions.csv", _predictions(evaluation))
    return folder


def _predictions(evaluation: Evaluation) -> str:
    """One CSV row per review, without its text: name, label, rating, logit."""
    reviews = evaluation.reviews
    rows = zip(
        reviews.names, reviews.labels.tolist(), reviews.ratings.tolist(),
        evaluation.logits.tolist(), strict=True,
    )  # fmt: skip
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(("name", "label", "rating", "logit"))
    writer.writerows(
        (name, label, rating or "", f"{logit:.6g}") for name, label, rating, logit in rows
    )
    return lines.getvalue()
