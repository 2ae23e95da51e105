"""The files of an evaluation: metrics, a row per review, figures; and the folder they are in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.errors import OutputError
from imdb_lstm.evaluation.evaluate import Evaluation
from imdb_lstm.metrics.confusion_plots import confusion_figure, distance_figure
from imdb_lstm.metrics.group_plots import accuracy_by_group_figure, class_scores_figure
from imdb_lstm.metrics.history_plots import history_figure
from imdb_lstm.metrics.logits import predicted_classes
from imdb_lstm.metrics.probability_plots import (
    calibration_figure,
    class_curves_figure,
    roc_and_precision_recall_figure,
    score_histogram_figure,
)
from imdb_lstm.metrics.tradeoff_plots import coverage_figure
from imdb_lstm.runs.files import (
    csv_text,
    read_history,
    read_json,
    read_metrics,
    write_figures,
    write_json,
    write_text,
)
from imdb_lstm.runs.find import results_folder


def evaluation_figures(evaluation: Evaluation) -> dict[str, Any]:
    """Return name → matplotlib figure of one evaluation."""
    labels, logits = evaluation.reviews.labels, evaluation.logits
    metrics, names = evaluation.metrics, evaluation.reviews.classes.names
    figures = {
        "confusion_matrix": confusion_figure(metrics["confusion_matrix"], names),
        "calibration": calibration_figure(
            labels, logits, metrics["temperature"], class_names=names
        ),
        "coverage": coverage_figure(labels, {evaluation.name: evaluation.margins}),
        "score_histogram": score_histogram_figure(labels, logits, names, metrics["threshold"]),
        "accuracy_by_length": accuracy_by_group_figure(
            metrics["by_length"], "Accuracy by length", "Tokens in the review"
        ),
    }
    if len(names) > 2:
        figures |= _figures_of_classes(evaluation)
    elif metrics["auc"] is not None:
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


def _figures_of_classes(evaluation: Evaluation) -> dict[str, Any]:
    """Figures that only three and more classes have, or that are drawn in another way."""
    labels, logits = evaluation.reviews.labels, evaluation.logits
    metrics, classes = evaluation.metrics, evaluation.reviews.classes
    figures = {"scores_by_class": class_scores_figure(metrics["by_class"], classes.names)}
    if len(np.unique(labels)) > 1:
        figures["roc_and_precision_recall"] = class_curves_figure(labels, logits, classes.names)
    if classes.ordered:
        figures["distances"] = distance_figure(metrics["confusion_matrix"])
    return figures


def write_evaluation(evaluation: Evaluation, output: Path | None = None) -> Path:
    """Write ``metrics.json``, ``predictions.csv`` and figures, and return their folder.

    By default that is ``evaluation/DATA-SPLIT`` in the run's folder; an ensemble has a folder with
    the names of its runs joined by +.
    """
    folder = output or evaluation_folder(evaluation)
    write_figures(folder / "figures", evaluation_figures(evaluation))
    write_json(folder / "metrics.json", evaluation.metrics)
    write_text(folder / "predictions.csv", _predictions(evaluation))
    return folder


def evaluation_folder(evaluation: Evaluation) -> Path:
    """Return ``evaluation/DATA-SPLIT`` in the run's folder, see ``own_folder``."""
    base = results_folder(evaluation.run) / "evaluation" / evaluation.data_and_split
    return own_folder(base, "metrics.json", evaluation.metrics["fingerprint"])


def own_folder(base: Path, file: str, fingerprint: str) -> Path:
    """Return the folder, with a number where it holds the results of other reviews.

    ``file``: the JSON file in it that has the ``fingerprint`` of the reviews.
    """
    for folder in (base, *(base.with_name(f"{base.name}-{n}") for n in range(2, 1_000))):
        path = folder / file
        if not path.exists() or read_json(path).get("fingerprint") == fingerprint:
            return folder
    raise OutputError(f"{base} has too many successors: give --output")


def _predictions(evaluation: Evaluation) -> str:
    """One CSV row per review, without its text: name, label, rating, logit, verdict.

    Of three and more classes the logit of each class follows the verdict.
    """
    reviews = evaluation.reviews
    names = reviews.classes.names
    by_class = [f"logit of {name}" for name in names] if len(names) > 2 else []
    head = ("name", "label", "rating", *([] if by_class else ["logit"]), "verdict", *by_class)
    lines: list[Sequence[Any]] = [head]
    rows = zip(
        reviews.names, reviews.labels.tolist(), reviews.ratings.tolist(),
        evaluation.logits.tolist(), predicted_classes(evaluation.margins).tolist(), strict=True,
    )  # fmt: skip
    for name, label, rating, logits, verdict in rows:
        first = name, names[label], "" if rating != rating else f"{rating:g}"
        if by_class:
            lines.append((*first, names[verdict], *(f"{logit:.9g}" for logit in logits)))
        else:
            lines.append((*first, f"{logits:.9g}", names[verdict]))
    return csv_text(lines)
