"""Layers against loops in NumPy; none of them depends on the padding."""

import inspect
import itertools

import keras
import numpy as np
import pytest
from layer_inputs import LENGTHS, make_values, randomise

from imdb_lstm.models import layers, recurrent
from imdb_lstm.models.layers import (
    BigramHash,
    MaskedConvolution,
    PaddingMask,
    Pooling,
    SinusoidalPositions,
    TransformerBlock,
    WordDropout,
)
from imdb_lstm.models.recurrent import Recurrent
from imdb_lstm.text.vocabulary import PADDING_ID, UNKNOWN_ID

# The arguments of one layer of every kind.
EVERY = {
    PaddingMask: {},
    WordDropout: {"rate": 0.4, "seed": 8},
    BigramHash: {"rows": 101},
    Recurrent: {"cell": "gru", "units": 3, "bidirectional": True, "chunk_length": 4,
                          "recurrent_dropout": 0.2, "weight_drop": 0.3, "l2": 0.01, "seed": 5},
    MaskedConvolution: {"units": 5, "kernel_size": 3, "l2": 0.02},
    SinusoidalPositions: {},
    TransformerBlock: {"heads": 2, "units": 5, "dropout": 0.1, "seed": 6},
    Pooling: {"kinds": ["last", "max", "mean", "attention"], "bidirectional": True},
}  # fmt: skip
READS_IDS = (PaddingMask, WordDropout, BigramHash)
READS_NO_MASK = (*READS_IDS, SinusoidalPositions)


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


def make_ids(reviews=40, length=500):
    """Ids from 2 on, the second half of every row padding."""
    ids = np.random.default_rng(1).integers(2, 90, (reviews, length)).astype("int32")
    ids[:, length // 2 :] = PADDING_ID
    return ids


def test_word_dropout_acts_in_training_only():
    ids = make_ids()
    layer = WordDropout(0.9, seed=3)
    np.testing.assert_array_equal(layer(ids), ids)
    np.testing.assert_array_equal(layer(ids, training=False), ids)
    np.testing.assert_array_equal(WordDropout(0.0)(ids, training=True), ids)


def test_word_dropout_makes_its_share_of_words_unknown_and_never_changes_padding():
    ids, rate = make_ids(), 0.3
    layer = WordDropout(rate, seed=3)
    dropped = np.array(layer(ids, training=True))
    words = ids != PADDING_ID
    changed = dropped != ids
    assert set(dropped[changed]) == {UNKNOWN_ID}
    assert not changed[~words].any()
    deviation = np.sqrt(rate * (1 - rate) / words.sum())
    assert abs(changed[words].mean() - rate) < 5 * deviation
    assert (np.array(layer(ids, training=True)) != dropped).any()  # other words every time


def test_the_bucket_of_a_bigram_depends_on_its_two_tokens_in_their_order():
    ids = np.array([[5, 7, 5, 7], [7, 5, 0, 0]], dtype="int32")
    rows = np.array(BigramHash(1009)(ids))
    assert rows.tolist()[0] == [5, (7 + 30_011 * 5) % 1009, (5 + 30_011 * 7) % 1009, rows[0, 1]]
    assert rows[1, 1] == rows[0, 2] != rows[0, 1]  # the order counts


@pytest.mark.slow
def test_bigrams_spread_over_the_buckets_as_if_at_random():
    random = np.random.default_rng(0)
    words = random.zipf(1.3, (4, 200_000)) % 30_000  # few words are frequent, as in texts
    rows, seen = 131_071, np.unique(words.reshape(-1, 2), axis=0)
    found = np.array(BigramHash(rows)(seen.astype("int32")))[:, 1]
    at_random = rows * (1 - np.exp(-len(seen) / rows))  # expected number of used buckets
    assert len(set(found.tolist())) > 0.97 * at_random
    assert found.min() >= 0 and found.max() < rows


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


def test_pooling_equals_a_loop_over_unpadded_reviews():
    values, mask = make_values(length=9, width=6)
    values -= 3  # a maximum below zero, so that zeros of padding would show
    every = (["last"], ["max"], ["mean"], ["attention"], ["mean", "last"])
    for kinds, bidirectional in itertools.product(every, (False, True)):
        layer = Pooling(kinds, bidirectional)
        layer(values, mask)
        randomise(layer)
        wanted = [
            np.concatenate([numpy_pooling(k, row[:length], bidirectional, layer) for k in kinds])
            for row, length in zip(values, LENGTHS, strict=True)
        ]
        np.testing.assert_allclose(layer(values, mask), wanted, atol=1e-5)


def test_attention_weights_sum_to_one_and_are_zero_on_padding():
    values, mask = make_values(length=9)
    layer = Pooling(["attention"])
    layer(values, mask)
    randomise(layer)
    weights = np.array(layer.attention_weights(values, mask[..., None]))[..., 0]
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)
    assert (weights[~mask] == 0).all()
    assert (weights[mask] > 0).all()


@pytest.mark.filterwarnings("ignore:You are using a softmax")  # over a review of one token
@pytest.mark.parametrize("kind", [MaskedConvolution, TransformerBlock])
def test_the_padding_does_not_change_the_result_on_tokens(kind):
    layer, (values, mask) = make_layer(kind)
    found = np.array(layer(values, mask))
    for row, length in enumerate(LENGTHS):
        alone = layer(values[row : row + 1, :length], mask[row : row + 1, :length])
        np.testing.assert_allclose(found[row, :length], alone[0], atol=1e-5)
    rubbish = np.where(mask[..., None], values, 1e3)
    np.testing.assert_allclose(np.array(layer(rubbish, mask))[mask], found[mask], atol=1e-5)


def test_a_convolution_is_zero_on_padding():
    layer, (values, mask) = make_layer(MaskedConvolution)
    assert (np.array(layer(values, mask))[~mask] == 0).all()


def test_positional_encodings_are_sines_and_cosines_of_falling_frequencies():
    for width in (5, 6):
        values, _ = make_values(length=8, width=width)
        pairs = (width + 1) // 2
        angles = np.arange(8)[:, None] / 10_000 ** (2 * np.arange(pairs) / width)
        wanted = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)[:, :width]
        np.testing.assert_allclose(SinusoidalPositions()(values) - values, [wanted] * 4, atol=1e-5)


def test_the_table_of_layers_is_complete():
    defined = {
        value for module in (layers, recurrent) for value in vars(module).values()
        if inspect.isclass(value) and value.__module__ == module.__name__
    }  # fmt: skip
    assert defined == set(EVERY)


@pytest.mark.slow
@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_get_config_has_every_argument_and_makes_an_equal_layer(kind):
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
def test_the_symbolic_shape_and_dtype_are_those_of_the_result(kind, precision):
    keras.config.set_dtype_policy(precision)
    layer, arguments = make_layer(kind)
    inputs = [keras.Input((None, *x.shape[2:]), dtype=str(x.dtype)) for x in arguments]
    symbolic, result = layer(*inputs), layer(*arguments)
    assert symbolic.dtype == keras.backend.standardize_dtype(result.dtype)
    assert len(symbolic.shape) == len(result.shape)
    pairs = zip(symbolic.shape, result.shape, strict=True)
    assert all(known in (None, real) for known, real in pairs)
    assert symbolic.shape[-1] in (None, result.shape[-1])
