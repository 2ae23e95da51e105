"""How strongly a feature is associated with a class, against the rest."""

from __future__ import annotations

from typing import Any

import numpy as np


def log_count_ratio(counts: Any, labels: np.ndarray) -> np.ndarray:
    """Log of how much more frequent each feature is in reviews of label 1: float (features,).

    ``counts``: sparse (n, features), 1 where a review has the feature. ``labels``: 0 or 1, (n,).
    One is added to the counts of each label (Wang & Manning 2012, section 2.2).
    """
    sums = [np.asarray(counts[labels == label].sum(axis=0)).ravel() + 1 for label in (0, 1)]
    return np.log((sums[1] / sums[1].sum()) / (sums[0] / sums[0].sum()))


def one_against_rest(labels: np.ndarray) -> list[np.ndarray]:
    """The labels of 0 and 1 of each class against the rest; of two classes those of the second.

    >>> [own.tolist() for own in one_against_rest(np.array([0, 2, 1]))]
    [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    """
    classes = int(labels.max()) + 1
    return [labels] if classes == 2 else [(labels == k).astype(int) for k in range(classes)]
