"""Accuracy in subgroups of the reviews, such as groups by length."""

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from imdb_lstm.metrics.intervals import accuracy_with_interval
from imdb_lstm.metrics.logits import check_labels_and_logits, predicted_classes

LENGTH_LIMITS = (100, 200, 400, 800)
LENGTH_NAMES = ("1-100", "101-200", "201-400", "401-800", "801+")


def accuracy_by_group(
    labels: ArrayLike, logits: ArrayLike, groups: Sequence[Hashable] | NDArray[Any]
) -> list[dict[str, Any]]:
    """Return the accuracy (with its 95 % Wilson interval) inside each group of reviews.

    ``groups`` has one hashable value per review. The result is one dict ``{group, reviews,
    accuracy, accuracy_low, accuracy_high}`` per group, in natural order: numbers inside strings
    compare as numbers, so "101-200" sorts before "1001-2000". Raises ``ValueError`` when the
    lengths differ, ``TypeError`` when the groups cannot be sorted (strings mixed with numbers).

    >>> rows = accuracy_by_group([1, 1, 0], [2.0, -1.0, -1.0], ["20+", "20+", "3-19"])
    >>> [(row["group"], row["reviews"], row["accuracy"]) for row in rows]
    [('3-19', 1, 1.0), ('20+', 2, 0.5)]
    """
    labels, logits = check_labels_and_logits(labels, logits)
    names = groups.tolist() if isinstance(groups, np.ndarray) else list(groups)
    if len(names) != len(labels):
        raise ValueError(f"need one group per review, got {len(names)} for {len(labels)} reviews")
    reviews = Counter(names)
    correct = Counter(compress(names, predicted_classes(logits) == labels))
    return [
        {
            "group": group,
            "reviews": reviews[group],
            **accuracy_with_interval(correct[group], reviews[group]),
        }
        for group in sorted(reviews, key=_natural_key)
    ]


def length_group(tokens: ArrayLike) -> NDArray[np.str_]:
    """Return the name of the length group of each review, for ``accuracy_by_group``.

    ``tokens`` are integers of at least 1, of any shape; the result has the same shape. Raises
    ``ValueError`` otherwise.

    >>> length_group([100, 101, 5000]).tolist()
    ['1-100', '101-200', '801+']
    """
    tokens = np.asarray(tokens)
    if not np.issubdtype(tokens.dtype, np.integer) or (tokens < 1).any():
        raise ValueError("tokens must be whole numbers of at least 1")
    return np.asarray(np.array(LENGTH_NAMES)[np.searchsorted(LENGTH_LIMITS, tokens)])


def _natural_key(group: Any) -> Any:
    if not isinstance(group, str):
        return group
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", group)]
