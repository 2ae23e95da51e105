"""Gradients worked out by hand, of functions of one argument and of several."""

import keras
import numpy as np
import pytest

from imdb_lstm.errors import ConfigError
from imdb_lstm.models.gradients import with_gradient


def floats(*values):
    return np.array(values, np.float32)


def test_the_gradient_is_that_of_the_sum_of_the_outputs():
    cubes, gradient = with_gradient(lambda x: x**3)(floats(1, 2, 3))
    np.testing.assert_allclose(cubes, [1, 8, 27])
    np.testing.assert_allclose(gradient, [3, 12, 27])
    assert type(cubes) is type(gradient) is np.ndarray


def test_only_the_first_argument_has_a_gradient():
    weighted = with_gradient(lambda x, weight: weight * x**3)
    values, gradient = weighted(floats(1, 2, 3), floats(1, 0, -1))
    np.testing.assert_allclose(values, [1, 0, -27])
    np.testing.assert_allclose(gradient, [3, 0, -27])


def test_arguments_of_another_length_or_type_are_accepted():
    weighted = with_gradient(lambda x, on: x * keras.ops.cast(on, "float32"))
    for length in (1, 4, 2):
        _, gradient = weighted(np.ones(length, np.float32), np.arange(length) < 2)
        assert gradient.tolist() == [1.0, 1.0, 0.0, 0.0][:length]


def test_changed_weights_change_the_gradient():
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    layer.build((None, 2))
    computed = with_gradient(layer)
    np.testing.assert_allclose(computed(floats([2, 5]))[1], [[1, 1]])
    layer.kernel.assign([[1.0], [2.0]])
    outputs, gradient = computed(floats([2, 5]))
    np.testing.assert_allclose(outputs, [[12]])
    np.testing.assert_allclose(gradient, [[1, 2]])


def test_another_backend_is_refused(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ConfigError, match="TensorFlow or PyTorch as the backend of Keras, not jax"):
        with_gradient(lambda x: x)
