"""Temperature scaling, vector scaling, and selective accuracy by coverage.

``labels`` and ``logits``, of two or more classes, and the errors raised are those of
``imdb_lstm.metrics.logits``. A scaling is fitted on validation reviews, never on test.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from imdb_lstm.metrics.classification import (
    brier_score,
    class_calibration_error,
    expected_calibration_error,
    log_loss,
)
from imdb_lstm.metrics.intervals import accuracy_interval
from imdb_lstm.metrics.logits import (
    check_labels_and_logits,
    class_count,
    confidence,
    predicted_classes,
)

HIGHEST_TEMPERATURE = 20.0  # its inverse is the lowest; beyond, the fit has no evidence
COVERAGES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.5)


def fit_temperature(labels: ArrayLike, logits: ArrayLike) -> float:
    """Return the temperature T for which ``logits / T`` have the lowest log loss.

    It lies between 1/20 and 20, and its log loss is never higher than that of T = 1. When every
    prediction is right the loss has no minimum (the lower T, the lower the loss), and T is 1.

    Source: C. Guo et al. (2017), On calibration of modern neural networks, section 4.2. The loss is
    convex in 1 / T, so a one-dimensional search finds its only minimum.

    >>> round(fit_temperature([1, 1, 1, 0], [4.0, 4.0, 4.0, 4.0]), 3)  # 3 of 4 are right
    3.641
    >>> fit_temperature([1, 0], [4.0, -4.0])
    1.0
    """
    from scipy.optimize import minimize_scalar

    labels, logits = check_labels_and_logits(labels, logits)
    if _no_mistake(labels, logits):
        return 1.0
    limit = math.log(HIGHEST_TEMPERATURE)
    found = minimize_scalar(
        lambda exponent: log_loss(labels, logits / math.exp(exponent)),
        bounds=(-limit, limit), method="bounded", options={"xatol": 1e-7},
    )  # fmt: skip
    temperature = math.exp(found.x)
    better = log_loss(labels, logits / temperature) < log_loss(labels, logits)
    return temperature if better else 1.0


def _no_mistake(labels: NDArray[np.int64], logits: NDArray[np.float64]) -> bool:
    """Whether no other class has a larger logit than the label, in any review."""
    if logits.ndim == 1:
        return bool((np.where(labels == 1, logits, -logits) >= 0).all())
    return bool((logits[np.arange(len(labels)), labels] >= logits.max(axis=1)).all())


def fit_vector_scaling(
    labels: ArrayLike, logits: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a factor and a bias for the logits of each class, (classes,) each, of low log loss.

    ``logits``, (n, classes), of three or more classes. A standard normal prior on the biases and on
    the factors' distance from 1 keeps those finite of a class that hardly occurs.

    Source: C. Guo et al. (2017), section 4.2, vector scaling.

    >>> factors, biases = fit_vector_scaling([0, 1, 2], np.zeros((3, 3)))
    >>> factors.round(3).tolist(), np.abs(biases).round(3).tolist()
    ([1.0, 1.0, 1.0], [0.0, 0.0, 0.0])
    """
    labels, logits = check_labels_and_logits(labels, logits)
    return _fit_factors(labels, logits[None] * np.eye(logits.shape[1])[:, None, :], 1.0)


