"""The section of scores: averages with intervals, classes, confusions and curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from imdb_lstm.evaluation.evaluate import Evaluation
from imdb_lstm.evaluation.report.classes import class_scores, confusion
from imdb_lstm.evaluation.report.page import Heading, Part, Picture, Section, Table
from imdb_lstm.evaluation.report.wording import all_named, between, percent
from imdb_lstm.metrics.classification import squared_errors
from imdb_lstm.metrics.intervals import (
    Interval,
    auc_interval,
    f1_interval,
    mean_interval,
    share_interval,
)
from imdb_lstm.metrics.logits import own_log_odds, sigmoid
from imdb_lstm.metrics.probability_plots import MOST_CURVES

PROBABILITY_SCORES = {
    "log loss": "log_loss",
    "Brier score": "brier_score",
    "calibration error": "expected_calibration_error",
    "class-wise calibration error": "class_calibration_error",
}
THRESHOLDS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
SCALED = ", temperature-scaled"


def scores_section(evaluation: Evaluation, figures: Mapping[str, bytes]) -> Section:
    """Show metrics with intervals, the confusion matrix and the curves over all thresholds."""
    of_two = len(evaluation.reviews.classes) == 2
    rows = _scores_of_two(evaluation) if of_two else _scores_of_more(evaluation)
    head = ("score", "value", "95 % interval")
    parts: list[Part] = [
        Table(f"Scores on {evaluation.metrics['reviews']:,} reviews", head, rows),
        Table("Definitions of the scores", ("score", "definition"), definitions(evaluation)),
        _intervals(of_two),
    ]
    if not of_two:
        parts += [Heading("Scores by class"), *class_scores(evaluation, figures)]
    parts += [Heading("Confusion matrix"), *confusion(evaluation, figures)]
    if of_two or "roc_and_precision_recall" not in figures:
        parts += [Heading("Thresholds"), *_thresholds(evaluation, figures)]
    else:
        parts += [Heading("Curves"), *_class_curves(evaluation, figures)]
    return Section("scores", "Scores", parts)


def _intervals(of_two: bool) -> str:
    bootstrap = "F1" if of_two else "averages over classes, F1, mean absolute error and kappa"
    area = ", DeLong for the area under the curve" if of_two else ""
    return (
        f"Intervals: Wilson for shares{area}, bootstrap percentile for {bootstrap}, and 1.96 "
        "standard errors for means. A dash: there is no interval, or too few mistakes to estimate "
        "it."
    )


def definitions(evaluation: Evaluation) -> list[tuple[str, str]]:
    """Return the definition of each score, in terms of the classes."""
    classes = evaluation.reviews.classes
    scaled = "temperature-scaled", "with the logits divided by the temperature, see calibration"
    if len(classes) == 2:
        negative, positive = all_named(classes.names)
        return [
            ("accuracy", "share of reviews predicted correctly"),
            ("precision", f"share of correct ones among reviews predicted {positive}"),
            ("recall", f"share of correct ones among reviews labelled {positive}"),
            ("F1", "harmonic mean of precision and recall"),
            ("area under the ROC curve",
             f"chance that a {positive} review scores above a {negative} one"),
            ("log loss", "mean of −log P(true label), in nats; 0 is best, 0.693 is chance"),
            ("Brier score",
             f"mean of (P({positive}) − label)², where the label {positive} is 1; 0 is best, 0.25 "
             "is chance"),
            ("calibration error",
             "mean gap between the probability of the predicted class and the accuracy; 0 is best"),
            scaled,
        ]  # fmt: skip
    count = len(classes)
    ordered = [
        ("mean absolute error",
         "mean distance of the predicted from the true class, by the numbers in their names, or "
         "else by their ranks; 0 is best"),
        ("quadratic kappa",
         "agreement beyond chance, in which a distance counts by its square; 1 is best"),
    ]  # fmt: skip
    return [
        ("accuracy", "share of reviews predicted correctly"),
        ("balanced accuracy", "mean recall of the classes"),
        ("macro F1", "mean F1 of the classes, each of which counts the same"),
        ("weighted F1", "mean F1 of the classes, weighted by their reviews"),
        ("area under the ROC curve", "mean over classes of the area of each against all others"),
        *(ordered if classes.ordered else []),
        ("log loss",
         f"mean of −log P(true label), in nats; 0 is best, {np.log(count):.3f} is chance"),
        ("Brier score",
         "mean of the sum over classes of (P(class) − (label is the class))²; 0 is best, "
         f"{1 - 1 / count:.2g} is chance"),
        ("calibration error",
         "mean gap between the probability of the predicted class and the accuracy; 0 is best"),
        ("class-wise calibration error",
         "mean over classes of the gap between predicted and observed share; 0 is best"),
        scaled,
        ("vector-scaled",
         "with a factor and a bias for the logits of each class, fitted to the validation reviews "
         "(Guo et al. 2017)"),
    ]  # fmt: skip


def _scores_of_two(evaluation: Evaluation) -> list[list[str]]:
    metrics, labels = evaluation.metrics, evaluation.reviews.labels
    (_, false_positive), (false_negative, true_positive) = metrics["confusion_matrix"]
    rows = [
        _with_ends("accuracy", metrics, "accuracy"),
        ["precision", percent(metrics["precision"]),
         between(share_interval(true_positive, true_positive + false_positive))],
        ["recall", percent(metrics["recall"]),
         between(share_interval(true_positive, true_positive + false_negative))],
        ["F1", percent(metrics["f1"]), between(f1_interval(metrics["confusion_matrix"]))],
    ]  # fmt: skip
    if metrics["auc"] is not None:
        rows.append([
            "area under the ROC curve", f"{metrics['auc']:.4f}",
            between(auc_interval(labels, evaluation.logits), shares=False),
        ])  # fmt: skip
    return rows + _probability_scores(evaluation)


def _scores_of_more(evaluation: Evaluation) -> list[list[str]]:
    """The rows of three and more classes."""
    metrics = evaluation.metrics
    rows = [
        _with_ends(name, metrics, key)
        for name, key in (
            ("accuracy", "accuracy"), ("balanced accuracy", "balanced_accuracy"),
            ("macro F1", "macro_f1"), ("weighted F1", "weighted_f1"),
        )
    ]  # fmt: skip
    area = "–, a class is absent" if metrics["auc"] is None else f"{metrics['auc']:.4f}"
    rows.append(["area under the ROC curve", area, "–"])
    if evaluation.reviews.classes.ordered:
        for name in ("mean absolute error", "quadratic kappa"):
            rows.append(_with_ends(name, metrics, name.replace(" ", "_"), shares=False))
    rows += _probability_scores(evaluation)
    if scaled := metrics.get("vector_scaled"):
        rows.append(_with_ends("accuracy, vector-scaled", scaled, "accuracy"))
        rows += [
            [f"{name}, vector-scaled", f"{scaled[key]:.4f}", "–"]
            for name, key in PROBABILITY_SCORES.items()
        ]
    return rows


def _with_ends(name: str, scores: Mapping[str, Any], key: str, shares: bool = True) -> list[str]:
    """The row of a score whose ends are in the metrics, None where there is no interval."""
    low, high = scores[f"{key}_low"], scores[f"{key}_high"]
    value = percent(scores[key]) if shares else f"{scores[key]:.4f}"
    return [name, value, between(None if low is None else (low, high), shares)]


def _mean(values: np.ndarray) -> Interval | None:
    """The interval of a mean of values that are at least 0."""
    found = mean_interval(values)
    return None if found is None else (max(0.0, found[0]), found[1])


def _probability_scores(evaluation: Evaluation) -> list[list[str]]:
    """The rows of probabilities, before and after temperature scaling."""
    metrics, labels = evaluation.metrics, evaluation.reviews.labels
    scaled = evaluation.logits / metrics["temperature"]
    rows = []
    for suffix, scores, logits in (
        ("", metrics, evaluation.logits), (SCALED, metrics["temperature_scaled"], scaled)
    ):  # fmt: skip
        intervals = {
            "log_loss": _mean(np.logaddexp(0.0, -own_log_odds(labels, logits))),
            "brier_score": _mean(squared_errors(labels, logits)),
        }
        rows += [
            [f"{name}{suffix}", f"{scores[key]:.4f}", between(intervals.get(key), shares=False)]
            for name, key in PROBABILITY_SCORES.items()
            if key in scores
        ]
    return rows


def _thresholds(evaluation: Evaluation, figures: Mapping[str, bytes]) -> list[Part]:
    """The two curves, and a table of some thresholds."""
    if "roc_and_precision_recall" not in figures:
        return ["All reviews have one label, so there are no curves."]
    name = all_named(evaluation.reviews.classes.names)[1]
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
    head = ("threshold", f"predicted {name}", "precision", "recall", "false positive rate")
    half = rows[THRESHOLDS.index(0.5)]
    words = (
        f"ROC curve, area {evaluation.metrics['auc']:.4f}, and precision-recall curve. At a "
        f"threshold of 0.5: false positive rate {half[4]}, recall {half[3]}, precision {half[2]}. "
        "The table gives other thresholds."
    )
    caption = f"Scores by threshold on the temperature-scaled probability of {name}"
    return [Picture(figures["roc_and_precision_recall"], words), Table(caption, head, rows)]


def _class_curves(evaluation: Evaluation, figures: Mapping[str, bytes]) -> list[Part]:
    """The curves of the most frequent classes, each against all others."""
    rows = evaluation.metrics["by_class"]
    named = zip(all_named(evaluation.reviews.classes.names), rows, strict=True)
    drawn = sorted(named, key=lambda each: -each[1]["reviews"])[:MOST_CURVES]
    areas = [f"{name} {row['auc']:.3f}" for name, row in drawn if row["auc"] is not None]
    words = (
        "ROC curves and precision-recall curves of each class against all others. Areas under the "
        f"ROC curve: {', '.join(areas)}."
    )
    return [Picture(figures["roc_and_precision_recall"], words)]
