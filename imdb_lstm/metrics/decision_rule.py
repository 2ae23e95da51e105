"""TODO."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from imdb_lstm.errors import ConfigError
from imdb_lstm.metrics.classification import check_labels_and_logits


@dataclass(frozen=True)
class DecisionRule:
    """Positive above the threshold, else negative; nearer to it than ``unsure_within``, unsure.

    Both are in units of the logit, before any temperature.

    >>> DecisionRule(unsure_within=0.5).verdicts([-2.0, 0.0, 0.25, 0.5]).tolist()
    ['negative', 'unsure', 'unsure', 'positive']
    """

    threshold: float = 0.0
    unsure_within: float = 0.0

    def verdicts(self, logits: ArrayLike) -> NDArray[np.str_]:
        """A word for each of the logits (n,)."""
        margin = np.asarray(logits, dtype=np.float64) - self.threshold
        decided = np.where(margin > 0, "positive", "negative")
        return np.where(np.abs(margin) < self.unsure_within, "unsure", decided)


def decision_rule(
    labels: ArrayLike,
    logits: ArrayLike,
    abstention_rate: float = 0.0,
    positive_precision: float | None = None,
) -> DecisionRule:
    """Return the rule that validation labels and logits give.

    ``positive_precision`` sets the threshold, see ``precision_threshold``; without it the threshold
    is 0. ``abstention_rate``, from 0 to below 1: of n reviews the ``int(abstention_rate * n)`` nearest to
    the threshold are unsure, fewer only where logits tie. Raises ``ConfigError`` for a precision
    that is not reached.

    >>> rule = decision_rule([1, 1, 0, 0], [3.0, 1.0, -0.5, -2.0], abstention_rate=0.25)
    >>> rule.verdicts([3.0, 1.0, -0.5, -2.0]).tolist()
    ['positive', 'positive', 'unsure', 'negative']
    """
    labels, logits = check_labels_and_logits(labels, logits)
    if not 0.0 <= abstention_rate < 1.0:
        raise ConfigError(f"the unsure share must be at least 0 and below 1, not {abstention_rate}")
    threshold = 0.0
    if positive_precision is not None:
        threshold = precision_threshold(labels, logits, positive_precision)
    if not abstention_rate:
        return DecisionRule(threshold)
    distances = np.sort(np.abs(logits - threshold))
    return DecisionRule(threshold, float(distances[int(abstention_rate * len(logits))]))


def precision_threshold(labels: ArrayLike, logits: ArrayLike, precision: float) -> float:
    """Return the lowest logit above which the share of labels that are 1 reaches the precision.

    Raises ``ConfigError`` when no threshold reaches it.

    >>> precision_threshold([1, 1, 0, 1, 0], [3.0, 2.0, 1.0, 0.5, -1.0], precision=0.75)
    -1.0
    >>> precision_threshold([1, 1, 0, 1, 0], [3.0, 2.0, 1.0, 0.5, -1.0], precision=0.9)
    1.0
    """
    labels, logits = check_labels_and_logits(labels, logits)
    values, where, count = np.unique(logits, return_inverse=True, return_counts=True)
    positive = np.bincount(where, weights=labels)
    reached = np.cumsum(positive[::-1])[::-1] / np.cumsum(count[::-1])[::-1]  # at or above a value
    if reached.max() < precision:
        raise ConfigError(
            f"no threshold reaches a precision of {precision:g} on the {len(labels):,} validation "
            f"reviews, {reached.max():.4f} at most: ask for less"
        )
    first = int(np.argmax(reached >= precision))
    return float(values[first - 1] if first else np.nextafter(values[0], -np.inf))
