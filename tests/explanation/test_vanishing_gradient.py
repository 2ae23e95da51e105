"""Gradients by distance, compared with finite differences."""

import keras
import numpy as np
import pytest

from imdb_lstm.explanation.vanishing_gradient import gradient_by_distance

VALUES = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [keras.layers.LSTM, keras.layers.SimpleRNN, keras.layers.GRU])
def test_gradients_by_distance_equal_finite_differences(kind):
    keras.utils.set_random_seed(1)
    layer = kind(4)
    layer.build((None, None, 3))
    found = gradient_by_distance(layer, VALUES[None])[0]
    assert found.shape == (6,) and found.dtype == np.float32
    step = 1e-2
    for distance in range(6):
        place = len(VALUES) - 1 - distance
        changes = np.zeros((2, 3, *VALUES.shape), np.float32)
        for value in range(3):
            changes[:, value, place, value] = step, -step
        up, down = (np.asarray(layer(VALUES + change)) for change in changes)
        assert found[distance] == pytest.approx(np.linalg.norm((up - down) / (2 * step)), rel=0.02)


def test_without_recurrent_weights_only_the_last_word_has_a_gradient():
    layer = keras.layers.SimpleRNN(4, recurrent_initializer="zeros")
    found = gradient_by_distance(layer, VALUES[None])[0]
    assert found[0] > 0
    np.testing.assert_array_equal(found[1:], 0)
