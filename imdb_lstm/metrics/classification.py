"""Numbers about predictions: from labels and logits to accuracy, loss, ranking and calibration.

Everywhere in this module

- ``labels`` are 0 (negative) or 1 (positive), shape ``(n,)``;
- ``logits`` are finite real numbers, shape ``(n,)``; ``P(positive) = sigmoid(logit)``;
- a review is predicted positive when ``logit > 0``, that is, ``P(positive) > 0.5``; a logit of 0
  counts as negative, as in ``keras.metrics.BinaryAccuracy(threshold=0.0)``.

All is computed in float64. Every function of labels and logits raises one ValueError when they are
empty, differ in shape, or hold other values than those above.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def sigmoid(logits: ArrayLike) -> NDArray[np.float64]:
    """Return ``1 / (1 + exp(-logits))``, float64 of the same shape, without overflow.

    Only ``exp`` of numbers up to zero is taken, so both tails stay accurate.

    >>> sigmoid([-1000.0, 0.0, 1000.0]).tolist()
    [0.0, 0.5, 1.0]
    """
    logits = np.asarray(logits, dtype=np.float64)
    small = np.exp(-np.abs(logits))
    return np.asarray(np.where(logits >= 0, 1.0, small) / (1.0 + small))


def accuracy_interval(correct: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval ``(low, high)`` for ``correct`` right out of ``total``.

    It stays inside [0, 1] and is sensible for small counts and for accuracies near 0 or 1. Raises
    ValueError unless ``0 <= correct <= total``, ``total > 0`` and ``0 < confidence < 1``.

    Source: E. B. Wilson (1927), Journal of the American Statistical Association 22, 209-212.

    >>> low, high = accuracy_interval(8, 10)
    >>> f"{low:.4f} {high:.4f}"
    '0.4902 0.9433'
    """
    if not 0 <= correct <= total or total == 0:
        raise ValueError(f"need 0 <= correct <= total and total > 0, got {correct} of {total}")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    z = NormalDist().inv_cdf((1.0 + confidence) / 2.0)
    share, shrink = correct / total, 1.0 + z * z / total
    centre = (share + z * z / (2.0 * total)) / shrink
    half = z / shrink * math.sqrt(share * (1.0 - share) / total + (z / (2.0 * total)) ** 2)
    low = 0.0 if correct == 0 else centre - half
    high = 1.0 if correct == total else centre + half
    return low, high


def log_loss(labels: ArrayLike, logits: ArrayLike) -> float:
    """Return the mean of ``-log P(true class)`` in nats; 0 is perfect, log 2 is a coin toss.

    Computed from the logits without clipping, so a confident mistake costs its full price.

    >>> round(log_loss([1, 0], [0.0, 0.0]), 6)
    0.693147
    >>> log_loss([0], [1000.0])
    1000.0
    """
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
    """What ``calibration_bins`` found; bin ``i`` is ``edges[i] < P(positive) <= edges[i + 1]``."""

    edges: NDArray[np.float64]  # (bins + 1,), from 0 to 1
    count: NDArray[np.int64]  # (bins,), reviews in the bin
    mean_probability: NDArray[np.float64]  # (bins,), mean P(positive); NaN in an empty bin
    fraction_positive: NDArray[np.float64]  # (bins,), labels that are 1; NaN in an empty bin


def calibration_bins(labels: ArrayLike, logits: ArrayLike, bins: int = 15) -> CalibrationBins:
    """Group reviews by P(positive) into equal-width bins and compare promise with outcome.

    In a calibrated model ``mean_probability`` and ``fraction_positive`` agree in every bin.
    P(positive) = 0 falls into the first bin. Raises ValueError when ``bins < 1``.

    >>> found = calibration_bins([0, 1, 1], [-2.0, 2.0, 3.0], bins=2)
    >>> found.count.tolist(), found.fraction_positive.tolist()
    ([1, 2], [0.0, 1.0])
    """
    labels, logits = check_labels_and_logits(labels, logits)
    probability = sigmoid(logits)
    edges, where = _bin_of(probability, bins)
    count = np.bincount(where, minlength=bins)
    with np.errstate(invalid="ignore"):  # 0 / 0 in an empty bin is the NaN promised above
        mean_probability = np.bincount(where, weights=probability, minlength=bins) / count
        fraction_positive = np.bincount(where, weights=labels, minlength=bins) / count
    return CalibrationBins(edges, count, mean_probability, fraction_positive)


