"""Padded values for tests of layers, and weights large enough to show every path."""

import numpy as np

LENGTHS = (7, 1, 5, 3)  # of the reviews


def make_values(length=7, width=2, seed=0):
    """Values (4, length, width), padding included, and their mask (4, length)."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(len(LENGTHS), length, width)).astype(np.float32)
    return values, np.arange(length) < np.array(LENGTHS)[:, None]


def randomise(layer, seed=0):
    """Set the weights of a layer to random values."""
    random = np.random.default_rng(seed)
    layer.set_weights([random.normal(size=w.shape) * 0.5 for w in layer.get_weights()])
