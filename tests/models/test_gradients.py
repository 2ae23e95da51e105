"""Derivatives by values: right, as often as asked, and of nothing that was not watched."""

import keras
import numpy as np
import pytest

from imdb_lstm.models.gradients import Tape, unrecorded


def tensor(values):
    return keras.ops.convert_to_tensor(np.array(values, np.float32))


def array(found):
    return keras.ops.convert_to_numpy(found)


def test_the_gradient_of_a_sum_and_of_a_product_with_given_values():
    x, weight = tensor([1.0, 2.0, 3.0]), tensor([1.0, 0.0, -1.0])
    with Tape([x]) as tape:
        cubes = x**3
    np.testing.assert_allclose(array(tape.gradient(cubes, [x])[0]), [3, 12, 27])
    with Tape([x]) as tape:
        cubes = x**3
    np.testing.assert_allclose(array(tape.gradient(cubes, [x], weight)[0]), [3, 0, -27])


def test_a_persistent_tape_answers_again_and_goes_on_recording():
    x = tensor([2.0])
    with Tape([x], persistent=True) as tape:
        square = x * x
    assert float(tape.gradient(square, [x])[0][0]) == 4
    with tape:
        total = keras.ops.sum(3 * square)
    assert float(tape.gradient(total, [x])[0][0]) == 12


def test_a_tape_answers_once_unless_it_is_persistent():
    x = tensor([2.0])
    with Tape([x]) as tape:
        square = x * x
    tape.gradient(square, [x])
    with pytest.raises(RuntimeError):
        tape.gradient(square, [x])


def test_what_the_target_does_not_depend_on_has_no_gradient():
    x, other = tensor([2.0]), tensor([1.0])
    with Tape([x, other]) as tape:
        square = x * x
    assert tape.gradient(square, [x, other])[1] is None


def test_weights_are_recorded_unwatched_and_change_where_nothing_is():
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    layer.build((None, 2))
    with Tape() as tape:
        result = layer(tensor([[2.0, 5.0]]))
    np.testing.assert_allclose(array(tape.gradient(result, [layer.kernel.value])[0]), [[2], [5]])
    with unrecorded():
        layer.kernel.assign([[1.0], [2.0]])
    np.testing.assert_allclose(array(layer(tensor([[2.0, 5.0]]))), [[12]])
