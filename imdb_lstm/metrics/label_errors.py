"""Likely label errors, found by confident learning from a model's probabilities.

The logits must be those of reviews outside the training set and should be temperature-scaled,
because the method needs calibrated probabilities. ``labels`` and ``logits`` are those of
``imdb_lstm.metrics.logits``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from imdb_lstm.metrics.logits import (
    check_labels_and_logits,
    class_count,
    own_log_odds,
    probabilities,
    sigmoid,
)


def mean_self_confidence(labels: ArrayLike, logits: ArrayLike) -> tuple[float, ...]:
    """Return the mean probability of the given label over the reviews of each class.

    NaN for a label that no review has.

    >>> mean_self_confidence([0, 0, 1], [0.0, 0.0, 1000.0])
    (0.5, 1.0)
    """
    labels, logits = check_labels_and_logits(labels, logits)
    own = label_probability(labels, logits)
    groups = [own[labels == label] for label in range(class_count(logits))]
    return tuple(float(group.mean()) if len(group) else float("nan") for group in groups)


def label_probability(labels: ArrayLike, logits: ArrayLike) -> NDArray[np.float64]:
    """Return the predicted probability of each review's label, float64 (n,).

    >>> label_probability([0, 1], [0.0, 1000.0]).tolist()
    [0.5, 1.0]
    """
    return sigmoid(own_log_odds(labels, logits))


def likely_label_errors(labels: ArrayLike, logits: ArrayLike) -> NDArray[np.int64]:
    """Return the indices of reviews whose label is likely wrong, the least probable label first.

    A review counts as a member of a class when its probability of the class is at least the mean
    probability of that class over the reviews with its label; of several such classes, the most
    likely one counts. When that class is not the label, the label is likely wrong. Empty without
    reviews of two labels or more, for which these means do not exist.

    Source: C. G. Northcutt, L. Jiang and I. L. Chuang (2021), Confident learning: estimating
    uncertainty in dataset labels, Journal of Artificial Intelligence Research 70, section 3.1: the
    off-diagonal of the confident joint, equations 1 and 2.

    >>> likely_label_errors([1, 1, 1, 0, 0, 0], [3.0, 3.0, -3.0, -3.0, -1.0, 4.0]).tolist()
    [5, 2]
    """
    labels, logits = check_labels_and_logits(labels, logits)
    means, found = np.array(mean_self_confidence(labels, logits)), probabilities(logits)
    member = np.where(found >= means, found, -1.0)  # NaN compares as False
    doubted = np.flatnonzero(member.max(axis=1) > member[np.arange(len(labels)), labels])
    odds = own_log_odds(labels, logits)  # unlike probabilities they do not round to 0
    return doubted[np.argsort(odds[doubted], kind="stable")]
