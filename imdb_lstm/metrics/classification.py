"""Metrics of binary classification: accuracy, loss, ranking and calibration.

Everywhere in this package

- ``labels`` are 0 (negative) or 1 (positive), shape ``(n,)``;
- ``logits`` are finite real numbers, shape ``(n,)``; ``P(positive) = sigmoid(logit)``;
- a review is predicted positive when ``logit > 0``, that is, ``P(positive) > 0.5``; a logit of 0
  counts as negative, as in ``keras.metrics.BinaryAccuracy(threshold=0.0)``.

All metrics are computed in float64. Every function of labels and logits raises ``ValueError`` when
they are empty, differ in shape, or hold other values than those above.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def sigmoid(logits: ArrayLike) -> NDArray[np.float64]:
    """Return ``1 / (1 + exp(-logits))``, float64 of the same shape, without overflow.

    >>> sigmoid([-1000.0, 0.0, 1000.0]).tolist()
    [0.0, 0.5, 1.0]
    """
    from scipy.special import expit

    return np.asarray(expit(np.asarray(logits, dtype=np.float64)))


def accuracy_interval(correct: int, total: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval ``(low, high)`` of ``correct`` out of ``total``.

    It lies inside [0, 1] and is valid for small counts and for accuracies near 0 or 1. Raises
    ``ValueError`` unless ``0 <= correct <= total`` and ``total > 0``.

    Source: E. B. Wilson (1927), Journal of the American Statistical Association 22, 209-212.

    >>> low, high = accuracy_interval(8, 10)
    >>> f"{low:.4f} {high:.4f}"
    '0.4902 0.9433'
    """
    from scipy.stats import binomtest

    found = binomtest(correct, total).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def log_loss(labels: ArrayLike, logits: ArrayLike) -> float:
    """Return the mean of ``-log P(true class)`` in nats; 0 is perfect, log 2 is a coin toss.

    It is computed from the logits, without clipping: the loss of a confident error is exact.

    >>> round(log_loss([1, 0], [0.0, 0.0]), 6)
    0.693147
    >>> log_loss([0], [1000.0])
    1000.0
    """
    # sklearn.metrics.log_loss takes probabilities, which round to 0 and 1, and clips them.
    labels, logits = check_labels_and_logits(labels, logits)
    margin = np.where(labels == 1, logits, -logits)
    return float(np.logaddexp(0.0, -margin).mean())


def brier_score(labels: ArrayLike, logits: ArrayLike) -> float:
    """Return the mean of ``(P(positive) - label)²``; 0 is perfect, 0.25 is a coin toss.

    Source: G. W. Brier (1950), Monthly Weather Review 78, 1-3 (half of his sum over two classes).

    >>> brier_score([1, 0], [0.0, 0.0])
    0.25
    """
    labels, logits = check_labels_and_logits(labels, logits)
    return float(np.mean((sigmoid(logits) - labels) ** 2))


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
    edges, where = _bin_of(probability, bins)
    count = np.bincount(where, minlength=bins)
    with np.errstate(invalid="ignore"):  # 0 / 0 in an empty bin: NaN
        mean_probability = np.bincount(where, weights=probability, minlength=bins) / count
        fraction_positive = np.bincount(where, weights=labels, minlength=bins) / count
    return CalibrationBins(edges, count, mean_probability, fraction_positive)


def expected_calibration_error(labels: ArrayLike, logits: ArrayLike, bins: int = 15) -> float:
    """Return the expected calibration error (ECE): the mean gap of confidence and accuracy.

    0 is calibrated. The definition is that of C. Guo et al. (2017), On calibration of modern neural
    networks, section 2: confidence is the probability of the *predicted* class, ``max(p, 1 - p)``;
    [0, 1] is divided into ``bins`` equal intervals, open on the left; the error is the sum over
    bins of ``reviews in bin / n * |accuracy - mean confidence|``. With two classes the confidence
    is at least 0.5, so only the upper half of the bins is used. Raises ``ValueError`` when
    ``bins < 1``.

    >>> round(expected_calibration_error([1, 0], [2.0, 2.0]), 4)  # confidence 0.8808, accuracy 0.5
    0.3808
    """
    labels, logits = check_labels_and_logits(labels, logits)
    confidence = sigmoid(np.abs(logits))
    right = (logits > 0) == labels
    _, where = _bin_of(confidence, bins)
    gap = np.bincount(where, weights=right - confidence, minlength=bins)
    return float(np.abs(gap).sum() / len(labels))