def fit_stacking(
    labels: ArrayLike, logits: Sequence[NDArray[Any]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a factor for each model, (models,), and a bias for each class, (classes,).

    ``logits``: of each model, (n, classes), of three or more classes. The sum over models of their
    logits times their factors, plus the biases, has the lowest log loss. Priors on both, very wide
    for the factors, keep them finite.

    Source: D. H. Wolpert (1992), Stacked generalization, Neural Networks 5, 241-259.

    >>> factors, biases = fit_stacking([0, 1, 2], [np.zeros((3, 3))])
    >>> factors.round(3).tolist(), np.abs(biases).round(3).tolist()
    ([1.0], [0.0, 0.0, 0.0])
    """
    labels, _ = check_labels_and_logits(labels, logits[0])
    return _fit_factors(labels, np.stack([np.asarray(each, np.float64) for each in logits]), 1e-4)


def _fit_factors(
    labels: NDArray[np.int64], parts: NDArray[np.float64], precision: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit the factors of parts of the logits, (parts, n, classes), and the biases of classes.

    ``precision``: of the normal prior on the distance of the factors from 1.
    """
    from scipy.optimize import minimize
    from scipy.special import log_softmax, softmax

    count, rows, classes = parts.shape
    own = np.eye(classes)[labels]

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        factors, biases = values[:count], values[count:]
        scaled = np.tensordot(factors, parts, axes=1) + biases
        gap = softmax(scaled, axis=1) - own
        by_factor = np.tensordot(parts, gap, axes=2) + precision * (factors - 1)
        prior = (precision * ((factors - 1) ** 2).sum() + (biases**2).sum()) / 2
        found = prior - log_softmax(scaled, axis=1)[np.arange(rows), labels].sum()
        return found, np.concatenate([by_factor, gap.sum(axis=0) + biases])

    start = np.concatenate([np.ones(count), np.zeros(classes)])
    found = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return found[:count], found[count:]


def temperature_scaled_metrics(
    labels: ArrayLike, logits: ArrayLike, temperature: float
) -> dict[str, float]:
    """Return the metrics that a temperature changes, computed for ``logits / temperature``.

    Accuracy and confusions are not included: temperature scaling changes neither the order nor the
    signs of the logits.

    >>> scaled = temperature_scaled_metrics([1, 0], [2.0, 2.0], temperature=20.0)
    >>> round(scaled["expected_calibration_error"], 3)  # 0.381 without temperature scaling
    0.025
    """
    labels, logits = check_labels_and_logits(labels, logits)
    return probability_metrics(labels, logits / temperature)


def probability_metrics(labels: ArrayLike, scaled: ArrayLike) -> dict[str, float]:
    """Return the metrics of scaled logits that depend on the probabilities."""
    own = {} if class_count(scaled) == 2 else {
        "class_calibration_error": class_calibration_error(labels, scaled)
    }  # fmt: skip
    return {
        "log_loss": log_loss(labels, scaled),
        "brier_score": brier_score(labels, scaled),
        "expected_calibration_error": expected_calibration_error(labels, scaled),
        **own,
    }


def coverage_curve(
    labels: ArrayLike, logits: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (coverage, selective accuracy), both (n,), for the 1, 2, ... n most confident reviews.

    The confidence of a review is ``logits.confidence``, ``|logit|`` for two classes. Reviews with
    equal confidence share their mean accuracy, so their order does not matter.

    Source: Y. Geifman and R. El-Yaniv (2017), Selective classification for deep neural networks,
    section 2; accuracy is 1 minus their risk.

    >>> coverage, accuracy = coverage_curve([1, 0, 1, 1], [3.0, -2.0, -1.0, 0.5])
    >>> coverage.tolist(), accuracy.round(2).tolist()
    ([0.25, 0.5, 0.75, 1.0], [1.0, 1.0, 0.67, 0.75])
    """
    labels, logits = check_labels_and_logits(labels, logits)
    right = predicted_classes(logits) == labels
    _, where, count = np.unique(-confidence(logits), return_inverse=True, return_counts=True)
    shared = np.repeat(np.bincount(where, weights=right) / count, count)  # most confident first
    reviews = np.arange(1, len(labels) + 1)
    return reviews / len(labels), np.cumsum(shared) / reviews


def accuracy_by_coverage(
    labels: ArrayLike, logits: ArrayLike, coverages: Sequence[float] = COVERAGES
) -> list[dict[str, float]]:
    """Return the selective accuracy, with its 95 % Wilson interval, at each coverage.

    ``coverages``: shares of the reviews, above 0 and up to 1; the most confident are evaluated. The
    result is one dict ``{coverage, reviews, accuracy, accuracy_low, accuracy_high}`` per coverage.

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
