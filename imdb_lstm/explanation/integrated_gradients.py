"""Contributions of the words of a review to the logits of a network.

A review is T ids; every returned array is float32 (T,), or (T, classes) where there is a logit for
each of three and more classes, and zero on padding. The contribution of a word is above zero if it
raises the logit.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from imdb_lstm.models.gradients import with_gradient
from imdb_lstm.models.network import network_logits, split_at_embedding
from imdb_lstm.text.vocabulary import PADDING_ID, UNKNOWN_ID

TOLERANCE = 0.01
FEWEST_STEPS, MOST_STEPS = 32, 4096  # many are needed if the logit hardly changes
SMALLEST_CHANGE = 1e-3  # of the logit; the error of smaller changes is relative to this
MOST_PREFIXES = 256
THE_LOGIT = np.ones(1, np.float32)  # the direction of the one logit of two classes


@dataclass(frozen=True)
class Contributions:
    """``values``, whose sum approximates ``logit`` − ``baseline``, from ``steps`` on the path."""

    values: np.ndarray
    baseline: float
    logit: float
    steps: int

    @property
    def error(self) -> float:
        """The completeness error of the values."""
        return completeness_error(float(self.values.sum()), self.logit - self.baseline)


def completeness_error(total: float, change: float) -> float:
    """Return the relative error of the sum of contributions, which should be the logit's change.

    >>> round(completeness_error(2.02, 2.0), 6)
    0.01
    """
    return abs(total - change) / max(abs(change), SMALLEST_CHANGE)


class IntegratedGradients:
    """Integrated gradients of a network, with unknown words as the baseline.

    The path is the straight line from the embeddings of as many unknown words to the embeddings of
    the review. The contribution of an embedding value is its change times the mean gradient of the
    logit along the path; that of a word is the sum over its embedding (Sundararajan, Taly & Yan
    2017, "Axiomatic Attribution for Deep Networks", sections 3 and 5). Contributions sum to the
    change of the logit ("completeness") up to the error of the mean, which is taken at the
    midpoints of equal steps. The number of steps doubles until the relative error is at most
    ``TOLERANCE``, or until it is ``MOST_STEPS``.

    What is explained is one number, the product of the logits with a direction: for two classes the
    one logit, for more the difference of two logits (see ``class_pair``).

    ``model``: of ``build_model``. Raises ``ConfigError`` if the backend of Keras is neither
    TensorFlow nor PyTorch.

    >>> gradients = IntegratedGradients(model)  # doctest: +SKIP
    >>> gradients(np.array([5, 7, 9], np.int32)).values  # doctest: +SKIP
    array([-0.1, 1.9, 0.2], dtype=float32)
    """

    def __init__(self, model: keras.Model) -> None:
        self._front, self._rest = split_at_embedding(model)
        self._logits_and_gradients = with_gradient(self._logits)

    def __call__(self, ids: np.ndarray, direction: np.ndarray = THE_LOGIT) -> Contributions:
        """Return the contributions in one review, int32 (T,), with or without right padding.

        ``direction``: float32, one number for each logit of the network.
        """
        unknown = np.where(ids == PADDING_ID, PADDING_ID, UNKNOWN_ID).astype(np.int32)
        ends, mask = self._front(np.stack([unknown, ids]))
        start, end = (ops.convert_to_numpy(values).astype(np.float32) for values in ends)
        mask = ops.convert_to_numpy(mask)
        logits, _ = self._logits_and_gradients(np.stack([start, end]), mask, direction)
        baseline, logit = logits.tolist()
        read, steps = ids != PADDING_ID, FEWEST_STEPS
        while True:
            mean = self._mean_gradient(start, end - start, read, direction, steps)
            values = (mean * (end - start)).sum(axis=1)
            found = Contributions(values, baseline, logit, steps)
            if found.error <= TOLERANCE or steps >= MOST_STEPS:
                return found
            steps *= 2

    def _mean_gradient(self, start, way, mask, direction, steps: int) -> np.ndarray:
        """Mean gradient of the logit by the embeddings, float32 (T, D), along the path."""
        total = np.zeros_like(start)
        masks = np.repeat(mask[None], FEWEST_STEPS, axis=0)
        for first in range(0, steps, FEWEST_STEPS):
            middles = (np.arange(first, first + FEWEST_STEPS) + 0.5) / steps
            points = start + middles.astype(np.float32)[:, None, None] * way
            total += self._logits_and_gradients(points, masks, direction)[1].sum(axis=0)
        return total / steps

    def _logits(self, values, mask, direction):
        """Logits along a direction (K,), float32 (B,), of embeddings (B, T, D)."""
        kind = self._rest.inputs[0].dtype  # half as wide in mixed precision
        logits = ops.cast(self._rest([ops.cast(values, kind), mask]), "float32")
        return ops.sum(logits * direction, axis=1)  # a matrix product may round on a GPU


def occlusion(model: keras.Model, ids: np.ndarray) -> np.ndarray:
    """Return how much each logit drops if each word is made unknown (Zeiler & Fergus 2014, 4.2).

    Needs only the logits of the network. Two words with the same meaning can both get small values,
    because the other one remains.
    """
    places = np.flatnonzero((ids != PADDING_ID) & (ids != UNKNOWN_ID))
    occluded = np.repeat(ids[None], len(places) + 1, axis=0)  # the last one is unchanged
    occluded[np.arange(len(places)), places] = UNKNOWN_ID
    logits = network_logits(model, list(occluded))
    changes = np.zeros((len(ids), *logits.shape[1:]), dtype=np.float32)
    changes[places] = logits[-1] - logits[:-1]
    return changes


def prefix_logits(model: keras.Model, ids: np.ndarray) -> np.ndarray:
    """Return the logits of the prefix of the review that ends with each word.

    For a review of more than ``MOST_PREFIXES`` words every second (third, ...) prefix is computed,
    and the logits between are interpolated linearly.
    """
    words = int(np.count_nonzero(ids))
    stride = -(-words // MOST_PREFIXES)
    lengths = np.unique([*range(1, words, stride), words])
    found = network_logits(model, [ids[:length] for length in lengths])
    every = np.arange(1, words + 1)
    logits = np.zeros((len(ids), *found.shape[1:]), dtype=np.float32)
    logits[:words] = np.apply_along_axis(lambda own: np.interp(every, lengths, own), 0, found)
    return logits


def attention_weights(model: keras.Model, ids: np.ndarray) -> np.ndarray | None:
    """Return the weights of attention pooling, which sum to one; None without attention."""
    pooling = model.get_layer("pooling")
    if "attention" not in pooling.kinds:
        return None
    values, mask = keras.Model(model.input, pooling.input)(ids[None])
    return ops.convert_to_numpy(pooling.attention_weights(values, mask[..., None]))[0, :, 0]
