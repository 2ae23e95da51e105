"""The recurrent layer against the masked layers of Keras; chunks, and DropConnect."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from layer_inputs import LENGTHS, make_values, randomise

from imdb_lstm.models.recurrent import Recurrent, cut_chunks, join_chunks, reorder, reversed_order


def results_and_gradients(layer, call, values, mask):
    """Outputs on tokens (zero elsewhere), and the gradients of a weighted sum of them."""
    values, tokens = tf.constant(values), mask[..., None].astype(np.float32)
    with tf.GradientTape() as tape:
        tape.watch(values)
        outputs = call(values) * tokens
        shares = np.cos(np.arange(np.prod(outputs.shape))).reshape(outputs.shape)
        total = tf.reduce_sum(outputs * shares.astype(np.float32))
    weights = [weight.value for weight in layer.trainable_weights]
    return [np.asarray(x) for x in (outputs, *tape.gradient(total, [values, *weights]))]


@pytest.mark.slow
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_recurrent_equals_keras_with_a_mask_in_outputs_and_gradients(cell, bidirectional):
    values, mask = make_values()
    ours = Recurrent(cell, 3, bidirectional=bidirectional)
    theirs = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell](3, return_sequences=True)
    theirs = keras.layers.Bidirectional(theirs) if bidirectional else theirs
    ours(values, mask)
    theirs(values, mask=mask)
    randomise(ours)
    theirs.set_weights(ours.get_weights())
    found = results_and_gradients(ours, lambda x: ours(x, mask), values, mask)
    wanted = results_and_gradients(theirs, lambda x: theirs(x, mask=mask), values, mask)
    assert len(found) == len(wanted) == 2 + 3 * (1 + bidirectional)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_chunks_equal_running_each_chunk_alone(cell):
    chunk, (values, mask) = 3, make_values()
    whole = Recurrent(cell, 4, bidirectional=True, chunk_length=chunk)
    alone = Recurrent(cell, 4, bidirectional=True)
    whole(values, mask)
    alone(values, mask)
    randomise(alone)
    whole.set_weights(alone.get_weights())
    found = np.array(whole(values, mask))
    for row, length in enumerate(LENGTHS):
        for start in range(0, length, chunk):
            part = slice(start, min(start + chunk, length))
            wanted = alone(values[row : row + 1, part], mask[row : row + 1, part])
            np.testing.assert_allclose(found[row, part], wanted[0], atol=1e-6)


def test_a_chunk_as_long_as_the_batch_changes_nothing():
    values, mask = make_values()
    outputs = []
    for chunk in (0, 7, 9):
        layer = Recurrent("lstm", 4, bidirectional=True, chunk_length=chunk)
        layer(values, mask)
        randomise(layer)
        outputs.append(np.array(layer(values, mask)))
    np.testing.assert_allclose(outputs[1], outputs[0], atol=1e-6)
    np.testing.assert_allclose(outputs[2], outputs[0], atol=1e-6)


def test_cut_and_join_are_inverses():
    for length in (1, 4, 5, 6, 9, 10, 11):
        values, _ = make_values(length, width=3)
        cut = cut_chunks(values, 5)
        assert cut.shape == (4 * -(-length // 5), 5, 3)
        np.testing.assert_array_equal(join_chunks(cut, length), values)
        np.testing.assert_array_equal(np.array(cut)[0, :length], values[0, :5])


def test_reordering_reverses_each_review_by_its_own_length_and_twice_is_the_identity():
    values, mask = make_values(length=9, width=3)
    order = reversed_order(mask)
    once = np.array(reorder(values, order))
    for row, length in enumerate(LENGTHS):
        np.testing.assert_array_equal(once[row, :length], values[row, :length][::-1])
        np.testing.assert_array_equal(once[row, length:], values[row, length:])
    np.testing.assert_array_equal(reorder(once, order), values)


def dropping(cell, rate, **changes):
    values, mask = make_values()
    layer = Recurrent(cell, 6, weight_drop=rate, seed=3, **changes)
    layer(values, mask)
    randomise(layer)
    return layer, values, mask


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_weight_drop_acts_in_training_only_and_differs_from_batch_to_batch(cell):
    layer, values, mask = dropping(cell, 0.5)
    plain = Recurrent(cell, 6)
    plain(values, mask)
    plain.set_weights([w for w in layer.get_weights() if w.dtype == np.float32])
    np.testing.assert_array_equal(layer(values, mask), plain(values, mask))
    first, second = (np.array(layer(values, mask, training=True)) for _ in range(2))
    assert np.abs(first - second).max() > 1e-3


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_weight_drop_has_no_effect_on_the_first_token_and_one_mask_for_all_others(cell):
    layer, values, mask = dropping(cell, 0.5)
    twice = np.concatenate([values[:1], values[:1]])
    dropped = np.array(layer(twice, np.concatenate([mask[:1], mask[:1]]), training=True))
    whole = np.array(layer(twice, np.concatenate([mask[:1], mask[:1]])))
    np.testing.assert_allclose(dropped[0], dropped[1], atol=1e-5)
    np.testing.assert_allclose(dropped[:, 0], whole[:, 0], atol=1e-6)
    assert np.abs(dropped[:, 1:] - whole[:, 1:]).max() > 1e-3


@pytest.mark.parametrize("rate", [0.25, 0.75])
def test_weight_drop_drops_its_share_of_the_recurrent_matrix_only(rate):
    layer, values, mask = dropping("lstm", rate)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(values, mask, training=True) ** 2)
    weights = [w.value for w in layer.trainable_weights]
    kernel, matrix, bias = (np.asarray(g) for g in tape.gradient(total, weights))
    assert np.mean(matrix == 0) == pytest.approx(rate, abs=0.15)
    assert (kernel != 0).all()
    assert (bias != 0).all()
