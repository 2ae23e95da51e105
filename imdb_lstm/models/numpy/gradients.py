"""The slope of a logit along a straight line between two embeddings of one review."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from imdb_lstm.models.numpy import layer_gradients as plain
from imdb_lstm.models.numpy.layer_gradients import Traced
from imdb_lstm.models.numpy.layers import positions
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.models.numpy.recurrent import Direction
from imdb_lstm.models.numpy.recurrent_encoder import RecurrentEncoder
from imdb_lstm.models.numpy.recurrent_gradients import read_direction
from imdb_lstm.threads import on_one_thread


class LineGradient:
    """Logits, and what each token adds to their slope, on the line between two embeddings.

    ``start``, ``end``: embeddings of the T tokens of a review, float32 (T, D). ``direction``: (K,),
    what is explained is its product with the logits.
    """

    def __init__(
        self, network: NumpyNetwork, start: np.ndarray, end: np.ndarray, direction: np.ndarray
    ) -> None:
        self.pooling = network.layers["pooling"]
        self.kernel, self.bias = network.kernel @ direction, float(network.bias @ direction)
        way = end - start
        if isinstance(network.encoder, RecurrentEncoder):
            self.trace = _recurrent(network.encoder, start, way)
        else:
            self.trace = _plain(network, start, way)

    @on_one_thread
    def at(self, fractions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The logits at P points, (P,), and what each token adds to the slope there, (P, T).

        ``fractions``: (P,), how much of the way from ``start`` to ``end`` each point has gone. What
        a token adds is the product of the way of its embedding and the gradient of the logit.
        """
        values, slopes = self.trace(fractions.astype(np.float32))
        pooled, backward = plain.pool(values, self.pooling)
        kernel = np.broadcast_to(self.kernel, pooled.shape)
        return pooled @ self.kernel + self.bias, slopes(backward(kernel))


Trace = Callable[[np.ndarray], Traced]  # fractions → output, gradient by it → slopes (P, T)


def _recurrent(encoder: RecurrentEncoder, start: np.ndarray, way: np.ndarray) -> Trace:
    """Trace the recurrent layers.

    The first product of each direction is linear, so it is computed at the two ends only, and its
    output takes the place of the embeddings.
    """
    first = encoder.layers[0]
    starts = [direction.inputs(start)[:, None] for direction in first]  # (T, 1, gates × units)
    ways = [(way @ direction.kernel)[:, None] for direction in first]

    def trace(fractions: np.ndarray) -> Traced:
        inputs = [a + fractions[:, None] * b for a, b in zip(starts, ways, strict=True)]
        values, backward = _read_layers(encoder.layers, inputs, encoder.chunk_length)

        def slopes(gradient: np.ndarray) -> np.ndarray:
            parts = zip(backward(gradient.swapaxes(0, 1)), ways, strict=True)
            return sum(np.einsum("tpg,tg->pt", part, way[:, 0]) for part, way in parts)

        return values.swapaxes(0, 1), slopes

    return trace


Directions = list[Direction]
LayerTraced = tuple[np.ndarray, Callable[[np.ndarray], list[np.ndarray]]]


def _read_layers(
    layers: Sequence[Directions], inputs: list[np.ndarray], chunk_length: int
) -> LayerTraced:
    """The output of stacked layers, (T, P, units), and the function of its gradient.

    It returns the gradient by what each direction of the first layer reads.
    """
    values, backward = _read_layer(layers[0], inputs, chunk_length)
    for layer in layers[1:]:
        above = [direction.inputs(values) for direction in layer]
        values, own = _read_layer(layer, above, chunk_length)
        backward = _after(layer, own, backward)
    return values, backward


def _after(
    layer: Directions,
    own: Callable[[np.ndarray], list[np.ndarray]],
    below: Callable[[np.ndarray], list[np.ndarray]],
) -> Callable[[np.ndarray], list[np.ndarray]]:
    """The gradient function of a layer, and then of those below it."""

    def backward(gradient: np.ndarray) -> list[np.ndarray]:
        parts = zip(own(gradient), layer, strict=True)
        return below(sum(part @ direction.kernel.T for part, direction in parts))

    return backward


def _read_layer(layer: Directions, inputs: list[np.ndarray], chunk_length: int) -> LayerTraced:
    """The output of a recurrent layer, (T, P, units), and the function of its gradient."""
    found = [
        read_direction(direction, own, chunk_length)
        for direction, own in zip(layer, inputs, strict=True)
    ]

    def backward(gradient: np.ndarray) -> list[np.ndarray]:
        parts = np.split(gradient, len(found), axis=-1)
        return [own(part) for part, (_, own) in zip(parts, found, strict=True)]

    return np.concatenate([states for states, _ in found], axis=-1), backward


def _plain(network: NumpyNetwork, start: np.ndarray, way: np.ndarray) -> Trace:
    """Trace the encoders without a recurrence."""

    def trace(fractions: np.ndarray) -> Traced:
        values = start + fractions[:, None, None] * way
        backwards = []
        for name, layer in network.layers.items():
            if name == "positions":
                values = values + positions(np.array([values.shape[1]]), values.shape[2])
            elif name in ("word_norm", "norm"):
                values, backward = plain.layer_norm(values, *layer.part(""))
                backwards.append(backward)
            elif name.startswith("encoder_"):
                values, backward = plain.READ[layer.kind](values, layer)
                backwards.append(backward)

        def slopes(gradient: np.ndarray) -> np.ndarray:
            for backward in reversed(backwards):
                gradient = backward(gradient)
            return np.einsum("ptd,td->pt", gradient, way)

        return values, slopes

    return trace
