"""Every gate of an LSTM or GRU, and the gradient of a recurrent layer: backpropagation in time.

Shapes: P sequences of the same T tokens, time first. ``inputs`` are those of ``Direction.inputs``,
(T, P, gates × units). Gates are computed from a = -x, of a candidate a = -2 x: see ``Direction``.
So the derivative of a sigmoid s by a is -s (1 - s), and that of a candidate g is -(1 - g²) / 2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from imdb_lstm.models.numpy.recurrent import Direction, take_step

Backward = Callable[[np.ndarray], np.ndarray]


class LstmTrace(NamedTuple):
    """The gates and states of an LSTM after each token, each (T, P, units)."""

    input: np.ndarray
    forget: np.ndarray
    output: np.ndarray
    candidate: np.ndarray
    cell: np.ndarray
    hidden: np.ndarray


def trace_lstm(direction: Direction, inputs: np.ndarray) -> LstmTrace:
    """Read P sequences from a zero state, and keep everything."""
    gates, _, hidden, cells = _steps(direction, inputs)
    write, forget, output, candidate = _split(gates, 4)
    return LstmTrace(write, forget, output, candidate, cells[1:], hidden[1:])


def _steps(direction: Direction, inputs: np.ndarray) -> tuple[np.ndarray, ...]:
    """Take every step: gates, products with the state, and states with the zeros before them."""
    length, batch, _ = inputs.shape
    gates, products = inputs.copy(), np.empty_like(inputs)
    hidden, cells = (np.zeros((length + 1, batch, direction.units), np.float32) for _ in range(2))
    for t in range(length):
        hidden[t + 1], cells[t + 1] = hidden[t], cells[t]
        take_step(direction, gates[t], products[t], hidden[t + 1], cells[t + 1])
    return gates, products, hidden, cells


def _lstm_backward(direction: Direction, found: LstmTrace, gradient: np.ndarray) -> np.ndarray:
    """The gradient by the inputs, (T, P, 4 × units), from that by the hidden states."""
    cells = found.cell
    result = np.empty((*cells.shape[:2], 4 * direction.units), np.float32)
    transposed = np.ascontiguousarray(direction.matrix.T)
    d_hidden, d_cell, start = (np.zeros_like(cells[0]) for _ in range(3))
    for t in reversed(range(len(cells))):  # step by step, so that all fits in the cache
        write, forget, output, candidate = (gates[t] for gates in found[:4])
        d_write, d_forget, d_output, d_candidate = _split(result[t], 4)
        squashed = np.tanh(cells[t])
        d_hidden += gradient[t]
        d_cell += d_hidden * output * (1 - squashed * squashed)
        np.multiply(d_hidden * squashed, output * (output - 1), out=d_output)
        np.multiply(d_cell * candidate, write * (write - 1), out=d_write)
        before = cells[t - 1] if t else start
        np.multiply(d_cell * before, forget * (forget - 1), out=d_forget)
        np.multiply(d_cell * write, (candidate * candidate - 1) / 2, out=d_candidate)
        d_cell *= forget
        np.matmul(result[t], transposed, out=d_hidden)
    return result


def _gru_backward(
    direction: Direction, traced: tuple[np.ndarray, ...], gradient: np.ndarray
) -> np.ndarray:
    """The gradient by the inputs, (T, P, 3 × units), from that by the hidden states."""
    gates, products, hidden, _ = traced
    products = products[..., 2 * direction.units :]
    update, reset, candidate = _split(gates, 3)
    result = np.empty_like(gates)
    d_hidden = np.zeros_like(hidden[0])
    for t in reversed(range(len(gates))):
        d_hidden = d_hidden + gradient[t]
        d_candidate = d_hidden * (1 - update[t]) * (candidate[t] ** 2 - 1) / 2
        d_update = d_hidden * (hidden[t] - candidate[t]) * update[t] * (update[t] - 1)
        d_reset = d_candidate * products[t] * reset[t] * (reset[t] - 1)
        result[t] = np.concatenate([d_update, d_reset, d_candidate], axis=1)
        by_state = np.concatenate([d_update, d_reset, d_candidate * reset[t]], axis=1)
        d_hidden = d_hidden * update[t] + by_state @ direction.matrix.T
    return result


def read_direction(
    direction: Direction, inputs: np.ndarray, chunk_length: int
) -> tuple[np.ndarray, Backward]:
    """The hidden states after each token, (T, P, units), and the function of their gradient.

    It returns the gradient by the inputs. Each chunk is read from a zero state.
    """
    size = chunk_length or len(inputs)
    parts = [slice(start, start + size) for start in range(0, len(inputs), size)]
    turn = -1 if direction.backwards else 1
    results = [_read(direction, inputs[part][::turn]) for part in parts]
    states = np.concatenate([states[::turn] for states, _ in results])

    def backward(gradient: np.ndarray) -> np.ndarray:
        found = [
            own(gradient[part][::turn])[::turn]
            for part, (_, own) in zip(parts, results, strict=True)
        ]
        return np.concatenate(found)

    return states, backward


def _read(direction: Direction, inputs: np.ndarray) -> tuple[np.ndarray, Backward]:
    if direction.cell == "lstm":
        found = trace_lstm(direction, inputs)
        return found.hidden, lambda gradient: _lstm_backward(direction, found, gradient)
    traced = _steps(direction, inputs)
    return traced[2][1:], lambda gradient: _gru_backward(direction, traced, gradient)


def _split(gates: np.ndarray, count: int) -> list[np.ndarray]:
    """Views of the gates, one after the other on the last axis."""
    units = gates.shape[-1] // count
    return [gates[..., number * units : (number + 1) * units] for number in range(count)]
