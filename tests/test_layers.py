"""Layers against Keras' own masked ones, against NumPy loops, and blind to padding."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from imdb_lstm import layers
from imdb_lstm.text import PADDING_ID, UNKNOWN_ID

LENGTHS = (7, 1, 5, 3)  # of the reviews

# One of every layer: its arguments, and what it is called with besides values.
EVERY = {
    layers.PaddingMask: {},
    layers.WordDropout: {"rate": 0.4, "seed": 8},
    layers.Recurrent: {"cell": "gru", "units": 3, "bidirectional": True, "segment_length": 4,
                       "recurrent_dropout": 0.2, "l2": 0.01, "seed": 5},
    layers.MaskedConvolution: {"units": 5, "kernel_size": 3, "l2": 0.02},
    layers.SinusoidalPositions: {},
    layers.TransformerBlock: {"heads": 2, "units": 5, "dropout": 0.1, "seed": 6},
    layers.Pooling: {"kinds": ["last", "max", "mean", "attention"], "bidirectional": True},
}  # fmt: skip
READS_IDS = (layers.PaddingMask, layers.WordDropout)
READS_NO_MASK = (*READS_IDS, layers.SinusoidalPositions)


@pytest.fixture(autouse=True)
def float32_again():
    yield
    keras.config.set_dtype_policy("float32")


def make_values(length=7, width=2, seed=0):
    """Values (4, length, width), padding included, and their mask (4, length)."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(len(LENGTHS), length, width)).astype(np.float32)
    return values, np.arange(length) < np.array(LENGTHS)[:, None]


def randomise(layer, seed=0):
    random = np.random.default_rng(seed)
    layer.set_weights([random.normal(size=w.shape) * 0.5 for w in layer.get_weights()])


def make_layer(kind, **changes):
    """A built layer of the kind, its arguments from EVERY, and what to call it with."""
    layer = kind(**{**EVERY[kind], **changes})
    values, mask = make_values()
    if kind in READS_IDS:
        arguments = (np.where(mask, 4, PADDING_ID).astype("int32"),)
    else:
        arguments = (values,) if kind in READS_NO_MASK else (values, mask)
    layer(*arguments)
    randomise(layer)
    return layer, arguments


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


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_recurrent_equals_keras_with_a_mask_in_outputs_and_gradients(cell, bidirectional):
    values, mask = make_values()
    ours = layers.Recurrent(cell, 3, bidirectional=bidirectional)
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


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_segments_equal_running_each_segment_by_itself(cell):
    segment, (values, mask) = 3, make_values()
    whole = layers.Recurrent(cell, 4, bidirectional=True, segment_length=segment)
    alone = layers.Recurrent(cell, 4, bidirectional=True)
    whole(values, mask)
    alone(values, mask)
    randomise(alone)
    whole.set_weights(alone.get_weights())
    found = np.array(whole(values, mask))
    for row, length in enumerate(LENGTHS):
        for start in range(0, length, segment):
            part = slice(start, min(start + segment, length))
            wanted = alone(values[row : row + 1, part], mask[row : row + 1, part])
            np.testing.assert_allclose(found[row, part], wanted[0], atol=1e-6)


def test_a_segment_as_long_as_the_batch_changes_nothing():
    values, mask = make_values()
    outputs = []
    for segment in (0, 7, 9):
        layer = layers.Recurrent("lstm", 4, bidirectional=True, segment_length=segment)
        layer(values, mask)
        randomise(layer)
        outputs.append(np.array(layer(values, mask)))
    np.testing.assert_allclose(outputs[1], outputs[0], atol=1e-6)
    np.testing.assert_allclose(outputs[2], outputs[0], atol=1e-6)


