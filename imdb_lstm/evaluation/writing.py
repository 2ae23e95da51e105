"""The files of an evaluation: metrics, a row per review, figures; and the folder they are in."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from imdb_lstm.errors import OutputError
from imdb_lstm.evaluation.evaluate import Evaluation
from imdb_lstm.metrics.plots import (
    accuracy_by_group_figure,
    calibration_figure,
    confusion_figure,
    history_figure,
    roc_and_precision_recall_figure,
    score_histogram_figure,
)
from imdb_lstm.metrics.tradeoff_plots import coverage_figure
from imdb_lstm.runs.files import (
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
    metrics = evaluation.metrics
    figures = {
        "confusion_matrix": confusion_figure(
            metrics["confusion_matrix"], evaluation.reviews.classes.names
        ),
        "calibration": calibration_figure(labels, logits, metrics["temperature"]),
        "coverage": coverage_figure(labels, {evaluation.name: evaluation.margins}),
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
    """One CSV row per review, without its text: name, label, rating, logit, verdict."""
    reviews = evaluation.reviews
    names = reviews.classes.names
    rows = zip(
        reviews.names, reviews.labels.tolist(), reviews.ratings.tolist(),
        evaluation.logits.tolist(), (evaluation.margins > 0).tolist(), strict=True,
    )  # fmt: skip
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(("name", "label", "rating", "logit", "verdict"))
    writer.writerows(
        (name, names[label], "" if rating != rating else f"{rating:g}", f"{logit:.9g}", names[says])
        for name, label, rating, logit, says in rows
    )
    return lines.getvalue()
