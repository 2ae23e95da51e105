"""Metrics of three and more classes: averages over classes, each class, and ordered classes.

``labels``, (n,), ``logits``, (n, classes), and the errors raised for them are those of
``imdb_lstm.metrics.logits``; definitions are those of scikit-learn. A confusion matrix, int
(classes, classes), has a row for each label and a column for each predicted class.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from imdb_lstm.metrics.intervals import bootstrap_intervals, share_interval
from imdb_lstm.metrics.logits import check_labels_and_logits, log_odds

Counts = NDArray[Any]  # (..., classes, classes): one or many confusion matrices


def class_rows(
    labels: ArrayLike, logits: ArrayLike, matrix: Sequence[Sequence[int]]
) -> list[dict[str, Any]]:
    """Return the metrics of each class, ready for JSON.

    Of each class: the number of ``reviews`` with that label, ``precision``, ``recall`` and ``f1``,
    each with ``_low`` and ``_high``, the ends of its 95 % interval (Wilson; bootstrap percentile
    for F1), which are None where there is nothing to estimate it from, and ``auc``, the area under
    the ROC curve of the class against the rest, None unless both occur. A precision, recall or F1
    of 0 / 0 is 0.0.

    >>> rows = class_rows([0, 1, 2], np.eye(3), np.eye(3, dtype=int).tolist())
    >>> [(row["reviews"], row["recall"], row["auc"]) for row in rows]
    [(1, 1.0, 1.0), (1, 1.0, 1.0), (1, 1.0, 1.0)]
    """
    from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

    labels, logits = check_labels_and_logits(labels, logits)
    counts, odds = np.asarray(matrix), log_odds(logits)
    ends = bootstrap_intervals(matrix, _f1)
    rows = []
    for number in range(len(counts)):
        right, given = int(counts[number, number]), int(counts[number].sum())
        said, own = int(counts[:, number].sum()), labels == number
        rows.append({
            "reviews": given,
            **_with_ends("precision", right / max(1, said), share_interval(right, said)),
            **_with_ends("recall", right / max(1, given), share_interval(right, given)),
            **_with_ends("f1", float(_f1(counts)[number]), ends[number]),
            "auc": float(roc_auc_score(own, odds[:, number])) if 0 < given < len(own) else None,
        })  # fmt: skip
    return rows


def average_metrics(
    matrix: Sequence[Sequence[int]], scale: Sequence[float] | None = None
) -> dict[str, Any]:
    """Return averages over the classes, each with the ends of its bootstrap interval.

    ``balanced_accuracy`` is the mean recall of the classes that occur, ``macro_f1`` the mean F1 of
    those that are a label or a prediction, and ``weighted_f1`` their mean weighted by their
    reviews. ``scale``: the number of each class where they are ordered, in ascending order; then
    also ``mean_absolute_error``, in units of the scale, and ``quadratic_kappa``, Cohen's kappa with
    weights of the squared differences of ranks (J. Cohen 1968, Psychological Bulletin 70, 213-220).

    >>> found = average_metrics([[2, 0, 0], [0, 1, 1], [0, 0, 2]], scale=[1, 2, 5])
    >>> found["mean_absolute_error"], round(found["balanced_accuracy"], 3)
    (0.5, 0.833)
    """
    measures: dict[str, Callable[[Counts], NDArray[np.float64]]] = {
        "balanced_accuracy": _balanced_accuracy,
        "macro_f1": _macro_f1,
        "weighted_f1": _weighted_f1,
    }
    if scale is not None:
        measures["mean_absolute_error"] = lambda counts: _mean_distance(counts, scale, 1)
        measures["quadratic_kappa"] = _quadratic_kappa

    def values(counts: Counts) -> NDArray[np.float64]:
        return np.stack([measure(counts) for measure in measures.values()], axis=-1)

    found: dict[str, Any] = {}
    ends = bootstrap_intervals(matrix, values)
    for name, value, own in zip(measures, values(np.asarray(matrix)), ends, strict=True):
        found |= _with_ends(name, float(value), own)
    return found


def most_confused(matrix: Sequence[Sequence[int]], most: int = 10) -> list[tuple[int, int, int]]:
    """Return the pairs of classes with the most mistakes: (label, predicted class, reviews).

    >>> most_confused([[5, 1, 0], [4, 5, 0], [0, 2, 9]])
    [(1, 0, 4), (2, 1, 2), (0, 1, 1)]
    """
    counts = np.array(matrix)
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:most]
    places = (divmod(int(place), len(counts)) for place in order)
    return [
        (label, said, int(counts[label, said])) for label, said in places if counts[label, said]
    ]


def _with_ends(name: str, value: float, ends: tuple[float, float] | None) -> dict[str, Any]:
    low, high = ends or (None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _f1(counts: Counts) -> NDArray[np.float64]:
    """F1 of each class, (..., classes)."""
    right = np.diagonal(counts, axis1=-2, axis2=-1)
    return 2 * right / np.maximum(counts.sum(axis=-1) + counts.sum(axis=-2), 1)


def _macro_f1(counts: Counts) -> NDArray[np.float64]:
    """Mean F1 of the classes that are a label or a prediction."""
    occur = (counts.sum(axis=-1) + counts.sum(axis=-2) > 0).sum(axis=-1)
    return _f1(counts).sum(axis=-1) / np.maximum(occur, 1)


def _weighted_f1(counts: Counts) -> NDArray[np.float64]:
    given = counts.sum(axis=-1)
    return (_f1(counts) * given).sum(axis=-1) / given.sum(axis=-1)


def _balanced_accuracy(counts: Counts) -> NDArray[np.float64]:
    given = counts.sum(axis=-1)
    recalls = np.diagonal(counts, axis1=-2, axis2=-1) / np.maximum(given, 1)
    return recalls.sum(axis=-1) / np.maximum((given > 0).sum(axis=-1), 1)


def _mean_distance(counts: Counts, scale: Sequence[float], power: int) -> NDArray[np.float64]:
    values = np.asarray(scale, np.float64)
    distances = np.abs(values[:, None] - values) ** power
    return (counts * distances).sum(axis=(-2, -1)) / counts.sum(axis=(-2, -1))


def _quadratic_kappa(counts: Counts) -> NDArray[np.float64]:
    """1 less the mean squared distance, divided by that of independent labels; 0 of 0 / 0."""
    ranks = np.arange(counts.shape[-1])
    by_chance = counts.sum(axis=-1)[..., :, None] * counts.sum(axis=-2)[..., None, :]
    expected = _mean_distance(by_chance, ranks.tolist(), 2)
    found = _mean_distance(counts, ranks.tolist(), 2)
    return np.where(expected > 0, 1 - found / np.where(expected > 0, expected, 1.0), 0.0)
