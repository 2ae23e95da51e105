"""Gates, cell and hidden state of an LSTM layer at every word of a review.

They are computed from the layer's weights with NumPy, and tested equal to the output of the layer.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from imdb_lstm.errors import ConfigError
from imdb_lstm.models.gradients import with_gradient
from imdb_lstm.models.recurrent import Recurrent
from imdb_lstm.text.vocabulary import PADDING_ID


@dataclass(frozen=True)
class Gates:
    """Gates and states of one direction, each float32 (T, units), in the order of the text.

    With ⊙ for the elementwise product and c' for the previous cell state, the cell state is
    c = ``forget`` ⊙ c' + ``input`` ⊙ ``candidate``, and ``hidden`` = ``output`` ⊙ tanh(c).
    Gates are between 0 and 1, candidate and hidden state between −1 and 1; the cell is unbounded.
    """

    forget: np.ndarray
    input: np.ndarray
    output: np.ndarray
    candidate: np.ndarray
    cell: np.ndarray
    hidden: np.ndarray


@dataclass(frozen=True)
class GateTrace:
    """Both directions of a layer; ``backward`` is None for a unidirectional layer.

    For ``backward`` the previous state is that of the next word of the text.
    """

    forward: Gates
    backward: Gates | None

    @property
    def hidden(self) -> np.ndarray:
        """The output of the layer, float32 (T, units × directions)."""
        both = [gates.hidden for gates in (self.forward, self.backward) if gates is not None]
        return np.concatenate(both, axis=1)


def recurrent_layers(model: keras.Model) -> list[str]:
    """Return the names of the recurrent layers, from the input to the output."""
    return [layer.name for layer in model.layers if isinstance(layer, Recurrent)]


def trace_gates(model: keras.Model, ids: np.ndarray, layer: str = "encoder_1") -> GateTrace:
    """Trace an LSTM layer of a network, by its name, over the ids of one review, int32 (T,).

    Padding is removed first. If the layer reads in chunks, each starts from a zero state. Raises
    ``ConfigError`` if the network has no such layer, or the layer is not an LSTM.

    >>> model = build_model(Config(encoder="lstm", units=8), 100)  # doctest: +SKIP
    >>> trace_gates(model, np.array([5, 7, 9], np.int32)).forward.forget.shape  # doctest: +SKIP
    (3, 8)
    """
    names = recurrent_layers(model)
    if layer not in names:
        raise ConfigError(f"no recurrent layer {layer!r}; there are: {', '.join(names) or 'none'}")
    recurrent = model.get_layer(layer)
    if recurrent.cell != "lstm":
        raise ConfigError(f"{layer} is a {recurrent.cell.upper()}; only an LSTM has these gates")
    front = keras.Model(model.input, recurrent.input[0])
    values = ops.convert_to_numpy(front(ids[ids != PADDING_ID][None]))[0].astype(np.float32)
    length = recurrent.chunk_length or len(values)
    parts = [values[start : start + length] for start in range(0, len(values), length)]
    backward = None
    if recurrent.backwards is not None:
        backward = _joined([_read(recurrent.backwards, part[::-1]) for part in parts], -1)
    return GateTrace(_joined([_read(recurrent.forwards, part) for part in parts], 1), backward)


def unit_correlations(states: np.ndarray, signal: np.ndarray) -> np.ndarray:
    """Return the Pearson correlation of every unit with a signal, float64 (units,).

    ``states``: (T, units). ``signal``: (T,). Zero if the unit or the signal is constant.

    >>> found = unit_correlations(np.array([[1, 5], [2, 5], [3, 5]]), np.array([0.3, 0.2, 0.1]))
    >>> found.round(6).tolist()
    [-1.0, 0.0]
    """
    values = states - states.mean(axis=0, dtype=np.float64)
    centred = signal - signal.mean(dtype=np.float64)
    lengths = np.linalg.norm(values, axis=0) * np.linalg.norm(centred)
    return (centred @ values) / np.where(lengths > 0, lengths, np.inf)


def _joined(chunks: list[np.ndarray], step: int) -> Gates:
    """Concatenate chunks (6, words, units), each reversed first if ``step`` is −1."""
    return Gates(*np.concatenate([chunk[:, ::step] for chunk in chunks], axis=1))


def _read(layer: keras.layers.LSTM, values: np.ndarray) -> np.ndarray:
    """One chunk (T, D) from a zero state: float32 (6, T, units), in the order of ``Gates``.

    Equations of Gers, Schmidhuber & Cummins (2000), "Learning to forget", section 3; Keras stores
    the weights in the order input gate, forget gate, candidate, output gate.
    """
    kernel, matrix, bias = (np.asarray(weight, np.float32) for weight in layer.get_weights())
    inputs = values @ kernel + bias
    hidden = cell = np.zeros(layer.units, dtype=np.float32)
    steps = []
    for word in inputs:
        write, forget, candidate, output = np.split(word + hidden @ matrix, 4)
        write, forget, output = (_sigmoid(gate) for gate in (write, forget, output))
        candidate = np.tanh(candidate)
        cell = forget * cell + write * candidate
        hidden = output * np.tanh(cell)
        steps.append((forget, write, output, candidate, cell, hidden))
    return np.array(steps, dtype=np.float32).transpose(1, 0, 2)


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return (1 + np.tanh(values / 2)) / 2  # without overflow


def gradient_by_distance(layer: keras.layers.RNN, values: np.ndarray) -> np.ndarray:
    """Return the size of the gradient of the last state by each word, the last word first.

    ``layer``: a recurrent layer that returns its last state only, (B, units). ``values``: its input
    for reviews of one length, float32 (n, T, D). The result, float32 (n, T), is the Frobenius norm
    of the Jacobian of the last state by the values of the word 0, 1, ... T − 1 places before the
    last. Where it is nearly zero the gradient vanishes: the error at the end of the review cannot
    change what the layer does with that word (Bengio, Simard & Frasconi 1994, "Learning long-term
    dependencies with gradient descent is difficult", section 4). Raises ``ConfigError`` if the
    backend of Keras is neither TensorFlow nor PyTorch.

    >>> layer = keras.layers.LSTM(8)  # doctest: +SKIP
    >>> gradient_by_distance(layer, np.ones((3, 50, 4), np.float32)).shape  # doctest: +SKIP
    (3, 50)
    """
    # Of the rows of a review, row u gives the derivatives of unit u only.
    one_per_row = np.tile(np.eye(layer.units, dtype=np.float32), (len(values), 1))
    gradient = with_gradient(lambda values, chosen: layer(values) * chosen)
    _, derivatives = gradient(np.repeat(values, layer.units, axis=0), one_per_row)
    squares = (derivatives**2).reshape(len(values), layer.units, *values.shape[1:])
    return np.sqrt(squares.sum(axis=(1, 3)))[:, ::-1]
