"""What each word of a review adds to the logit of a network.

T ids make a review; every array that comes back is float32 (T,), and zero on padding. A word that
speaks for "positive" adds more than zero.
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
FEWEST_STEPS, MOST_STEPS = 32, 4096  # many where the logit hardly changes
SMALLEST_CHANGE = 1e-3  # of the logit; the error of a smaller one is told as a share of this
MOST_PREFIXES = 256


@dataclass(frozen=True)
class Contributions:
    """``values`` that should sum to ``logit`` − ``baseline``, found in ``steps`` on the path."""

    values: np.ndarray
    baseline: float
    logit: float
    steps: int

    @property
    def error(self) -> float:
        """How far their sum is from the logit's change, as a share of this change."""
        return completeness_error(float(self.values.sum()), self.logit - self.baseline)


def completeness_error(total: float, change: float) -> float:
    """How far contributions that sum to ``total`` are from the ``change`` of the logit, a share.

    >>> round(completeness_error(2.02, 2.0), 6)
    0.01
    """
    return abs(total - change) / max(abs(change), SMALLEST_CHANGE)


class IntegratedGradients:
    """Integrated gradients of a network of ``build_model``, from unknown words to the review's.

    Between the embeddings of a review of as many unknown words and those of the review lies a
    straight path. A value's contribution is how far it moves, times the mean gradient of the logit
    by it along the path, and a word's the sum over the values of its embedding (Sundararajan, Taly
    & Yan 2017, "Axiomatic Attribution for Deep Networks", sections 3 and 5). They sum to the
    change of the logit ("completeness") as far as the mean is exact: it is taken at the middles of
    equal steps, twice as many until the error is at most ``TOLERANCE``, or steps ``MOST_STEPS``.

    Raises ``ConfigError`` for a backend of Keras without such gradients (see ``gradients``).

    >>> gradients = IntegratedGradients(model)  # doctest: +SKIP
    >>> gradients(np.array([5, 7, 9], np.int32)).values  # doctest: +SKIP
    array([-0.1, 1.9, 0.2], dtype=float32)
    """

    def __init__(self, model: keras.Model) -> None:
        self._front, self._rest = split_at_embedding(model)
        self._logits_and_gradients = with_gradient(self._logits)

    def __call__(self, ids: np.ndarray) -> Contributions:
        """Contributions of the words of one review, int32 (T,), padded on the right or not."""
        unknown = np.where(ids == PADDING_ID, PADDING_ID, UNKNOWN_ID).astype(np.int32)
        ends, mask = self._front(np.stack([unknown, ids]))
        start, end = (ops.convert_to_numpy(values).astype(np.float32) for values in ends)
        mask = ops.convert_to_numpy(mask)
        logits, _ = self._logits_and_gradients(np.stack([start, end]), mask)
        baseline, logit = logits.tolist()
        steps = FEWEST_STEPS
        while True:
            mean = self._mean_gradient(start, end - start, ids != PADDING_ID, steps)
            values = (mean * (end - start)).sum(axis=1)
            found = Contributions(values, baseline, logit, steps)
            if found.error <= TOLERANCE or steps >= MOST_STEPS:
                return found
            steps *= 2

    def _mean_gradient(self, start, way, mask, steps: int) -> np.ndarray:
        """Of the logit by the embeddings, float32 (T, D), over a path from ``start``."""
        total = np.zeros_like(start)
        masks = np.repeat(mask[None], FEWEST_STEPS, axis=0)
        for first in range(0, steps, FEWEST_STEPS):
            middles = (np.arange(first, first + FEWEST_STEPS) + 0.5) / steps
            points = start + middles.astype(np.float32)[:, None, None] * way
            total += self._logits_and_gradients(points, masks)[1].sum(axis=0)
        return total / steps

    def _logits(self, values, mask):
        """Logits, float32 (B,), of embeddings (B, T, D)."""
        kind = self._rest.inputs[0].dtype  # half as wide in mixed precision
        return ops.cast(self._rest([ops.cast(values, kind), mask]), "float32")[:, 0]


def occlusion(model: keras.Model, ids: np.ndarray) -> np.ndarray:
    """How much lower the logit is with each word made unknown (Zeiler & Fergus 2014, 4.2).

    Needs nothing of the network but its logits. Two words that say the same hide each other:
    without either, the other still speaks.
    """
    places = np.flatnonzero((ids != PADDING_ID) & (ids != UNKNOWN_ID))
    occluded = np.repeat(ids[None], len(places) + 1, axis=0)  # the last one stays as it is
    occluded[np.arange(len(places)), places] = UNKNOWN_ID
    logits = network_logits(model, list(occluded))
    changes = np.zeros(len(ids), dtype=np.float32)
    changes[places] = logits[-1] - logits[:-1]
    return changes


def prefix_logits(model: keras.Model, ids: np.ndarray) -> np.ndarray:
    """The logit of the review's beginning up to each word, this included: the review as it is read.

    Of a review of more than ``MOST_PREFIXES`` words every second (third, ...) beginning is
    computed, and the logits between lie on straight lines.
    """
    words = int(np.count_nonzero(ids))
    stride = -(-words // MOST_PREFIXES)
    lengths = np.unique([*range(1, words, stride), words])
    logits = np.zeros(len(ids), dtype=np.float32)
    found = network_logits(model, [ids[:length] for length in lengths])
    logits[:words] = np.interp(np.arange(1, words + 1), lengths, found)
    return logits


def attention_weights(model: keras.Model, ids: np.ndarray) -> np.ndarray | None:
    """How much of the review's vector each word is, summing to one; None without attention."""
    pooling = model.get_layer("pooling")
    if "attention" not in pooling.kinds:
        return None
    values, mask = keras.Model(model.input, pooling.input)(ids[None])
    return ops.convert_to_numpy(pooling.attention_weights(values, mask[..., None]))[0, :, 0]
