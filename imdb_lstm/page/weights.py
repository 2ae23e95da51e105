"""The weights of a recurrent network in 8 or 4 bits, as JavaScript reads them, with a description.

Rows of embedding tables and columns of the matrices of recurrent layers become integers of 8 bits,
each with a step that they are multiplied by; other weights stay float32. Those of a quantized
network have so few bits already, and do not change: embeddings of 4 bits stay so.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from imdb_lstm.models.numpy.embedding import Embedding
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.models.numpy.saved_layers import SavedLayer

ALIGNED = 4  # bytes: where a float32 array may begin
LARGEST = 127


def eight_bit_layers(layers: dict[str, SavedLayer]) -> dict[str, SavedLayer]:
    """The layers with the weights that the page has: what it computes is compared with them."""
    return {name: _rounded(layer) for name, layer in layers.items()}


def _rounded(layer: SavedLayer) -> SavedLayer:
    arrays = layer.arrays
    if layer.kind == "Embedding" and len(layer.part("")) == 1:
        table, steps = eight_bits(arrays["vars/0"].T)
        arrays = {"vars/0": table.T, "vars/1": 1 / steps}
    if layer.kind == "Recurrent":
        arrays = {
            path: np.multiply(*eight_bits(array)) if _is_matrix(path) else array
            for path, array in arrays.items()
        }
    return layer._replace(arrays=arrays)


def _is_matrix(path: str) -> bool:
    """Whether a weight of a recurrent layer is one of its two matrices, not its bias."""
    return path.endswith(("/cell/vars/0", "/cell/vars/1"))


def eight_bits(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return integers, int8 (rows, columns), and the step of each column, float32 (columns,).

    A column of whole multiples of a power of two, as ``inference.export.quantize`` rounds it, does
    not change.

    >>> values, steps = eight_bits(np.array([[0.5, 1.0], [-1.0, 0.3]], np.float32))
    >>> values.tolist(), (1 / steps).round(2).tolist()
    ([[64, 127], [-128, 38]], [128.0, 127.0])
    """
    largest = np.maximum(np.abs(matrix).max(axis=0), 1e-30)
    steps = largest / LARGEST
    power = 2.0 ** (np.ceil(np.log2(largest)) - 7)
    for exact in (2 * power, power):
        whole = matrix / exact
        fits = (whole == np.round(whole)) & (whole >= -LARGEST - 1) & (whole <= LARGEST)
        steps = np.where(fits.all(axis=0), exact, steps)
    steps = steps.astype(np.float32)
    return np.round(matrix / steps).astype(np.int8), steps


class Packed:
    """Arrays one after the other in one sequence of bytes, each described by type and offset."""

    def __init__(self) -> None:
        self.bytes = bytearray()

    def add(self, array: np.ndarray) -> dict[str, Any]:
        """Append an int8 or float32 array, and return what describes it."""
        self.bytes += bytes(-len(self.bytes) % ALIGNED)
        found = {"type": array.dtype.name, "at": len(self.bytes), "size": array.size}
        self.bytes += np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
        return found

    def matrix(self, array: np.ndarray, rounded: bool = False) -> dict[str, Any]:
        """Append a matrix, in 8 bits with ``rounded``."""
        shape = {"shape": list(array.shape)}
        if not rounded:
            return {"values": self.add(array.astype(np.float32)), **shape}
        values, steps = eight_bits(array)
        return {"values": self.add(values), "steps": self.add(steps), **shape}

    def table(self, layer: SavedLayer) -> dict[str, Any]:
        """Append an embedding table of 8 bits, or of 4, two of which share a byte.

        A row has a step, or, of 4 bits, each group of ``width`` values of it, and a zero.
        """
        table = Embedding.of(layer)
        assert table.scale is not None
        steps, size = 1 / table.scale[:, None], table.table.shape[1]
        width = size
        zeros = None
        if table.zero is not None and table.group is not None:
            steps, size, width = table.scale, len(table.group), int(np.sum(table.group == 0))
            zeros = self.add(table.zero.astype(np.int8))
        return {
            "values": self.add(table.table.astype(np.int8)),
            "steps": self.add(steps.astype(np.float32)),
            "zeros": zeros,
            "groups": steps.shape[1],
            "size": size,
            "width": width,
        }


def packed_network(network: NumpyNetwork) -> tuple[dict[str, Any], bytes]:
    """Describe a recurrent network of ``eight_bit_layers`` for ``network.js``, with its bytes."""
    packed, layers = Packed(), network.layers
    recurrent = [layer for layer in layers.values() if layer.kind == "Recurrent"]
    pooling = layers["pooling"]
    weights = [packed.matrix(array) for array in pooling.part("")]
    described = {
        "cell": recurrent[0].options["cell"],
        "chunkLength": int(recurrent[0].options["chunk_length"]),
        "words": packed.table(layers["embedding"]),
        "bigrams": packed.table(layers["bigrams"]) if "bigrams" in layers else None,
        "layers": [_directions(layer, packed) for layer in recurrent],
        "pooling": {
            "kinds": pooling.options["kinds"],
            "bidirectional": bool(pooling.options["bidirectional"]),
            **dict(zip(("projection", "query"), weights, strict=False)),
        },
        "kernel": packed.matrix(network.kernel),
        "bias": packed.matrix(network.bias),
    }
    return described, bytes(packed.bytes)


def _directions(layer: SavedLayer, packed: Packed) -> list[dict[str, Any]]:
    names = ("forwards", "backwards") if layer.options["bidirectional"] else ("forwards",)
    found = []
    for name in names:
        kernel, matrix, bias = layer.part(f"{name}/cell")
        found.append({
            "kernel": packed.matrix(kernel, rounded=True),
            "matrix": packed.matrix(matrix, rounded=True),
            "bias": packed.matrix(bias),
        })  # fmt: skip
    return found
