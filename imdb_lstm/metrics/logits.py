"""Logits of two or more classes: probabilities, predicted classes and confidence.

Everywhere in this package

- ``labels`` are the numbers of classes, from 0, shape ``(n,)``;
- ``logits`` are finite real numbers. For two classes there is one per review, shape ``(n,)``:
  ``P(class 1) = sigmoid(logit)``, and class 1 is predicted when ``logit > 0``. For more classes
  there is one per class, shape ``(n, classes)``: the probabilities are their softmax, and the class
  with the largest logit is predicted, the first one of equals.

Everything is computed in float64. Every function of labels and logits raises ``ValueError`` when
they are empty, differ in length, or hold other values than those above.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def sigmoid(logits: ArrayLike) -> NDArray[np.float64]:
    """Return ``1 / (1 + exp(-logits))``, float64 of the same shape, without overflow.

    >>> sigmoid([-1000.0, 0.0, 1000.0]).tolist()
    [0.0, 0.5, 1.0]
    """
    with np.errstate(over="ignore"):  # of an infinite exponential the result is zero
        return 1 / (1 + np.exp(-np.asarray(logits, dtype=np.float64)))


def class_count(logits: ArrayLike) -> int:
    """Return the number of classes that logits, (n,) or (n, classes), are of.

    >>> class_count([0.5, 1.0]), class_count([[0.5, 1.0, 0.0]])
    (2, 3)
    """
    logits = np.asarray(logits)
    return 2 if logits.ndim == 1 else logits.shape[1]


def log_odds(logits: ArrayLike) -> NDArray[np.float64]:
    """Return the log-odds of each class against all others, float64 (n, classes).

    Their sigmoid is the probability of the class, without rounding to 1 where it is near.

    >>> log_odds([2.0]).tolist()
    [[-2.0, 2.0]]
    >>> sigmoid(log_odds(np.log([[1.0, 1.0, 2.0]]))).round(6).tolist()
    [[0.25, 0.25, 0.5]]
    """
    logits = np.asarray(logits, dtype=np.float64)
    if logits.ndim == 1:
        return np.stack([-logits, logits], axis=1)
    # The others of a class are those before and those after it: sums of both kinds take one pass.
    none = np.full((len(logits), 1), -np.inf)
    before = np.logaddexp.accumulate(logits[:, :-1], axis=1)
    after = np.logaddexp.accumulate(logits[:, :0:-1], axis=1)[:, ::-1]
    return logits - np.logaddexp(np.hstack([none, before]), np.hstack([after, none]))


def probabilities(logits: ArrayLike) -> NDArray[np.float64]:
    """Return the probability of each class, float64 (n, classes).

    >>> probabilities([0.0]).tolist()
    [[0.5, 0.5]]
    """
    return sigmoid(log_odds(logits))


def reported_probabilities(logits: ArrayLike) -> NDArray[np.float64]:
    """Return what ``predict`` reports: of two classes P(class 1), (n,), of more (n, classes).

    >>> reported_probabilities([0.0]).tolist()
    [0.5]
    """
    logits = np.asarray(logits)
    return sigmoid(logits) if logits.ndim == 1 else probabilities(logits)


def predicted_classes(logits: ArrayLike) -> NDArray[np.int64]:
    """Return the number of the predicted class of each review, int64 (n,).

    >>> predicted_classes([-1.0, 2.0]).tolist(), predicted_classes([[0.0, 3.0, 1.0]]).tolist()
    ([0, 1], [1])
    """
    logits = np.asarray(logits)
    found = logits > 0 if logits.ndim == 1 else logits.argmax(axis=1)
    return found.astype(np.int64)


def own_log_odds(labels: ArrayLike, logits: ArrayLike) -> NDArray[np.float64]:
    """Return the log-odds of the label of each review, float64 (n,).

    >>> own_log_odds([0, 1], [2.0, 2.0]).tolist()
    [-2.0, 2.0]
    """
    labels, logits = check_labels_and_logits(labels, logits)
    return log_odds(logits)[np.arange(len(labels)), labels]


def confidence(logits: ArrayLike) -> NDArray[np.float64]:
    """Return the log-odds of the predicted class of each review, float64 (n,).

    For two classes that is ``|logit|``.

    >>> confidence([-3.0, 2.0]).tolist()
    [3.0, 2.0]
    """
    odds = log_odds(logits)
    return odds[np.arange(len(odds)), predicted_classes(logits)]


def logit_deviation(logits: NDArray[Any]) -> float:
    """Return the standard deviation of logits; of several classes, without what they share.

    >>> logit_deviation(np.array([1.0, 3.0])), logit_deviation(np.array([[5.0, 5.0, 5.0]]))
    (1.0, 0.0)
    """
    if logits.ndim == 2:
        logits = logits - logits.mean(axis=1, keepdims=True)
    return float(logits.std())


def check_labels_and_logits(
    labels: ArrayLike, logits: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return labels as int64 (n,), and logits as float64 of their shape. Raises ``ValueError``."""
    labels, logits = np.asarray(labels), np.asarray(logits, dtype=np.float64)
    if labels.ndim != 1 or logits.ndim not in (1, 2) or len(labels) != len(logits):
        raise ValueError(
            "labels and logits must have the same shape (n,), or the logits (n, classes), got "
            f"{labels.shape} and {logits.shape}"
        )
    if labels.size == 0:
        raise ValueError("labels and logits are empty")
    if logits.ndim == 2 and logits.shape[1] < 3:
        raise ValueError(
            f"the logits of two classes have the same shape (n,) as labels, not {logits.shape}"
        )
    if not np.isfinite(logits).all():
        raise ValueError(f"{np.sum(~np.isfinite(logits))} of {logits.size} logits are not finite")
    classes = class_count(logits)
    if not np.isin(labels, np.arange(classes)).all():
        raise ValueError(f"labels must be {'0 or 1' if classes == 2 else f'0 to {classes - 1}'}")
    return labels.astype(np.int64), logits
