"""Parts of the report about single classes: their scores, and which are taken for which."""

from __future__ import annotations

from collections.abc import Mapping

from imdb_lstm.evaluation.evaluate import Evaluation
from imdb_lstm.evaluation.report.page import Part, Picture, Table
from imdb_lstm.evaluation.report.wording import all_named, between, percent
from imdb_lstm.metrics.confusion_plots import MOST_WITH_TEXT
from imdb_lstm.metrics.per_class import most_confused

MOST_CLASSES_TOLD = 10  # in the description of a figure
SCORES = ("precision", "recall", "f1")


def class_scores(evaluation: Evaluation, figures: Mapping[str, bytes]) -> list[Part]:
    """Return precision, recall and F1 of each class with intervals, as a figure and as a table."""
    found = evaluation.metrics["by_class"]
    names = all_named(evaluation.reviews.classes.names)
    rows = []
    for name, row in zip(names, found, strict=True):
        cells = [f"{percent(row[key])} ({between(_ends(row, key))})" for key in SCORES]
        area = "–" if row["auc"] is None else f"{row['auc']:.4f}"
        rows.append([name, f"{row['reviews']:,}", *cells, area])
    told = [
        f"{name} {percent(row['f1'])}"
        for name, row in list(zip(names, found, strict=True))[:MOST_CLASSES_TOLD]
    ]
    first = f" of the first {len(told)} classes" if len(told) < len(names) else ""
    head = ("class", "reviews", "precision", "recall", "F1", "area under the ROC curve")
    words = f"Precision, recall and F1 by class. F1{first}: {', '.join(told)}."
    caption = "Scores by class, with 95 % intervals"
    return [Picture(figures["scores_by_class"], words), Table(caption, head, rows)]


def _ends(row: Mapping[str, float | None], key: str) -> tuple[float, float] | None:
    low, high = row[f"{key}_low"], row[f"{key}_high"]
    return None if low is None or high is None else (low, high)


def confusion(evaluation: Evaluation, figures: Mapping[str, bytes]) -> list[Part]:
    """Return the confusion matrix as a figure and, of few classes, as a table.

    Of three and more classes also the most confused pairs and, where they are ordered, how far
    predictions are from the labels.
    """
    matrix = evaluation.metrics["confusion_matrix"]
    names = all_named(evaluation.reviews.classes.names)
    picture = Picture(figures["confusion_matrix"], _in_words(matrix, names))
    parts: list[Part] = [picture]
    if len(names) <= MOST_WITH_TEXT:
        rows = [
            [label, *(f"{count:,} ({percent(count / max(1, sum(counts)))})" for count in counts)]
            for label, counts in zip(names, matrix, strict=True)
        ]
        head = ("label", *(f"predicted {name}" for name in names))
        parts.append(Table("Predictions by label", head, rows))
    if len(names) > 2:
        parts += _confused(matrix, names)
    if "distances" in figures:
        parts.append(Picture(figures["distances"], _distances_in_words(matrix)))
    return parts


def _in_words(matrix: list[list[int]], names: list[str]) -> str:
    """Every cell of a matrix of two classes; of more, the share on the diagonal."""
    if len(names) == 2:
        found = [
            f"{count:,} {label} reviews predicted {predicted}"
            for label, counts in zip(names, matrix, strict=True)
            for predicted, count in zip(names, counts, strict=True)
        ]
        return f"Confusion matrix: {', '.join(found)}."
    right = sum(matrix[number][number] for number in range(len(names)))
    return (
        f"Confusion matrix of {len(names)} classes: {right:,} of {sum(map(sum, matrix)):,} reviews "
        "are on its diagonal, predicted as labelled. The most frequent mistakes are in the table."
    )


def _confused(matrix: list[list[int]], names: list[str]) -> list[Part]:
    """The table of the most confused pairs of classes."""
    pairs = most_confused(matrix)
    if not pairs:
        return ["No review is predicted as another class than its label."]
    rows = [
        [names[label], names[said], f"{count:,}", percent(count / sum(matrix[label]))]
        for label, said, count in pairs
    ]
    head = ("label", "predicted", "reviews", "share of the label")
    return [Table("Most confused classes", head, rows)]


def _distances_in_words(matrix: list[list[int]]) -> str:
    total = sum(map(sum, matrix))
    near = sum(
        count for label, row in enumerate(matrix) for said, count in enumerate(row)
        if abs(label - said) <= 1
    )  # fmt: skip
    low = sum(count for label, row in enumerate(matrix) for count in row[:label])
    high = sum(count for label, row in enumerate(matrix) for count in row[label + 1 :])
    return (
        f"Distance of the predicted from the true class, in classes: {percent(near / total)} of "
        f"predictions are at most one class away, {percent(low / total)} are too low and "
        f"{percent(high / total)} too high."
    )