def expected_calibration_error(labels: ArrayLike, logits: ArrayLike, bins: int = 15) -> float:
    """Return the mean gap between confidence and accuracy; 0 is calibrated.

    The definition of C. Guo et al. (2017), On calibration of modern neural networks, section 2:
    confidence is the probability of the *predicted* class, ``max(p, 1 - p)``; [0, 1] is cut into
    ``bins`` equal intervals open on the left; the error is the sum over bins of
    ``reviews in bin / n * |accuracy - mean confidence|``. With two classes confidence is at least
    0.5, so only the upper half of the bins is ever filled. Raises ValueError when ``bins < 1``.

    >>> round(expected_calibration_error([1, 0], [2.0, 2.0]), 4)  # promised 0.8808, kept 0.5
    0.3808
    """
    labels, logits = check_labels_and_logits(labels, logits)
    confidence = sigmoid(np.abs(logits))
    right = (logits > 0) == labels
    _, where = _bin_of(confidence, bins)
    gap = np.bincount(where, weights=right - confidence, minlength=bins)
    return float(np.abs(gap).sum() / len(labels))


def evaluate_logits(labels: ArrayLike, logits: ArrayLike, threshold: float = 0.5) -> dict[str, Any]:
    """Return every headline number as plain Python values, ready for JSON.

    A review counts as predicted positive when ``P(positive) > threshold``; this moves accuracy
    (with its 95 % Wilson interval ``accuracy_low`` to ``accuracy_high``), f1, precision, recall and
    ``confusion_matrix`` (``[[tn, fp], [fn, tp]]``). The log loss, AUC, Brier score and expected
    calibration error do not depend on it. ``positive_fraction`` is the share of labels that are 1.
    AUC is None when one class is absent; a precision, recall or f1 of 0 / 0 is 0.0.
    Raises ValueError for bad labels or logits, or unless ``0 < threshold < 1``.

    >>> report = evaluate_logits([0, 0, 1, 1], [-2.0, 1.0, 0.5, 3.0])
    >>> report["confusion_matrix"], report["accuracy"], report["auc"], report["f1"]
    ([[1, 1], [0, 2]], 0.75, 0.75, 0.8)
    """
    labels, logits = check_labels_and_logits(labels, logits)
    if not 0.0 < threshold < 1.0:
        raise ValueError(f"threshold must lie between 0 and 1, got {threshold}")
    predicted = logits > math.log(threshold / (1.0 - threshold))
    cells = np.bincount(2 * labels + predicted, minlength=4).tolist()
    true_negative, false_positive, false_negative, true_positive = cells
    return {
        "reviews": len(labels),
        **accuracy_with_interval(true_negative + true_positive, len(labels)),
        "log_loss": log_loss(labels, logits),
        "auc": _area_under_roc(labels, logits),
        "f1": _ratio(2 * true_positive, 2 * true_positive + false_positive + false_negative),
        "precision": _ratio(true_positive, true_positive + false_positive),
        "recall": _ratio(true_positive, true_positive + false_negative),
        "brier_score": brier_score(labels, logits),
        "expected_calibration_error": expected_calibration_error(labels, logits),
        "confusion_matrix": [[true_negative, false_positive], [false_negative, true_positive]],
        "positive_fraction": float(labels.mean()),
    }


def mcnemar(labels: ArrayLike, logits_a: ArrayLike, logits_b: ArrayLike) -> dict[str, float]:
    """Compare two models on the same reviews: is one right more often than chance would give?

    Only reviews on which exactly one model is right speak; if the models were equally good, each
    would be as likely to favour a as b. ``p_value`` is the two-sided exact binomial probability of
    a split at least this uneven; 1.0 when no review speaks.

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
    """Return labels as int64 and logits as float64, both (n,), or raise one clear ValueError."""
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
    low, high = accuracy_interval(correct, total)
    return {"accuracy": correct / total, "accuracy_low": low, "accuracy_high": high}


def _area_under_roc(labels: NDArray[np.int64], logits: NDArray[np.float64]) -> float | None:
    """Return P(a positive review scores above a negative one), a tie counting half.

    Computed from ranks (Hanley and McNeil, 1982); None when one class is absent.
    """
    _, where, count = np.unique(logits, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2.0)[where]  # 1 to n, tied logits share their mean
    positive = int(labels.sum())
    negative = len(labels) - positive
    wins = rank[labels == 1].sum() - positive * (positive + 1) / 2.0
    return float(wins / (positive * negative)) if positive and negative else None


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
