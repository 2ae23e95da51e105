"""Contributions of the words of a review to the logits of a network.

A review is T ids, without padding; every returned array is float32 (T,), or (T, classes) where
there is a logit for each of three and more classes. The contribution of a word is above zero if it
raises the logit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from imdb_lstm.models.numpy.embedding import joined
from imdb_lstm.models.numpy.gradients import LineGradient
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.models.numpy.pooling import attention_weights as weights_of_attention
from imdb_lstm.models.numpy.variants import occluded_logits
from imdb_lstm.text.vocabulary import UNKNOWN_ID

TOLERANCE = 0.01
MOST_STEPS = 2048  # many are needed if the logit hardly changes
SMALLEST_CHANGE = 1e-3  # of the logit; the error of smaller changes is relative to this
FIRST_PARTS = (0, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1)  # most changes near the unknown words
NODES, NODE_WEIGHTS = (part / 2 for part in np.polynomial.legendre.leggauss(3))
SHARE_HALVED = 0.8  # of the error, in the parts that are halved
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


@dataclass(frozen=True)
class _Part:
    """A part of the path, ``first`` to ``last``, and the integral of the slope over it, (T,)."""

    first: float
    last: float
    values: np.ndarray
    error: float  # of the sum of the values, which should be the change of the logit

    @property
    def halves(self) -> list[tuple[float, float]]:
        middle = (self.first + self.last) / 2
        return [(self.first, middle), (middle, self.last)]


class _Path:
    """The straight line from unknown words to a review, integrated part by part."""

    def __init__(self, network: NumpyNetwork, ids: np.ndarray, direction: np.ndarray) -> None:
        start, end = (embedded(network, each) for each in (np.full_like(ids, UNKNOWN_ID), ids))
        self._line = LineGradient(network, start, end, direction)
        self.logits: dict[float, float] = {}  # at the ends of parts
        self.steps = 0

    def parts(self, intervals: Sequence[tuple[float, float]]) -> list[_Part]:
        """Integrate parts of the path by Gauss-Legendre quadrature, at three points each."""
        ends = sorted({end for each in intervals for end in each} - self.logits.keys())
        inside = [(a + b) / 2 + (b - a) * node for a, b in intervals for node in NODES]
        logits, slopes = self._line.at(np.array([*ends, *inside]))
        self.steps += len(logits)
        self.logits |= dict(zip(ends, logits[: len(ends)].tolist(), strict=True))
        rows = slopes[len(ends) :].reshape(len(intervals), len(NODES), -1)
        weights = NODE_WEIGHTS.astype(np.float32)
        found = []
        for (a, b), row in zip(intervals, rows, strict=True):
            values = weights @ row * np.float32(b - a)
            change = self.logits[b] - self.logits[a]
            found.append(_Part(a, b, values, abs(float(values.sum()) - change)))
        return found


def integrated_gradients(
    network: NumpyNetwork, ids: np.ndarray, direction: np.ndarray = THE_LOGIT
) -> Contributions:
    """Return the contributions in one review, int32 (T,), with unknown words as the baseline.

    The path is the straight line from the embeddings of as many unknown words to the embeddings of
    the review. The contribution of an embedding value is its change times the mean gradient of the
    logit along the path; that of a word is the sum over its embedding (Sundararajan, Taly & Yan
    2017, "Axiomatic Attribution for Deep Networks", sections 3 and 5). Contributions sum to the
    change of the logit ("completeness") up to the error of the mean. That is known for each part of
    the path, so the parts with the largest errors are halved until the relative error of the sum is
    at most ``TOLERANCE``, or the slope was computed at ``MOST_STEPS`` points.

    What is explained is one number, the product of the logits with a ``direction``, float32, one
    number for each logit: for two classes the one logit, for more the difference of two logits (see
    ``class_pair``).

    >>> network = NumpyNetwork.read(Path("model.keras"))  # doctest: +SKIP
    >>> integrated_gradients(network, np.array([5, 7, 9], np.int32)).values  # doctest: +SKIP
    array([-0.1, 1.9, 0.2], dtype=float32)
    """
    path = _Path(network, ids, direction)
    parts = path.parts(list(pairwise(FIRST_PARTS)))
    while True:
        total = np.sum([part.values for part in parts], axis=0)
        found = Contributions(total, path.logits[0], path.logits[1], path.steps)
        if found.error <= TOLERANCE or path.steps >= MOST_STEPS:
            return found
        parts.sort(key=lambda part: -part.error)
        errors = np.cumsum([part.error for part in parts])
        worst = int(np.searchsorted(errors, SHARE_HALVED * errors[-1])) + 1
        halved = path.parts([half for part in parts[:worst] for half in part.halves])
        parts = [*parts[worst:], *halved]


def embedded(network: NumpyNetwork, ids: np.ndarray) -> np.ndarray:
    """The embeddings of the words of one review, float32 (T, D)."""
    values, index = network.embedded(*joined([ids]))
    return values[index]


def occlusion(network: NumpyNetwork, ids: np.ndarray) -> np.ndarray:
    """Return how much each logit drops if each word is made unknown (Zeiler & Fergus 2014, 4.2).

    Needs only the logits of the network. Two words with the same meaning can both get small values,
    because the other one remains.
    """
    changes = network.logits([ids])[0] - occluded_logits(network, ids)
    changes[ids == UNKNOWN_ID] = 0
    return changes


def attention_weights(network: NumpyNetwork, ids: np.ndarray) -> np.ndarray | None:
    """Return the weights of attention pooling, which sum to one; None without attention."""
    if "attention" not in network.layers["pooling"].options["kinds"]:
        return None
    lengths = np.array([len(ids)])
    values, index = network.embedded(ids, lengths)
    states = network.encoder.states(network.encoder.prepare(values), index, lengths)
    return weights_of_attention(states, lengths, network.layers["pooling"])
