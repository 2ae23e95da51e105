"""Labels that a model's own probabilities make doubtful; ``labels``, ``logits``: see ``metrics``.

Logits should be those of reviews that the model did not learn from, and tempered, for the rule
takes the probabilities at their word.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from imdb_lstm.metrics.classification import check_labels_and_logits, sigmoid


def mean_self_confidence(labels: ArrayLike, logits: ArrayLike) -> tuple[float, float]:
    """Return the mean probability of their own label over the negative, and the positive, reviews.

    NaN for a label that no review has.

    >>> mean_self_confidence([0, 0, 1], [0.0, 0.0, 1000.0])
    (0.5, 1.0)
    """
    labels, logits = check_labels_and_logits(labels, logits)
    own = label_probability(labels, logits)
    negative, positive = (own[labels == label] for label in (0, 1))
    return (
        float(negative.mean()) if len(negative) else float("nan"),
        float(positive.mean()) if len(positive) else float("nan"),
    )


def label_probability(labels: ArrayLike, logits: ArrayLike) -> NDArray[np.float64]:
    """Return the probability of each review's own label, (n,).

    >>> label_probability([0, 1], [0.0, 1000.0]).tolist()
    [0.5, 1.0]
    """
    labels, logits = check_labels_and_logits(labels, logits)
    return sigmoid(np.where(labels == 1, logits, -logits))


def likely_label_errors(labels: ArrayLike, logits: ArrayLike) -> NDArray[np.int64]:
    """Return the indices of the reviews whose label is likely wrong, the least probable one first.

    A review counts as of a class when its probability reaches the mean that the class has over the
    reviews with its label; of both classes, the likelier. Where that class is not the label, the
    label is likely wrong. Without reviews of both labels there is no such mean, and none is.

    Source: C. G. Northcutt, L. Jiang and I. L. Chuang (2021), Confident learning: estimating
    uncertainty in dataset labels, Journal of Artificial Intelligence Research 70, section 3.1: the
    off-diagonal of the confident joint, equations 1 and 2.

    >>> likely_label_errors([1, 1, 1, 0, 0, 0], [3.0, 3.0, -3.0, -3.0, -1.0, 4.0]).tolist()
    [5, 2]
    """
    labels, logits = check_labels_and_logits(labels, logits)
    negative_mean, positive_mean = mean_self_confidence(labels, logits)
    own = label_probability(labels, logits)
    own_mean = np.where(labels == 1, positive_mean, negative_mean)
    other_mean = np.where(labels == 1, negative_mean, positive_mean)
    doubted = (1 - own >= other_mean) & ((own < own_mean) | (own < 0.5))  # NaN compares as False
    found = np.flatnonzero(doubted)
    signed = np.where(labels == 1, logits, -logits)  # unlike probabilities they do not run into 0
    return found[np.argsort(signed[found], kind="stable")]
