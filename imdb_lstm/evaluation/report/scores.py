"""The sections of scores, and of calibration and selective accuracy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from imdb_lstm.evaluation.evaluate import Evaluation
from imdb_lstm.evaluation.report.page import Heading, Part, Picture, Section, Table
from imdb_lstm.evaluation.report.wording import between, percent
from imdb_lstm.metrics.classification import calibration_bins
from imdb_lstm.metrics.intervals import (
    Interval,
    accuracy_interval,
    auc_interval,
    f1_interval,
    mean_interval,
)
from imdb_lstm.metrics.label_errors import label_probability
from imdb_lstm.metrics.logits import sigmoid

THRESHOLDS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
DEFINITIONS = (
    ("accuracy", "share of reviews predicted correctly"),
    ("precision", "share of true positives among predicted positives"),
    ("recall", "share of true positives among all positive reviews"),
    ("F1", "harmonic mean of precision and recall"),
    ("area under the ROC curve", "chance that a positive review scores above a negative one"),
    ("log loss", "mean of −log P(true label), in nats; 0 is best, 0.693 is chance"),
    ("Brier score", "mean of (P(positive) − label)²; 0 is best, 0.25 is chance"),
    ("calibration error", "mean gap between predicted and observed share; 0 is best"),
    ("temperature-scaled", "with the logits divided by the temperature, see calibration"),
)
BINS = 15  # as in the figure


def scores_section(evaluation: Evaluation, figures: Mapping[str, bytes]) -> Section:
    """Show metrics with intervals, the confusion matrix and the curves over all thresholds."""
    parts: list[Part] = [
        Table(
            f"Scores on {evaluation.metrics['reviews']:,} reviews",
            ("score", "value", "95 % interval"), _scores(evaluation),
        ),
        Table("Definitions of the scores", ("score", "definition"), DEFINITIONS),
        "Intervals: Wilson for shares, DeLong for the area under the curve, bootstrap percentile "
        "for F1, and 1.96 standard errors for means. A dash: there is no interval, or too few "
        "mistakes to estimate it.",
        Heading("Confusion matrix"),
        *_confusion(
            evaluation.metrics["confusion_matrix"], figures["confusion_matrix"],
            evaluation.reviews.classes.names,
        ),
        Heading("Thresholds"),
    ]  # fmt: skip
    if "roc_and_precision_recall" in figures:
        parts += _thresholds(evaluation, figures["roc_and_precision_recall"])
    else:
        parts.append("All reviews have one label, so there are no curves.")
    return Section("scores", "Scores", parts)


def _scores(evaluation: Evaluation) -> list[list[str]]:
    metrics, labels = evaluation.metrics, evaluation.reviews.labels
    (_, false_positive), (false_negative, true_positive) = metrics["confusion_matrix"]
    rows = [
        ["accuracy", percent(metrics["accuracy"]),
         between((metrics["accuracy_low"], metrics["accuracy_high"]))],
        ["precision", percent(metrics["precision"]),
         between(_share(true_positive, true_positive + false_positive))],
        ["recall", percent(metrics["recall"]),
         between(_share(true_positive, true_positive + false_negative))],
        ["F1", percent(metrics["f1"]), between(f1_interval(metrics["confusion_matrix"]))],
    ]  # fmt: skip
    if metrics["auc"] is not None:
        rows.append([
            "area under the ROC curve", f"{metrics['auc']:.4f}",
            between(auc_interval(labels, evaluation.logits), shares=False),
        ])  # fmt: skip
    scaled = evaluation.logits / metrics["temperature"]
    for suffix, scores, logits in (
        ("", metrics, evaluation.logits),
        (", temperature-scaled", metrics["temperature_scaled"], scaled),
    ):
        rows += _probability_scores(suffix, scores, labels, logits)
    return rows


def _share(part: int, whole: int) -> Interval | None:
    return accuracy_interval(part, whole) if whole else None


def _mean(values: np.ndarray) -> Interval | None:
    """The interval of a mean of values that are at least 0."""
    found = mean_interval(values)
    return None if found is None else (max(0.0, found[0]), found[1])


def _probability_scores(
    suffix: str, scores: Mapping[str, Any], labels: np.ndarray, logits: np.ndarray
) -> list[list[str]]:
    """The rows that a temperature changes."""
    signed = np.where(labels == 1, logits, -logits).astype(np.float64)
    squares = (1 - label_probability(labels, logits)) ** 2
    return [
        [f"log loss{suffix}", f"{scores['log_loss']:.4f}",
         between(_mean(np.logaddexp(0.0, -signed)), shares=False)],
        [f"Brier score{suffix}", f"{scores['brier_score']:.4f}",
         between(_mean(squares), shares=False)],
        [f"calibration error{suffix}", f"{scores['expected_calibration_error']:.4f}", "–"],
    ]  # fmt: skip


def _confusion(matrix: list[list[int]], image: bytes, names: tuple[str, str]) -> list[Part]:
    rows = []
    for label, counts in zip(names, matrix, strict=True):
        cells = [f"{count:,} ({percent(count / max(1, sum(counts)))})" for count in counts]
        rows.append([label, *cells])
    found = [
        f"{count:,} {label} reviews predicted {predicted}"
        for label, counts in zip(names, matrix, strict=True)
        for predicted, count in zip(names, counts, strict=True)
    ]
    head = ("label", *(f"predicted {name}" for name in names))
    words = f"Confusion matrix: {', '.join(found)}."
    return [Picture(image, words), Table("Predictions by label", head, rows)]


def _thresholds(evaluation: Evaluation, image: bytes) -> list[Part]:
    """The two curves, and a table of some thresholds."""
    positive = evaluation.reviews.labels == 1
    probability = sigmoid(evaluation.logits / evaluation.metrics["temperature"])
    rows = []
    for threshold in THRESHOLDS:
        predicted = probability > threshold
        right = np.sum(predicted & positive)
        precision = percent(right / predicted.sum()) if predicted.any() else "–"
        rows.append([
            f"{threshold:g}", f"{predicted.sum():,}", precision, percent(right / positive.sum()),
            percent(np.sum(predicted & ~positive) / np.sum(~positive)),
        ])  # fmt: skip
    head = ("threshold", "predicted positive", "precision", "recall", "false positive rate")
    half = rows[THRESHOLDS.index(0.5)]
    words = (
        f"ROC curve, area {evaluation.metrics['auc']:.4f}, and precision-recall curve. At a "
        f"threshold of 0.5: false positive rate {half[4]}, recall {half[3]}, precision {half[2]}. "
        "The table gives other thresholds."
    )
    caption = "Scores by threshold on the temperature-scaled probability of positive"
    return [Picture(image, words), Table(caption, head, rows)]


def calibration_section(evaluation: Evaluation, figures: Mapping[str, bytes]) -> Section:
    """Show calibration before and after temperature scaling, and accuracy by coverage."""
    metrics = evaluation.metrics
    temperature, scaled = metrics["temperature"], metrics["temperature_scaled"]
    before, after = metrics["expected_calibration_error"], scaled["expected_calibration_error"]
    parts: list[Part] = [
        f"The logits are divided by one temperature, {temperature:.3f}, fitted to the validation "
        "reviews after training (Guo et al. 2017). This changes the probabilities but not the "
        "verdicts. A temperature above 1 corrects an overconfident model, one below 1 an "
        "underconfident one; with few validation reviews it is uncertain.",
        Heading("Calibration"),
        Picture(figures["calibration"], (
            f"Reliability diagram. Expected calibration error {before:.3f} before temperature "
            f"scaling, {after:.3f} after. The table gives predicted and observed shares."
        )),
        _reliability(evaluation, 1.0, "before temperature scaling"),
    ]  # fmt: skip
    if temperature != 1.0:
        parts.append(_reliability(evaluation, temperature, "after temperature scaling"))
    return Section(
        "calibration",
        "Calibration and selective accuracy",
        parts + _selective(metrics["by_coverage"], figures["coverage"]),
    )


def _selective(by_coverage: list[dict[str, float]], image: bytes) -> list[Part]:
    """Accuracy by coverage, as a figure and as a table."""
    rows = [
        [percent(row["coverage"], 0), f"{row['reviews']:,}", percent(row["accuracy"]),
         between((row["accuracy_low"], row["accuracy_high"]))]
        for row in by_coverage
    ]  # fmt: skip
    values = "; ".join(f"at {row[0]}, {row[2]}" for row in rows)
    return [
        Heading("Selective accuracy"),
        "Coverage is the share of reviews that get a verdict, the most confident ones; the others "
        "are “unsure”.",
        Picture(image, f"Accuracy by coverage: {values}."),
        Table("Accuracy by coverage", ("coverage", "reviews", "accuracy", "95 % interval"), rows),
    ]


def _reliability(evaluation: Evaluation, temperature: float, when: str) -> Table:
    logits = evaluation.logits / temperature
    found = calibration_bins(evaluation.reviews.labels, logits, BINS)
    rows = [
        [f"{found.edges[i]:.2f} to {found.edges[i + 1]:.2f}", f"{found.count[i]:,}",
         percent(found.mean_probability[i]), percent(found.fraction_positive[i])]
        for i in range(BINS)
        if found.count[i]
    ]  # fmt: skip
    head = ("probability of positive", "reviews", "predicted", "observed")
    return Table(f"Predicted and observed share of positives, {when}", head, rows, folded=True)
