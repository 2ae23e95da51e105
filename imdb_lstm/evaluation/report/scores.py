"""What a run's verdicts are worth, and its probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from imdb_lstm.evaluation.evaluate import Evaluation
from imdb_lstm.evaluation.report.page import Heading, Part, Picture, Section, Table
from imdb_lstm.evaluation.report.wording import between, percent
from imdb_lstm.metrics.classification import accuracy_interval, calibration_bins, sigmoid
from imdb_lstm.metrics.intervals import Interval, auc_interval, f1_interval, mean_interval
from imdb_lstm.metrics.label_errors import label_probability

THRESHOLDS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
MEANINGS = (
    ("accuracy", "verdicts that are right"),
    ("precision", "of those called positive, the truly positive"),
    ("recall", "of the truly positive, those called positive"),
    ("F1", "harmonic mean of precision and recall"),
    ("area under the ROC curve", "chance that a positive review scores above a negative one"),
    ("log loss", "mean of −log P(true label), in nats: 0 at best, 0.693 for guessing"),
    ("Brier score", "mean of (P(positive) − label)²: 0 at best, 0.25 for guessing"),
    ("calibration error", "mean gap between how sure it is and how often it is right: 0 at best"),
    ("temperature_scaled", "with probabilities after the temperature, see below"),
)
BINS = 15  # as in the figure


def how_good(evaluation: Evaluation, drawn: Mapping[str, bytes]) -> Section:
    """Metrics with intervals, the confusion matrix, the curves of all thresholds."""
    parts: list[Part] = [
        Table(
            f"Scores on {evaluation.metrics['reviews']:,} reviews",
            ("score", "value", "95 % interval"), _scores(evaluation),
        ),
        Table("What the scores are", ("score", "what it is"), MEANINGS),
        "Intervals: Wilson's for shares, DeLong's for the area, reviews drawn again for F1, and "
        "1.96 standard errors for means. A dash: none, or not to be had from so few mistakes.",
        Heading("Confusion matrix"),
        *_confusion(evaluation.metrics["confusion_matrix"], drawn["confusion_matrix"]),
        Heading("Every threshold"),
    ]  # fmt: skip
    if "roc_and_precision_recall" in drawn:
        parts += _thresholds(evaluation, drawn["roc_and_precision_recall"])
    else:
        parts.append("All reviews have one label, so there are no curves.")
    return Section("scores", "How good it is", parts)


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
    tempered = evaluation.logits / metrics["temperature"]
    for name, scores, logits in (
        ("", metrics, evaluation.logits), (", tempered", metrics["temperature_scaled"], tempered),
    ):  # fmt: skip
        rows += _of_probabilities(name, scores, labels, logits)
    return rows


def _share(part: int, whole: int) -> Interval | None:
    return accuracy_interval(part, whole) if whole else None


def _mean(values: np.ndarray) -> Interval | None:
    """The interval of a mean of what is never below 0."""
    found = mean_interval(values)
    return None if found is None else (max(0.0, found[0]), found[1])


def _of_probabilities(
    name: str, scores: Mapping[str, Any], labels: np.ndarray, logits: np.ndarray
) -> list[list[str]]:
    """The rows that a temperature changes."""
    signed = np.where(labels == 1, logits, -logits).astype(np.float64)
    squares = (1 - label_probability(labels, logits)) ** 2
    return [
        [f"log loss{name}", f"{scores['log_loss']:.4f}",
         between(_mean(np.logaddexp(0.0, -signed)), shares=False)],
        [f"Brier score{name}", f"{scores['brier_score']:.4f}",
         between(_mean(squares), shares=False)],
        [f"calibration error{name}", f"{scores['expected_calibration_error']:.4f}", "–"],
    ]  # fmt: skip


def _confusion(matrix: list[list[int]], svg: bytes) -> list[Part]:
    (true_negative, false_positive), (false_negative, true_positive) = matrix
    rows = []
    for label, counts in (("negative", matrix[0]), ("positive", matrix[1])):
        cells = [f"{count:,} ({percent(count / max(1, sum(counts)))})" for count in counts]
        rows.append([f"truly {label}", *cells])
    words = (
        f"Confusion matrix: {true_negative:,} negative reviews called negative, "
        f"{false_positive:,} called positive; {true_positive:,} positive reviews called positive, "
        f"{false_negative:,} called negative."
    )
    head = ("label", "called negative", "called positive")
    return [
        Picture(svg, words),
        Table("What reviews of each label were called", head, rows),
    ]


def _thresholds(evaluation: Evaluation, svg: bytes) -> list[Part]:
    """The two curves, and a table of what some thresholds would give."""
    positive = evaluation.reviews.labels == 1
    probability = sigmoid(evaluation.logits / evaluation.metrics["temperature"])
    rows = []
    for threshold in THRESHOLDS:
        called = probability > threshold
        right = np.sum(called & positive)
        precision = percent(right / called.sum()) if called.any() else "–"
        rows.append([
            f"{threshold:g}", f"{called.sum():,}", precision, percent(right / positive.sum()),
            percent(np.sum(called & ~positive) / np.sum(~positive)),
        ])  # fmt: skip
    head = ("called positive above", "reviews", "precision", "recall", "false positive rate")
    half = rows[THRESHOLDS.index(0.5)]
    words = (
        f"ROC curve, area {evaluation.metrics['auc']:.4f}, and precision against recall. At a "
        f"threshold of 0.5: false positive rate {half[4]}, recall {half[3]}, precision {half[2]}. "
        "The table gives other thresholds."
    )
    caption = "What other thresholds would give, of probabilities after the temperature"
    return [Picture(svg, words), Table(caption, head, rows)]


def how_sure(evaluation: Evaluation, drawn: Mapping[str, bytes]) -> Section:
    """Calibration before and after the temperature, and accuracy by coverage."""
    metrics = evaluation.metrics
    temperature, tempered = metrics["temperature"], metrics["temperature_scaled"]
    before, after = metrics["expected_calibration_error"], tempered["expected_calibration_error"]
    parts: list[Part] = [
        f"After training, one temperature, {temperature:.3f}, was fitted to the validation reviews "
        "(Guo et al. 2017). Divided by it, logits should give better probabilities, and give the "
        "same verdicts. Above 1 it says that the model was too sure of itself, below 1 that it was "
        "not sure enough; from few validation reviews it is little more than a guess."
        if temperature != 1.0
        else "No temperature changes the probabilities: it is 1, or the run is of an earlier "
        "version, which fitted none.",
        Heading("Calibration"),
        Picture(drawn["calibration"], (
            f"Reliability diagram. Expected calibration error {before:.3f} before the temperature, "
            f"{after:.3f} after. The table gives promised and observed shares."
        )),
        _reliability(evaluation, 1.0, "before the temperature"),
    ]  # fmt: skip
    if temperature != 1.0:
        parts.append(_reliability(evaluation, temperature, "after the temperature"))
    rows = [
        [percent(row["coverage"], 0), f"{row['reviews']:,}", percent(row["accuracy"]),
         between((row["accuracy_low"], row["accuracy_high"]))]
        for row in metrics["by_coverage"]
    ]  # fmt: skip
    told = "; ".join(f"on the surest {row[0]}, {row[2]}" for row in rows)
    parts += [
        Heading("Accuracy on the surest reviews"),
        "Left to say “unsure” of the rest, it would be right more often.",
        Picture(drawn["coverage"], f"Accuracy by coverage: {told}."),
        Table("Accuracy by coverage", ("surest", "reviews", "accuracy", "95 % interval"), rows),
    ]
    return Section("sure", "How sure it is, and whether rightly", parts)


def _reliability(evaluation: Evaluation, temperature: float, when: str) -> Table:
    logits = evaluation.logits / temperature
    found = calibration_bins(evaluation.reviews.labels, logits, BINS)
    rows = [
        [f"{found.edges[i]:.2f} to {found.edges[i + 1]:.2f}", f"{found.count[i]:,}",
         percent(found.mean_probability[i]), percent(found.fraction_positive[i])]
        for i in range(BINS)
        if found.count[i]
    ]  # fmt: skip
    head = ("probability of positive", "reviews", "promised", "observed")
    return Table(f"Promised and observed positive reviews, {when}", head, rows, folded=True)
