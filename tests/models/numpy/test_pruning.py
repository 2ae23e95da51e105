"""Pruned networks: units that others can stand in for are removed, and the logits stay."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_world import as_numpy, random_network

from imdb_lstm.config.options import Config
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.models.numpy.pruning import approximation, can_prune, pruned
from imdb_lstm.models.numpy.saved_layers import SavedLayer

BASE = Config(word_vectors=False, embedding_dim=8, units=5, pooling="last+max+mean")
RANDOM = np.random.default_rng(0)
IDS = [RANDOM.integers(1, 12, length).astype(np.int32) for length in RANDOM.integers(1, 30, 500)]


def network(classes=2, **options):
    return as_numpy(random_network(replace(BASE, **options), classes))


def with_twins(own):
    """The same network in which every unit has a twin, which counts little."""
    encoder, last = own.layers["encoder_1"], own.layers["logit"]
    units = encoder.options["units"]
    arrays = {}
    for path, array in encoder.arrays.items():
        rows = shared(array) if path.endswith("cell/vars/1") else array  # the recurrent kernel
        gates = np.split(rows, rows.shape[-1] // units, axis=-1)
        arrays[path] = np.concatenate([each for gate in gates for each in (gate, gate)], axis=-1)
    blocks = np.split(last.arrays["vars/0"], len(last.arrays["vars/0"]) // units)
    kernel = np.concatenate([shared(block) for block in blocks])
    layers = own.layers | {
        "encoder_1": SavedLayer(encoder.kind, encoder.options | {"units": 2 * units}, arrays),
        "logit": SavedLayer(last.kind, last.options, last.arrays | {"vars/0": kernel}),
    }
    return NumpyNetwork(layers)


def shared(rows):
    """Rows of the units, and of their twins."""
    return np.concatenate([0.98 * rows, 0.02 * rows])


@pytest.mark.parametrize("encoder", ["lstm", "bilstm", "gru", "bigru"])
@pytest.mark.parametrize("classes", [2, 3])
def test_a_network_whose_units_all_have_a_twin_can_do_without_them(encoder, classes):
    own = network(classes, encoder=encoder, chunk_length=8)
    large = with_twins(own)
    wanted = large.logits(IDS)
    np.testing.assert_allclose(wanted, own.logits(IDS), atol=1e-5)
    found = pruned(large, IDS, 5)
    assert found.layers["encoder_1"].options["units"] == 5
    for before, after in zip(own.encoder.layers[0], found.encoder.layers[0], strict=True):
        np.testing.assert_allclose(after.kernel, before.kernel)
        np.testing.assert_allclose(after.matrix, before.matrix, atol=1e-4)
    error = np.abs(found.logits(IDS) - wanted).mean()
    assert error < 0.1 * wanted.std(), "the last layer is fitted by ridge regression"


def test_units_that_hardly_vary_or_are_hardly_read_go_first():
    states = RANDOM.normal(size=(1000, 4)).astype(np.float32) * [1, 0.01, 1, 1]
    found = approximation(states, np.array([1.0, 1.0, 0.001, 1.0]), 2)
    assert found.units.tolist() == [0, 3]
    np.testing.assert_allclose(found.matrix[:, [0, 3]], np.eye(2), atol=1e-5)


def test_a_state_that_others_add_up_to_is_approximated_by_them():
    states = RANDOM.normal(size=(1000, 3)).astype(np.float32)
    states[:, 2] = 0.1 * states[:, 0] - 0.2 * states[:, 1] + 0.5
    kept, matrix, offset = approximation(states, np.ones(3), 2)
    np.testing.assert_allclose(states[:, kept] @ matrix + offset, states, atol=1e-5)


def test_fewer_units_are_nearer_to_nothing_and_more_to_the_whole():
    own = network(encoder="bilstm", units=12, chunk_length=0)
    wanted = own.logits(IDS)
    errors = [np.abs(pruned(own, IDS, units).logits(IDS) - wanted).mean() for units in (2, 6, 11)]
    assert errors == sorted(errors, reverse=True)


def test_only_a_single_recurrent_layer_can_be_pruned():
    assert can_prune(network(encoder="bigru"))
    for options in (
        {"encoder": "bilstm", "layers": 2},
        {"encoder": "lstm", "pooling": "attention"},
        {"encoder": "cnn", "pooling": "max"},
        {"encoder": "bag", "pooling": "mean"},
    ):
        assert not can_prune(network(**options))
