"""Random networks of every kind, for tests of exports, and ids to read."""

import functools

import numpy as np
from tiny_world import random_network

from imdb_lstm.config.options import Config

EVERY = "last+max+mean+attention"
CASES = {  # name → options of the network, classes, bits of its tables
    "lstm": ({"encoder": "lstm", "pooling": "last"}, 2, 32),
    "bilstm in chunks": ({"encoder": "bilstm", "pooling": EVERY, "chunk_length": 3}, 3, 32),
    "stacked bilstm": ({"encoder": "bilstm", "pooling": "last+max", "layers": 2}, 2, 32),
    "gru": ({"encoder": "gru", "pooling": "mean", "bigram_dim": 3}, 2, 8),
    "stacked bigru in chunks": (
        {"encoder": "bigru", "pooling": "last+mean", "layers": 2, "chunk_length": 4}, 3, 4,
    ),
    "cnn": ({"encoder": "cnn", "pooling": "max", "layers": 2}, 2, 4),
    "transformer": ({"encoder": "transformer", "pooling": EVERY, "units": 6}, 3, 32),
    "bag": ({"encoder": "bag", "pooling": "attention", "bigram_dim": 2}, 2, 8),
}  # fmt: skip


@functools.cache
def numpy_network(case, folder):
    """The network of a case in NumPy, read from a ``model.keras`` in the folder."""
    from imdb_lstm.models.numpy.network import NumpyNetwork

    options, classes, bits = CASES[case]
    network = random_network(Config(**{"units": 5, "embedding_dim": 8} | options), classes)
    if bits < 32:
        for name in {"embedding", "bigrams"} & {layer.name for layer in network.layers}:
            network.get_layer(name).quantize(f"int{bits}")
    network.save(folder / "model.keras")
    return NumpyNetwork.read(folder / "model.keras")


def some_ids():
    """Reviews of 1 to 9 tokens, as arrays, and padded: int32 (9, 9)."""
    random = np.random.default_rng(5)
    ids = [random.integers(1, 12, length).astype(np.int32) for length in (4, 1, 9, 2, 3, 8, 6, 7)]
    padded = np.zeros((len(ids), 9), np.int32)
    for row, own in zip(padded, ids, strict=True):
        row[: len(own)] = own
    return ids, padded


def column_or_matrix(values):
    """Logits (n,) or (n, classes) from (n, 1) or (n, classes)."""
    values = np.asarray(values)
    return values[:, 0] if values.shape[1] == 1 else values
