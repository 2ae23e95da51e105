"""Fewer units in a finished LSTM or GRU, fitted to what it computes with all of them.

A unit is removed with all that belongs to it: its columns in every gate, its row of the recurrent
matrix, its part of the pooling (Wen et al. 2018, "Learning intrinsic sparse structures within long
short-term memory", section 3.2). Its state is then approximated from the states of the units that
stay, by least squares on reviews that need no labels, as He, Zhang & Sun 2017 do for convolutions
("Channel pruning for accelerating very deep neural networks", section 3.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LinearRegression, Ridge

from imdb_lstm.models.numpy.embedding import joined
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.models.numpy.saved_layers import SavedLayer
from imdb_lstm.models.numpy.shapes import GATES, encoder_layers

STATE_TOKENS = 60_000  # whose states are approximated
DIRECTIONS = ("forwards", "backwards")


class Approximation(NamedTuple):
    """The states of all units, from those that are kept: states ≈ kept @ ``matrix`` + ``offset``.

    ``units``: the n kept ones, int (n,). ``matrix``: (n, units before). ``offset``: (units
    before,).
    """

    units: np.ndarray
    matrix: np.ndarray
    offset: np.ndarray


def can_prune(network: NumpyNetwork) -> bool:
    """Whether it is a single recurrent layer, pooled without attention."""
    encoders = encoder_layers(network.layers)
    kinds = network.layers["pooling"].options["kinds"]
    return [each.kind for each in encoders] == ["Recurrent"] and "attention" not in kinds


def pruned(network: NumpyNetwork, ids: Sequence[np.ndarray], units: int) -> NumpyNetwork:
    """Return the network with so many units in each direction. No label is needed.

    ``ids``: of reviews to fit it to, int32 arrays, 1,000 or more. The last layer, which also pools
    maxima, is fitted again to the logits of all units, by ridge regression.

    >>> network = NumpyNetwork.read(Path("saved_models/shipped/model.keras"))  # doctest: +SKIP
    >>> pruned(network, ids, 64).layers["encoder_1"].options["units"]  # doctest: +SKIP
    64
    """
    encoder = network.layers["encoder_1"]
    names = [name for name in DIRECTIONS if encoder.part(f"{name}/cell")]
    states = np.split(_states(network, ids), len(names), axis=1)
    weights = _pooled_weights(network, len(names))
    arrays = dict(encoder.arrays)
    for name, own, weight in zip(names, states, weights, strict=True):
        cell = encoder.part(f"{name}/cell")
        found = approximation(own, weight + (cell[1] ** 2).sum(axis=1), units)
        for number, array in enumerate(_pruned_cell(cell, found, GATES[encoder.options["cell"]])):
            arrays[f"{name}/cell/vars/{number}"] = array
    options = encoder.options | {"units": units}
    layers = network.layers | {"encoder_1": SavedLayer(encoder.kind, options, arrays)}
    return _with_last_layer(layers, ids, network.logits(ids))


def _states(network: NumpyNetwork, ids: Sequence[np.ndarray]) -> np.ndarray:
    """The states after each token of the first reviews, (N, units × directions)."""
    ends = np.cumsum([len(each) for each in ids])
    every, lengths = joined(ids[: int(np.searchsorted(ends, STATE_TOKENS)) + 1])
    values, index = network.embedded(every, lengths)
    return network.encoder.states(network.encoder.prepare(values), index, lengths)


def _pooled_weights(network: NumpyNetwork, directions: int) -> np.ndarray:
    """How strongly the last layer reads each unit: the sum of squares, (directions, units)."""
    kinds = len(network.layers["pooling"].options["kinds"])
    return (network.kernel.reshape(kinds, directions, -1, network.outputs) ** 2).sum(axis=(0, 3))


def approximation(states: np.ndarray, weight: np.ndarray, units: int) -> Approximation:
    """Keep the units with the largest variance times ``weight``, (units before,).

    ``states``: float32 (N, units before).
    """
    kept = np.sort(np.argsort(-states.var(axis=0) * weight)[:units])
    fitted = LinearRegression().fit(states[:, kept], states)
    return Approximation(
        kept, fitted.coef_.T.astype(np.float32), fitted.intercept_.astype(np.float32)
    )


def _pruned_cell(
    cell: Sequence[np.ndarray], found: Approximation, gates: int
) -> tuple[np.ndarray, ...]:
    """Kernel, recurrent kernel and bias, in Keras' order, of the units that are kept."""
    kernel, recurrent, bias = cell
    columns = np.concatenate([gate * len(recurrent) + found.units for gate in range(gates)])
    recurrent, bias = recurrent[:, columns], bias[..., columns].copy()
    by_state = bias if bias.ndim == 1 else bias[1]  # a GRU has one bias for each product
    by_state += found.offset @ recurrent
    return kernel[:, columns], found.matrix @ recurrent, bias


def _with_last_layer(
    layers: dict[str, SavedLayer], ids: Sequence[np.ndarray], logits: np.ndarray
) -> NumpyNetwork:
    """The network of these layers, whose last one is fitted to logits, (n,) or (n, classes)."""
    last, encoder = layers["logit"], layers["encoder_1"]
    directions = 2 if encoder.options["bidirectional"] else 1
    kinds = len(layers["pooling"].options["kinds"])
    width = encoder.options["units"] * directions * kinds
    pooled = NumpyNetwork(layers | {"logit": _dense(last, np.eye(width), np.zeros(width))})
    fitted = Ridge().fit(pooled.logits(ids), logits.reshape(len(ids), -1))
    return NumpyNetwork(
        layers | {"logit": _dense(last, np.atleast_2d(fitted.coef_).T, fitted.intercept_)}
    )


def _dense(like: SavedLayer, kernel: np.ndarray, bias: np.ndarray) -> SavedLayer:
    """A layer of this kernel, (D, K), and bias, (K,)."""
    bias = np.atleast_1d(bias)
    arrays = {"vars/0": kernel.astype(np.float32), "vars/1": bias.astype(np.float32)}
    return SavedLayer(like.kind, like.options | {"units": len(bias)}, arrays)