def evaluate_logits(labels: ArrayLike, logits: ArrayLike, threshold: float = 0.0) -> dict[str, Any]:
    """Return all metrics as plain Python values that can be written as JSON.

    A review is predicted positive when its logit is above ``threshold``; log loss, Brier score,
    area under the curve and calibration error do not depend on it.

    ``accuracy_low`` and ``accuracy_high`` are the ends of the 95 % Wilson interval of the accuracy,
    ``auc`` is the area under the ROC curve, None when one class is absent, ``confusion_matrix`` is
    ``[[tn, fp], [fn, tp]]`` and ``positive_fraction`` the share of labels that are 1.
    ``balanced_accuracy`` is the mean recall of the labels that occur. A precision, recall or F1 of
    0 / 0 is 0.0. Raises ``ValueError`` for invalid labels or logits.

    >>> report = evaluate_logits([0, 0, 1, 1], [-2.0, 1.0, 0.5, 3.0])
    >>> report["confusion_matrix"], report["accuracy"], report["auc"], report["f1"]
    ([[1, 1], [0, 2]], 0.75, 0.75, 0.8)
    """
    from sklearn.metrics import (  # type: ignore[import-untyped]
        confusion_matrix,
        precision_recall_fscore_support,
        roc_auc_score,
    )

    labels, logits = check_labels_and_logits(labels, logits)
    predicted = (logits > threshold).astype(np.int64)
    matrix = confusion_matrix(labels, predicted, labels=(0, 1))
    precision, recall, f1, _ = precision_recall_fscore_support(
        labels, predicted, average="binary", zero_division=0.0
    )
    recalls = [np.mean(predicted[labels == label] == label) for label in np.unique(labels)]
    both_classes = 0 < labels.sum() < len(labels)
    return {
        "reviews": len(labels),
        **accuracy_with_interval(int(np.trace(matrix)), len(labels)),
        "balanced_accuracy": float(np.mean(recalls)),
        "log_loss": log_loss(labels, logits),
        "auc": float(roc_auc_score(labels, logits)) if both_classes else None,
        "f1": float(f1),
        "precision": float(precision),
        "recall": float(recall),
        "brier_score": brier_score(labels, logits),
        "expected_calibration_error": expected_calibration_error(labels, logits),
        "confusion_matrix": matrix.tolist(),
        "positive_fraction": float(labels.mean()),
    }


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
    a_right, b_right = (logits_a > 0) == labels, (logits_b > 0) == labels
    only_a = int(np.sum(a_right & ~b_right))
    only_b = int(np.sum(b_right & ~a_right))
    p_value = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    return {"only_a_right": only_a, "only_b_right": only_b, "p_value": float(p_value)}


def check_labels_and_logits(
    labels: ArrayLike, logits: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return labels as int64 and logits as float64, both (n,). Raises ``ValueError``."""
    labels, logits = np.asarray(labels), np.asarray(logits, dtype=np.float64)
    if labels.ndim != 1 or labels.shape != logits.shape:
        shapes = f"{labels.shape} and {logits.shape}"
        raise ValueError(f"labels and logits must have the same shape (n,), got {shapes}")
    if labels.size == 0:
        raise ValueError("labels and logits are empty")
    if not np.isfinite(logits).all():
        raise ValueError(f"{np.sum(~np.isfinite(logits))} of {logits.size} logits are not finite")
    if not np.isin(labels, (0, 1)).all():
        raise ValueError("labels must be 0 or 1")
    return labels.astype(np.int64), logits


def _bin_of(values: NDArray[Any], bins: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the edges of equal bins of [0, 1] and the index (n,) of the bin of each value."""
    if bins < 1:
        raise ValueError(f"bins must be at least 1, got {bins}")
    edges = np.linspace(0.0, 1.0, bins + 1)
    return edges, np.searchsorted(edges[1:-1], values, side="left")


def accuracy_with_interval(correct: int, total: int) -> dict[str, float]:
    """Return the accuracy and the ends of its 95 % Wilson interval, by their keys.

    >>> accuracy_with_interval(10, 10)["accuracy_high"]
    1.0
    """
    low, high = accuracy_interval(correct, total)
    return {"accuracy": correct / total, "accuracy_low": low, "accuracy_high": high}
