"""Metrics of classification: accuracy, loss, ranking and calibration.

``labels`` and ``logits``, of two or more classes, and the errors raised for them are those of
``imdb_lstm.metrics.logits``. All metrics are computed in float64. With two classes, "positive" is
the class of number 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from imdb_lstm.metrics.intervals import accuracy_with_interval
from imdb_lstm.metrics.logits import (
    check_labels_and_logits,
    class_count,
    confidence,
    log_odds,
    own_log_odds,
    predicted_classes,
    probabilities,
    sigmoid,
)
from imdb_lstm.metrics.per_class import average_metrics, class_rows


def log_loss(labels: ArrayLike, logits: ArrayLike) -> float:
    """Return the mean of ``-log P(true class)`` in nats; 0 is perfect, log(classes) is chance.

    It is computed from the logits, without clipping: the loss of a confident error is exact.

    >>> round(log_loss([1, 0], [0.0, 0.0]), 6)
    0.693147
    >>> log_loss([0], [1000.0])
    1000.0
    """
    # sklearn.metrics.log_loss takes probabilities, which round to 0 and 1, and clips them.
    return float(np.logaddexp(0.0, -own_log_odds(labels, logits)).mean())


def brier_score(labels: ArrayLike, logits: ArrayLike) -> float:
    """Return the Brier score; 0 is perfect.

    Of two classes it is the mean of ``(P(positive) - label)²``, of more the mean over reviews of
    the sum over classes of ``(P(class) - (label is the class))²``, as in scikit-learn; a coin toss
    has 0.25, and chance among K classes 1 - 1 / K.

    Source: G. W. Brier (1950), Monthly Weather Review 78, 1-3 (half of his sum for two classes).

    >>> brier_score([1, 0], [0.0, 0.0])
    0.25
    """
    return float(np.mean(squared_errors(labels, logits)))


def squared_errors(labels: ArrayLike, logits: ArrayLike) -> NDArray[np.float64]:
    """Return the squared error of the probabilities of each review, float64 (n,)."""
    labels, logits = check_labels_and_logits(labels, logits)
    if class_count(logits) == 2:
        return (sigmoid(logits) - labels) ** 2
    found = probabilities(logits)
    return np.asarray(((found - np.eye(found.shape[1])[labels]) ** 2).sum(axis=1))


@dataclass(frozen=True, eq=False)
class CalibrationBins:
    """Reviews by P(positive); bin ``i`` is ``edges[i] < P(positive) <= edges[i + 1]``."""

    edges: NDArray[np.float64]  # (bins + 1,), from 0 to 1
    count: NDArray[np.int64]  # (bins,), reviews in the bin
    mean_probability: NDArray[np.float64]  # (bins,), mean P(positive); NaN in an empty bin
    fraction_positive: NDArray[np.float64]  # (bins,), share of labels 1; NaN in an empty bin


def calibration_bins(labels: ArrayLike, logits: ArrayLike, bins: int = 15) -> CalibrationBins:
    """Group reviews by P(positive) into equal-width bins.

    For a calibrated model ``mean_probability`` and ``fraction_positive`` agree in every bin.
    P(positive) = 0 belongs to the first bin. Raises ``ValueError`` when ``bins < 1``.

    >>> found = calibration_bins([0, 1, 1], [-2.0, 2.0, 3.0], bins=2)
    >>> found.count.tolist(), found.fraction_positive.tolist()
    ([1, 2], [0.0, 1.0])
    """
    labels, logits = check_labels_and_logits(labels, logits)
    probability = sigmoid(logits)
    # sklearn.calibration.calibration_curve drops empty bins and does not return the counts.
    edges, where = bin_of(probability, bins)
    count = np.bincount(where, minlength=bins)
    with np.errstate(invalid="ignore"):  # 0 / 0 in an empty bin: NaN
        mean_probability = np.bincount(where, weights=probability, minlength=bins) / count
        fraction_positive = np.bincount(where, weights=labels, minlength=bins) / count
    return CalibrationBins(edges, count, mean_probability, fraction_positive)


def top_label_bins(labels: ArrayLike, logits: ArrayLike, bins: int = 15) -> CalibrationBins:
    """Group reviews by confidence, the probability of the predicted class, into equal-width bins.

    ``fraction_positive`` is the accuracy of each bin.

    >>> top_label_bins([0, 1, 2], np.eye(3), bins=2).fraction_positive.tolist()
    [nan, 1.0]
    """
    labels, logits = check_labels_and_logits(labels, logits)
    return calibration_bins(predicted_classes(logits) == labels, confidence(logits), bins)


def expected_calibration_error(labels: ArrayLike, logits: ArrayLike, bins: int = 15) -> float:
    """Return the expected calibration error (ECE): the mean gap of confidence and accuracy.

    0 is calibrated. The definition is that of C. Guo et al. (2017), On calibration of modern neural
    networks, section 2: confidence is the probability of the *predicted* class; [0, 1] is divided
    into ``bins`` equal intervals, open on the left; the error is the sum over bins of ``reviews in
    bin / n * |accuracy - mean confidence|``. With two classes the confidence is at least 0.5, so
    only the upper half of the bins is used. Raises ``ValueError`` when ``bins < 1``.

    >>> round(expected_calibration_error([1, 0], [2.0, 2.0]), 4)  # confidence 0.8808, accuracy 0.5
    0.3808
    """
    labels, logits = check_labels_and_logits(labels, logits)
    probability = sigmoid(confidence(logits))
    right = predicted_classes(logits) == labels
    _, where = bin_of(probability, bins)
    gap = np.bincount(where, weights=right - probability, minlength=bins)
    return float(np.abs(gap).sum() / len(labels))


def accuracy(labels: ArrayLike, logits: ArrayLike) -> float:
    """Return the share of reviews whose predicted class is their label.

    >>> accuracy([1, 0], [2.0, 2.0])
    0.5
    """
    labels, logits = check_labels_and_logits(labels, logits)
    return float(np.mean(predicted_classes(logits) == labels))


def class_calibration_error(labels: ArrayLike, logits: ArrayLike, bins: int = 15) -> float:
    """Return the class-wise calibration error: the mean gap of probability and share of a class.

    For each class it is the sum over bins of its probability of ``reviews in bin / n * |share of
    the class - mean probability|``; the result is the mean over classes.

    Source: M. Kull et al. (2019), Beyond temperature scaling, section 2.

    >>> round(class_calibration_error([0, 1, 2], np.zeros((3, 3))), 6)
    0.0
    """
    labels, logits = check_labels_and_logits(labels, logits)
    errors = []
    for number, odds in enumerate(log_odds(logits).T):
        found = calibration_bins((labels == number).astype(int), odds, bins)
        gaps = np.nan_to_num(found.fraction_positive - found.mean_probability)
        errors.append(np.abs(gaps * found.count).sum() / len(labels))
    return float(np.mean(errors))


def evaluate_logits(
    labels: ArrayLike,
    logits: ArrayLike,
    threshold: float = 0.0,
    scale: Sequence[float] | None = None,
) -> dict[str, Any]:
    """Return all metrics as plain Python values that can be written as JSON.

    ``accuracy_low`` and ``accuracy_high`` are the ends of the 95 % Wilson interval of the accuracy;
    ``confusion_matrix`` has a row for each label and a column for each predicted class. Raises
    ``ValueError`` for invalid labels or logits.

    Of two classes, a review is predicted positive when its logit is above ``threshold``; log loss,
    Brier score, area under the curve and calibration error do not depend on it. ``auc`` is the area
    under the ROC curve, None when one class is absent, and ``positive_fraction`` the share of
    labels that are 1. ``balanced_accuracy`` is the mean recall of the labels that occur. A
    precision, recall or F1 of 0 / 0 is 0.0.

    Of more classes, ``auc`` is the mean over classes of the area of each against the rest, None
    when a class is absent; ``by_class`` are the ``class_rows`` and the averages those of
    ``average_metrics``, to which ``scale`` is given.

    >>> report = evaluate_logits([0, 0, 1, 1], [-2.0, 1.0, 0.5, 3.0])
    >>> report["confusion_matrix"], report["accuracy"], report["auc"], report["f1"]
    ([[1, 1], [0, 2]], 0.75, 0.75, 0.8)
    """
    from sklearn.metrics import confusion_matrix  # type: ignore[import-untyped]

    labels, logits = check_labels_and_logits(labels, logits)
    classes = class_count(logits)
    predicted = predicted_classes(logits - threshold)
    matrix = confusion_matrix(labels, predicted, labels=range(classes))
    shared = {
        "reviews": len(labels),
        **accuracy_with_interval(int(np.trace(matrix)), len(labels)),
        "log_loss": log_loss(labels, logits),
        "brier_score": brier_score(labels, logits),
        "expected_calibration_error": expected_calibration_error(labels, logits),
        "confusion_matrix": matrix.tolist(),
    }
    if classes == 2:
        return shared | _of_two(labels, logits, predicted)
    rows = class_rows(labels, logits, matrix.tolist())
    areas = [row["auc"] for row in rows]
    return {
        **shared,
        **average_metrics(matrix.tolist(), scale),
        "auc": None if None in areas else float(np.mean(areas)),
        "class_calibration_error": class_calibration_error(labels, logits),
        "by_class": rows,
    }


def _of_two(
    labels: NDArray[np.int64], logits: NDArray[np.float64], predicted: NDArray[np.int64]
) -> dict[str, Any]:
    """Return the metrics that only two classes have, or that are computed in another way."""
    from sklearn.metrics import precision_recall_fscore_support, roc_auc_score

    precision, recall, f1, _ = precision_recall_fscore_support(
        labels, predicted, average="binary", zero_division=0.0
    )
    recalls = [np.mean(predicted[labels == label] == label) for label in np.unique(labels)]
    both_classes = 0 < labels.sum() < len(labels)
    return {
        "balanced_accuracy": float(np.mean(recalls)),
        "auc": float(roc_auc_score(labels, logits)) if both_classes else None,
        "f1": float(f1),
        "precision": float(precision),
        "recall": float(recall),
        "positive_fraction": float(labels.mean()),
    }


def commonest_share(metrics: Mapping[str, Any]) -> float:
    """Return the share of the commonest label: the accuracy of always predicting it.

    >>> commonest_share({"confusion_matrix": [[1, 1], [0, 6]]})
    0.75
    """
    counts = np.asarray(metrics["confusion_matrix"]).sum(axis=1)
    return float(counts.max() / counts.sum())


def mcnemar(labels: ArrayLike, logits_a: ArrayLike, logits_b: ArrayLike) -> dict[str, float]:
    """Return McNemar's exact test of two models on the same reviews.

    Only reviews on which exactly one model is right count. Under the null hypothesis, that the
    models are equally accurate, each of them favours either model with probability 1/2. ``p_value``
    is the two-sided exact binomial probability of a split at least this uneven; 1.0 when there is
    no such review.

    Source: Q. McNemar (1947), Psychometrika 12, 153-157, in its exact binomial form; for
    classifiers, T. G. Dietterich (1998), Neural Computation 10, 1895-1923.

    >>> mcnemar([1, 1, 1, 0], [1.0, 1.0, 1.0, 1.0], [-1.0, -1.0, -1.0, 1.0])
    {'only_a_right': 3, 'only_b_right': 0, 'p_value': 0.25}
    """
    from scipy.stats import binomtest

    labels, logits_a = check_labels_and_logits(labels, logits_a)
    labels, logits_b = check_labels_and_logits(labels, logits_b)
    a_right = predicted_classes(logits_a) == labels
    b_right = predicted_classes(logits_b) == labels
    only_a = int(np.sum(a_right & ~b_right))
    only_b = int(np.sum(b_right & ~a_right))
    p_value = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    return {"only_a_right": only_a, "only_b_right": only_b, "p_value": float(p_value)}


def bin_of(values: NDArray[Any], bins: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the edges of equal bins of [0, 1] and the index (n,) of the bin of each value."""
    if bins < 1:
        raise ValueError(f"bins must be at least 1, got {bins}")
    edges = np.linspace(0.0, 1.0, bins + 1)
    return edges, np.searchsorted(edges[1:-1], values, side="left")
