"""Slopes along a line are those of the framework's gradients, for every kind of network."""

from dataclasses import replace
from itertools import cycle

import numpy as np
import pytest
from keras import ops
from tiny_world import as_numpy, random_network

from imdb_lstm.config.options import ENCODER_NAMES, Config
from imdb_lstm.models.gradients import with_gradient
from imdb_lstm.models.network import split_at_embedding
from imdb_lstm.models.numpy.gradients import LineGradient

BASE = Config(word_vectors=False, embedding_dim=8, units=6)
DIRECTION = np.array([1, -1, 0.5], np.float32)
FRACTIONS = np.array([0.0, 0.1, 0.4, 0.9], np.float32)
LENGTH = 19
POOLINGS = ("last+max+mean", "attention")
CASES = [
    *((name, 1, 0, pooling) for name, pooling in zip(ENCODER_NAMES, cycle(POOLINGS), strict=False)),
    ("bilstm", 1, 0, "last+max+mean"), ("bag", 1, 0, "attention"),
    ("bilstm", 2, 8, "attention"), ("bigru", 2, 8, "last+max+mean"),
    ("cnn", 2, 0, "attention"), ("transformer", 2, 0, "last+max+mean"),
]  # fmt: skip


@pytest.mark.parametrize(("encoder", "layers", "chunk_length", "pooling"), CASES)
def test_slopes_are_those_of_the_framework(encoder, layers, chunk_length, pooling):
    options = {"encoder": encoder, "layers": layers, "pooling": pooling}
    model = random_network(replace(BASE, chunk_length=chunk_length, **options), 3)
    start, end = np.random.default_rng(1).normal(size=(2, LENGTH, 8)).astype(np.float32)
    points = start + FRACTIONS[:, None, None] * (end - start)
    _, rest = split_at_embedding(model)
    gradient = with_gradient(lambda values, mask: ops.sum(rest([values, mask]) * DIRECTION, axis=1))
    logits, slopes = gradient(points, np.ones((len(points), LENGTH), bool))
    found = LineGradient(as_numpy(model), start, end, DIRECTION).at(FRACTIONS)
    np.testing.assert_allclose(found[0], logits, atol=1e-4)
    wanted = (slopes * (end - start)).sum(axis=2)
    np.testing.assert_allclose(found[1], wanted, atol=1e-4 * np.abs(wanted).max())


def test_equal_maxima_share_the_slope():
    """Of a bag of words, in which a word may stand twice."""
    model = random_network(replace(BASE, encoder="bag", pooling="max"), 3)
    start = np.zeros((4, 8), np.float32)
    end = np.repeat(np.random.default_rng(1).normal(size=(2, 8)), 2, axis=0).astype(np.float32)
    _, slopes = LineGradient(as_numpy(model), start, end, DIRECTION).at(np.array([1.0]))
    np.testing.assert_allclose(slopes[0, 0::2], slopes[0, 1::2], rtol=1e-6)
