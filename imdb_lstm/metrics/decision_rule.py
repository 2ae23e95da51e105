"""Decision rules: from a logit to a verdict, which is the name of a class or "unsure".

A rule is chosen on validation reviews, never on test. ``labels`` and ``logits``, both (n,), and the
errors raised for them are those of ``imdb_lstm.metrics.classification``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from imdb_lstm.errors import ConfigError
from imdb_lstm.metrics.classification import check_labels_and_logits


@dataclass(frozen=True)
class DecisionRule:
    """A threshold for the logit and a distance from it within which the verdict is "unsure".

    A review is positive above ``threshold``, negative otherwise, and unsure nearer to it than
    ``unsure_within``. Both are in units of the logit, before temperature scaling. ``names``: of the
    negative and the positive class.

    >>> DecisionRule(unsure_within=0.5).verdicts([-2.0, 0.0, 0.25, 0.5]).tolist()
    ['negative', 'unsure', 'unsure', 'positive']
    """

    threshold: float = 0.0
    unsure_within: float = 0.0
    names: tuple[str, str] = ("negative", "positive")

    def verdicts(self, logits: ArrayLike) -> NDArray[np.str_]:
        """Return the verdict for each of the logits, str (n,)."""
        margin = np.asarray(logits, dtype=np.float64) - self.threshold
        decided = np.where(margin > 0, self.names[1], self.names[0])
        return np.where(np.abs(margin) < self.unsure_within, "unsure", decided)


def decision_rule(
    labels: ArrayLike,
    logits: ArrayLike,
    abstention_rate: float = 0.0,
    positive_precision: float | None = None,
    threshold: float = 0.0,
    names: tuple[str, str] = ("negative", "positive"),
) -> DecisionRule:
    """Return the rule that reaches an abstention rate and a precision on validation reviews.

    ``positive_precision`` sets the threshold, see ``precision_threshold``; without it ``threshold``
    is used. ``abstention_rate``, at least 0 and below 1: of n reviews the
    ``int(abstention_rate * n)`` nearest to the threshold are unsure, fewer where logits tie. Raises
    ``ConfigError`` for another rate and for a precision that no threshold reaches.

    >>> rule = decision_rule([1, 1, 0, 0], [3.0, 1.0, -0.5, -2.0], abstention_rate=0.25)
    >>> rule.verdicts([3.0, 1.0, -0.5, -2.0]).tolist()
    ['positive', 'positive', 'unsure', 'negative']
    """
    labels, logits = check_labels_and_logits(labels, logits)
    if not 0.0 <= abstention_rate < 1.0:
        raise ConfigError(
            f"the abstention rate must be at least 0 and below 1, not {abstention_rate}"
        )
    if positive_precision is not None:
        threshold = precision_threshold(labels, logits, positive_precision)
    if not abstention_rate:
        return DecisionRule(threshold, names=names)
    distances = np.sort(np.abs(logits - threshold))
    return DecisionRule(threshold, float(distances[int(abstention_rate * len(logits))]), names)


def precision_threshold(labels: ArrayLike, logits: ArrayLike, precision: float) -> float:
    """Return the lowest threshold whose precision, of logits above it, is at least ``precision``.

    Raises ``ConfigError`` when no threshold reaches it.

    >>> precision_threshold([1, 1, 0, 1, 0], [3.0, 2.0, 1.0, 0.5, -1.0], precision=0.75)
    -1.0
    >>> precision_threshold([1, 1, 0, 1, 0], [3.0, 2.0, 1.0, 0.5, -1.0], precision=0.9)
    1.0
    """
    from sklearn.metrics import precision_recall_curve  # type: ignore[import-untyped]

    labels, logits = check_labels_and_logits(labels, logits)
    precisions, _, values = precision_recall_curve(labels, logits)
    reached = precisions[:-1]  # of the logits at or above each value, in ascending order
    if reached.max() < precision:
        raise ConfigError(
            f"no threshold reaches a precision of {precision:g} on the {len(labels):,} validation "
            f"reviews, {reached.max():.4f} at most: ask for less"
        )
    first = int(np.argmax(reached >= precision))
    return float(values[first - 1] if first else np.nextafter(values[0], -np.inf))


def best_threshold(labels: ArrayLike, logits: ArrayLike, measure: str) -> float:
    """Return the threshold with the best F1 or balanced accuracy; 0 for the measure "half".

    It lies halfway between two neighbouring logits; of equally good ones the nearest to 0 is
    returned. ``measure``: half, f1 or balanced-accuracy.

    >>> best_threshold([1, 1, 0, 0, 0], [-1.0, -2.0, -4.0, -4.0, -3.0], "f1")
    -2.5
    """
    labels, logits = check_labels_and_logits(labels, logits)
    if measure == "half":
        return 0.0
    values = np.unique(logits)
    edges = np.concatenate([[0.0], (values[1:] + values[:-1]) / 2])
    order = np.sort(logits[labels == 1]), np.sort(logits[labels == 0])
    hits, alarms = (len(own) - np.searchsorted(own, edges, "right") for own in order)
    positives, negatives = max(1, len(order[0])), max(1, len(order[1]))
    if measure == "f1":
        scores = 2 * hits / np.maximum(hits + alarms + positives, 1)
    else:
        scores = (hits / positives + 1 - alarms / negatives) / 2
    best = edges[scores > scores.max() - 1e-12]  # equal scores may differ in their last bits
    return float(best[np.argmin(np.abs(best))])
