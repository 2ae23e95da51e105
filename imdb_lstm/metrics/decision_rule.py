"""Decision rules: from logits to a verdict, which is the name of a class or "unsure".

A rule is chosen on validation reviews, never on test. ``labels`` and ``logits``, and the errors
raised for them, are those of ``imdb_lstm.metrics.logits``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from imdb_lstm.errors import ConfigError
from imdb_lstm.metrics.logits import check_labels_and_logits, log_odds, predicted_classes

UNSURE = "unsure"


@dataclass(frozen=True)
class DecisionRule:
    """A threshold for one class, and a confidence below which the verdict is "unsure".

    ``names``: of the classes. The verdict is the class of number ``thresholded`` where its log-odds
    are above ``threshold``, and otherwise the most probable other class; with ``threshold`` None
    it is the most probable of all. It is unsure where the log-odds of the verdict, less its
    threshold, are below ``unsure_below``. Of two classes all are in units of the logit, before
    temperature scaling, and the threshold is 0 by default; of more they are log-odds of
    temperature-scaled logits, which are divided by ``temperature`` first.

    >>> DecisionRule(unsure_below=0.5).verdicts([-2.0, 0.0, 0.25, 0.5]).tolist()
    ['negative', 'unsure', 'unsure', 'positive']
    """

    threshold: float | None = None
    unsure_below: float = -np.inf
    names: tuple[str, ...] = ("negative", "positive")
    thresholded: int = 1
    temperature: float = 1.0

    def verdicts(self, logits: ArrayLike) -> NDArray[np.str_]:
        """Return the verdict for each review of the logits, str (n,)."""
        chosen, margins = self.decided(logits)
        return np.where(margins < self.unsure_below, UNSURE, np.array(self.names)[chosen])

    def decided(self, logits: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the class of each review, int64 (n,), and how far it is above its threshold."""
        logits = np.asarray(logits, dtype=np.float64)
        if len(self.names) == 2:
            margins = logits - (self.threshold or 0.0)
            return (margins > 0).astype(np.int64), np.abs(margins)
        odds = log_odds(logits / self.temperature)
        rows = np.arange(len(odds))
        if self.threshold is None:
            chosen = predicted_classes(logits)
            return chosen, odds[rows, chosen]
        margins = odds[:, self.thresholded] - self.threshold
        left = logits.copy()
        left[:, self.thresholded] = -np.inf
        others = predicted_classes(left)
        reached = margins > 0
        return (
            np.where(reached, self.thresholded, others),
            np.where(reached, margins, np.minimum(-margins, odds[rows, others])),
        )


def decision_rule(
    labels: ArrayLike,
    logits: ArrayLike,
    base: DecisionRule = DecisionRule(),
    abstention_rate: float = 0.0,
    precision: tuple[str, float] | None = None,
) -> DecisionRule:
    """Return the rule that reaches an abstention rate and a precision on validation reviews.

    ``base``: the names, temperature and threshold to start from. ``precision``: the name of a class
    and a precision, which set the threshold, see ``precision_threshold``. ``abstention_rate``, at
    least 0 and below 1: of n reviews the ``int(abstention_rate * n)`` least certain ones are
    unsure, fewer where they tie. Raises ``ConfigError`` for another rate, an unknown class, and a
    precision that no threshold reaches.

    >>> rule = decision_rule([1, 1, 0, 0], [3.0, 1.0, -0.5, -2.0], abstention_rate=0.25)
    >>> rule.verdicts([3.0, 1.0, -0.5, -2.0]).tolist()
    ['positive', 'positive', 'unsure', 'negative']
    """
    labels, logits = check_labels_and_logits(labels, logits)
    if not 0.0 <= abstention_rate < 1.0:
        raise ConfigError(
            f"the abstention rate must be at least 0 and below 1, not {abstention_rate}"
        )
    rule = base if precision is None else _precise(labels, logits, base, *precision)
    if not abstention_rate:
        return rule
    distances = np.sort(rule.decided(logits)[1])
    return replace(rule, unsure_below=float(distances[int(abstention_rate * len(labels))]))


def _precise(
    labels: NDArray[np.int64],
    logits: NDArray[np.float64],
    base: DecisionRule,
    name: str,
    precision: float,
) -> DecisionRule:
    """Return the rule whose verdicts of one class have at least this precision."""
    if name not in base.names:
        raise ConfigError(f"there is no class {name!r}; the classes are {', '.join(base.names)}")
    number = base.names.index(name)
    if len(base.names) > 2:
        odds = log_odds(logits / base.temperature)[:, number]
        threshold = precision_threshold((labels == number).astype(int), odds, precision)
        return replace(base, threshold=threshold, thresholded=number)
    if number == 1:
        return replace(base, threshold=precision_threshold(labels, logits, precision))
    threshold = -precision_threshold(1 - labels, -logits, precision)
    return replace(base, threshold=float(np.nextafter(threshold, -np.inf)))


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
