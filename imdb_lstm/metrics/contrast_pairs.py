"""Contrast pairs: two reviews with different labels that differ in few words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from imdb_lstm.metrics.intervals import accuracy_interval
from imdb_lstm.metrics.logits import check_labels_and_logits, predicted_classes


def pair_consistency(
    labels: ArrayLike, logits: ArrayLike, pairs: Sequence[str]
) -> dict[str, float]:
    """Return the contrast consistency of the predictions; an empty dict without pairs.

    ``pairs`` has one name per review, "" for none; a pair is two reviews with different labels that
    share a name with no other review. ``both_right`` is the share of pairs with both predictions
    right (``both_right_low`` and ``both_right_high`` are the ends of its 95 % Wilson interval),
    ``same_verdict`` the share with the same prediction for both, so that the difference is missed.

    Source: the contrast consistency of M. Gardner et al. (2020), Evaluating models' local decision
    boundaries via contrast sets, section 2.

    >>> pairs = ["a", "a", "b", "b", ""]
    >>> found = pair_consistency([1, 0, 1, 0, 1], [2.0, -1.0, 0.5, 0.2, 1.0], pairs)
    >>> found["pairs"], found["both_right"], found["same_verdict"]
    (2, 0.5, 0.5)
    """
    labels, logits = check_labels_and_logits(labels, logits)
    members = defaultdict(list)
    for index, name in enumerate(pairs):
        members[name].append(index)
    members.pop("", None)
    whole = [two for two in members.values() if len(two) == 2 and labels[two[0]] != labels[two[1]]]
    if not whole:
        return {}
    verdicts = predicted_classes(logits)[np.array(whole)]  # (pairs, 2)
    right = (verdicts == labels[np.array(whole)]).all(axis=1)
    low, high = accuracy_interval(int(right.sum()), len(whole))
    return {
        "pairs": len(whole),
        "both_right": float(right.mean()),
        "both_right_low": low,
        "both_right_high": high,
        "same_verdict": float(np.mean(verdicts[:, 0] == verdicts[:, 1])),
    }
