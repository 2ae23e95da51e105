"""The loss of a network: cross-entropy of two or more classes, smoothed, weighted, or ordinal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from imdb_lstm.config.options import Config
from imdb_lstm.data.labels import Classes

Loss = Callable[[Any, Any], Any]


def loss_function(config: Config, classes: Classes, shares: np.ndarray) -> keras.losses.Loss | Loss:
    """Return the loss of labels and logits, float32 (B, K), with K = 1 for two classes.

    It is the cross-entropy of smoothed labels, where ``config.ordinal`` says so of ordinal ones,
    see ``ordinal_targets``. With ``config.class_weights`` each class counts by the inverse of its
    share, divided by the number of classes, so that the mean weight is 1. ``shares``: (classes,).
    """
    if len(classes) == 2:
        return _of_two(config, shares)
    smoothing = config.label_smoothing
    mixed = ordinal_targets(classes) if config.ordinal else np.eye(len(classes), dtype=np.float32)
    weights = np.ones(len(classes), np.float32)
    if config.class_weights:
        weights = (1 / (len(classes) * np.maximum(shares, 1e-6))).astype(np.float32)

    def loss(labels: Any, logits: Any) -> Any:
        losses = keras.losses.categorical_crossentropy(
            ops.matmul(labels, mixed), logits, from_logits=True, label_smoothing=smoothing
        )
        return losses * ops.matmul(labels, weights[:, None])[:, 0]

    return loss


def _of_two(config: Config, shares: np.ndarray) -> keras.losses.Loss | Loss:
    """Return the loss of one logit."""
    smoothing = config.label_smoothing
    if not config.class_weights:
        return keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=smoothing)
    negative, positive = (float(0.5 / max(share, 1e-6)) for share in shares)

    def weighted(labels: Any, logits: Any) -> Any:
        losses = keras.losses.binary_crossentropy(
            labels, logits, from_logits=True, label_smoothing=smoothing
        )
        return losses * ops.squeeze(labels * positive + (1 - labels) * negative, -1)

    return weighted


def ordinal_targets(classes: Classes) -> np.ndarray:
    """Return the soft label of each ordered class, float32 (classes, classes), a row for each.

    The probability of class j in the label of class i is proportional to exp(-d), where d is the
    distance of the two, in units of the smallest distance between two classes.

    Source: R. Diaz and A. Marathe (2019), Soft labels for ordinal regression, equation 1.

    >>> ordinal_targets(Classes(("1", "2", "4"), ordered=True))[0].astype(float).round(2).tolist()
    [0.71, 0.26, 0.04]
    """
    values = np.array(classes.scale, np.float64)
    distances = np.abs(values[:, None] - values) / np.diff(values).min()
    found = np.exp(-distances)
    return (found / found.sum(axis=1, keepdims=True)).astype(np.float32)


def class_shares(labels: np.ndarray | None, classes: Classes) -> np.ndarray:
    """Return the share of each class in labels, (n,) or (n, classes), equal ones without labels.

    >>> class_shares(np.array([1.0, 1.0, 0.0, 1.0]), Classes()).tolist()
    [0.25, 0.75]
    """
    if labels is None:
        return np.full(len(classes), 1 / len(classes))
    if labels.ndim == 1:
        return np.array([1 - float(labels.mean()), float(labels.mean())])
    return np.asarray(labels.mean(axis=0), np.float64)