@pytest.mark.parametrize("length", [1, 4, 5, 6, 9, 10, 11])
def test_cut_and_join_are_inverses(length):
    values, _ = make_values(length, width=3)
    cut = layers.cut_segments(values, 5)
    assert cut.shape == (4 * -(-length // 5), 5, 3)
    np.testing.assert_array_equal(layers.join_segments(cut, length), values)
    np.testing.assert_array_equal(np.array(cut)[0, :length], values[0, :5])


def test_reordering_reverses_each_review_by_its_own_length_and_twice_is_the_identity():
    values, mask = make_values(length=9, width=3)
    order = layers.reversed_order(mask)
    once = np.array(layers.reorder(values, order))
    for row, length in enumerate(LENGTHS):
        np.testing.assert_array_equal(once[row, :length], values[row, :length][::-1])
        np.testing.assert_array_equal(once[row, length:], values[row, length:])
    np.testing.assert_array_equal(layers.reorder(once, order), values)


def make_ids(reviews=40, length=500):
    """Ids from 2 on, the second half of every row padding."""
    ids = np.random.default_rng(1).integers(2, 90, (reviews, length)).astype("int32")
    ids[:, length // 2 :] = PADDING_ID
    return ids


def test_word_dropout_is_for_training_alone():
    ids = make_ids()
    layer = layers.WordDropout(0.9, seed=3)
    np.testing.assert_array_equal(layer(ids), ids)
    np.testing.assert_array_equal(layer(ids, training=False), ids)
    np.testing.assert_array_equal(layers.WordDropout(0.0)(ids, training=True), ids)


def test_word_dropout_makes_its_share_of_words_unknown_and_never_touches_padding():
    ids, rate = make_ids(), 0.3
    layer = layers.WordDropout(rate, seed=3)
    dropped = np.array(layer(ids, training=True))
    words = ids != PADDING_ID
    changed = dropped != ids
    assert set(dropped[changed]) == {UNKNOWN_ID}
    assert not changed[~words].any()
    deviation = np.sqrt(rate * (1 - rate) / words.sum())
    assert abs(changed[words].mean() - rate) < 5 * deviation
    assert (np.array(layer(ids, training=True)) != dropped).any()  # other words every time


def numpy_pooling(kind, values, bidirectional, layer):
    """Pool one review (T, D) without padding."""
    if kind == "last":
        half = values.shape[1] // 2 if bidirectional else values.shape[1]
        return np.concatenate([values[-1, :half], values[0, half:]])
    if kind == "attention":
        scores = np.tanh(values @ np.array(layer.projection)) @ np.array(layer.query)[:, 0]
        weights = np.exp(scores - scores.max())
        return weights @ values / weights.sum()
    return {"max": np.max, "mean": np.mean}[kind](values, axis=0)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kinds", [["last"], ["max"], ["mean"], ["attention"], ["mean", "last"]])
def test_pooling_equals_a_loop_over_unpadded_reviews(kinds, bidirectional):
    values, mask = make_values(length=9, width=6)
    values -= 3  # a maximum below zero: padding must not win it
    layer = layers.Pooling(kinds, bidirectional)
    layer(values, mask)
    randomise(layer)
    wanted = [
        np.concatenate([numpy_pooling(k, row[:length], bidirectional, layer) for k in kinds])
        for row, length in zip(values, LENGTHS, strict=True)
    ]
    np.testing.assert_allclose(layer(values, mask), wanted, atol=1e-5)


def test_attention_weights_sum_to_one_and_are_zero_on_padding():
    values, mask = make_values(length=9)
    layer = layers.Pooling(["attention"])
    layer(values, mask)
    randomise(layer)
    weights = np.array(layer.attention_weights(values, mask[..., None]))[..., 0]
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)
    assert (weights[~mask] == 0).all()
    assert (weights[mask] > 0).all()


@pytest.mark.filterwarnings("ignore:You are using a softmax")  # over a review of one token
@pytest.mark.parametrize("kind", [layers.MaskedConvolution, layers.TransformerBlock])
def test_tokens_do_not_see_what_stands_in_the_padding(kind):
    layer, (values, mask) = make_layer(kind)
    found = np.array(layer(values, mask))
    for row, length in enumerate(LENGTHS):
        alone = layer(values[row : row + 1, :length], mask[row : row + 1, :length])
        np.testing.assert_allclose(found[row, :length], alone[0], atol=1e-5)
    rubbish = np.where(mask[..., None], values, 1e3)
    np.testing.assert_allclose(np.array(layer(rubbish, mask))[mask], found[mask], atol=1e-5)


def test_a_convolution_is_zero_on_padding():
    layer, (values, mask) = make_layer(layers.MaskedConvolution)
    assert (np.array(layer(values, mask))[~mask] == 0).all()


@pytest.mark.parametrize("width", [5, 6])
def test_position_codes_are_sines_and_cosines_of_falling_rates(width):
    values, _ = make_values(length=8, width=width)
    pairs = (width + 1) // 2
    angles = np.arange(8)[:, None] / 10_000 ** (2 * np.arange(pairs) / width)
    wanted = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)[:, :width]
    np.testing.assert_allclose(
        layers.SinusoidalPositions()(values) - values, [wanted] * 4, atol=1e-5
    )


def test_the_table_here_holds_every_layer():
    defined = {
        value for value in vars(layers).values()
        if inspect.isclass(value) and value.__module__ == layers.__name__
    }  # fmt: skip
    assert defined == set(EVERY)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_get_config_holds_every_argument_and_makes_an_equal_layer(kind):
    layer, arguments = make_layer(kind, name="given")
    config = layer.get_config()
    own = set(inspect.signature(kind).parameters) - {"args", "kwargs"}
    assert {name: config[name] for name in own} == EVERY[kind]
    twin = kind.from_config(config)
    assert twin.get_config() == config
    twin(*arguments)
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(twin(*arguments), layer(*arguments))


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_the_announced_shape_and_type_are_those_of_the_result(kind, precision):
    keras.config.set_dtype_policy(precision)
    layer, arguments = make_layer(kind)
    inputs = [keras.Input((None, *x.shape[2:]), dtype=str(x.dtype)) for x in arguments]
    announced, result = layer(*inputs), layer(*arguments)
    assert announced.dtype == keras.backend.standardize_dtype(result.dtype)
    assert len(announced.shape) == len(result.shape)
    pairs = zip(announced.shape, result.shape, strict=True)
    assert all(known in (None, real) for known, real in pairs)
    assert announced.shape[-1] in (None, result.shape[-1])
