"""How sure a model may be: one temperature, verdicts that may be "unsure", accuracy by coverage.

``labels`` and ``logits``, both (n,), and the errors for bad ones are those of
``imdb_lstm.metrics``. What is fitted or chosen here is so on validation reviews, never on test.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from imdb_lstm.metrics.classification import (
    accuracy_interval,
    brier_score,
    check_labels_and_logits,
    expected_calibration_error,
    log_loss,
)

HIGHEST_TEMPERATURE = 20.0  # and its inverse the lowest: beyond, few reviews speak of nothing
COVERAGES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.5)


def fit_temperature(labels: ArrayLike, logits: ArrayLike) -> float:
    """Return the temperature T > 0 with which sigmoid(logit / T) has the lowest log loss.

    It lies between 1/20 and 20, and never gives a higher log loss than 1. Where every verdict is
    right, nothing tells how sure is too sure (the lower T, the lower the loss), and it is 1.

    Source: C. Guo et al. (2017), On calibration of modern neural networks, section 4.2. The loss is
    convex in 1 / T, so that a search of one dimension finds its only minimum.

    >>> round(fit_temperature([1, 1, 1, 0], [4.0, 4.0, 4.0, 4.0]), 3)  # right three times of four
    3.641
    >>> fit_temperature([1, 0], [4.0, -4.0])
    1.0
    """
    from scipy.optimize import minimize_scalar

    labels, logits = check_labels_and_logits(labels, logits)
    if (np.where(labels == 1, logits, -logits) >= 0).all():
        return 1.0
    limit = math.log(HIGHEST_TEMPERATURE)
    found = minimize_scalar(
        lambda exponent: log_loss(labels, logits / math.exp(exponent)),
        bounds=(-limit, limit), method="bounded", options={"xatol": 1e-7},
    )  # fmt: skip
    temperature = math.exp(found.x)
    better = log_loss(labels, logits / temperature) < log_loss(labels, logits)
    return temperature if better else 1.0


def temperature_scaled_metrics(
    labels: ArrayLike, logits: ArrayLike, temperature: float
) -> dict[str, float]:
    """Return what a temperature changes, for sigmoid(logit / temperature), ready for JSON.

    Accuracy and the area under the ROC curve are not among it: the order of the logits, and their
    signs, stay as they are.

    >>> tempered = temperature_scaled_metrics([1, 0], [2.0, 2.0], temperature=20.0)
    >>> round(tempered["expected_calibration_error"], 3)  # 0.381 without
    0.025
    """
    labels, logits = check_labels_and_logits(labels, logits)
    cooled = logits / temperature
    return {
        "log_loss": log_loss(labels, cooled),
        "brier_score": brier_score(labels, cooled),
        "expected_calibration_error": expected_calibration_error(labels, cooled),
    }


def coverage_curve(
    labels: ArrayLike, logits: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (coverage, accuracy), both (n,): the accuracy on the surest 1, 2, ... n of n reviews.

    Surest is the largest ``|logit|``. Reviews that tie in it share their mean, so that their order
    does not matter.

    Source: Y. Geifman and R. El-Yaniv (2017), Selective classification for deep neural networks,
    section 2, with accuracy for their risk.

    >>> coverage, accuracy = coverage_curve([1, 0, 1, 1], [3.0, -2.0, -1.0, 0.5])
    >>> coverage.tolist(), accuracy.round(2).tolist()
    ([0.25, 0.5, 0.75, 1.0], [1.0, 1.0, 0.67, 0.75])
    """
    labels, logits = check_labels_and_logits(labels, logits)
    right = (logits > 0) == labels
    _, where, count = np.unique(-np.abs(logits), return_inverse=True, return_counts=True)
    shared = np.repeat(np.bincount(where, weights=right) / count, count)  # the surest first
    reviews = np.arange(1, len(labels) + 1)
    return reviews / len(labels), np.cumsum(shared) / reviews


def accuracy_by_coverage(
    labels: ArrayLike, logits: ArrayLike, coverages: Sequence[float] = COVERAGES
) -> list[dict[str, float]]:
    """Return the accuracy, with its 95 % Wilson interval, on the surest share of the reviews.

    One dict ``{coverage, reviews, accuracy, accuracy_low, accuracy_high}`` per coverage, which lies
    above 0 and up to 1.

    >>> rows = accuracy_by_coverage([1, 0, 1, 1], [3.0, -2.0, -1.0, 0.5], coverages=(1.0, 0.5))
    >>> [(row["reviews"], row["accuracy"]) for row in rows]
    [(4, 0.75), (2, 1.0)]
    """
    _, accuracy = coverage_curve(labels, logits)
    rows = []
    for coverage in coverages:
        reviews = max(1, round(coverage * len(accuracy)))
        found = float(accuracy[reviews - 1])
        low, high = accuracy_interval(round(found * reviews), reviews)
        rows.append({"coverage": coverage, "reviews": reviews, "accuracy": found,
                     "accuracy_low": low, "accuracy_high": high})  # fmt: skip
    return rows
