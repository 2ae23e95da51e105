"""Evaluation: saved runs on a split or a file → metrics, figures, tables by length and by stars.

This is the only code that asks for test labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm import artifacts, plots, runtime
from imdb_lstm.config import Config, with_values
from imdb_lstm.data import load_split, load_train_and_validation
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.errors import DataError
from imdb_lstm.inference import predict_logits
from imdb_lstm.metrics import by_group, evaluate_logits, length_group
from imdb_lstm.text import encode_texts


@dataclass(frozen=True)
class Evaluation:
    """A run's logits on some reviews, and what they amount to."""

    run: Path
    data: str
    split: str
    metrics: dict[str, Any]
    logits: np.ndarray
    reviews: Reviews


def question(
    config: Config, data: str | None, split: str | None, columns: Mapping[str, str]
) -> tuple[Config, str]:
    """What is asked: by default the test split of what the run learned from, else a whole file.

    ``columns`` overrides the run's names of columns and labels.
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
    **columns: str,
) -> Evaluation:
    """Evaluate one finished run on one split. Writes nothing; see ``write``.

    ``columns``: ``text_column``, ``label_column``, ``positive_label``, ... where a file has others
    than the run. Raises ``RunError`` for a damaged run, ``DataError`` for reviews not to be had.
    """
    runtime.set_up(device)
    run = artifacts.load_run(folder)
    config, split = question(run.config, data, split, columns)
    _check_unchanged(run, config)
    reviews = load_split(config, split)
    ids = encode_texts(reviews.texts, run.vocabulary, run.config.maximum_length)
    logits = predict_logits(run.model, ids)
    lengths = np.array([len(row) for row in ids])
    metrics = {
        "data": Path(config.data).name,
        "split": split,
        **evaluate_logits(reviews.labels, logits),
        "by_length": by_group(reviews.labels, logits, length_group(lengths)),
        "by_rating": _by_rating(reviews, logits),
    }
    return Evaluation(folder, config.data, split, metrics, logits, reviews)


def _check_unchanged(run: artifacts.Run, config: Config) -> None:
    """Refuse a file that has changed since: what it holds out now may have been learned from."""
    if config != run.config or config.data in ("imdb", "sample"):
        return
    learned = load_train_and_validation(config)[0].fingerprint()
    if learned != run.manifest["reviews"]["train"]:
        raise DataError(
            f"{config.data} has changed since {run.folder} learned from it, so what it holds out "
            "may have been learned from: bring it back, or evaluate new reviews as another file"
        )


def _by_rating(reviews: Reviews, logits: np.ndarray) -> list[dict[str, Any]]:
    """Accuracy by star rating, over the reviews whose rating is known."""
    known = np.flatnonzero(reviews.ratings)
    if not len(known):
        return []
    return by_group(reviews.labels[known], logits[known], reviews.ratings[known].tolist())


def figures(evaluation: Evaluation) -> dict[str, Any]:
    """Name → matplotlib figure of one evaluation."""
    labels, logits = evaluation.reviews.labels, evaluation.logits
    metrics = evaluation.metrics
    history = artifacts.read_history(evaluation.run)
    best_epoch = artifacts.read_metrics(evaluation.run)["best_epoch"]
    drawn = {
        "history": plots.history_figure(history, best_epoch),
        "confusion_matrix": plots.confusion_figure(metrics["confusion_matrix"]),
        "calibration": plots.calibration_figure(labels, logits),
        "score_histogram": plots.score_histogram_figure(labels, logits),
        "accuracy_by_length": plots.accuracy_by_group_figure(
            metrics["by_length"], "Accuracy by length", "Tokens in the review"
        ),
    }
    if metrics["auc"] is not None:
        drawn["roc_and_precision_recall"] = plots.roc_and_precision_recall_figure(
            labels, {evaluation.run.name: logits}
        )
    if metrics["by_rating"]:
        drawn["accuracy_by_rating"] = plots.accuracy_by_group_figure(
            metrics["by_rating"], "Accuracy by star rating", "Stars that the reviewer gave"
        )
    return drawn


def write(evaluation: Evaluation, output: Path | None = None) -> Path:
    """Write ``metrics.json``, ``predictions.csv`` and figures; return their folder.

    By default that is ``evaluation/DATA-SPLIT`` in the run's folder.
    """
    stem = Path(evaluation.data).name.partition(".")[0]
    folder = output or evaluation.run / "evaluation" / f"{stem}-{evaluation.split}"
    artifacts.write_figures(folder / "figures", figures(evaluation))
    artifacts.write_json(folder / "metrics.json", evaluation.metrics)
    artifacts.write_predictions(folder / "predictions.csv", evaluation.reviews, evaluation.logits)
    return folder
