"""What an LSTM layer does at every word of a review: its gates, cell and hidden state.

Computed from the layer's weights with NumPy alone, and tested equal to what the layer gives.
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
    """One direction at every word, each float32 (T, units), in the order of the text.

    With ⊙ for products of values and c' for the cell one word earlier, at every word
    cell c = ``forget`` ⊙ c' + ``input`` ⊙ ``candidate``, and ``hidden`` = ``output`` ⊙ tanh(c).
    Gates lie between 0 and 1; candidate and hidden state between −1 and 1; the cell anywhere.
    """

    forget: np.ndarray
    input: np.ndarray
    output: np.ndarray
    candidate: np.ndarray
    cell: np.ndarray
    hidden: np.ndarray


@dataclass(frozen=True)
class GateTrace:
    """Both directions of a layer; ``backward`` is None where it reads forwards alone.

    Backwards, "one word earlier" is the next word of the text.
    """

    forward: Gates
    backward: Gates | None

    @property
    def hidden(self) -> np.ndarray:
        """What the layer gives the next one: float32 (T, units × directions)."""
        both = [gates.hidden for gates in (self.forward, self.backward) if gates is not None]
        return np.concatenate(both, axis=1)


def recurrent_layers(model: keras.Model) -> list[str]:
    """Names of the recurrent layers, the one nearest to the words first."""
    return [layer.name for layer in model.layers if isinstance(layer, Recurrent)]


def trace_gates(model: keras.Model, ids: np.ndarray, layer: str = "encoder_1") -> GateTrace:
    """Trace an LSTM layer of a network, by its name, over the ids of one review, int32 (T,).

    Padding is left out. Where the layer reads in segments, its state begins anew in each. Raises
    ``ConfigError`` when the network has no such layer, or it is no LSTM.

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
    """Pearson correlation of every unit with a signal over the same words: float64 (units,).

    ``states``: (T, units). ``signal``: (T,). Zero where a unit or the signal never changes.

    >>> found = unit_correlations(np.array([[1, 5], [2, 5], [3, 5]]), np.array([0.3, 0.2, 0.1]))
    >>> found.round(6).tolist()
    [-1.0, 0.0]
    """
    values = states - states.mean(axis=0, dtype=np.float64)
    centred = signal - signal.mean(dtype=np.float64)
    lengths = np.linalg.norm(values, axis=0) * np.linalg.norm(centred)
    return (centred @ values) / np.where(lengths > 0, lengths, np.inf)


def _joined(segments: list[np.ndarray], step: int) -> Gates:
    """Segments (6, words, units) after each other, each turned round first where ``step`` is −1."""
    return Gates(*np.concatenate([segment[:, ::step] for segment in segments], axis=1))


def _read(layer: keras.layers.LSTM, values: np.ndarray) -> np.ndarray:
    """One segment (T, D), from a fresh state: float32 (6, T, units), in the order of ``Gates``.

    Equations of Gers, Schmidhuber & Cummins (2000), "Learning to forget", section 3; Keras keeps
    the weights of the input gate first, then forget, candidate, output.
    """
    kernel, matrix, bias = (np.asarray(weight, np.float32) for weight in layer.get_weights())
    inward = values @ kernel + bias
    hidden = cell = np.zeros(layer.units, dtype=np.float32)
    steps = []
    for word in inward:
        enter, forget, candidate, output = np.split(word + hidden @ matrix, 4)
        enter, forget, output = (_sigmoid(gate) for gate in (enter, forget, output))
        candidate = np.tanh(candidate)
        cell = forget * cell + enter * candidate
        hidden = output * np.tanh(cell)
        steps.append((forget, enter, output, candidate, cell, hidden))
    return np.array(steps, dtype=np.float32).transpose(1, 0, 2)


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return (1 + np.tanh(values / 2)) / 2  # without overflow


def gradient_by_distance(layer: keras.layers.RNN, values: np.ndarray) -> np.ndarray:
    """How much the last state changes with each of the values read, the last word's first.

    ``layer``: a built recurrent layer that gives its last state alone, (B, units). ``values``: what
    it reads of one review, float32 (T, D). Returned is, for the words 0, 1, ... T − 1 places before
    the last, the Frobenius norm of the matrix of derivatives of the state by the word's values,
    float32 (T,). Where it is nearly zero, no error found at the end can teach the layer anything
    about that word (Bengio, Simard & Frasconi 1994, "Learning long-term dependencies with gradient
    descent is difficult", section 4). Raises ``ConfigError`` for a backend of Keras without such
    gradients (see ``gradients``).

    >>> layer = keras.layers.LSTM(8)  # doctest: +SKIP
    >>> gradient_by_distance(layer, np.ones((50, 4), np.float32)).shape  # doctest: +SKIP
    (50,)
    """
    # Row u of the batch gives the derivatives of value u of the state alone.
    one_a_row = np.eye(layer.units, dtype=np.float32)
    gradient = with_gradient(lambda values, chosen: layer(values) * chosen)
    _, derivatives = gradient(np.repeat(values[None], layer.units, axis=0), one_a_row)
    return np.sqrt((derivatives**2).sum(axis=(0, 2)))[::-1]
