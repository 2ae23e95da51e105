"""LSTM and GRU over many sequences of different lengths at once.

All sequences take a step together, the longest first: those that have ended are at the end of the
batch, which shrinks instead of being masked. The product of the input and its matrix does not
depend on the step, so it is computed before, once for each distinct word.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Direction:
    """The weights of one direction, for gates that are computed by one exponential for all.

    A sigmoid is σ(x) = 1 / (1 + exp(-x)), and tanh(x) = 2 σ(2 x) - 1, so the columns of the gates
    are multiplied by -1, and those of the candidate by -2. The candidate comes last: of an LSTM
    after input, forget and output gate (Gers, Schmidhuber & Cummins 2000, "Learning to forget",
    section 3); of a GRU after update and reset gate (Cho et al. 2014, section 2.3, with the reset
    gate applied after the product, as in cuDNN).

    ``kernel``: float32 (D, gates × units). ``matrix``: (units, gates × units). ``bias``: (gates ×
    units,). ``state_bias``: of a GRU's candidate, (units,), added to its product with the state.
    ``backwards``: whether sequences are read from their ends.
    """

    cell: str
    kernel: np.ndarray
    matrix: np.ndarray
    bias: np.ndarray
    state_bias: np.ndarray | None = None
    backwards: bool = False

    @classmethod
    def of(cls, cell: str, weights: list[np.ndarray], backwards: bool = False) -> Direction:
        """Return the weights of a Keras ``LSTM`` or ``GRU`` layer, rearranged."""
        kernel, matrix, bias = (weight.astype(np.float32) for weight in weights)
        if cell == "lstm":
            kernel, matrix, bias = (_lstm_columns(weight) for weight in (kernel, matrix, bias))
            return cls(cell, kernel, matrix, bias, None, backwards)
        units = len(matrix)
        factor = np.repeat(np.array([-1, -1, -2], np.float32), units)
        state_bias = -2 * bias[1, 2 * units :]
        together = bias[0] + np.concatenate([bias[1, : 2 * units], np.zeros(units, np.float32)])
        scaled = kernel * factor, matrix * factor, together * factor
        return cls(cell, *scaled, state_bias, backwards)

    @property
    def units(self) -> int:
        """Return the number of units."""
        return len(self.matrix)

    def inputs(self, values: np.ndarray) -> np.ndarray:
        """Return what the input adds to the gates, float32 (n, gates × units), of values (n, D)."""
        return values @ self.kernel + self.bias


def _lstm_columns(weight: np.ndarray) -> np.ndarray:
    """Keras' order input, forget, candidate, output → the candidate last, all multiplied."""
    write, forget, candidate, output = np.split(weight, 4, axis=-1)
    return np.concatenate([-write, -forget, -output, -2 * candidate], axis=-1)


@dataclass(frozen=True)
class Order:
    """Sequences in the order of their steps, the longest first.

    ``first``: (S,), the place of the first token that each reads. ``step``: 1, or -1 to read
    backwards. ``counts``: (T,), how many sequences have a token at each step. ``ranks``: (S,), the
    row in this order of each sequence.
    """

    first: np.ndarray
    step: int
    counts: np.ndarray
    ranks: np.ndarray

    @classmethod
    def of(cls, lengths: np.ndarray, backwards: bool) -> Order:
        """Return the order of sequences that follow one another, of these lengths, (S,)."""
        order = np.argsort(-lengths, kind="stable")
        starts = np.cumsum(lengths) - lengths
        first = (starts + lengths - 1 if backwards else starts)[order]
        longest = int(lengths.max(initial=0))
        counts = len(lengths) - np.searchsorted(lengths[order][::-1], np.arange(longest), "right")
        ranks = np.empty(len(order), np.int64)
        ranks[order] = np.arange(len(order))
        return cls(first, -1 if backwards else 1, counts, ranks)

    def places(self) -> Iterator[np.ndarray]:
        """Yield the places of the tokens that are read at each step, (n,)."""
        for number, count in enumerate(self.counts.tolist()):
            yield self.first[:count] + number * self.step


def hidden_states(
    direction: Direction, inputs: np.ndarray, index: np.ndarray, order: Order
) -> Iterator[np.ndarray]:
    """Yield the hidden states of the sequences after each step, float32 (n, units).

    ``inputs``: of ``Direction.inputs``, (U, gates × units), for U distinct tokens. ``index``: (N,),
    which of them each token is. The array is the same at every step: its rows of sequences that
    have ended keep their last states.
    """
    sequences, units = len(order.first), direction.units
    hidden = np.zeros((sequences, units), np.float32)
    cell = np.zeros_like(hidden)
    gates = np.empty((sequences, inputs.shape[1]), np.float32)
    products = np.empty_like(gates)
    for places in order.places():
        n = len(places)
        np.take(inputs, index[places], axis=0, out=gates[:n], mode="clip")
        take_step(direction, gates[:n], products[:n], hidden[:n], cell[:n])
        yield hidden[:n]


def take_step(
    direction: Direction,
    gates: np.ndarray,
    products: np.ndarray,
    hidden: np.ndarray,
    cell: np.ndarray,
) -> None:
    """Take one step of n sequences: their states, (n, units), change in place.

    ``gates``: what they read, (n, gates × units), in whose place the gates are afterwards, in the
    order of ``Direction``. ``products``: of the same shape, overwritten; of a GRU the columns of
    its candidate hold the candidate's product with the state.
    """
    np.matmul(hidden, direction.matrix, out=products)
    if direction.cell == "lstm":
        _lstm_step(gates, products, hidden, cell)
    else:
        _gru_step(gates, products, hidden, direction.state_bias)


def _lstm_step(
    gates: np.ndarray, products: np.ndarray, hidden: np.ndarray, cell: np.ndarray
) -> None:
    """One step, in place: c ← forget ⊙ c + input ⊙ candidate, h ← output ⊙ tanh(c)."""
    units = hidden.shape[1]
    gates += products
    sigmoid(gates)
    write, forget, output, candidate = (gates[:, i * units : (i + 1) * units] for i in range(4))
    candidate *= 2
    candidate -= 1
    cell *= forget
    cell += np.multiply(write, candidate, out=products[:, :units])
    np.multiply(cell, -2, out=hidden)
    sigmoid(hidden)
    hidden *= 2
    hidden -= 1
    hidden *= output


def sigmoid(values: np.ndarray) -> None:
    """σ(-x) of every x, in place; an exponential that overflows gives zero, as it should."""
    with np.errstate(over="ignore"):
        np.exp(values, out=values)
    values += 1
    np.reciprocal(values, out=values)


def _gru_step(
    gates: np.ndarray, products: np.ndarray, hidden: np.ndarray, state_bias: np.ndarray | None
) -> None:
    """One step, in place: h ← update ⊙ h + (1 - update) ⊙ candidate."""
    units = hidden.shape[1]
    sigmoids = gates[:, : 2 * units]
    sigmoids += products[:, : 2 * units]
    sigmoid(sigmoids)
    update, reset, candidate = (gates[:, i * units : (i + 1) * units] for i in range(3))
    by_state = products[:, 2 * units :]
    by_state += state_bias
    candidate += np.multiply(reset, by_state, out=products[:, :units])
    sigmoid(candidate)
    candidate *= 2
    candidate -= 1
    hidden -= candidate
    hidden *= update
    hidden += candidate
