"""95 % confidence intervals of shares, of means, of the area under the ROC curve, and of F1.

``labels`` and ``logits`` are those of ``imdb_lstm.metrics.logits``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from imdb_lstm.metrics.logits import check_labels_and_logits

Interval = tuple[float, float]
Z = NormalDist().inv_cdf(0.975)
DRAWS = 10_000
MOST_CELLS = 1_000_000  # of all drawn confusion matrices of three and more classes


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

    if not 0 <= correct <= total or not total:  # SciPy 1.18 answers with NaN
        raise ValueError(f"{correct} of {total} reviews have no interval")
    found = binomtest(correct, total).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def accuracy_with_interval(correct: int, total: int) -> dict[str, float]:
    """Return the accuracy and the ends of its 95 % Wilson interval, by their keys.

    >>> accuracy_with_interval(10, 10)["accuracy_high"]
    1.0
    """
    low, high = accuracy_interval(correct, total)
    return {"accuracy": correct / total, "accuracy_low": low, "accuracy_high": high}


def share_interval(part: int, whole: int) -> Interval | None:
    """Return the ``accuracy_interval`` of a share; None for a share of nothing."""
    return accuracy_interval(part, whole) if whole else None


def mean_interval(values: ArrayLike) -> Interval | None:
    """Return mean ± 1.96 standard errors of values (n,); None for fewer than two.

    >>> low, high = mean_interval([0.0, 1.0] * 50)
    >>> round(low, 3), round(high, 3)
    (0.402, 0.598)
    """
    values = np.asarray(values, dtype=np.float64)
    if len(values) < 2:
        return None
    half = Z * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)


def auc_interval(labels: ArrayLike, logits: ArrayLike) -> Interval | None:
    """Return DeLong's interval of the area under the ROC curve, clipped to [0, 1].

    None with fewer than two reviews of a label, or when the area is 0 or 1: the estimated variance
    is 0 there.

    Source: E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson (1988), Biometrics 44, 837-845,
    computed from ranks as in X. Sun and W. Xu (2014), IEEE Signal Processing Letters 21, 1389-1393.

    >>> low, high = auc_interval([0, 0, 0, 1, 1, 1], [-2.0, -1.0, 1.0, 0.5, 2.0, 3.0])
    >>> round(low, 3), high  # around 8 / 9
    (0.581, 1.0)
    """
    from scipy.stats import rankdata

    labels, logits = check_labels_and_logits(labels, logits)
    positive, negative = logits[labels == 1], logits[labels == 0]
    m, n = len(positive), len(negative)
    if min(m, n) < 2:
        return None
    ranks = rankdata(np.concatenate([positive, negative]))
    above = (ranks[:m] - rankdata(positive)) / n  # per positive: share of negatives below
    below = 1 - (ranks[m:] - rankdata(negative)) / m
    area = float(above.mean())
    if not 0 < area < 1:
        return None
    half = Z * float(np.sqrt(above.var(ddof=1) / m + below.var(ddof=1) / n))
    return max(0.0, area - half), min(1.0, area + half)


def f1_interval(matrix: Sequence[Sequence[int]], seed: int = 0) -> Interval | None:
    """Return the bootstrap percentile interval of F1, from ``DRAWS`` resamples.

    ``matrix`` is ``[[tn, fp], [fn, tp]]``: resampling n reviews with replacement is a multinomial
    draw of its cells. None when F1 is 0 or 1, as in ``auc_interval``.

    Source: B. Efron and R. J. Tibshirani (1993), An introduction to the bootstrap, section 13.3.

    >>> low, high = f1_interval([[40, 10], [10, 40]])
    >>> 0.70 < low < 0.73 and 0.86 < high < 0.89
    True
    """
    cells = np.asarray(matrix, dtype=np.float64).ravel()
    if cells[3] == 0 or cells[1] == cells[2] == 0:
        return None
    drawn = np.random.default_rng(seed).multinomial(int(cells.sum()), cells / cells.sum(), DRAWS)
    _, false_positive, false_negative, true_positive = drawn.T
    whole = 2 * true_positive + false_positive + false_negative
    low, high = np.percentile(2 * true_positive / np.maximum(whole, 1), (2.5, 97.5))
    return float(low), float(high)


def bootstrap_intervals(
    matrix: Sequence[Sequence[int]], measure: Callable[[NDArray[Any]], NDArray[Any]], seed: int = 0
) -> list[Interval | None]:
    """Return the bootstrap percentile intervals of measures of a confusion matrix.

    ``measure``: confusion matrices, int (draws, classes, classes), → numbers for each of them,
    (draws, measures). As in ``f1_interval``, resampling reviews is a multinomial draw of the cells.
    An interval is None when all resamples have the same value.

    >>> [(low, high), none] = bootstrap_intervals([[40, 10], [10, 40]], lambda counts: np.stack(
    ...     [counts[:, 0, 0] / 100, counts.sum(axis=(1, 2))], axis=1))
    >>> 0.29 < low < 0.32 and 0.48 < high < 0.51, none
    (True, None)
    """
    cells = np.asarray(matrix, dtype=np.float64)
    draws = min(DRAWS, max(200, MOST_CELLS // cells.size))
    reviews = int(cells.sum())
    random = np.random.default_rng(seed)
    drawn = random.multinomial(reviews, cells.ravel() / reviews, draws)
    found = measure(drawn.reshape(draws, *cells.shape))
    ends = np.percentile(found, (2.5, 97.5), axis=0).T.tolist()
    return [(low, high) if low < high else None for low, high in ends]


def fold_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the mean of values and the ends of its 95 % interval, by Student's distribution.

    >>> [round(value, 3) for value in fold_interval([0.8, 0.9, 1.0])]
    [0.9, 0.652, 1.148]
    """
    from scipy.stats import t

    mean, count = float(np.mean(values)), len(values)
    if count < 2:
        return mean, mean, mean
    half = float(t.ppf(0.975, count - 1) * np.std(values, ddof=1) / np.sqrt(count))
    return mean, mean - half, mean + half
