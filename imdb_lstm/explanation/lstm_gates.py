"""Gates, cell and hidden state of an LSTM layer at every word of a review."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imdb_lstm.errors import ConfigError
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.models.numpy.recurrent import Direction
from imdb_lstm.models.numpy.recurrent_encoder import RecurrentEncoder
from imdb_lstm.models.numpy.recurrent_gradients import trace_lstm


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


def recurrent_layers(network: NumpyNetwork) -> list[str]:
    """Return the names of the recurrent layers, from the input to the output."""
    return [name for name, layer in network.layers.items() if layer.kind == "Recurrent"]


def trace_gates(network: NumpyNetwork, ids: np.ndarray, layer: str = "encoder_1") -> GateTrace:
    """Trace an LSTM layer of a network, by its name, over the ids of one review, int32 (T,).

    If the layer reads in chunks, each starts from a zero state. Raises ``ConfigError`` if the
    network has no such layer, or the layer is not an LSTM.

    >>> network = NumpyNetwork.read(Path("model.keras"))  # doctest: +SKIP
    >>> trace_gates(network, np.array([5, 7, 9], np.int32)).forward.forget.shape  # doctest: +SKIP
    (3, 8)
    """
    names, encoder = recurrent_layers(network), network.encoder
    if layer not in names or not isinstance(encoder, RecurrentEncoder):
        raise ConfigError(f"no recurrent layer {layer!r}; there are: {', '.join(names) or 'none'}")
    number, lengths = names.index(layer), np.array([len(ids)])
    first, *others = encoder.layers[number]
    if first.cell != "lstm":
        raise ConfigError(f"{layer} is a {first.cell.upper()}; only an LSTM has these gates")
    values, index = network.embedded(ids, lengths)
    inputs, index = encoder.below(number, encoder.prepare(values), index, lengths)
    own = [each[index] for each in inputs]
    backward = _gates(others[0], own[1], encoder.chunk_length) if others else None
    return GateTrace(_gates(first, own[0], encoder.chunk_length), backward)


def _gates(direction: Direction, inputs: np.ndarray, chunk_length: int) -> Gates:
    """Read a review, chunk by chunk."""
    step = -1 if direction.backwards else 1
    size = chunk_length or len(inputs)
    parts = [inputs[start : start + size] for start in range(0, len(inputs), size)]
    found = [trace_lstm(direction, part[::step, None]) for part in parts]
    return Gates(
        **{
            name: np.concatenate([getattr(each, name)[::step, 0] for each in found])
            for name in Gates.__dataclass_fields__
        }
    )


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
