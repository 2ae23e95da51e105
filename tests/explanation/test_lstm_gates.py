"""Gates of LSTM layers, compared with the layers of Keras."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from tiny_world import as_numpy, random_network

from imdb_lstm.config.options import Config
from imdb_lstm.errors import ConfigError
from imdb_lstm.explanation.lstm_gates import (
    recurrent_layers,
    trace_gates,
    unit_correlations,
)

BASE = Config(word_vectors=False, embedding_dim=6, units=5, chunk_length=0)
IDS = np.array([5, 6, 1, 8, 9, 3, 5, 7, 2, 4], np.int32)


def network(**options):
    return random_network(replace(BASE, **options))


def as_numpy_network(**options):
    return as_numpy(network(**options))


@pytest.mark.slow
@pytest.mark.parametrize("chunk_length", [0, 3, 5, 64])
@pytest.mark.parametrize("encoder", ["lstm", "bilstm"])
def test_hidden_states_are_those_of_the_layer(encoder, chunk_length):
    model = network(encoder=encoder, chunk_length=chunk_length, layers=2)
    own = as_numpy(model)
    for name in recurrent_layers(own):
        wanted = keras.Model(model.input, model.get_layer(name).output)(IDS[None])
        found = trace_gates(own, IDS, name)
        assert (found.backward is None) == (encoder == "lstm")
        np.testing.assert_allclose(found.hidden, wanted[0], atol=1e-5)
    assert recurrent_layers(own) == ["encoder_1", "encoder_2"]


def test_gates_and_states_satisfy_the_equations():
    for direction, step in (("forward", 1), ("backward", -1)):
        found = getattr(trace_gates(as_numpy_network(encoder="bilstm"), IDS), direction)
        for name, values in vars(found).items():
            assert values.shape == (len(IDS), 5) and values.dtype == np.float32, name
        for name in ("forget", "input", "output"):
            assert ((getattr(found, name) > 0) & (getattr(found, name) < 1)).all()
        cells = np.concatenate([np.zeros((1, 5)), found.cell[::step]])[:-1][::step]
        np.testing.assert_allclose(
            found.cell, found.forget * cells + found.input * found.candidate, atol=1e-6
        )
        np.testing.assert_allclose(found.hidden, found.output * np.tanh(found.cell), atol=1e-6)


def test_the_cell_is_that_of_keras():
    """Keras returns the last cell only, so the review is cut after every word."""
    model = network(encoder="lstm")
    own = model.get_layer("encoder_1").forwards
    layer = keras.layers.LSTM(5, return_state=True)
    values = np.array(keras.Model(model.input, model.get_layer("embedding").output)(IDS[None]))
    layer(values)
    layer.set_weights(own.get_weights())
    found = trace_gates(as_numpy(model), IDS).forward
    for length in range(1, len(IDS) + 1):
        cell = layer(values[:, :length])[2][0]
        np.testing.assert_allclose(found.cell[length - 1], cell, atol=1e-5)


def test_a_huge_forget_bias_opens_the_gate():
    model = network(encoder="lstm")
    layer = model.get_layer("encoder_1").forwards
    kernel, matrix, bias = layer.get_weights()
    bias[5:10] = 1000.0
    layer.set_weights([kernel, matrix, bias])
    np.testing.assert_allclose(trace_gates(as_numpy(model), IDS).forward.forget, 1.0)


def test_chunks_start_from_a_zero_cell():
    found = trace_gates(as_numpy_network(encoder="bilstm", chunk_length=4), IDS)
    for direction, starts in ((found.forward, [0, 4, 8]), (found.backward, [3, 7, 9])):
        np.testing.assert_allclose(
            direction.cell[starts], (direction.input * direction.candidate)[starts], atol=1e-6
        )


def test_a_layer_without_gates_is_refused():
    for encoder, layer, part in (
        ("gru", "encoder_1", "encoder_1 is a GRU"),
        ("cnn", "encoder_1", "there are: none"),
        ("lstm", "encoder_2", "there are: encoder_1"),
    ):
        with pytest.raises(ConfigError, match=part):
            trace_gates(as_numpy_network(encoder=encoder), IDS, layer)


def test_correlations_are_those_of_numpy():
    random = np.random.default_rng(0)
    states, signal = random.normal(size=(50, 4)), random.normal(size=50)
    states[:, 1], states[:, 2] = 2 - 3 * signal, 7.0
    found = unit_correlations(states.astype(np.float32), signal)
    wanted = [np.corrcoef(states[:, unit], signal)[0, 1] for unit in (0, 1, 3)]
    np.testing.assert_allclose(found[[0, 1, 3]], wanted, atol=1e-6)
    assert found[2] == 0.0
    assert (unit_correlations(states, np.ones(50)) == 0).all()
